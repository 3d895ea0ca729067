"""Phase-shifted full bridge: output voltage over average current control, by phase shift.

Average and not peak current: the sample in the middle of a pulse is the mean current, both half
waves get the same duty from it, so the transformer sees no DC from the law, no comparator nor
slope compensation is needed, and the current limit is the reference's clamp.

    i_ref = clamp(k_pv (u_ref - u) + x_v, 0, i_set),       x_v' = k_iv (u_ref - u + aw_v)
    i     = i_sampled (1 + k_s (1 - u/u_2))
    v     = u + r_k i_ref + k_p (i_ref - i) + x_i,         x_i' = k_i (i_ref - i + aw_i)
    D     = clamp(v/u_2, 0, d_max),                        u_2 = u_in k_u

with k_u = 1/n behind a diode bridge and 1/(2 n) behind a current doubler. r_k i_ref is what the
commutation of the leakage inductance takes from the pulses, r_k = 4 f L_k/n^2 (doubler:
f L_k/n^2): fed forward from the reference, it leaves its damping of the filter in the plant.
It also delays the pulse against the sample by half of what it takes, in which the rising current
falls short of its mean: k_s = L_k/(n^2 L), doubler L_k/(2 n^2 L), makes up for it.
k_p = alpha_c L, k_i = alpha_c^2 L/10, k_pv = alpha_u C, k_iv = alpha_u^2 C/4, and
aw = (realised - wanted)/k_p of each controller.
Source: V. Vlatkovic et al., "Small-signal analysis of the phase-shifted PWM converter", IEEE
Trans. Power Electron. 7(1), 1992, doi:10.1109/63.124586 (duty loss and its damping).
Valid in continuous conduction. In discontinuous conduction a pulse brings more current than its
voltage stands for: while i_ref is 0 there are none and x_i rests, so light loads are served in
bursts instead of being overcharged. alpha_c up to about 0.4/T_s at one
period of delay, alpha_u up to a fifth of it.
"""

from voltbench.control.numerics.float32 import ONE, ZERO, clamp, slew
from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.lanes import where
from voltbench.control.numerics.records import f32, record


@record
class PsfbGains:
    """Gains, model values and limits."""

    k_p: float = f32("ohm", "current, proportional")
    k_i: float = f32("ohm/s", "current, integral")
    k_pv: float = f32("A/V", "voltage, proportional")
    k_iv: float = f32("A/(V s)", "voltage, integral")
    k_u: float = f32("1", "mean rectified voltage at full duty over the input")
    r_k: float = f32("ohm", "commutation, 4 f L_k/n^2 or f L_k/n^2")
    k_s: float = f32("1", "sampled to mean current, L_k/(n^2 L) or half of it")
    d_max: float = f32("1")
    u_slew: float = f32("V/s", "ramp of the voltage reference")


@record
class PsfbState:
    """Integrators, references and the command."""

    u_ref: float = f32("V", "after its ramp")
    x_v: float = f32("A")
    x_i: float = f32("V")
    i_ref: float = f32("A")
    duty: float = f32("1")


@kernel
def psfb_off(s: PsfbState, u_o: float) -> None:
    """Follow the output while switched off, so that a start is bumpless."""
    s.u_ref = max(u_o, ZERO)
    s.x_v = ZERO
    s.x_i = ZERO
    s.i_ref = ZERO
    s.duty = ZERO


@kernel
def psfb_voltage(
    p: PsfbGains, s: PsfbState, u_set: float, i_set: float, u_o: float, T_s: float
) -> None:
    """Set the current reference from the sampled output voltage (V), at most `i_set` (A)."""
    s.u_ref = slew(s.u_ref, u_set, T_s * p.u_slew)
    e = s.u_ref - u_o
    wanted = p.k_pv * e + s.x_v
    s.i_ref = clamp(wanted, ZERO, i_set)
    s.x_v += T_s * p.k_iv * (e + (s.i_ref - wanted) / p.k_pv)


@kernel
def psfb_current(
    p: PsfbGains, s: PsfbState, u_in: float, u_o: float, i_l: float, T_s: float
) -> float:
    """Return the duty from the sampled voltages (V) and the filter's mean current (A)."""
    u_2 = max(u_in * p.k_u, ONE)
    e = s.i_ref - i_l * (ONE + p.k_s * (ONE - u_o / u_2))
    wanted = u_o + p.r_k * s.i_ref + p.k_p * e + s.x_i
    idle = s.i_ref <= ZERO
    s.duty = where(idle, ZERO, clamp(wanted / u_2, ZERO, p.d_max))
    s.x_i += where(idle, ZERO, T_s * p.k_i * (e + (s.duty * u_2 - wanted) / p.k_p))
    return s.duty
