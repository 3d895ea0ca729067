"""Grid contactor, AC filters and the bridges' AC voltage for one period.

Duties are held over the period and applied to the link voltage predicted for its middle;
the conduction drop of the previous period stands in for that of this one (it changes by
omega T_s, 2 % of 1 % of the voltage). A blocked bridge is a diode rectifier (``blocked_bridge``).
"""

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import RecordArray
from voltbench.control.signals import ModuleCommand
from voltbench.plant_models.ac_advance import advance_filters, advance_single
from voltbench.plant_models.ac_filter import AcState, ac_common
from voltbench.plant_models.blocked_bridge import advance_in_parts
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
    tables: RecordArray,
    cmd: RecordArray,
    k: int,
) -> None:
    """Advance grid current and filters; `tables` as made by ``plant_build``."""
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
    if blocked:
        advance_in_parts(p, x, modules, tables[x.grid_closed + 1], cmd, k, v_al, v_be)
        return
    t = tables[x.grid_closed - 1]
    if len(modules) == 1 and g.lost == 0:
        m = modules[0]
        advance_single(p, x, m.ac, m.sums, t, v_al, v_be, g.e_al, g.e_be)
        return
    ac_common(t, g.lost, g.loss_cos, g.loss_sin, x.mean, v_al, v_be, g.e_al, g.e_be, x.common)
    advance_filters(p, x, modules, t, v_al, v_be, g.e_al, g.e_be, 1.0)


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
