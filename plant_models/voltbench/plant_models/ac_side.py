"""Grid contactor, AC filters and the bridges' AC voltage for one period.

Duties are held over the period and applied to the link voltage predicted for its middle;
the conduction drop of the previous period stands in for that of this one (it changes by
omega T_s, 2 % of 1 % of the voltage). A blocked bridge is a diode rectifier.
"""

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import RecordArray
from voltbench.control.signals import ModuleCommand
from voltbench.plant_models.ac_filter import (
    AcCommon,
    AcState,
    AcTables,
    ac_common,
    ac_mean_current,
    ac_module,
)
from voltbench.plant_models.plant_state import ModulePlant, PlantParams, PlantState

_HALF_SQRT3 = 0.8660254037844386
_INV_SQRT3 = 0.5773502691896258


@plant_kernel
def grid_contactor(p: PlantParams, x: PlantState, modules: RecordArray, wanted: int) -> None:
    """Move the grid contactor after its delay; opening interrupts what still flows."""
    if wanted == x.grid_closed:
        x.grid_timer = 0
        return
    x.grid_timer += 1
    if x.grid_timer < x.grid_delay:
        return
    x.grid_timer = 0
    if wanted == 0:
        lost = 0.0
        for j in range(len(modules)):
            a = modules[j].ac
            lost += p.L_1 * (a.i1_al**2 + a.i1_be**2) + p.L_2 * (a.i2_al**2 + a.i2_be**2)
            lost += p.C_f * (a.uc_al**2 + a.uc_be**2)
            _rest(a)
        lost += p.L_g * (x.i_g_al**2 + x.i_g_be**2)
        x.ledger.arcs += 0.75 * lost  # 1/2 for the energy, 3/2 for the plane
        _rest(x.mean)
        x.i_g_al = 0.0
        x.i_g_be = 0.0
    x.grid_closed = wanted


@plant_kernel
def _rest(a: AcState) -> None:
    a.i1_al = 0.0
    a.i1_be = 0.0
    a.uc_al = 0.0
    a.uc_be = 0.0
    a.i2_al = 0.0
    a.i2_be = 0.0
    a.i1m_al = 0.0
    a.i1m_be = 0.0
    a.i2m_al = 0.0
    a.i2m_be = 0.0


@plant_kernel
def ac_side(
    p: PlantParams,
    x: PlantState,
    modules: RecordArray,
    t: AcTables,
    cmd: RecordArray,
    k: int,
) -> None:
    """Advance grid current and filters."""
    g = x.grid
    inv = p.inv_modules
    v_al = 0.0
    v_be = 0.0
    blocked = False
    for j in range(len(modules)):
        m = modules[j]
        if cmd[j].pwm_on:
            _switched_voltage(m, cmd[j])
        else:
            blocked = True
        v_al += m.v_al
        v_be += m.v_be
    v_al *= inv
    v_be *= inv
    _open_phase(x, k)
    c = x.common
    ac_common(t, g.lost, g.loss_cos, g.loss_sin, x.mean, v_al, v_be, g.e_al, g.e_be, c)
    if blocked:
        v_al, v_be = _block(p, x, modules, t, cmd, v_al, v_be)
    _advance_filters(p, x, modules, t, v_al, v_be)


@plant_kernel
def _advance_filters(
    p: PlantParams,
    x: PlantState,
    modules: RecordArray,
    t: AcTables,
    v_al: float,
    v_be: float,
) -> None:
    """Advance every filter, form the mean, account the currents' mean squares."""
    c = x.common
    inv = p.inv_modules
    C_T = p.C_T
    i1_al = 0.0
    i1_be = 0.0
    uc_al = 0.0
    uc_be = 0.0
    i2_al = 0.0
    i2_be = 0.0
    for j in range(len(modules)):
        m = modules[j]
        a = m.ac
        b_al = a.uc_al
        b_be = a.uc_be
        d_al = a.i2_al - a.i1_al
        d_be = a.i2_be - a.i1_be
        ac_module(t, a, c, m.v_al, m.v_be)
        d_al -= a.i2_al - a.i1_al
        d_be -= a.i2_be - a.i1_be
        ic_al = (a.uc_al - b_al) * C_T  # mean capacitor current, exactly
        ic_be = (a.uc_be - b_be) * C_T
        s = m.sums
        s.i1_sq += a.i1m_al * a.i1m_al + a.i1m_be * a.i1m_be
        s.i2_sq += (a.i1m_al + ic_al) ** 2 + (a.i1m_be + ic_be) ** 2
        s.id_sq += ic_al * ic_al + ic_be * ic_be + (d_al * d_al + d_be * d_be) * (1.0 / 12.0)
        i1_al += a.i1_al
        i1_be += a.i1_be
        uc_al += a.uc_al
        uc_be += a.uc_be
        i2_al += a.i2_al
        i2_be += a.i2_be
    mean = x.mean
    ac_mean_current(t, mean, c, v_al, v_be)
    i2m_al = p.modules * mean.i2m_al
    i2m_be = p.modules * mean.i2m_be
    mean.i1_al = i1_al * inv
    mean.i1_be = i1_be * inv
    mean.uc_al = uc_al * inv
    mean.uc_be = uc_be * inv
    mean.i2_al = i2_al * inv
    mean.i2_be = i2_be * inv
    x.sums.grid += 1.5 * (x.grid.e_al * i2m_al + x.grid.e_be * i2m_be)
    x.im_g_al = i2m_al
    x.im_g_be = i2m_be
    x.di_g_al = i2_al - x.i_g_al
    x.di_g_be = i2_be - x.i_g_be
    x.sums.ig_sq += i2m_al**2 + i2m_be**2 + (x.di_g_al**2 + x.di_g_be**2) * (1.0 / 12.0)
    x.i_g_al = i2_al
    x.i_g_be = i2_be


