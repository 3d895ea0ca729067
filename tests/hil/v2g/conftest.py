"""A minimal physical stand-in for stage and vehicle, and the loop that runs a session on it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from voltbench.control.session.limits import ChargerCapability
from voltbench.control.session.phases import SessionPhase
from voltbench.control.session.stage import (
    StageMode,
    StageReport,
    StageRequest,
    VehicleReport,
    VehicleRequest,
)
from voltbench.hil.v2g.evcc.machine import Evcc
from voltbench.hil.v2g.evcc.settings import BmsLimits, VehicleSession
from voltbench.hil.v2g.events import Event
from voltbench.hil.v2g.interceptor import Interceptor
from voltbench.hil.v2g.link import Link, LinkSettings, MessageEntry
from voltbench.hil.v2g.messages.frame import Protocol
from voltbench.hil.v2g.secc.machine import Secc
from voltbench.hil.v2g.secc.settings import SeccSettings

CHARGER = ChargerCapability(
    voltage_min_V=150.0,
    voltage_max_V=1000.0,
    low_range_max_V=500.0,
    current_max_A=500.0,
    power_max_W=150e3,
    peak_ripple_A=2.0,
)
STEP_s = 1e-3


@dataclass
class Plant:
    """One capacitor at the output, one battery with resistance, contactors with a delay."""

    soc_percent: float = 20.0
    ocv_V: float = 380.0
    battery_Ohm: float = 0.08
    capacity_As: float = 28e3 / 380.0 * 3600.0
    insulation_Ohm: float = 1e6
    loop_Ohm: float = 1e9
    capacitor_F: float = 20e-6
    contactor_delay_s: float = 0.1
    imd_delay_s: float = 1.0
    voltage_slew_V_per_s: float = 800.0
    current_slew_A_per_s: float = 200.0
    voltage_ceiling_V: float = 1000.0
    """The output never gets above this: a stage that cannot reach its target."""
    report_offset_V: float = 0.0
    """A charger whose voltage sensor lies."""
    inlet_connected: bool = True
    stuck_current: bool = False
    """A stage whose current does not fall when it is told to stop."""
    welded: bool = False
    feedback_lies: bool = False
    """The contactors' feedback follows the command, whatever they do."""
    no_bleed: bool = False
    """The discharge resistor is broken."""
    fault: str | None = None
    u_o: float = 0.0
    i_o: float = 0.0
    closed: bool = False
    wanted: bool = False
    _moving_s: float = 0.0
    _monitor_s: float = 0.0
    bms_current_A: float = 60.0

    def advance(self, duration_s: float, stage: StageRequest, vehicle: VehicleRequest) -> None:
        """Advance by small steps: explicit, stable because every change is slew-limited."""
        while duration_s > 1e-12:
            step = min(STEP_s, duration_s)
            duration_s -= step
            self._contactors(step, vehicle.contactors_closed)
            self._output(step, stage)
            self.soc_percent += 100.0 * self.i_o * step / self.capacity_As if self.closed else 0.0
            self._monitor_s = self._monitor_s + step if stage.insulation_monitor_on else 0.0

    def _contactors(self, step: float, wanted: bool) -> None:
        self.wanted = wanted
        self._moving_s = self._moving_s + step if wanted != self.closed else 0.0
        if self._moving_s >= self.contactor_delay_s and not (self.welded and self.closed):
            self.closed, self._moving_s = wanted, 0.0

    def _output(self, step: float, request: StageRequest) -> None:
        run = request.mode is StageMode.RUN and self.fault is None
        if self.closed:
            current = min(request.current_A, request.power_W / self.ocv_V) if run else 0.0
            by_voltage = (request.voltage_V - self.ocv_V) / self.battery_Ohm
            target = max(0.0, min(current, by_voltage)) if run else 0.0
            slew = 0.0 if self.stuck_current else self.current_slew_A_per_s * step
            fall = slew if run else 50.0 * slew
            self.i_o += max(-fall, min(slew, target - self.i_o))
            self.u_o = self.ocv_V + self.i_o * self.battery_Ohm
            return
        target = min(request.voltage_V, self.voltage_ceiling_V) if run else self.u_o
        supplied = self.u_o
        change = self.voltage_slew_V_per_s * step
        supplied += max(-change, min(change, target - supplied))
        bleed = 0.2 if request.discharge and not self.no_bleed else 300.0
        self.u_o = supplied if run else self.u_o * (1.0 - step / bleed)
        load = self.u_o / self.loop_Ohm
        if load > request.current_A > 0.0:
            self.u_o, load = request.current_A * self.loop_Ohm, request.current_A
        self.i_o = load if run else 0.0
        if not run and self.loop_Ohm < 1e6:
            self.u_o = 0.0

    def stage_report(self, request: StageRequest) -> StageReport:
        """Read the charger's sensors."""
        return StageReport(
            output_voltage_V=self.u_o + self.report_offset_V,
            output_current_A=self.i_o,
            insulation_resistance_Ohm=(
                self.insulation_Ohm if self._monitor_s >= self.imd_delay_s else None
            ),
            link_ready=request.mode is not StageMode.OFF,
            output_contactors_closed=request.output_contactors_closed,
            available_voltage_max_V=CHARGER.voltage_max_V,
            available_voltage_min_V=CHARGER.voltage_min_V,
            available_current_A=CHARGER.current_max_A,
            available_power_W=CHARGER.power_max_W,
            current_limited=False,
            voltage_limited=False,
            power_limited=False,
            fault=self.fault,
        )

    def vehicle_report(self) -> VehicleReport:
        """Read the vehicle's sensors."""
        battery = self.ocv_V + (self.i_o * self.battery_Ohm if self.closed else 0.0)
        return VehicleReport(
            inlet_voltage_V=self.u_o if self.inlet_connected else 0.0,
            battery_voltage_V=battery,
            battery_current_A=self.i_o if self.closed else 0.0,
            soc_percent=self.soc_percent,
            battery_temperature_degC=25.0,
            inlet_temperature_degC=25.0,
            contactors_closed=self.wanted if self.feedback_lies else self.closed,
        )


