"""The simulated bench: control and plant in one compiled loop, driven by requests."""

import math
from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from voltbench.control.charger import ChargerState, ModuleState
from voltbench.control.numerics.records import RecordArray, zeros
from voltbench.control.session.stage import (
    StageReport,
    StageRequest,
    VehicleReport,
    VehicleRequest,
)
from voltbench.control.signals import (
    ChargerCommand,
    ChargerMeas,
    ChargerPhase,
    Fault,
    Limit,
    ModuleCommand,
    ModuleMeas,
    Setpoints,
)
from voltbench.hil.bench import Bench
from voltbench.hil.errors import SimulationStopped
from voltbench.hil.loop import DIVERGED, SWITCHED, LoopState, run
from voltbench.hil.observe import RING, Meter, Observer, row_columns
from voltbench.hil.plant_build import SLOW_STEP_S, Plant
from voltbench.hil.report import Report
from voltbench.hil.sensors import Sensor, make_sensors

ROW_S = 0.02
"""Time between decimated rows of the trace: one cycle of a 50 Hz grid."""
_RING_S = 0.5
_ROWS = 512
_BY_CURRENT, _BY_VOLTAGE, _BY_POWER = (
    Limit.CURRENT | Limit.THERMAL,
    int(Limit.VOLTAGE),
    int(Limit.POWER),
)
_FAULTS = list(cast(Any, Report).fields).index("faults")
_LINK_READY = (int(ChargerPhase.READY), int(ChargerPhase.RUN))


