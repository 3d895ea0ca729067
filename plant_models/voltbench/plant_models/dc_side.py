"""DC links, DC/DC cells, output filters, contactors, cable and battery for one period."""

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.lanes import (
    all_lanes,
    fields8,
    in_lanes,
    lanes,
    set_fields8,
    total,
    where,
)
from voltbench.control.numerics.records import RecordArray
from voltbench.control.signals import ChargerCommand, ModuleCommand
from voltbench.plant_models.bridge import bridge_step
from voltbench.plant_models.contactor import contactor_step, quench
from voltbench.plant_models.dab import dab_step
from voltbench.plant_models.dcdc_stage import stage_off
from voltbench.plant_models.ledger import mean_square
from voltbench.plant_models.output_network import (
    ModuleOutputState,
    OutputState,
    OutputTables,
    output_module,
    output_step,
)
from voltbench.plant_models.plant_state import ModulePlant, PlantParams, PlantState

_HALF_SQRT3 = 0.8660254037844386


@plant_kernel
def _blocked_bridge(m: ModulePlant) -> None:
    """Charge and loss of a blocked bridge, summed over the parts of the period."""
    o = m.bridge
    o.i_p = m.rail_p
    o.i_n = m.rail_n
    m.drop_a = 0.0
    m.drop_b = 0.0
    m.drop_c = 0.0
    o.P_cond_outer = m.rail_loss
    o.P_cond_inner = 0.0
    o.P_sw_outer = 0.0
    o.P_sw_inner = 0.0
    o.P_inductor = 0.0


@plant_kernel
def _switched_bridge(
    p: PlantParams, m: ModulePlant, cmd: ModuleCommand, i_a: float, i_b: float, i_c: float
) -> None:
    """Charge, drops and losses of a bridge with its gates on."""
    u_p = m.u_p + 0.5 * m.du_p
    u_n = m.u_n + 0.5 * m.du_n
    o = m.bridge
    T = m.thermal.T_j
    m_a = cmd.m_a
    m_b = cmd.m_b
    m_c = cmd.m_c
    bridge_step(p.bridge, u_p, u_n, m_a, m_b, m_c, i_a, i_b, i_c, T[0], T[1], o)
    m.drop_a = o.u_a - m_a * where(m_a > 0.0, u_p, u_n)
    m.drop_b = o.u_b - m_b * where(m_b > 0.0, u_p, u_n)
    m.drop_c = o.u_c - m_c * where(m_c > 0.0, u_p, u_n)


@plant_kernel
def _disconnected_bridge(m: ModulePlant) -> None:
    o = m.bridge
    o.i_p = 0.0
    o.i_n = 0.0
    o.P_cond_outer = 0.0
    o.P_cond_inner = 0.0
    o.P_sw_outer = 0.0
    o.P_sw_inner = 0.0
    o.P_inductor = 0.0


@plant_kernel
def _switched_cells(p: PlantParams, m: ModulePlant, cmd: ModuleCommand, per_cell: float) -> None:
    """Currents and losses of the DC/DC cells with their gates on."""
    u_dc = m.u_p + 0.5 * m.du_p + (m.u_n + 0.5 * m.du_n)
    u_2 = max((m.u_node + 0.5 * m.du_node) * per_cell, 0.0)
    T = m.thermal.T_j
    # a wave reduced by inner phase shift stands for a square wave of its fundamental
    dab_step(p.dab, u_dc * cmd.amp_1, u_2, cmd.phi, T[2], T[3], m.dcdc)


@plant_kernel
def _balance(p: PlantParams, m: ModulePlant, cmd: ModuleCommand, per_cell: float) -> None:
    """Charge of the link halves after a period, and the sums of the ledger."""
    o = m.bridge
    d = m.dcdc
    u_p = m.u_p + 0.5 * m.du_p
    u_n = m.u_n + 0.5 * m.du_n
    m.i_2 = d.i_2 * p.cells * per_cell
    drawn = p.cells * cmd.amp_1 * d.i_1 + m.i_own
    m.du_p = (o.i_p - drawn - u_p * p.G_balance) * p.T_C
    m.du_n = (o.i_n - drawn - u_n * p.G_balance) * p.T_C
    m.u_p += m.du_p
    m.u_n += m.du_n
    s = m.sums
    s.cond_outer += o.P_cond_outer
    s.cond_inner += o.P_cond_inner
    s.sw_outer += o.P_sw_outer
    s.sw_inner += o.P_sw_inner
    s.ripple += o.P_inductor
    s.cond_1 += d.P_cond_1
    s.cond_2 += d.P_cond_2
    s.sw_1 += d.P_sw_1
    s.sw_2 += d.P_sw_2
    s.copper += d.P_copper
    s.core += d.P_core
    s.u_half_sq += u_p * u_p + u_n * u_n
    s.aux += m.i_own * (u_p + u_n)


