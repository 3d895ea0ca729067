"""What changes slowly: heat, charge, insulation. Advanced every millisecond.

The step takes the losses summed over the control periods since the last one, heats
what they heat, and books them in the energy ledger.
"""

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import RecordArray, Vector, f64, nested, record
from voltbench.plant_models.battery import BatteryState, battery_slow
from voltbench.plant_models.insulation import Insulation, insulation_slow
from voltbench.plant_models.ledger import Ledger
from voltbench.plant_models.output_network import I_C, I_EV, U_1, U_2, U_IN
from voltbench.plant_models.plant_state import LossSums, ModulePlant, PlantParams, PlantState
from voltbench.plant_models.thermal import CableThermal, cable_heat, module_heat


@record
class SlowState:
    """The slow states that modules share."""

    battery: BatteryState = nested(BatteryState)
    insulation: Insulation = nested(Insulation)
    cable: CableThermal = nested(CableThermal)
    ambient: float = f64("degC")
    contact_share: float = f64("1", "share of R_w in the inlet's contacts; the rest heats wiring")
    sensor_lag: float = f64("s", "time constant of the temperature sensors")
    T_pin_sensor: float = f64("degC")
    T_cable_sensor: float = f64("degC")
    P_loss: float = f64("W", "losses from the grid to the inlet, mean over the last step")


@plant_kernel
def slow_step(
    p: PlantParams,
    x: PlantState,
    s: SlowState,
    modules: RecordArray,
    T_hs_sensor: Vector,
    ocv: Vector,
    periods: int,
) -> None:
    """Advance by `periods` control periods; resets the sums."""
    dt = periods * p.T_s
    before = _losses_to_inlet(x.ledger)
    for j in range(len(modules)):
        m = modules[j]
        _heat_module(p, m, dt, periods)
        _book_module(p, x.ledger, m.sums)
        T_hs_sensor[j] += (m.thermal.T_hs - T_hs_sensor[j]) * dt / s.sensor_lag
    _book_path(p, x, s, dt, periods)
    s.P_loss = (_losses_to_inlet(x.ledger) - before) / dt
    battery_slow(s.battery, ocv, s.ambient, dt)
    x.ocv = s.battery.ocv
    insulation_slow(s.insulation, x.out.x[4], x.vehicle.closed, dt)
    s.T_pin_sensor += (s.cable.T_pin - s.T_pin_sensor) * dt / s.sensor_lag
    s.T_cable_sensor += (s.cable.T_cable - s.T_cable_sensor) * dt / s.sensor_lag


@plant_kernel
def _losses_to_inlet(e: Ledger) -> float:
    """Return the sum of all losses so far outside the vehicle, in J."""
    pfc = e.grid_impedance + e.precharge + e.filter_grid_side + e.filter_damping
    pfc += e.filter_converter_side + e.inductor_ripple
    pfc += e.pfc_conduction_outer + e.pfc_conduction_inner
    pfc += e.pfc_switching_outer + e.pfc_switching_inner + e.link_balancing + e.auxiliary
    dcdc = e.dcdc_conduction_primary + e.dcdc_conduction_secondary
    dcdc += e.dcdc_switching_primary + e.dcdc_switching_secondary
    dcdc += e.dcdc_copper + e.dcdc_core
    out = (
        e.output_choke
        + e.output_capacitors
        + e.output_bleed
        + e.discharge
        + e.output_contactors
        + e.cable
    )
    out += e.pins + e.insulation + e.arcs
    return pfc + dcdc + out


@plant_kernel
def _heat_module(p: PlantParams, m: ModulePlant, dt: float, periods: int) -> None:
    """Heat one module with its mean losses."""
    s = m.sums
    each = 1.0 / periods
    cells = p.cells
    filters = 1.5 * (p.R_1 * s.i1_sq + p.R_2 * s.i2_sq) + s.ripple
    magnetics = filters + cells * (s.copper + s.core) + p.R_f * s.if_sq
    u_dc = m.u_p + m.u_n
    power = p.P_control + p.thermal.P_fan * m.thermal.fan**3
    m.i_own = power / u_dc if u_dc > 100.0 else 0.0
    module_heat(
        p.thermal,
        m.thermal,
        (s.cond_outer + s.sw_outer) * each,
        (s.cond_inner + s.sw_inner) * each,
        cells * (s.cond_1 + s.sw_1) * each,
        cells * (s.cond_2 + s.sw_2) * each,
        magnetics * each,
        dt,
    )


