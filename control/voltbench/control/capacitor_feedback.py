"""What the measured filter-capacitor voltage adds to the bridge voltage: feed-forward, damping.

    v_u = R(omega t_lead) v + k_ff (u - v) - k_ad (u(k) - R(omega T_s) u(k - 1))

with u measured, v its fundamental (``control.grid_sync``), R the rotation by an angle. The last
term is the capacitor's current C u' times a resistance, taken from the voltage; turned along, the
fundamental has none of it. Behind the 1.5 periods of computation and modulation it acts at the
resonance omega_r of the filter as a conductance 2 k_ad sin(x/2) cos(2 x)/(omega_r L_1),
x = omega_r T_s, and the gain for a damping ratio zeta is

    k_ad = zeta omega_r^2 L_1 C_f/(sin(x/2) cos(2 x)),

negative between an eighth and three eighths of the sampling rate.
Source: J. Dannehl, F. Fuchs, S. Hansen, P. Thogersen, Investigation of active damping approaches
for PI-based current control of grid-connected pulse width modulation converters with LCL
filters, IEEE Trans. Ind. Appl. 46(4), 2010, doi:10.1109/TIA.2010.2049974; sign over frequency:
S. Parker, B. McGrath, D. Holmes, Regions of active damping control for LCL filters, IEEE Trans.
Ind. Appl. 50(1), 2014 (without DOI here); the conductance of the sampled difference: own.
Valid away from an eighth and three eighths of the rate, where the damping changes its sign, and
below half of it; zeta up to 0.2, beyond which the resonance moves.
"""

from voltbench.control.grid_sync import GridSyncState
from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.records import f32, record
from voltbench.control.single_phase_sync import turned


@record
class CapacitorGains:
    """Gains of the feedback."""

    k_ff: float = f32("1", "share of what the voltage differs from its fundamental, fed forward")
    k_ad: float = f32("1", "active damping; 0: none")
    lead: float = f32("s", "delay that the rotation makes up for, 1.5 T_s")


@record
class CapacitorState:
    """The sample before."""

    u_al: float = f32("V")
    u_be: float = f32("V")


@kernel
def capacitor_feedback(
    p: CapacitorGains, s: CapacitorState, sync: GridSyncState, T_s: float
) -> tuple[float, float]:
    """Return the voltage to add (alpha, beta) in V."""
    omega = sync.pll.omega
    v_al, v_be = turned(sync.v_al, sync.v_be, omega * p.lead)
    before_al, before_be = turned(s.u_al, s.u_be, omega * T_s)
    s.u_al = sync.u_al
    s.u_be = sync.u_be
    v_al += p.k_ff * (sync.u_al - sync.v_al) - p.k_ad * (sync.u_al - before_al)
    v_be += p.k_ff * (sync.u_be - sync.v_be) - p.k_ad * (sync.u_be - before_be)
    return v_al, v_be
