"""Proportional-resonant control of the converter-side current in alpha-beta.

    v = v_u - k_p e - sum_h r_h,    e = i_ref - i,    h = 1, 5, 7

with v_u from ``control.capacitor_feedback`` and resonators of impulse response
k_h cos(h omega t + phi_h), phi_h = h omega t_lead: infinite gain at h times the followed frequency
for both sequences, so negative sequence and harmonics of both directions leave no current error.
Discretised by impulse invariance, one state vector an axis that turns by h omega T_s a period,

    z(k) = R(h omega T_s) z(k - 1) + T_s k_h e(k),
    r(k + 1) = first of R(h omega (T_s + t_lead)) z(k),

output first, then the state, from the error that the realised voltage stands for (anti-windup):
e + (v - v_real)/k_p. With k_p = alpha_c L_1 and k_1 = 2 alpha_c^2 L_1/10 the positive sequence is
controlled as by the dq law of ``control.pfc``, since half of a resonator acts on each sequence.
Source: D. Zmood, D. Holmes, IEEE Trans. Power Electron. 18(3), 2003,
doi:10.1109/TPEL.2003.810852; discretisation: A. Yepes et al., Effects of discretization methods on
the performance of resonant controllers, IEEE Trans. Power Electron. 25(7), 2010 (impulse
invariant with delay compensation; without DOI here).
Valid for h omega (T_s + t_lead) < 0.4 and h omega well below alpha_c.
"""

import math

from voltbench.control.numerics.float32 import INV_SQRT3, ONE, TWO, F
from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.lanes import where
from voltbench.control.numerics.records import f32, nested, record
from voltbench.control.pfc import PfcState
from voltbench.control.pll import PllState
from voltbench.control.signals import ModuleMeas
from voltbench.control.single_phase_sync import turned

_U_MIN = F(20.0)  # V, floor for the link
_FIVE, _SEVEN = F(5.0), F(7.0)


@record
class PrGains:
    """Gains of the current control."""

    k_p: float = f32("ohm")
    k_1: float = f32("ohm/s", "resonator at the fundamental")
    k_5: float = f32("ohm/s", "fifth harmonic, 0: none")
    k_7: float = f32("ohm/s", "seventh harmonic, 0: none")
    lead: float = f32("s", "delay that the resonators' angle makes up for, 1.5 T_s")


@record
class Resonator:
    """Two axes of one resonator."""

    a_al: float = f32("V")
    b_al: float = f32("V")
    a_be: float = f32("V")
    b_be: float = f32("V")


@record
class PrState:
    """Resonators and the current error."""

    one: Resonator = nested(Resonator)
    five: Resonator = nested(Resonator)
    seven: Resonator = nested(Resonator)
    i_al_ref: float = f32("A")
    i_be_ref: float = f32("A")


@kernel
def _turn(s: Resonator, angle: float, lead: float) -> tuple[float, float]:
    """Turn the states by a period's angle; return the outputs, ahead by the angle `lead`."""
    s.a_al, s.b_al = turned(s.a_al, s.b_al, angle)
    s.a_be, s.b_be = turned(s.a_be, s.b_be, angle)
    r_al, _ = turned(s.a_al, s.b_al, lead)
    r_be, _ = turned(s.a_be, s.b_be, lead)
    return r_al, r_be


@kernel
def _resonators(p: PrGains, s: PrState, omega: float, T_s: float) -> tuple[float, float]:
    """Turn the resonators that are in use; return the sum of their outputs (V)."""
    angle = omega * T_s
    lead = omega * p.lead
    r_al, r_be = _turn(s.one, angle, lead)
    if p.k_5 != 0:
        more_al, more_be = _turn(s.five, _FIVE * angle, _FIVE * lead)
        r_al += more_al
        r_be += more_be
    if p.k_7 != 0:
        more_al, more_be = _turn(s.seven, _SEVEN * angle, _SEVEN * lead)
        r_al += more_al
        r_be += more_be
    return r_al, r_be


@kernel
def _add(s: Resonator, gain: float, e_al: float, e_be: float) -> None:
    """Add an error's effect to the states."""
    s.a_al += gain * e_al
    s.a_be += gain * e_be


@kernel
def pr_current(
    p: PrGains,
    s: PrState,
    ref: PfcState,
    pll: PllState,
    meas: ModuleMeas,
    v_u_al: float,
    v_u_be: float,
    u_dc: float,
    T_s: float,
) -> tuple[float, float]:
    """Return the bridge voltage reference (alpha, beta) in V; references and dq currents in `ref`.

    `v_u_al`, `v_u_be` (V) is what the capacitor voltage adds.
    """
    i_al = meas.i_g_a
    i_be = (meas.i_g_a + TWO * meas.i_g_b) * INV_SQRT3
    ref.i_d = pll.cos * i_al + pll.sin * i_be
    ref.i_q = pll.cos * i_be - pll.sin * i_al
    s.i_al_ref = pll.cos * ref.i_d_ref - pll.sin * ref.i_q_ref
    s.i_be_ref = pll.sin * ref.i_d_ref + pll.cos * ref.i_q_ref
    e_al = s.i_al_ref - i_al
    e_be = s.i_be_ref - i_be
    r_al, r_be = _resonators(p, s, pll.omega, T_s)
    v_al = v_u_al - p.k_p * e_al - r_al
    v_be = v_u_be - p.k_p * e_be - r_be
    v_max = max(u_dc, _U_MIN) * INV_SQRT3
    square = v_al * v_al + v_be * v_be
    over = square > v_max * v_max
    scale = where(over, v_max / math.sqrt(max(square, ONE)), ONE)
    e_al += (v_al - scale * v_al) / p.k_p
    e_be += (v_be - scale * v_be) / p.k_p
    _add(s.one, T_s * p.k_1, e_al, e_be)
    _add(s.five, T_s * p.k_5, e_al, e_be)
    _add(s.seven, T_s * p.k_7, e_al, e_be)
    return scale * v_al, scale * v_be
