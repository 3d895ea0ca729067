"""Averaged three-level T-type bridge on a split link: voltages, rail currents, losses.

A phase with reference m applies the half-link voltage of its sign for the share |m| of
the switching period, through one outer device, and the midpoint for the rest, through two
inner devices in series. Currents are positive into the bridge (grid to link).

Losses, each from its own cause: on-resistances at the mean current and at the switching
ripple; switching energies of the device that commutates hard (the inner one while the
phase feeds the link, the outer one while it is fed) and of the diode that recovers, at
the half-link voltage; ripple copper and core of the converter-side inductor. Conduction
at the mean current is a voltage drop; every other loss draws current from the half link
it comes from, so power balances without subtraction.

Not modelled: minimum pulse widths, distortion by the dead time (its diode conduction is
in the energies), ripple cancellation between phases (each ripples against the midpoint).
"""

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.lanes import cells2, cells8, where
from voltbench.control.numerics.records import f64, record
from voltbench.plant_models.switching_tables import N_I, N_U, Vector, step_of


@record
class BridgeParams:
    """A three-phase T-type bridge; made by `bridge_design.bridge_params`."""

    r_outer_0: float = f64("ohm", "outer device at 25 degC")
    r_outer_1: float = f64("ohm/K", "linear change from 25 degC")
    r_outer_2: float = f64("ohm/K^2", "quadratic change from 25 degC")
    r_inner_0: float = f64("ohm", "two inner devices in series at 25 degC")
    r_inner_1: float = f64("ohm/K", "linear change from 25 degC")
    r_inner_2: float = f64("ohm/K^2", "quadratic change from 25 degC")
    k_outer: float = f64("1/K", "relative change of outer switching losses from 25 degC")
    k_inner: float = f64("1/K", "relative change of inner switching losses from 25 degC")
    inv_du: float = f64("1/V", "inverse spacing of the voltage axis, from 0 V")
    inv_di: float = f64("1/A", "inverse spacing of the current axis")
    i_min: float = f64("A", "first current of that axis; positive: the phase feeds the link")
    switching: Vector = f64(
        "A", "outer, inner switching loss / u against voltage, current", (8 * N_U * N_I,)
    )
    ripple: float = f64("A/V", "1/(f_s L sqrt(12)): rms ripple at |m|(1-|m|) = 1 and 1 V")
    R_ripple: float = f64("ohm", "AC resistance of the inductor at f_s")
    core: Vector = f64("A", "inductor core loss / u at each voltage", (2 * N_U,))
    core_1: float = f64("1", "its factor against s = 4 |m| (1 - |m|): core_1 s + core_2 s^2 + ...")
    core_2: float = f64("1", "see core_1")
    core_3: float = f64("1", "see core_1")


@record
class BridgeOut:
    """What `bridge_step` writes; powers are summed over the phases."""

    u_a: float = f64("V", "terminal a against the midpoint, drop included")
    u_b: float = f64("V", "terminal b")
    u_c: float = f64("V", "terminal c")
    i_p: float = f64("A", "mean current charging the upper half, losses deducted")
    i_n: float = f64("A", "mean current charging the lower half, losses deducted")
    i_0: float = f64("A", "mean current into the midpoint from the inner devices")
    P_cond_outer: float = f64("W", "conduction of the outer devices")
    P_cond_inner: float = f64("W", "conduction of the inner devices")
    P_sw_outer: float = f64("W", "switching of the outer devices")
    P_sw_inner: float = f64("W", "switching of the inner devices")
    P_inductor: float = f64("W", "ripple copper and core of the converter-side inductors")


