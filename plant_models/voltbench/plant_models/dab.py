"""Averaged dual active bridge with single phase shift: port currents and losses.

Circuit: link bridge (±u_1), resistance, series inductance L, transformer n:1 with its
magnetising inductance L_m on the far side of L, output bridge (±u_2). The volt-second
products of the two square waves are triangles of amplitude ``u/(4 f_s)``; with
``delta = |phi|/pi`` every mean square and mean product of them is a polynomial. The
lossless currents are therefore exact, and the effect of the resistances on the port
powers is exact to first order in R/(f_s L): what the losses take is split between the
ports as the circuit splits it, also at u_2 = 0, where nothing can be taken from the output.

Sources: transferred power and currents at the switching instants, De Doncker et al.,
doi:10.1109/28.67533; charge and energy a soft transition needs, Kasper et al.,
doi:10.1109/TPEL.2015.2496274; core loss of piecewise linear flux, Venkatachalam et al.,
doi:10.1109/CIPE.2002.1196712.

Not modelled: transients and DC bias within a period, phase drift in the dead time,
saturation, temperature of the windings.
"""

import math

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.lanes import cells4, where
from voltbench.control.numerics.records import f64, nested, record
from voltbench.plant_models.dcdc_stage import DcDcOut
from voltbench.plant_models.switching_tables import N_CURVE, N_I, N_U, Vector, curve, step_of

INV_PI = 1.0 / math.pi
THIRD = 1.0 / 3.0


@record
class DabBridge:
    """One full bridge: on-resistance and transition tables, parallel devices included."""

    r_0: float = f64("ohm", "two devices in series at 25 degC")
    r_1: float = f64("ohm/K", "linear change of r_0 from 25 degC")
    r_2: float = f64("ohm/K^2", "quadratic change of r_0 from 25 degC")
    k_off: float = f64("1/K", "relative change of soft transitions' energy from 25 degC")
    k_on: float = f64("1/K", "relative change of hard transitions' energy from 25 degC")
    inv_du: float = f64("1/V", "inverse spacing of the voltage axis, which starts at 0 V")
    inv_di: float = f64("1/A", "inverse spacing of the current axis")
    i_min: float = f64("A", "first current of that axis; negative currents switch hard")
    leg: Vector = f64(
        "C, A", "at each voltage: charge of a leg, power / u of hard transitions at 0 A", (4 * N_U,)
    )
    edge: Vector = f64(
        "A", "current-dependent power / u of transitions against voltage, current", (4 * N_U * N_I,)
    )


@record
class DabParams:
    """A DAB cell as `dab_step` wants it; made by `dab_design.dab_params`."""

    quarter: float = f64("s", "1/(4 f_s)")
    n: float = f64("1", "turns ratio, link side to output side")
    inv_L: float = f64("1/H", "inverse series inductance, link side")
    inv_L_m: float = f64("1/H", "inverse magnetising inductance, link side")
    R_w1: float = f64("ohm", "link winding and inductor, AC at f_s")
    R_w2: float = f64("ohm", "output winding, AC at f_s")
    t_dead: float = f64("s", "dead time")
    inv_phi_dead: float = f64("1/rad", "inverse of the phase angle that the dead time spans")
    bridge_1: DabBridge = nested(DabBridge, "link side")
    bridge_2: DabBridge = nested(DabBridge, "output side")
    inv_du_core: float = f64("1/V", "inverse spacing of the voltage axis of `core`, from 0 V")
    core: Vector = f64("A", "transformer core loss / u_2", (2 * N_CURVE,))
    inv_dv_slope: float = f64("1/V", "inverse spacing of the inductor voltage axis, from 0 V")
    slope: Vector = f64(
        "1", "inductor core: factor of the flux slope, against voltage", (2 * N_CURVE,)
    )
    inv_di_swing: float = f64("1/A", "inverse spacing of the inductor peak current axis, from 0 A")
    swing: Vector = f64(
        "W", "inductor core: factor of the swing, against peak current", (2 * N_CURVE,)
    )


@plant_kernel
def _on_resistance(b: DabBridge, T_j: float) -> float:
    """Return the resistance of the two conducting devices at T_j (degC), ohm."""
    rise = T_j - 25.0
    return b.r_0 + rise * (b.r_1 + rise * b.r_2)


@plant_kernel
def moved_charge(i_c: float, u_own: float, u_against: float, inv_L: float, t: float) -> float:
    """Return the charge that the inductor moves within the dead time `t` (s), C.

    `i_c` (A) is the commutation current, positive when it discharges the incoming device;
    `u_against` (V) is what the other bridge sets against it, negative if it helps. A
    wrong-way current stays in the outgoing diode until the other bridge has turned it.
    """
    slope = u_against * inv_L
    turned = slope * t > i_c
    right = where(turned, 0.5 * i_c * i_c / where(turned, slope, 1.0), t * (i_c - 0.5 * slope * t))
    helps = slope < 0.0
    rest = max(t + i_c / where(helps, u_own * inv_L - slope, 1.0), 0.0)
    return where(i_c > 0.0, right, where(helps, -0.5 * slope * rest * rest, 0.0))


