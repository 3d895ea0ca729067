"""Records of the whole plant: parameters, one module, what the modules share."""

from voltbench.control.numerics.records import Vector, f64, i32, nested, record
from voltbench.plant_models.ac_filter import AcCommon, AcState
from voltbench.plant_models.bridge import BridgeOut, BridgeParams
from voltbench.plant_models.contactor import Contactor
from voltbench.plant_models.dab import DabParams
from voltbench.plant_models.dcdc_stage import DcDcOut
from voltbench.plant_models.grid import GridState
from voltbench.plant_models.ledger import Ledger
from voltbench.plant_models.output_network import ModuleOutputState, OutputState
from voltbench.plant_models.thermal import ModuleThermal, ThermalParams


@record
class PlantParams:
    """Values of the plant that the step needs besides the discretised tables."""

    T_s: float = f64("s")
    modules: int = i32()
    cells: int = i32("DC/DC cells in a module")
    inv_modules: float = f64("1", "1 / modules (divisions are slow: see also below)")
    inv_cells: float = f64("1", "1 / cells")
    T_C: float = f64("V/A", "T_s / C_half")
    C_T: float = f64("A/V", "C_f / T_s")
    L_T: float = f64("V/A", "L_g / T_s")
    G_balance: float = f64("S", "1 / R_balance")
    G_discharge: float = f64("S", "1 / R_discharge")
    bridge: BridgeParams = nested(BridgeParams)
    dab: DabParams = nested(DabParams)
    thermal: ThermalParams = nested(ThermalParams)
    C_half: float = f64("F", "each half of a module's DC link")
    R_balance: float = f64("ohm", "across each half")
    P_control: float = f64("W", "control supply of a module, from its link")
    V_f: float = f64("V", "diode drop of a blocked bridge")
    L_1: float = f64("H")
    C_f: float = f64("F")
    L_2: float = f64("H")
    R_1: float = f64("ohm")
    R_d: float = f64("ohm")
    R_2: float = f64("ohm")
    R_g: float = f64("ohm", "grid")
    L_g: float = f64("H", "grid")
    R_pre: float = f64("ohm", "pre-charge resistor in each phase")
    C_o: float = f64("F")
    R_o: float = f64("ohm")
    L_f: float = f64("H")
    R_f: float = f64("ohm")
    R_bleed: float = f64("ohm")
    C_bus: float = f64("F")
    R_bus: float = f64("ohm")
    R_discharge: float = f64("ohm")
    L_c: float = f64("H")
    R_contactor: float = f64("ohm", "output contactors, both poles")
    R_cable: float = f64("ohm", "cable loop at its present temperature")
    R_pin: float = f64("ohm", "charger-side contacts, both poles")
    C_in: float = f64("F")
    G_leak: float = f64("S", "pole to pole: insulation and test load")
    R_w: float = f64("ohm", "inlet contacts, vehicle contactors, wiring")
    R_0: float = f64("ohm")
    R_1b: float = f64("ohm")
    C_1b: float = f64("F")
    R_2b: float = f64("ohm")
    C_2b: float = f64("F")


@record
class LossSums:
    """One module's losses, summed over the periods since the last slow step (W)."""

    cond_outer: float = f64("W")
    cond_inner: float = f64("W")
    sw_outer: float = f64("W")
    sw_inner: float = f64("W")
    ripple: float = f64("W")
    cond_1: float = f64("W")
    cond_2: float = f64("W")
    sw_1: float = f64("W")
    sw_2: float = f64("W")
    copper: float = f64("W")
    core: float = f64("W")
    i1_sq: float = f64("A^2", "alpha-beta")
    i2_sq: float = f64("A^2", "alpha-beta")
    id_sq: float = f64("A^2", "capacitor branch, alpha-beta")
    if_sq: float = f64("A^2", "output choke")
    ico_sq: float = f64("A^2", "output capacitor")
    uo_sq: float = f64("V^2")
    u_half_sq: float = f64("V^2", "both halves of the link")
    aux: float = f64("W")


@record
class ModulePlant:
    """One module."""

    ac: AcState = nested(AcState)
    v_al: float = f64("V", "bridge voltage held over the period")
    v_be: float = f64("V")
    drop_a: float = f64("V", "conduction drop of the last period")
    drop_b: float = f64("V")
    drop_c: float = f64("V")
    t_a: float = f64("V", "terminal voltage of a blocked bridge")
    t_b: float = f64("V")
    t_c: float = f64("V")
    i_al: float = f64("A", "bridge current while any bridge is blocked, mean over the parts")
    i_be: float = f64("A")
    rail_p: float = f64("A", "from a blocked bridge into the upper link half, mean")
    rail_n: float = f64("A", "into the lower half")
    rail_loss: float = f64("W", "diodes of a blocked bridge")
    u_p: float = f64("V")
    u_n: float = f64("V")
    du_p: float = f64("V", "change in the last period")
    du_n: float = f64("V")
    i_own: float = f64("A", "control supply and fan, from the link; set by the slow step")
    bridge: BridgeOut = nested(BridgeOut)
    dcdc: DcDcOut = nested(DcDcOut)
    i_2: float = f64("A", "module output current before the filter")
    out: ModuleOutputState = nested(ModuleOutputState)
    u_node: float = f64("V", "output, outside the capacitor's series resistance")
    du_node: float = f64("V", "its change in the last period")
    thermal: ModuleThermal = nested(ModuleThermal)
    sums: LossSums = nested(LossSums)


@record
class PathSums:
    """Losses of the common path, summed over the periods since the last slow step."""

    grid: float = f64("W", "source power")
    ig_sq: float = f64("A^2", "grid current, alpha-beta")
    connector: float = f64("W")
    icb_sq: float = f64("A^2", "bus capacitor")
    ubus_sq: float = f64("V^2", "while the discharge resistor is on")
    arcs: float = f64("W")
    means: Vector = f64("V, A", "of the output network's states and i_ev", shape=(8,))
    squares: Vector = f64("V^2, A^2", "of the same", shape=(8,))


@record
class PlantState:
    """Everything that the modules share."""

    grid: GridState = nested(GridState)
    mean: AcState = nested(AcState, "mean of the modules' filters")
    common: AcCommon = nested(AcCommon)
    grid_closed: int = i32("0 open, 1 pre-charge, 2 closed")
    grid_timer: int = i32("periods since the command differed")
    grid_delay: int = i32("periods to move")
    i_g_al: float = f64("A", "total, at the end of the period")
    i_g_be: float = f64("A")
    im_g_al: float = f64("A", "total, mean over the period")
    im_g_be: float = f64("A")
    di_g_al: float = f64("A", "change over the period")
    di_g_be: float = f64("A")
    out: OutputState = nested(OutputState)
    contactor: Contactor = nested(Contactor, "charger's output contactors")
    vehicle: Contactor = nested(Contactor, "vehicle's charge contactors")
    u_bus: float = f64("V", "bus, outside the capacitor's series resistance")
    i_cb: float = f64("A", "into the bus capacitor (discharge resistor included)")
    switches: int = i32("bits of output_network")
    discharging: int = i32()
    saved: Vector = f64("V, A", "output states before a period with an arc", shape=(8,))
    ocv: float = f64("V")
    i_aux: float = f64("A", "vehicle's own load, from the battery")
    i_bat: float = f64("A", "into the battery")
    sums: PathSums = nested(PathSums)
    ledger: Ledger = nested(Ledger)
