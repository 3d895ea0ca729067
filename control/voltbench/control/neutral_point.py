"""Midpoint of a split link (T-type, Vienna): zero sequence from the charge it moves.

A leg ties its phase to the midpoint for the share 1 - |m_k| of a period, so with the grid currents
i_k into the bridge and both halves of the link of C each,

    C d(u_n - u_p)/dt = -sum_k |m_k + m_0| i_k.

A zero sequence m_0 on top of the centred one leaves the currents alone and moves the midpoint by
the slope S = sum_k sign(m_k) i_k, about 6/pi times the current's peak and of the power's sign.
Solved for an error that decays with alpha_np (rad/s):

    m_0 = (alpha_np C (u_n - u_p) - k_3 sum_k |m_k| i_k)/S,

with a gain that needs no tuning by load or direction; k_3 = 1 takes out the third harmonic of the
midpoint's current too, as far as the modulation has room, k_3 = 0 leaves it.
Source: N. Celanovic, D. Boroyevich, A comprehensive study of neutral-point voltage balancing
problem in three-level neutral-point-clamped voltage source PWM inverters, IEEE Trans. Power
Electron. 15(2), 2000 (without DOI here); solved for the zero sequence: own.
Valid for |S| > i_min: below it the gain stays at that of i_min, and without current nothing moves
the midpoint. A Vienna leg makes no voltage against its current: keep m0_max below 0.2 there.
"""

from voltbench.control.numerics.float32 import HALF, HALF_SQRT3, ONE, TWO, ZERO, F, clamp
from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.lanes import where
from voltbench.control.numerics.records import f32, record
from voltbench.control.signals import ModuleCommand, ModuleMeas

_U_MIN = F(20.0)  # V, floor for the link


@record
class NeutralGains:
    """Gains of the midpoint's control."""

    k_np: float = f32("A/V", "alpha_np C, C of one half; 0: centred zero sequence only")
    k_3: float = f32("1", "share of the third harmonic taken out")
    i_min: float = f32("A", "least slope, above 0")
    m0_max: float = f32("1", "largest zero sequence beside the centred one")


@record
class NeutralState:
    """Result."""

    m_0: float = f32("1", "zero sequence beside the centred one")


@kernel
def _sign(x: float) -> float:
    return where(x < ZERO, -ONE, ONE)


@kernel
def _balance(
    p: NeutralGains, a: float, b: float, c: float, meas: ModuleMeas, error: float
) -> float:
    """Return the zero sequence for the midpoint; error u_n - u_p (V)."""
    i_c = -meas.i_g_a - meas.i_g_b
    drawn = abs(a) * meas.i_g_a + abs(b) * meas.i_g_b + abs(c) * i_c
    slope = _sign(a) * meas.i_g_a + _sign(b) * meas.i_g_b + _sign(c) * i_c
    slope = _sign(slope) * max(abs(slope), p.i_min)
    return clamp((p.k_np * error - p.k_3 * drawn) / slope, -p.m0_max, p.m0_max)


@kernel
def modulate_balanced(
    p: NeutralGains, s: NeutralState, cmd: ModuleCommand, meas: ModuleMeas, v_al: float, v_be: float
) -> None:
    """Turn a voltage reference (V) into three-level duties, zero sequence for the midpoint."""
    gain = TWO / max(meas.u_p + meas.u_n, _U_MIN)
    a = v_al * gain
    b = (HALF_SQRT3 * v_be - HALF * v_al) * gain
    c = (-HALF_SQRT3 * v_be - HALF * v_al) * gain
    low = min(a, min(b, c))
    high = max(a, max(b, c))
    zero = -HALF * (low + high)
    wanted = _balance(p, a + zero, b + zero, c + zero, meas, meas.u_n - meas.u_p)
    s.m_0 = clamp(wanted, -ONE - low - zero, ONE - high - zero)
    zero += s.m_0
    cmd.m_a = clamp(a + zero, -ONE, ONE)
    cmd.m_b = clamp(b + zero, -ONE, ONE)
    cmd.m_c = clamp(c + zero, -ONE, ONE)