@plant_kernel
def _phase(
    p: BridgeParams, u: float, m: float, i: float
) -> tuple[float, float, float, float, float, float]:
    """Return one phase's share of the outer device, mean square current, and losses / u (A).

    The last four: ripple mean square / u, outer and inner switching, inductor.
    """
    d = abs(m)
    on = where(d < 1.0, 1.0, 0.0)
    x = u * p.inv_du
    k = step_of(x, N_U)
    x -= k
    y = (where(m > 0.0, i, -i) - p.i_min) * p.inv_di
    j = step_of(y, N_I)
    y -= j
    c = 8 * (k * N_I + j)
    e = p.switching
    e0, e1, e2, e3, e4, e5, e6, e7 = cells8(e, c)
    q_o = e0 + y * e1 + x * (e2 + y * e3)
    q_i = e4 + y * e5 + x * (e6 + y * e7)
    s = d * (1.0 - d)
    rms = s * p.ripple
    s *= 4.0
    ms = rms * rms * u
    c0, c1 = cells2(p.core, 2 * k)
    core = c0 + x * c1
    q_L = p.R_ripple * ms + core * s * (p.core_1 + s * (p.core_2 + s * p.core_3))
    ms *= on
    return d, i * i + ms * u, ms, on * q_o, on * q_i, on * q_L


@plant_kernel
def bridge_step(
    p: BridgeParams, u_p: float, u_n: float, m_a: float, m_b: float, m_c: float,
    i_a: float, i_b: float, i_c: float, T_outer: float, T_inner: float, out: BridgeOut,
) -> None:  # fmt: skip
    """Write terminal voltages, rail currents and losses of a bridge with its gates on.

    Parameters
    ----------
    p : BridgeParams
    u_p, u_n : float
        Upper and lower half-link voltage, V, both positive.
    m_a, m_b, m_c : float
        Phase references, within ±1.
    i_a, i_b, i_c : float
        Phase currents into the bridge, A, mean over the period.
    T_outer, T_inner : float
        Junction temperatures, degC.
    out : BridgeOut
        Overwritten. ``u_a i_a + u_b i_b + u_c i_c == u_p i_p + u_n i_n + losses``.
    """
    rise_o = T_outer - 25.0
    rise_i = T_inner - 25.0
    r_o = p.r_outer_0 + rise_o * (p.r_outer_1 + rise_o * p.r_outer_2)
    r_i = p.r_inner_0 + rise_i * (p.r_inner_1 + rise_i * p.r_inner_2)
    t_o = 1.0 + rise_o * p.k_outer
    t_i = 1.0 + rise_i * p.k_inner
    u_a = where(m_a > 0.0, u_p, u_n)
    u_b = where(m_b > 0.0, u_p, u_n)
    u_c = where(m_c > 0.0, u_p, u_n)
    d_a, sq_a, ms_a, o_a, n_a, L_a = _phase(p, u_a, m_a, i_a)
    d_b, sq_b, ms_b, o_b, n_b, L_b = _phase(p, u_b, m_b, i_b)
    d_c, sq_c, ms_c, o_c, n_c, L_c = _phase(p, u_c, m_c, i_c)
    r_a = r_i + d_a * (r_o - r_i)
    r_b = r_i + d_b * (r_o - r_i)
    r_c = r_i + d_c * (r_o - r_i)
    # what the half link pays beyond m i: switching, ripple in devices and inductor
    g_a = m_a * i_a - t_o * o_a - t_i * n_a - L_a - r_a * ms_a
    g_b = m_b * i_b - t_o * o_b - t_i * n_b - L_b - r_b * ms_b
    g_c = m_c * i_c - t_o * o_c - t_i * n_c - L_c - r_c * ms_c
    i_p = where(m_a > 0.0, g_a, 0.0) + where(m_b > 0.0, g_b, 0.0) + where(m_c > 0.0, g_c, 0.0)
    outer = d_a * sq_a + d_b * sq_b + d_c * sq_c
    out.u_a = m_a * u_a + r_a * i_a
    out.u_b = m_b * u_b + r_b * i_b
    out.u_c = m_c * u_c + r_c * i_c
    out.i_p = i_p
    out.i_n = g_a + g_b + g_c - i_p
    out.i_0 = (1.0 - abs(m_a)) * i_a + (1.0 - abs(m_b)) * i_b + (1.0 - abs(m_c)) * i_c
    out.P_cond_outer = r_o * outer
    out.P_cond_inner = r_i * (sq_a + sq_b + sq_c - outer)
    out.P_sw_outer = t_o * (o_a * u_a + o_b * u_b + o_c * u_c)
    out.P_sw_inner = t_i * (n_a * u_a + n_b * u_b + n_c * u_c)
    out.P_inductor = L_a * u_a + L_b * u_b + L_c * u_c
