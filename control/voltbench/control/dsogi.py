"""Positive and negative sequence of three phases: two generalised integrators in quadrature.

Each axis of the voltage's space vector is followed by a second-order generalised integrator with
an in-phase state a and a quadrature b, a quarter period behind,

    a' = omega (k e - b),    b' = omega a,    e = u - a,

and the sequences are u+ = (a_al - b_be, b_al + a_be)/2, u- = (a_al + b_be, a_be - b_al)/2. The
centre frequency stays at its nominal value, or follows the grid (frequency-locked loop)

    omega' = -gamma omega (e_al b_al + e_be b_be)/(|a|^2 + |b|^2),    gamma = k alpha_f:

for a small difference D from the grid's frequency the fraction is -D/(k omega), so that the
difference decays with alpha_f (rad/s). The states are turned by the rotation of a period, then
corrected by the sample: neither lags. Blind, they turn on uncorrected, so that a grid that comes
back meets the angle it left.
Source: P. Rodriguez et al., New positive-sequence voltage detector for grid synchronization of
power converters under faulty grid conditions, PESC 2006, doi:10.1109/PESC.2006.1712059; frequency:
P. Rodriguez et al., IEEE Trans. Ind. Electron. 58(1), 2011, doi:10.1109/TIE.2010.2042420.
Valid for omega T_s < 0.1. With k = sqrt(2) a change settles within a cycle. Fixed at the nominal
frequency, the angle is off by 2 D/(k omega) (28 mrad at 1 Hz of 50); harmonics of order h pass
with about k/(h - 1/h) of their amplitude, of which the positive sequence keeps (1 + 1/h)/2 of one
turning forwards and (1 - 1/h)/2 of one turning backwards.
"""

from voltbench.control.numerics.float32 import HALF, ZERO, F, clamp
from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.lanes import where
from voltbench.control.numerics.records import f32, record
from voltbench.control.single_phase_sync import turned

_FLOOR = F(1.0)  # V^2, keeps the normalisation finite on a dead grid


@record
class DsogiGains:
    """Gains of the sequence detector."""

    k: float = f32("1", "gain of the generalised integrators")
    gamma: float = f32("rad/s", "gain of the frequency loop, 0: fixed at omega_0")
    omega_0: float = f32("rad/s", "nominal")
    omega_range: float = f32("rad/s", "largest deviation from nominal")


@record
class DsogiState:
    """The four states and the centre frequency; set `omega` before the first step."""

    a_al: float = f32("V", "in phase")
    b_al: float = f32("V", "quadrature")
    a_be: float = f32("V")
    b_be: float = f32("V")
    omega: float = f32("rad/s")


@kernel
def dsogi_step(
    p: DsogiGains, s: DsogiState, u_al: float, u_be: float, blind: bool, still: bool, T_s: float
) -> None:
    """Turn the states to the present sample and correct them by it, unless `blind`.

    `still` keeps the frequency.
    """
    angle = s.omega * T_s
    a_al, b_al = turned(s.a_al, s.b_al, angle)
    a_be, b_be = turned(s.a_be, s.b_be, angle)
    e_al = where(blind, ZERO, u_al - a_al)
    e_be = where(blind, ZERO, u_be - a_be)
    square = max(a_al * a_al + b_al * b_al + a_be * a_be + b_be * b_be, _FLOOR)
    gamma = where(still, ZERO, p.gamma)
    slope = gamma * s.omega * (e_al * b_al + e_be * b_be) / square
    gain = p.k * angle
    s.a_al = a_al + gain * e_al
    s.b_al = b_al
    s.a_be = a_be + gain * e_be
    s.b_be = b_be
    s.omega = clamp(s.omega - T_s * slope, p.omega_0 - p.omega_range, p.omega_0 + p.omega_range)


@kernel
def positive(s: DsogiState) -> tuple[float, float]:
    """Return the positive sequence (alpha, beta) in V."""
    return HALF * (s.a_al - s.b_be), HALF * (s.b_al + s.a_be)


@kernel
def negative(s: DsogiState) -> tuple[float, float]:
    """Return the negative sequence (alpha, beta) in V."""
    return HALF * (s.a_al + s.b_be), HALF * (s.a_be - s.b_al)
