"""Dual active bridge: single, extended and triple phase shift for the least rms current.

With q = 2 pi f_sw L i/(n u_1) for the wanted output current i, d = n u_2/u_1 and
X = 1 - 2 phi/pi, the lossless power of inner duties D_1, D_2 (their pulses centred) gives

    inside    phi <= pi/2 |D_1 - D_2|:         q = phi min(D_1, D_2)
    beyond, with one inner duty D, other 1:    q = pi/4 (1 - X^2 - (1 - D)^2)

The least rms current at given q has its conditions from a Lagrange multiplier; for d < 1 (the
input bridge is the shaped one; for d > 1 both change roles, with 1/d):

    single     D_1 = D_2 = 1 always.
    extended   D_2 = 1;  D_1 from d/(2 - d) to d:  (phi/pi)^2 = y ((1 - d) - (2 - d) y)/d,
               y = (1 - D_1)/2, inside;   then D_1 from d to 1:
               X = D_1/d - sqrt(D_1^2 (1/d^2 + 1) - 2 D_1), beyond;   then single.
    triple     while q < pi/2 d (1 - d) triangular current: D_2 = D_1/d, phi = pi/2 (D_2 - D_1),
               D_1 = sqrt(2 q d/(pi (1 - d)));   then as extended.

The curve is monotonic in D_1, which a fixed number of bisections finds.
Source: F. Krismer, J. W. Kolar, IEEE Trans. Power Electron. 27(1), 2012,
doi:10.1109/TPEL.2011.2157976 (minimum conduction loss; same modes). Valid lossless and without
dead time: of the remaining error a slow trim (`control.dcdc`) takes care. The triangular mode
switches both bridges at zero current, which is not zero voltage.
"""

import math

from voltbench.control.numerics.float32 import HALF, HALF_PI, ONE, PI, TWO, ZERO, F, clamp
from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.records import f32, i32, record

SINGLE, EXTENDED, TRIPLE = 0, 1, 2
_QUARTER_PI = F(math.pi / 4)
_MATCHED = F(0.995)  # above this voltage ratio shaping gains nothing
_STEPS = 16  # bisections: the duty to 1.5e-5


@record
class ShiftGains:
    """Model value, trim and limits."""

    mode: int = i32("0 single, 1 extended, 2 triple phase shift")
    k_q: float = f32("V/A", "2 pi f_sw L/n")
    n: float = f32("1", "turns ratio")
    alpha_i: float = f32("1/s", "bandwidth of the integral trim")
    x_share: float = f32("1", "largest trim, relative to the reference")
    u_floor: float = f32("V", "least output voltage, seen from the input, the shaping assumes")


@record
class ShiftState:
    """Trim and command."""

    x: float = f32("A", "integral trim")
    q: float = f32("rad", "power asked for, in units of n u_1 u_2/(2 pi f_sw L)")
    phi: float = f32("rad", "between the fundamentals")
    duty_1: float = f32("1", "inner duty of the input bridge")
    duty_2: float = f32("1", "inner duty of the output bridge")


@kernel
def _shift_at(duty: float, d: float) -> float:
    """Return the phase shift (rad) that belongs to an inner duty on the optimal curve, d < 1."""
    if duty <= d:
        y = HALF * (ONE - duty)
        return PI * math.sqrt(max(y * (ONE - d - (TWO - d) * y) / d, ZERO))
    inside = duty * (duty * (ONE / (d * d) + ONE) - TWO)
    return HALF_PI * (ONE - duty / d + math.sqrt(max(inside, ZERO)))


@kernel
def _power_at(duty: float, d: float) -> float:
    """Return q (rad) on the curve at an inner duty."""
    phi = _shift_at(duty, d)
    if duty <= d:
        return phi * duty
    x = ONE - phi / HALF_PI
    return _QUARTER_PI * (ONE - x * x - (ONE - duty) * (ONE - duty))


@kernel
def _inner_duty(q: float, d: float) -> float:
    """Return the inner duty on the curve at q, 1 where single phase shift takes over."""
    low = d / (TWO - d)
    high = ONE
    for _ in range(_STEPS):
        middle = HALF * (low + high)
        if _power_at(middle, d) < q:
            low = middle
        else:
            high = middle
    return high


@kernel
def least_current(s: ShiftState, mode: int, q: float, d: float) -> None:
    """Write phase shift and inner duties for a power q (rad, either sign) at voltage ratio d."""
    size = clamp(abs(q), ZERO, _QUARTER_PI)
    ratio = min(d, ONE / d)
    shaped = ONE
    other = ONE
    # of single phase shift; an inner duty replaces it below
    phi = HALF * (PI - math.sqrt(max(PI * PI - TWO * TWO * PI * size, ZERO)))
    if mode != SINGLE and ratio < _MATCHED:
        if mode == TRIPLE and size < HALF_PI * ratio * (ONE - ratio):
            shaped = math.sqrt(TWO * size * ratio / (PI * (ONE - ratio)))
            other = min(shaped / ratio, ONE)
            phi = HALF_PI * (other - shaped)
        elif size < _power_at(ONE, ratio):
            shaped = _inner_duty(size, ratio)
            # from the power, not from the curve: exact whatever the bisection left
            half = HALF_PI * (ONE - shaped)
            phi = size / shaped
            if phi > half:
                root = PI * PI - TWO * TWO * (PI * size + half * half)
                phi = HALF * (PI - math.sqrt(max(root, ZERO)))
    s.phi = -phi if q < ZERO else phi
    s.duty_1 = shaped if d < ONE else other
    s.duty_2 = other if d < ONE else shaped


@kernel
def shift_step(
    p: ShiftGains, s: ShiftState, i_ref: float, i_o: float, u_1: float, u_2: float, T_s: float
) -> None:
    """Set the shifts for an output current (A) from the sampled voltages (V)."""
    u_1 = max(u_1, ONE)
    s.q = p.k_q * (i_ref + s.x) / u_1
    d = max(p.n * u_2, p.u_floor) / u_1
    least_current(s, p.mode, s.q, d)
    e = i_ref - i_o
    most = p.x_share * abs(i_ref)
    # beyond the largest power, and while the output's capacitor takes the current, the trim waits
    free = (abs(s.q) < _QUARTER_PI) & (abs(e) <= most)
    x = s.x + (T_s * p.alpha_i * e if free else ZERO)
    s.x = clamp(x, -most, most)