@plant_kernel
def _transitions(
    b: DabBridge, u: float, i_c: float, moved: float, T_j: float
) -> tuple[float, float]:
    """Return current drawn by switching losses (A) and the share of soft charge.

    A transition that lacks charge closes the last volts hard: energy ~ voltage squared.
    """
    x = u * b.inv_du
    k = step_of(x, N_U)
    x -= k
    y = (i_c - b.i_min) * b.inv_di
    j = step_of(y, N_I)
    y -= j
    e = b.edge
    c = 4 * (k * N_I + j)
    change = where(i_c > 0.0, b.k_off, b.k_on)
    e0, e1, e2, e3 = cells4(e, c)
    i_sw = e0 + y * e1 + x * (e2 + y * e3)
    i_sw *= 1.0 + (T_j - 25.0) * change
    leg = b.leg
    l0, l1, l2, l3 = cells4(leg, 4 * k)
    need = l0 + x * l1
    share = where(moved < need, moved / max(need, 1e-30), 1.0)
    hard = l2 + x * l3
    rest = 1.0 - share
    return i_sw + hard * rest * rest, share


@plant_kernel
def _inductor_core(p: DabParams, u_1: float, u_2r: float, delta: float, i_peak: float) -> float:
    """Return the core loss of the series inductor, W (two flux slopes per half period)."""
    rising = curve(p.slope, (u_1 + u_2r) * p.inv_dv_slope)
    flat = curve(p.slope, abs(u_1 - u_2r) * p.inv_dv_slope)
    return curve(p.swing, i_peak * p.inv_di_swing) * (delta * rising + (1.0 - delta) * flat)


@plant_kernel
def dab_step(
    p: DabParams, u_1: float, u_2: float, phi: float, T_j1: float, T_j2: float, out: DcDcOut
) -> None:
    """Write port currents and losses of one DAB cell with its gates on.

    Parameters
    ----------
    p : DabParams
    u_1, u_2 : float
        Link and output voltage of the cell, V, not negative.
    phi : float
        Phase shift, rad, within ±pi; positive: power from u_1 to u_2.
    T_j1, T_j2 : float
        Junction temperatures of the link-side and output-side devices, degC.
    out : DcDcOut
        Overwritten.
    """
    a = p.inv_L
    b = p.inv_L + p.inv_L_m
    delta = min(abs(phi) * INV_PI, 1.0)
    fold = 2.0 * delta - 1.0
    u_2r = p.n * u_2
    flux_1 = u_1 * p.quarter
    flux_2 = u_2r * p.quarter
    c = THIRD - delta * delta * (2.0 - delta * (4.0 * THIRD))

    # mean products of the two flux triangles with the currents, per unit of the first factor
    p_1L = (THIRD * flux_1 - c * flux_2) * a
    p_1s = THIRD * flux_1 * a - c * flux_2 * b
    p_2L = (c * flux_1 - THIRD * flux_2) * a
    p_2s = c * flux_1 * a - THIRD * flux_2 * b
    ms_L = a * (flux_1 * p_1L - flux_2 * p_2L)
    ms_s = a * flux_1 * p_1s - b * flux_2 * p_2s

    n_sq = p.n * p.n
    r_1 = _on_resistance(p.bridge_1, T_j1)
    r_2 = _on_resistance(p.bridge_2, T_j2) * n_sq
    R_w2 = p.R_w2 * n_sq
    R_1 = r_1 + p.R_w1
    R_2 = r_2 + R_w2

    lead = max(-1.0, min(phi * p.inv_phi_dead, 1.0))  # both bridges switch together near phi = 0
    i_c1 = (flux_1 + flux_2 * fold) * a
    i_c2 = (flux_2 + flux_1 * fold) * a + flux_2 * p.inv_L_m
    moved_1 = moved_charge(i_c1, u_1, u_2r * lead, a, p.t_dead)
    moved_2 = p.n * moved_charge(i_c2, u_2r, -u_1 * lead, a, p.t_dead)
    i_sw1, zvs_1 = _transitions(p.bridge_1, u_1, i_c1, moved_1, T_j1)
    i_sw2, zvs_2 = _transitions(p.bridge_2, u_2, p.n * i_c2, moved_2, T_j2)

    i_core = curve(p.core, u_2 * p.inv_du_core)
    i_peak = max(abs(flux_1 + flux_2 * fold), abs(flux_2 + flux_1 * fold)) * a
    P_L = _inductor_core(p, u_1, u_2r, delta, i_peak)
    per_volt = P_L / (u_1 * u_1 + u_2r * u_2r + 1e-9)  # the inductor core loads both ports
    sent = 2.0 * delta * (1.0 - delta) * a
    sent = where(phi < 0.0, -sent, sent)
    drop_1 = p.quarter * a * (R_1 * p_1L + R_2 * p_1s)
    drop_2 = p.quarter * (a * R_1 * p_2L + b * R_2 * p_2s)
    out.i_1 = flux_2 * sent + drop_1 + i_sw1 + per_volt * u_1
    out.i_2 = p.n * (flux_1 * sent + drop_2 - per_volt * u_2r) - i_sw2 - i_core
    out.P_cond_1 = r_1 * ms_L
    out.P_cond_2 = r_2 * ms_s
    out.P_sw_1 = i_sw1 * u_1
    out.P_sw_2 = i_sw2 * u_2
    out.P_copper = p.R_w1 * ms_L + R_w2 * ms_s
    out.P_core = P_L + i_core * u_2
    out.zvs_1 = zvs_1
    out.zvs_2 = zvs_2