@plant_kernel
def _switching(cmd: ModuleCommand) -> bool:
    """Tell whether bridge and cells of a module (or of each in lanes) have their gates on."""
    return all_lanes((cmd.pwm_on != 0) & (cmd.dcdc_on != 0))


@plant_kernel
def _link_and_cells(
    p: PlantParams, m: ModulePlant, cmd: ModuleCommand, high_range: int, grid_closed: int
) -> None:
    """Bridge to link to DC/DC cells of one module: charge and losses of the period."""
    a = m.ac
    i_a = a.i1m_al
    i_b = -0.5 * a.i1m_al + _HALF_SQRT3 * a.i1m_be
    i_c = -0.5 * a.i1m_al - _HALF_SQRT3 * a.i1m_be
    if cmd.pwm_on and grid_closed > 0:
        _switched_bridge(p, m, cmd, i_a, i_b, i_c)
    elif grid_closed > 0:
        _blocked_bridge(m)
    else:
        _disconnected_bridge(m)
    per_cell = p.inv_cells if high_range else 1.0
    if cmd.dcdc_on:
        _switched_cells(p, m, cmd, per_cell)
    else:
        stage_off(m.dcdc)
    _balance(p, m, cmd, per_cell)


@plant_kernel
def _switched_link_and_cells(
    p: PlantParams, m: ModulePlant, cmd: ModuleCommand, high_range: int
) -> None:
    """Do the same for modules in lanes; all of them switch."""
    a = m.ac
    i_b = -0.5 * a.i1m_al + _HALF_SQRT3 * a.i1m_be
    i_c = -0.5 * a.i1m_al - _HALF_SQRT3 * a.i1m_be
    _switched_bridge(p, m, cmd, a.i1m_al, i_b, i_c)
    per_cell = p.inv_cells if high_range else 1.0
    _switched_cells(p, m, cmd, per_cell)
    _balance(p, m, cmd, per_cell)


@plant_kernel
def links_and_cells(
    p: PlantParams, x: PlantState, modules: RecordArray, module_cmd: RecordArray, high_range: int
) -> float:
    """Advance every module from bridge to DC/DC cells; return the sum of their currents, A."""
    if in_lanes(modules) and x.grid_closed > 0 and _switching(lanes(module_cmd)):
        _switched_link_and_cells(p, lanes(modules), lanes(module_cmd), high_range)
        return total(lanes(modules).i_2)
    i_2 = 0.0
    for j in range(len(modules)):
        _link_and_cells(p, modules[j], module_cmd[j], high_range, x.grid_closed)
        i_2 += modules[j].i_2
    return i_2


@plant_kernel
def _set_switches(x: PlantState, discharge: int) -> None:
    x.discharging = discharge
    x.switches = x.contactor.closed | (x.vehicle.closed << 1) | (discharge << 2)
    x.out.arc = x.contactor.arc
    x.out.arc_ev = x.vehicle.arc


@plant_kernel
def _interrupt_cable(p: PlantParams, x: PlantState) -> None:
    """End the cable current where a contactor opened; its energy goes into the contacts."""
    x.ledger.arcs += 0.5 * p.L_c * x.out.x[3] ** 2
    x.out.x[3] = 0.0


@plant_kernel
def _step_with_arc(
    p: PlantParams, x: PlantState, t: OutputTables, i_2: float, discharge: int
) -> None:
    """Advance while an arc burns; an arc cannot drive current, so it ends at the zero."""
    o = x.out
    for r in range(8):
        x.saved[r] = o.x[r]
    output_step(t, o, x.switches, i_2, x.ocv, x.i_aux)
    over = x.contactor.arcing != 0 and o.x[3] * x.contactor.arc <= 0.0
    over_ev = x.vehicle.arcing != 0 and o.x[7] * x.vehicle.arc <= 0.0
    if not (over or over_ev):
        return
    for r in range(8):
        o.x[r] = x.saved[r]
    if over:
        quench(x.contactor)
    if over_ev:
        quench(x.vehicle)
    _interrupt_cable(p, x)
    _set_switches(x, discharge)
    output_step(t, o, x.switches, i_2, x.ocv, x.i_aux)