@plant_kernel
def _open_phase(x: PlantState, k: int) -> None:
    """Open the lost phase at its first current zero, close it when its time is over."""
    g = x.grid
    if g.loss_from < 0:
        return
    now = g.loss_cos * x.mean.i2_al + g.loss_sin * x.mean.i2_be
    before = g.loss_i
    g.loss_i = now
    if k < g.loss_from:
        return
    if k >= g.loss_to:
        g.lost = 0
        return
    if g.lost == 0 and now * before <= 0.0:  # the current passed zero in the last period
        g.lost = 1


@plant_kernel
def _switched_voltage(m: ModulePlant, cmd: ModuleCommand) -> None:
    """Set the bridge voltage of the period from duties, predicted link and drops."""
    u_p = m.u_p + 0.5 * m.du_p
    u_n = m.u_n + 0.5 * m.du_n
    a = cmd.m_a * (u_p if cmd.m_a > 0.0 else u_n) + m.drop_a
    b = cmd.m_b * (u_p if cmd.m_b > 0.0 else u_n) + m.drop_b
    c = cmd.m_c * (u_p if cmd.m_c > 0.0 else u_n) + m.drop_c
    m.v_al = (2.0 * a - b - c) * (1.0 / 3.0)
    m.v_be = (b - c) * _INV_SQRT3


@plant_kernel
def _block(
    p: PlantParams,
    x: PlantState,
    modules: RecordArray,
    t: AcTables,
    cmd: RecordArray,
    v_al: float,
    v_be: float,
) -> tuple[float, float]:
    """Set the voltages of all blocked bridges; return the mean of all bridges.

    The bridges act on each other through the grid's impedance: without capacitors between
    (boost inductors, pre-charge resistors) nearly as much as on themselves. So the mean of
    the blocked ones moves by what the mean network answers, each one's deviation by what
    its own filter answers; diodes that conduct make it a few rounds.
    """
    g = x.grid
    c = x.common
    inv = p.inv_modules
    blocked = 0
    for j in range(len(modules)):
        blocked += 1 if cmd[j].pwm_on == 0 else 0
    each = 1.0 / blocked
    own = t.dev[0, 3]
    together = own + t.com[0, 3] * blocked * inv
    for _ in range(30):
        i_al = 0.0
        i_be = 0.0
        for j in range(len(modules)):
            if cmd[j].pwm_on == 0:
                n_al, n_be = _end_current(modules[j], t, c)
                i_al += n_al
                i_be += n_be
        i_al *= each
        i_be *= each
        moved = 0.0
        for j in range(len(modules)):
            if cmd[j].pwm_on == 0:
                m = modules[j]
                n_al, n_be = _end_current(m, t, c)
                w_al = m.v_al
                w_be = m.v_be
                m.v_al -= (n_al - i_al) / own + i_al / together
                m.v_be -= (n_be - i_be) / own + i_be / together
                _clamp_by_diodes(p, m)
                v_al += (m.v_al - w_al) * inv
                v_be += (m.v_be - w_be) * inv
                moved = max(moved, abs(m.v_al - w_al) + abs(m.v_be - w_be))
        ac_common(t, g.lost, g.loss_cos, g.loss_sin, x.mean, v_al, v_be, g.e_al, g.e_be, c)
        if moved < 1e-6:
            break
    return v_al, v_be


@plant_kernel
def _end_current(m: ModulePlant, t: AcTables, c: AcCommon) -> tuple[float, float]:
    """Return a module's bridge current at the end of the period."""
    d = t.dev
    a = m.ac
    i_al = c.al[0] + d[0, 0] * a.i1_al + d[0, 1] * a.uc_al + d[0, 2] * a.i2_al + d[0, 3] * m.v_al
    i_be = c.be[0] + d[0, 0] * a.i1_be + d[0, 1] * a.uc_be + d[0, 2] * a.i2_be + d[0, 3] * m.v_be
    return i_al, i_be


@plant_kernel
def _clamp_by_diodes(p: PlantParams, m: ModulePlant) -> None:
    """Limit the voltage of a blocked bridge: no current unless its diodes must conduct.

    The bridge shows the voltage that brings its current to zero at the end of the period;
    where the line-to-line voltage would exceed the link, the diodes clamp it and charge it.
    """
    a = m.v_al
    b = -0.5 * m.v_al + _HALF_SQRT3 * m.v_be
    e = -0.5 * m.v_al - _HALF_SQRT3 * m.v_be
    high = m.u_p + 0.5 * m.du_p + p.V_f
    low = -(m.u_n + 0.5 * m.du_n + p.V_f)
    shift = 0.5 * (high + low) - 0.5 * (max(a, max(b, e)) + min(a, min(b, e)))
    a = min(max(a + shift, low), high)
    b = min(max(b + shift, low), high)
    e = min(max(e + shift, low), high)
    m.v_al = (2.0 * a - b - e) * (1.0 / 3.0)
    m.v_be = (b - e) * _INV_SQRT3
    m.t_a = a
    m.t_b = b
    m.t_c = e
