"""Bridges with their gates off: diode rectifiers that charge the link, or rest.

A diode conducts for a part of a control period, so the period is advanced in `PARTS` exact
parts; within each the bridge's voltage and the source are held. Where only some modules
are blocked, the others keep the voltage of their period.
"""

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import RecordArray
from voltbench.plant_models.ac_advance import advance_filters
from voltbench.plant_models.ac_filter import AcCommon, AcTables, ac_common
from voltbench.plant_models.grid import grid_within
from voltbench.plant_models.plant_state import ModulePlant, PlantParams, PlantState

PARTS = 8
"""Parts of a period: the error of the rectified current falls with their square."""
_PART = 1.0 / PARTS
_HALF_SQRT3 = 0.8660254037844386
_INV_SQRT3 = 0.5773502691896258


@plant_kernel
def advance_in_parts(
    p: PlantParams,
    x: PlantState,
    modules: RecordArray,
    t: AcTables,
    cmd: RecordArray,
    k: int,
    v_al: float,
    v_be: float,
) -> None:
    """Advance grid current and filters over period `k`; `t` spans one part of it."""
    for j in range(len(modules)):
        m = modules[j]
        m.i_al = 0.0
        m.i_be = 0.0
        m.rail_p = 0.0
        m.rail_n = 0.0
        m.rail_loss = 0.0
    start_al = x.i_g_al
    start_be = x.i_g_be
    i_al = 0.0
    i_be = 0.0
    for part in range(PARTS):
        e_al, e_be = grid_within(x.grid, k, (part + 0.5) * _PART - 0.5)
        v_al, v_be = _block(p, x, modules, t, cmd, v_al, v_be, e_al, e_be)
        advance_filters(p, x, modules, t, v_al, v_be, e_al, e_be, _PART)
        i_al += _PART * x.im_g_al
        i_be += _PART * x.im_g_be
        for j in range(len(modules)):
            m = modules[j]
            m.i_al += _PART * m.ac.i1m_al
            m.i_be += _PART * m.ac.i1m_be
            if cmd[j].pwm_on == 0:
                _charge_rails(p, m)
    for j in range(len(modules)):
        modules[j].ac.i1m_al = modules[j].i_al
        modules[j].ac.i1m_be = modules[j].i_be
    x.im_g_al = i_al
    x.im_g_be = i_be
    x.di_g_al = x.i_g_al - start_al
    x.di_g_be = x.i_g_be - start_be


@plant_kernel
def _block(
    p: PlantParams,
    x: PlantState,
    modules: RecordArray,
    t: AcTables,
    cmd: RecordArray,
    v_al: float,
    v_be: float,
    e_al: float,
    e_be: float,
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
    ac_common(t, g.lost, g.loss_cos, g.loss_sin, x.mean, v_al, v_be, e_al, e_be, c)
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
        ac_common(t, g.lost, g.loss_cos, g.loss_sin, x.mean, v_al, v_be, e_al, e_be, c)
        if moved < 1e-6:
            break
    return v_al, v_be


@plant_kernel
def _end_current(m: ModulePlant, t: AcTables, c: AcCommon) -> tuple[float, float]:
    """Return a module's bridge current at the end of the period."""
    d = t.dev
    a = m.ac
    i_al = c.i1_al + d[0, 0] * a.i1_al + d[0, 1] * a.uc_al + d[0, 2] * a.i2_al + d[0, 3] * m.v_al
    i_be = c.i1_be + d[0, 0] * a.i1_be + d[0, 1] * a.uc_be + d[0, 2] * a.i2_be + d[0, 3] * m.v_be
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


@plant_kernel
def _charge_rails(p: PlantParams, m: ModulePlant) -> None:
    """Add a part's charge into the link halves, and the diode loss from its own drop."""
    a = m.ac
    high = m.u_p + 0.5 * m.du_p + p.V_f
    low = -(m.u_n + 0.5 * m.du_n + p.V_f)
    for phase in range(3):
        turn = 0.0 if phase == 0 else (_HALF_SQRT3 if phase == 1 else -_HALF_SQRT3)
        i = _PART * ((1.0 if phase == 0 else -0.5) * a.i1m_al + turn * a.i1m_be)
        v = m.t_a if phase == 0 else (m.t_b if phase == 1 else m.t_c)
        share = v / high if v > 0.0 else v / low
        if v > 0.0:
            m.rail_p += share * i
            m.rail_loss += share * p.V_f * i
        else:
            m.rail_n -= share * i
            m.rail_loss -= share * p.V_f * i