@plant_kernel
def output_side(
    p: PlantParams,
    x: PlantState,
    modules: RecordArray,
    t: OutputTables,
    cmd: ChargerCommand,
    i_2: float,
) -> None:
    """Advance contactors, output filters, cable and battery side."""
    o = x.out
    x.contactor.command = cmd.output_contactors
    if contactor_step(x.contactor, o.x[3]) or contactor_step(x.vehicle, o.x[7]):
        _interrupt_cable(p, x)
    _set_switches(x, cmd.discharge)
    before = fields8(o, "x")
    u_before = o.x[0]
    i_before = o.x[1]
    cable_before = o.x[3]
    if x.contactor.arcing or x.vehicle.arcing:
        _step_with_arc(p, x, t, i_2, cmd.discharge)
        x.sums.arcs += o.arc * o.xm[3] + o.arc_ev * o.xm[7]
    else:
        output_step(t, o, x.switches, i_2, x.ocv, x.i_aux)
    _output_modules(p, modules, t, o, u_before, i_before, i_2)
    _bus_node(p, x, cmd.discharge, i_before, cable_before)
    x.i_bat = o.x[7] - x.i_aux
    s = x.sums
    mean = fields8(o, "xm")
    moved = fields8(o, "x") - before
    set_fields8(s, "means", fields8(s, "means") + mean)
    squares = mean * mean + moved * moved * (1.0 / 12.0)
    set_fields8(s, "squares", fields8(s, "squares") + squares)
    s.connector += o.xm[4] * o.xm[3]


@plant_kernel
def _output_modules(
    p: PlantParams,
    modules: RecordArray,
    t: OutputTables,
    o: OutputState,
    u_mean: float,
    i_mean: float,
    i_2: float,
) -> None:
    """Advance every module's output filter; `u_mean`, `i_mean` were the means before."""
    if len(modules) == 1:  # the mean of one module is the module
        m = modules[0]
        m.out.u_o = o.x[0]
        m.out.i_f = o.x[1]
        m.out.u_om = o.xm[0]
        m.out.i_fm = o.xm[1]
        _output_node(p, m, m.out, u_mean, i_mean)
        return
    d = t.dev
    c_u = o.x[0] - (d[0, 0] * u_mean + d[0, 1] * i_mean + d[0, 2] * i_2)
    c_i = o.x[1] - (d[1, 0] * u_mean + d[1, 1] * i_mean + d[1, 2] * i_2)
    c_m = o.xm[0] - (d[2, 0] * u_mean + d[2, 1] * i_mean + d[2, 2] * i_2)
    c_im = o.xm[1] - (d[3, 0] * u_mean + d[3, 1] * i_mean + d[3, 2] * i_2)
    for j in range(len(modules)):
        m = modules[j]
        u_before = m.out.u_o
        i_before = m.out.i_f
        output_module(t, m.out, m.i_2, c_u, c_i, c_m, c_im)
        _output_node(p, m, m.out, u_before, i_before)


@plant_kernel
def _output_node(
    p: PlantParams, m: ModulePlant, out: ModuleOutputState, u_before: float, i_before: float
) -> None:
    """Set the voltage at a module's terminals; account choke, capacitor and bleed."""
    node = out.u_o + p.R_o * (m.i_2 - out.i_f)
    m.du_node = node - m.u_node
    m.u_node = node
    m.sums.if_sq += mean_square(out.i_fm, i_before, out.i_f)
    m.sums.ico_sq += mean_square(m.i_2 - out.i_fm, out.i_f, i_before)
    m.sums.uo_sq += mean_square(out.u_om, u_before, out.u_o)


@plant_kernel
def _bus_node(
    p: PlantParams, x: PlantState, discharge: int, i_before: float, cable_before: float
) -> None:
    """Set the bus voltage behind its capacitor's resistance; `*_before`: filter, cable current."""
    o = x.out
    closed = float(x.contactor.closed)
    i_cb = p.modules * o.x[1] - closed * o.x[3]
    icb_m = p.modules * o.xm[1] - closed * o.xm[3]
    icb_before = p.modules * i_before - closed * cable_before
    x.i_cb = i_cb
    u_bus = o.x[2] + p.R_bus * i_cb
    if discharge:
        divider = 1.0 / (1.0 + p.R_bus * p.G_discharge)
        u_bus *= divider
        u_bus_m = (o.xm[2] + p.R_bus * icb_m) * divider
        x.sums.ubus_sq += mean_square(u_bus_m, x.u_bus, u_bus)
        icb_m -= p.G_discharge * u_bus_m
    x.u_bus = u_bus
    x.sums.icb_sq += mean_square(icb_m, icb_before, i_cb)
