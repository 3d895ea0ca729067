"""The compiled loop: every control interrupt of the charger, in one pass.

Each period: sample the sensors, advance the plant under the commands of the previous
interrupt (one period of computation delay), run the control interrupt on the samples.
Every `slow` periods the slow plant and a finiteness check; every `decimate` periods one
row of the trace. There is no Python between two interrupts.
"""

import numpy as np
from numpy.typing import NDArray

from voltbench.control.charger import ChargerGains, ChargerState, step
from voltbench.control.numerics.borrow import borrow
from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.lanes import bank
from voltbench.control.numerics.records import RecordArray, i32, i64, record
from voltbench.control.signals import ChargerCommand, ChargerMeas, Setpoints
from voltbench.hil.observe import Meter, Observer, meter_step, observe, row_step
from voltbench.hil.report import Report, fill_report
from voltbench.hil.sensors import ChargerSensors, sample_charger, sample_module
from voltbench.plant_models.output_network import OutputTables
from voltbench.plant_models.plant_state import PlantParams, PlantState
from voltbench.plant_models.power_path import plant_step
from voltbench.plant_models.slow_path import SlowState, slow_step

RAN, TRIPPED, DIVERGED, SWITCHED = range(4)
"""Why the loop returned: all periods done; a fault latched or a module lost; not finite; a
contactor moved."""


@record
class LoopState:
    """Counters of the loop."""

    k: int = i64("periods since the start of the run")
    slow: int = i32("periods between slow steps")
    n_slow: int = i32("periods since the last slow step")
    switches: int = i32("switch configuration at the last return")


@kernel
def execute(
    n: int,
    s: LoopState,
    p: PlantParams,
    x: PlantState,
    slow: SlowState,
    modules: RecordArray,
    ac_tables: RecordArray,
    out_tables: OutputTables,
    ocv: NDArray[np.float64],
    sensors: RecordArray,
    charger_sensors: ChargerSensors,
    T_hs_sensor: NDArray[np.float64],
    gains: ChargerGains,
    control: ChargerState,
    control_modules: RecordArray,
    meas: ChargerMeas,
    module_meas: RecordArray,
    ref: Setpoints,
    cmd: ChargerCommand,
    module_cmd: RecordArray,
    meter: Meter,
    observer: Observer,
    rows: NDArray[np.float64],
    ring: NDArray[np.float32],
    report: Report,
) -> int:
    """Execute up to `n` control periods; return why it stopped."""
    modules = borrow(modules)
    ac_tables = borrow(ac_tables)
    ocv = borrow(ocv)
    sensors = borrow(sensors)
    T_hs_sensor = borrow(T_hs_sensor)
    control_modules = borrow(control_modules)
    module_meas = borrow(module_meas)
    module_cmd = borrow(module_cmd)
    rows = borrow(rows)
    ring = borrow(ring)
    reason = RAN
    for _ in range(n):
        sample_charger(charger_sensors, x, slow, meas)
        for j in range(len(modules)):
            sample_module(p, sensors[j], modules[j], T_hs_sensor[j], module_meas[j])
        plant_step(p, x, modules, ac_tables, out_tables, cmd, module_cmd, s.k)
        step(gains, control, control_modules, meas, module_meas, ref, cmd, module_cmd)
        meter_step(p, x, meter, len(modules))
        observe(x, modules, module_cmd, observer, ring)
        observer.metered += p.T_s * meas.u_out * meas.i_out
        s.k += 1
        s.n_slow += 1
        if s.n_slow >= s.slow:
            slow_step(p, x, slow, modules, T_hs_sensor, ocv, s.n_slow)
            s.n_slow = 0
            monitor = slow.insulation
            if monitor.valid != 0 and monitor.reading < monitor.R_fault:
                ref.insulation_fault = 1
            if not np.isfinite(x.out.x[2] + x.i_g_al + modules[0].u_p + modules[0].out.u_o):
                reason = DIVERGED
                break
        row_step(
            p, x, slow, modules, gains, control, control_modules, ref, meter, observer, rows, s.k
        )
        if control.protection.new != 0:
            reason = TRIPPED
            break
        if x.switches != s.switches:
            s.switches = x.switches
            reason = SWITCHED
            break
    fill_report(p, x, slow, control, control_modules, meas, report)
    return reason


@kernel
def run(
    n: int,
    loop: RecordArray,
    params: RecordArray,
    state: RecordArray,
    slow: RecordArray,
    modules: RecordArray,
    ac_tables: RecordArray,
    out_tables: RecordArray,
    ocv: NDArray[np.float64],
    sensors: RecordArray,
    charger_sensors: RecordArray,
    T_hs_sensor: NDArray[np.float64],
    gains: RecordArray,
    control: RecordArray,
    control_modules: RecordArray,
    meas: RecordArray,
    module_meas: RecordArray,
    ref: RecordArray,
    cmd: RecordArray,
    module_cmd: RecordArray,
    meter: RecordArray,
    observer: RecordArray,
    rows: NDArray[np.float64],
    ring: NDArray[np.float32],
    report: RecordArray,
    numbers: tuple[int, ...],
) -> int:
    """Execute up to `n` control periods on arrays of one record each.

    For the host: handing over a record costs microseconds (its layout is described anew at
    each call), handing over an array does not.
    """
    return execute(
        n,
        loop[0],
        params[0],
        state[0],
        slow[0],
        bank(modules, numbers),
        ac_tables,
        out_tables[0],
        ocv,
        sensors,
        charger_sensors[0],
        T_hs_sensor,
        gains[0],
        control[0],
        bank(control_modules, numbers),
        meas[0],
        bank(module_meas, numbers),
        ref[0],
        cmd[0],
        bank(module_cmd, numbers),
        meter[0],
        observer[0],
        rows,
        ring,
        report[0],
    )
