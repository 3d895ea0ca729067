"""What the loop leaves for the session each time it returns: sensors and states, one record."""

from voltbench.control.charger import ChargerState
from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import RecordArray, f64, record
from voltbench.control.sharing import LOST, PARKED
from voltbench.control.signals import ChargerMeas
from voltbench.plant_models.plant_state import PlantParams, PlantState
from voltbench.plant_models.slow_path import SlowState


@record
class Report:
    """Flat and of one type, so that the host reads it in one go (``tolist``)."""

    output_V: float = f64("V", "charger's sensor, cable side")
    output_A: float = f64("A", "charger's sensor")
    insulation_valid: float = f64("1")
    insulation_Ohm: float = f64("ohm")
    phase: float = f64("1", "signals.ChargerPhase")
    closed: float = f64("1", "output contactors")
    high_range: float = f64("1")
    available_A: float = f64("A", "after rating and derating")
    limits: float = f64("1", "signals.Limit")
    faults: float = f64("1", "signals.Fault")
    lost: float = f64("1", "modules taken out after a fault of their own, bit 0 the first")
    parked: float = f64("1", "modules that the load does not need, bit 0 the first")
    inlet_V: float = f64("V", "true values of the vehicle from here on")
    battery_V: float = f64("V", "pack terminals")
    battery_A: float = f64("A")
    soc: float = f64("1")
    battery_degC: float = f64("degC")
    inlet_degC: float = f64("degC")
    vehicle_closed: float = f64("1")


@plant_kernel
def fill_report(
    p: PlantParams,
    x: PlantState,
    slow: SlowState,
    control: ChargerState,
    control_modules: RecordArray,
    meas: ChargerMeas,
    r: Report,
) -> None:
    """Write the report at the end of the loop's last period."""
    r.output_V = meas.u_out
    r.output_A = meas.i_out
    r.insulation_valid = slow.insulation.valid
    r.insulation_Ohm = slow.insulation.reading
    r.phase = control.phase
    r.closed = x.contactor.closed
    r.high_range = control.high_range
    r.available_A = min(control.i_rating, control.i_thermal)
    r.limits = control.output.limits
    r.faults = control.protection.faults
    lost = 0
    parked = 0
    for j in range(len(control_modules)):
        mode = control_modules[j].sharing.mode
        lost |= 1 << j if mode == LOST else 0
        parked |= 1 << j if mode == PARKED else 0
    r.lost = lost
    r.parked = parked
    r.inlet_V = x.out.x[4]
    r.battery_V = x.ocv + x.out.x[5] + x.out.x[6] + p.R_0 * x.i_bat
    r.battery_A = x.i_bat
    r.soc = slow.battery.soc
    r.battery_degC = slow.battery.temperature
    r.inlet_degC = slow.cable.T_inlet
    r.vehicle_closed = x.vehicle.closed