class SimulatedBench(Bench):
    """A charger and a vehicle in simulated time.

    Parameters
    ----------
    plant : the plant at rest
    gains : one ``ChargerGains`` record
    seed : draws the sensors' gain and offset errors
    on_rows : called with finished trace rows, shape (n, columns), before the buffer is reused

    Attributes
    ----------
    control_periods : number of executed control interrupts
    """

    def __init__(
        self,
        plant: Plant,
        gains: RecordArray,
        seed: int = 0,
        on_rows: Callable[[NDArray[np.float64]], None] | None = None,
    ) -> None:
        n = plant.charger.rating.modules
        self.plant = plant
        self.gains = gains
        self.columns = row_columns(n)
        self.on_rows = on_rows
        kinds = {
            name: Sensor(**getattr(plant.charger.sensors, name).model_dump())
            for name in type(plant.charger.sensors).model_fields
        }
        self.sensors, self.charger_sensors = make_sensors(n, kinds, seed)
        self.loop = zeros(LoopState)
        self.loop["slow"] = max(round(SLOW_STEP_S / plant.T_s), 1)
        self.control, self.control_modules = zeros(ChargerState), zeros(ModuleState, n)
        self._warm_start()
        self.meas, self.module_meas = zeros(ChargerMeas), zeros(ModuleMeas, n)
        self.ref, self.cmd = zeros(Setpoints), zeros(ChargerCommand)
        self.module_cmd = zeros(ModuleCommand, n)
        self.meter, self.observer = zeros(Meter), zeros(Observer)
        self.observer["decimate"] = round(ROW_S / plant.T_s)
        self.rows = np.zeros((_ROWS, len(self.columns)))
        self.ring = np.zeros((round(_RING_S / plant.T_s), len(RING)), np.float32)
        self.stage = StageRequest()
        self.vehicle = VehicleRequest()
        self.faults_seen = 0
        self._next_check_s = 0.0
        self._planned: list[tuple[float, Callable[[SimulatedBench], None]]] = []
        self.report = zeros(Report)
        self._k, self._filled = self.loop["k"], self.observer["filled"]
        self._measured = self.report.view(np.float64)
        self._look()
        self._arguments = self._bind()
        self._run: Callable[..., int] = self._first_run

    def _bind(self) -> tuple[object, ...]:
        """Return the loop's arguments after the number of periods; all are changed in place."""
        p = self.plant
        return (
            self.loop, p.params, p.state, p.slow, p.modules, p.ac, p.out, p.ocv,
            self.sensors, self.charger_sensors, p.T_hs_sensor, self.gains,
            self.control, self.control_modules, self.meas, self.module_meas, self.ref,
            self.cmd, self.module_cmd, self.meter, self.observer, self.rows, self.ring,
            self.report, tuple(range(p.charger.rating.modules)),
        )  # fmt: skip

    def _first_run(self, *arguments: object) -> int:
        """Compile or load the loop, and call the compiled code directly from then on.

        The arguments never change their types: no need to look them up at each call.
        """
        compiled: Any = run
        before = set(compiled.overloads)
        reason = int(compiled(*arguments))
        fresh = [key for key in compiled.overloads if key not in before] or list(before)
        if len(fresh) == 1:
            self._run = compiled.overloads[fresh[0]].entry_point
        return reason

    def _warm_start(self) -> None:
        """Give the derating loops their cool state."""
        g, s = self.gains[0], self.control[0]
        for loop, gains in (("pin", "pin_derating"), ("cable", "cable_derating")):
            s[loop]["x"] = s[loop]["i_lim"] = g[gains]["i_max"]
        d = self.control_modules["derating"]
        d["x"] = d["i_lim"] = g["module_derating"]["i_max"]
        for name in ("capacity", "part"):
            self.control_modules["sharing"][name] = d["i_lim"]
        s["i_modules"] = s["sharing"]["i_capacity"] = d["i_lim"].sum()
        s["i_thermal"] = min(s["i_modules"], s["pin"]["i_lim"], s["cable"]["i_lim"])
        s["sharing"]["i_now"] = s["i_thermal"]
        s["sharing"]["awake"] = len(d)

    def _look(self) -> None:
        """Read what the loop left: once a call, because reading records is slow."""
        self.control_periods = int(self._k[0])
        self.now_s = self.control_periods * self.plant.T_s
        self._seen = self._measured.tolist()

    def apply(self, stage: StageRequest, vehicle: VehicleRequest) -> None:
        """Set what charger and vehicle are asked to do from the next interrupt on."""
        r = self.ref[0]
        if stage is not self.stage:
            self.stage = stage
            r["mode"], r["u_o_ref"], r["i_o_ref"] = stage.mode, stage.voltage_V, stage.current_A
            r["p_o_ref"], r["u_o_max"] = stage.power_W, stage.voltage_trip_V
            r["battery_connected"], r["high_range"] = stage.battery_connected, stage.high_range
            r["output_contactors"] = stage.output_contactors_closed
            r["discharge"] = stage.discharge
            r["emergency_stop"] = stage.emergency_stop
            self.plant.slow[0]["insulation"]["on"] = stage.insulation_monitor_on
        if vehicle is not self.vehicle:
            self.vehicle = vehicle
            self.plant.state[0]["vehicle"]["command"] = vehicle.contactors_closed

    def advance(self, duration_s: float) -> None:
        """Execute the control periods that begin within `duration_s`; none if it is not positive.

        Returns early when a fault latched, a module was lost, a contactor moved, or
        something planned happened.
        """
        periods = math.ceil(duration_s / self.plant.T_s - 1e-6)
        if self._planned:
            periods = min(periods, self._until_planned())
        if periods > 0:
            self.execute(periods)

    def plan(self, time_s: float, action: Callable[["SimulatedBench"], None]) -> None:
        """Do something to the bench before the first control period from a time on."""
        self._planned = sorted([*self._planned, (time_s, action)], key=lambda one: one[0])

    def _until_planned(self) -> int:
        """Do what is due, and return the periods until the next."""
        while self._planned and self._planned[0][0] <= self.now_s + 1e-9:
            self._planned.pop(0)[1](self)
        if not self._planned:
            return 1
        return max(math.ceil((self._planned[0][0] - self.now_s) / self.plant.T_s - 1e-6), 1)

    def advance_to(self, t_s: float) -> None:
        """Execute control periods until the simulated time is at least `t_s`."""
        self.advance(t_s - self.now_s)

    def execute(self, n: int) -> int:
        """Execute `n` control periods or fewer; return why it stopped (``loop``).

        Raises
        ------
        SimulationStopped
            If a state of the plant is no longer finite.
        """
        p = self.plant
        reason: int = self._run(n, *self._arguments)
        self._look()
        if reason == DIVERGED:
            self.drain()
            raise SimulationStopped("diverged", f"the plant is not finite at {self.now_s:.4f} s")
        if reason == SWITCHED:
            p.discretise_output()
        elif self.now_s >= self._next_check_s:
            self._next_check_s = self.now_s + 0.5
            if p.resistances_moved():
                p.discretise_output(int(p.state[0]["switches"]))
        if self._filled[0] > _ROWS // 2:
            self.drain()
        return reason

    def drain(self) -> None:
        """Hand finished rows to the recorder."""
        filled = int(self._filled[0])
        if filled and self.on_rows is not None:
            self.on_rows(self.rows[:filled])
        self._filled[0] = 0

    def window(self, first: int) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Return time and full-rate signals from period `first` to now (at most 0.5 s)."""
        k, T = self.control_periods, self.plant.T_s
        index = np.arange(max(first, k - len(self.ring), 0), k)
        time_s = index.astype(np.float64) * T
        values: NDArray[np.float32] = self.ring[index % len(self.ring)]
        return time_s, values

    def sample_before(self, periods: int) -> NDArray[np.float32]:
        """Return the full-rate signals `periods` control periods ago."""
        k = self.control_periods - periods
        values: NDArray[np.float32] = self.ring[k % len(self.ring)]
        return values

    def battery_terminal_V(self) -> float:
        """Return the true voltage behind the vehicle's contactors."""
        x, out = self.plant.state[0], self.plant.state[0]["out"]["x"]
        return float(x["ocv"] + out[5] + out[6] - self.plant.params[0]["R_0"] * x["i_aux"])

    @property
    def faults(self) -> int:
        """Return the latched fault bits (``signals.Fault``)."""
        return int(self._seen[_FAULTS])

    @property
    def lost_modules(self) -> int:
        """Return the modules taken out after a fault of their own, bit 0 the first."""
        return int(self._seen[_FAULTS + 1])

    @property
    def parked_modules(self) -> int:
        """Return the modules that the load does not need, bit 0 the first."""
        return int(self._seen[_FAULTS + 2])

    def stage_report(self) -> StageReport:
        """Return what the charger's sensors measured at the last interrupt."""
        r = self.plant.charger.rating
        (u, i, valid, insulation, phase, closed, high, available, limits, faults,
         *_) = self._seen  # fmt: skip
        bits = int(limits)
        return StageReport(
            output_voltage_V=u,
            output_current_A=i,
            insulation_resistance_Ohm=insulation if valid else None,
            link_ready=phase in _LINK_READY,
            output_contactors_closed=closed != 0,
            available_voltage_max_V=r.voltage_max_V if high else r.low_range_max_V,
            available_voltage_min_V=r.voltage_min_V,
            available_current_A=available,
            # at rest the rating counts: amperes times no volts would say nothing
            available_power_W=min(r.power_W, available * u) if u > r.voltage_min_V else r.power_W,
            current_limited=bits & _BY_CURRENT != 0,
            voltage_limited=bits & _BY_VOLTAGE != 0,
            power_limited=bits & _BY_POWER != 0,
            fault=self.fault() if faults else None,
        )

    def fault(self) -> str | None:
        """Return the name of the lowest latched fault bit."""
        bits = self.faults
        return Fault(bits & -bits).name if bits else None

    def vehicle_report(self) -> VehicleReport:
        """Return what the vehicle's sensors measure (resolution 0.1 V, 0.1 A, 0.1 K)."""
        *_, inlet, battery, current, soc, T, T_inlet, closed = self._seen
        return VehicleReport(
            inlet_voltage_V=round(inlet, 1),
            battery_voltage_V=round(battery, 1),
            battery_current_A=round(current, 1),
            soc_percent=100.0 * soc,
            battery_temperature_degC=round(T, 1),
            inlet_temperature_degC=round(T_inlet, 1),
            contactors_closed=closed != 0,
        )

    def hottest(self) -> tuple[float, str]:
        """Return the hottest point and its name (live display)."""
        junctions = self.plant.modules["thermal"]["T_j"]
        j, g = np.unravel_index(int(junctions.argmax()), junctions.shape)
        places = ("PFC outer", "PFC inner", "DC/DC primary", "DC/DC secondary")
        best = float(junctions[j, g]), f"module {j + 1} {places[g]} junction"
        cable = self.plant.slow[0]["cable"]
        for name, label in (("T_pin", "connector pins"), ("T_cable", "cable")):
            best = max(best, (float(cable[name]), label))
        return best if math.isfinite(best[0]) else (math.nan, "-")