@dataclass
class Run:
    """A session that was run, with everything it logged."""

    link: Link
    plant: Plant
    messages: list[MessageEntry] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    trace: list[tuple[float, StageRequest, VehicleRequest, float, float]] = field(
        default_factory=list
    )
    """Time, both requests, output voltage and current."""

    def names(self, protocol: Protocol | None = None) -> list[str]:
        """Names of the messages sent, in order."""
        return [m.message.name for m in self.messages if protocol in (None, m.message.protocol)]

    def event(self, name: str) -> Event:
        """Return the one event of a name."""
        found = [event for event in self.events if event.name == name]
        assert len(found) == 1, f"{name}: {[e.name for e in self.events]}"
        return found[0]

    def event_of(self, source: str, name: str) -> Event:
        """Return one side's event of a name."""
        found = [e for e in self.events if e.name == name and e.source.value == source]
        assert len(found) == 1, f"{source} {name}: {self.event_names()}"
        return found[0]

    def last_code(self) -> str:
        """Response code of the charger's last response."""
        codes = [getattr(m.message.body, "response_code", None) for m in self.messages]
        return str([code for code in codes if code is not None][-1].value)

    def event_names(self) -> list[str]:
        """Names of the events, in order."""
        return [event.name for event in self.events]

    def ever_closed(self) -> bool:
        """Whether the vehicle's contactors were ever told to close."""
        return any(vehicle.contactors_closed for _, _, vehicle, _, _ in self.trace)


Hook = Callable[["Run", float], None]


def vehicle(**changes: object) -> VehicleSession:
    """Return a 28 kWh car that is nearly done, so that a session is short."""
    values: dict[str, object] = {
        "max_voltage_V": 412.8,
        "max_current_A": 200.0,
        "max_power_W": 98e3,
        "energy_capacity_Wh": 28e3,
        "soc_target_percent": 20.2,
        "current_demand_period_s": 0.1,
        "current_ramp_A_per_s": 20.0,
    }
    return VehicleSession(**{**values, **changes})  # type: ignore[arg-type]


def run_session(
    session: VehicleSession | None = None,
    secc: SeccSettings | None = None,
    plant: Plant | None = None,
    interceptor: Interceptor | None = None,
    until_s: float = 120.0,
    hook: Hook | None = None,
    settings: LinkSettings | None = None,
) -> Run:
    """Run a session until both sides are done or a time has passed."""
    plant = plant or Plant()
    link = Link(
        Secc(secc or SeccSettings(capability=CHARGER)),
        Evcc(session or vehicle()),
        settings=settings,
        interceptor=interceptor,
    )
    run = Run(link, plant)
    stage, car = link.secc.output.request, VehicleRequest()
    while not link.finished and link.now_s < until_s:
        t_s = link.next_deadline()
        assert t_s > link.now_s or link.now_s == 0.0, "time stands still"
        plant.advance(t_s - link.now_s, stage, car)
        if hook is not None:
            hook(run, t_s)
        bms = BmsLimits(plant.bms_current_A, plant.ocv_V + 32.0)
        out = link.advance_to(t_s, plant.stage_report(stage), plant.vehicle_report(), bms)
        stage, car = out.stage_request, out.vehicle_request
        run.messages += out.messages
        run.events += out.events
        run.trace.append((t_s, stage, car, plant.u_o, plant.i_o))
    check_safety(run)
    return run


def check_safety(run: Run) -> None:
    """Assert what must hold in every session, good or bad, on the plant's own volts and amps."""
    before = None
    for t, stage, car, u_o, i_o in run.trace:
        if before is not None:
            old_stage, old_car = before
            if old_car.inlet_locked and not car.inlet_locked and run.plant.inlet_connected:
                assert u_o < 60.0, f"unlocked at {u_o} V at {t} s"
            if car.contactors_closed and not old_car.contactors_closed:
                difference = u_o - run.plant.ocv_V
                assert abs(difference) < 20.5, f"closed on {difference} V at {t} s"
            if stage.high_range is not old_stage.high_range:
                assert stage.mode is not StageMode.RUN, f"range changed under load at {t} s"
                assert u_o < 60.0, f"range changed at {u_o} V at {t} s"
            if old_stage.output_contactors_closed and not stage.output_contactors_closed:
                assert abs(i_o) < 5.0, f"charger's contactors opened on {i_o} A at {t} s"
        if stage.mode is StageMode.RUN:
            assert stage.output_contactors_closed, f"energised with open contactors at {t} s"
            assert not stage.discharge, f"regulates against the discharge resistor at {t} s"
        before = (stage, car)


@pytest.fixture(name="simulate")
def _simulate() -> Callable[..., Run]:
    return run_session


@pytest.fixture(name="car")
def _car() -> Callable[..., VehicleSession]:
    return vehicle


@pytest.fixture(name="make_plant")
def _plant() -> type[Plant]:
    return Plant


@pytest.fixture(name="charger")
def _charger() -> ChargerCapability:
    return CHARGER


@pytest.fixture(name="good_phases")
def _good_phases() -> list[SessionPhase]:
    return [
        phase for phase in SessionPhase if phase not in (SessionPhase.ABORTED, SessionPhase.ERROR)
    ]
