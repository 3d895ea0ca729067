"""Front end: DC-link voltage control, dq current control, midpoint balance, modulation.

Output first, state after: the integrators are updated from the voltage that the bridge
can really make (anti-windup from the realised output).

Current control of the converter-side inductor in the PLL's frame,
    v_ref = u_ff - k_p (i_ref - i) - x - j omega L_1 i,     x' = k_i (i_ref - i)
with k_p = alpha_c L_1, k_i = alpha_c^2 L_1/10 and u_ff the PLL's filtered amplitude plus a
share k_ff of what the capacitor voltage differs from it, rotated ahead by 1.5 periods for the delay
of computation and modulation. Link control on the power balance,
    p_ref = k_pv (u_ref - u_dc) + x_v + p_ff,    i_d_ref = 2 p_ref / (3 u_d)
with k_pv = alpha_dc C u_0, k_iv = alpha_dc^2 C u_0/4. The filter capacitors' reactive
current is compensated so that the grid side sees unity power factor.
Source: L. Harnefors, H.-P. Nee, "Model-based current control of AC machines using the
internal model control method", IEEE Trans. Ind. Appl. 34(1), 1998, doi:10.1109/28.658735;
midpoint: J. Pou et al., IEEE Trans. Power Electron. 27(2), 2012 (zero-sequence feedback
in its simplest, proportional form). Valid for a balanced grid: negative sequence is not
controlled separately.
"""

import math

from voltbench.control.numerics.float32 import (
    HALF,
    HALF_SQRT3,
    INV_SQRT3,
    ONE,
    TWO,
    TWO_THIRDS,
    ZERO,
    F,
    clamp,
)
from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.lanes import any_lane, where
from voltbench.control.numerics.records import f32, record
from voltbench.control.pll import PllState
from voltbench.control.signals import ModuleCommand, ModuleMeas

_U_MIN = F(20.0)  # V, floor for divisions while the grid or the link is dead


@record
class PfcGains:
    """Gains and model values of the front end."""

    k_p: float = f32("ohm", "current, proportional")
    k_i: float = f32("ohm/s", "current, integral")
    k_ff: float = f32("1", "share of the capacitor voltage fed forward unfiltered")
    L_1: float = f32("H", "converter-side inductor")
    C_f: float = f32("F", "filter capacitor, for reactive compensation")
    k_pv: float = f32("W/V", "link voltage, proportional")
    k_iv: float = f32("W/(V s)", "link voltage, integral")
    p_max: float = f32("W", "largest power reference of the link control")
    i_max: float = f32("A", "peak of the current reference")
    k_np: float = f32("1/V", "zero sequence per volt of midpoint error")
    m0_max: float = f32("1", "largest zero sequence for the midpoint")
    lead: float = f32("s", "delay that the rotation makes up for, 1.5 T_s")


@record
class PfcState:
    """Integrators, references and feedback of the front end."""

    x_d: float = f32("V", "current integrator, d")
    x_q: float = f32("V", "current integrator, q")
    x_v: float = f32("W", "link voltage integrator")
    i_d: float = f32("A")
    i_q: float = f32("A")
    i_d_ref: float = f32("A")
    i_q_ref: float = f32("A")
    u_dc_ref: float = f32("V", "after its ramp")


@kernel
def link_control(
    p: PfcGains, s: PfcState, pll: PllState, u_dc: float, p_ff: float, T_s: float
) -> None:
    """Set the dq current references from the link voltage error and the load."""
    error = s.u_dc_ref - u_dc
    u_d = max(pll.u, _U_MIN)
    wanted = p.k_pv * error + s.x_v + p_ff
    power = clamp(wanted, -p.p_max, p.p_max)
    i_d = TWO_THIRDS * power / u_d
    s.i_d_ref = clamp(i_d, -p.i_max, p.i_max)
    free = (power == wanted) & (s.i_d_ref == i_d)
    s.x_v += where(free, T_s * p.k_iv * error, ZERO)
    s.i_q_ref = -pll.omega * p.C_f * u_d  # grid side: i_2q = i_1q + omega C_f u


@kernel
def current_control(
    p: PfcGains, s: PfcState, pll: PllState, meas: ModuleMeas, u_dc: float, T_s: float
) -> tuple[float, float]:
    """Return the bridge voltage reference (alpha, beta) and update the integrators."""
    i_al = meas.i_g_a
    i_be = (meas.i_g_a + TWO * meas.i_g_b) * INV_SQRT3
    s.i_d = pll.cos * i_al + pll.sin * i_be
    s.i_q = pll.cos * i_be - pll.sin * i_al
    e_d = s.i_d_ref - s.i_d
    e_q = s.i_q_ref - s.i_q
    cross = pll.omega * p.L_1
    # fed forward whole, the delayed voltage is positive feedback around the grid's inductance
    u_d = pll.u + p.k_ff * (pll.u_d - pll.u)
    v_d = u_d - p.k_p * e_d - s.x_d + cross * s.i_q
    v_q = p.k_ff * pll.u_q - p.k_p * e_q - s.x_q - cross * s.i_d
    v_max = max(u_dc, _U_MIN) * INV_SQRT3
    v2 = v_d * v_d + v_q * v_q
    if any_lane(v2 > v_max * v_max):
        scale = where(v2 > v_max * v_max, v_max / math.sqrt(v2), ONE)
        e_d += (v_d - scale * v_d) / p.k_p
        e_q += (v_q - scale * v_q) / p.k_p
        v_d *= scale
        v_q *= scale
    s.x_d += T_s * p.k_i * e_d
    s.x_q += T_s * p.k_i * e_q
    ahead = pll.omega * p.lead  # small angle: sin x = x, cos x = 1 - x^2/2
    cos = ONE - HALF * ahead * ahead
    c = pll.cos * cos - pll.sin * ahead
    n = pll.sin * cos + pll.cos * ahead
    return c * v_d - n * v_q, n * v_d + c * v_q


@kernel
def modulate(
    p: PfcGains, cmd: ModuleCommand, v_al: float, v_be: float, u_p: float, u_n: float, way: float
) -> None:
    """Turn a voltage reference into three-level duties with a centred zero sequence.

    `way` is the sign of the power: the zero sequence that lifts the upper half of the link
    when rectifying lowers it when feeding back.
    """
    gain = TWO / max(u_p + u_n, _U_MIN)
    a = v_al * gain
    b = (HALF_SQRT3 * v_be - HALF * v_al) * gain
    c = (-HALF_SQRT3 * v_be - HALF * v_al) * gain
    low = min(a, min(b, c))
    high = max(a, max(b, c))
    zero = -HALF * (low + high)
    balance = clamp(p.k_np * (u_n - u_p), -p.m0_max, p.m0_max)
    balance = where(way < ZERO, -balance, balance)
    zero += clamp(balance, -ONE - low - zero, ONE - high - zero)
    cmd.m_a = clamp(a + zero, -ONE, ONE)
    cmd.m_b = clamp(b + zero, -ONE, ONE)
    cmd.m_c = clamp(c + zero, -ONE, ONE)