@plant_kernel
def _book_module(p: PlantParams, e: Ledger, s: LossSums) -> None:
    """Book one module's losses and clear its sums."""
    T = p.T_s
    e.filter_converter_side += 1.5 * p.R_1 * s.i1_sq * T
    e.filter_grid_side += 1.5 * p.R_2 * s.i2_sq * T
    e.filter_damping += 1.5 * p.R_d * s.id_sq * T
    e.inductor_ripple += s.ripple * T
    e.pfc_conduction_outer += s.cond_outer * T
    e.pfc_conduction_inner += s.cond_inner * T
    e.pfc_switching_outer += s.sw_outer * T
    e.pfc_switching_inner += s.sw_inner * T
    e.link_balancing += s.u_half_sq / p.R_balance * T
    e.auxiliary += s.aux * T
    cells_T = p.cells * T
    e.dcdc_conduction_primary += s.cond_1 * cells_T
    e.dcdc_conduction_secondary += s.cond_2 * cells_T
    e.dcdc_switching_primary += s.sw_1 * cells_T
    e.dcdc_switching_secondary += s.sw_2 * cells_T
    e.dcdc_copper += s.copper * cells_T
    e.dcdc_core += s.core * cells_T
    e.output_choke += p.R_f * s.if_sq * T
    e.output_bleed += s.uo_sq / p.R_bleed * T
    e.output_capacitors += p.R_o * s.ico_sq * T
    s.cond_outer = 0.0
    s.cond_inner = 0.0
    s.sw_outer = 0.0
    s.sw_inner = 0.0
    s.ripple = 0.0
    s.cond_1 = 0.0
    s.cond_2 = 0.0
    s.sw_1 = 0.0
    s.sw_2 = 0.0
    s.copper = 0.0
    s.core = 0.0
    s.i1_sq = 0.0
    s.i2_sq = 0.0
    s.id_sq = 0.0
    s.if_sq = 0.0
    s.ico_sq = 0.0
    s.uo_sq = 0.0
    s.u_half_sq = 0.0
    s.aux = 0.0


@plant_kernel
def _book_path(p: PlantParams, x: PlantState, b: SlowState, dt: float, periods: int) -> None:
    """Book the common path, heat cable, pins and battery, clear the sums."""
    T = p.T_s
    e = x.ledger
    s = x.sums
    e.grid_source += s.grid * T
    e.grid_impedance += 1.5 * p.R_g * s.ig_sq * T
    if x.grid_closed == 1:
        e.precharge += 1.5 * p.R_pre * s.ig_sq * T
    aux = x.i_aux
    ic_sq = s.squares[I_C]
    charge = s.means[I_EV] - periods * aux  # battery current
    # square of i_ev minus the vehicle's own constant current
    ibat_sq = s.squares[I_EV] - aux * (2.0 * s.means[I_EV] - periods * aux)
    ocv_power = x.ocv * charge
    behind = periods * x.ocv + s.means[U_1] + s.means[U_2] + p.R_0 * charge
    cable = p.R_cable * ic_sq * T
    pins = p.R_pin * ic_sq * T
    inlet = p.R_w * s.squares[I_EV] * T
    e.connector += s.connector * T
    e.output_contactors += p.R_contactor * ic_sq * T
    e.cable += cable
    e.output_capacitors += p.R_bus * s.icb_sq * T
    e.pins += pins
    e.inlet += inlet
    e.discharge += s.ubus_sq / p.R_discharge * T
    e.insulation += p.G_leak * s.squares[U_IN] * T
    ohmic = p.R_0 * ibat_sq * T
    fast = s.squares[U_1] / p.R_1b * T
    slow = s.squares[U_2] / p.R_2b * T
    e.battery_ohmic += ohmic
    e.battery_rc_fast += fast
    e.battery_rc_slow += slow
    e.battery += ocv_power * T
    e.vehicle_auxiliary += aux * behind * T
    e.arcs += s.arcs * T
    b.battery.charge += charge * T
    b.battery.heat += ohmic + fast + slow
    contact = b.contact_share * inlet / dt
    cable_heat(b.cable, cable / dt, pins / dt, contact, b.ambient, dt)
    s.grid = 0.0
    s.ig_sq = 0.0
    s.connector = 0.0
    s.icb_sq = 0.0
    s.ubus_sq = 0.0
    s.arcs = 0.0
    for r in range(8):
        s.means[r] = 0.0
        s.squares[r] = 0.0


@plant_kernel
def stored_energy(p: PlantParams, x: PlantState, modules: RecordArray) -> float:
    """Return the energy in every store except the battery's open-circuit voltage, J."""
    o = x.out.x
    E: float = 0.75 * p.L_g * (x.i_g_al**2 + x.i_g_be**2)
    for j in range(len(modules)):
        m = modules[j]
        a = m.ac
        E += 0.75 * p.L_1 * (a.i1_al**2 + a.i1_be**2)
        E += 0.75 * p.L_2 * (a.i2_al**2 + a.i2_be**2)
        E += 0.75 * p.C_f * (a.uc_al**2 + a.uc_be**2)
        E += 0.5 * p.C_half * (m.u_p**2 + m.u_n**2)
        E += 0.5 * p.C_o * m.out.u_o**2 + 0.5 * p.L_f * m.out.i_f**2
    E += 0.5 * p.C_bus * o[2] ** 2 + 0.5 * p.L_c * o[3] ** 2 + 0.5 * p.C_in * o[4] ** 2
    E += 0.5 * p.C_1b * o[5] ** 2 + 0.5 * p.C_2b * o[6] ** 2
    return E
