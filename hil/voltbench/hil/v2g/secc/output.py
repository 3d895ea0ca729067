"""What the charger's session does with its power output: one stage request at any time."""

from enum import StrEnum

from voltbench.control.session.cable_check import CableCheck
from voltbench.control.session.limits import (
    SAFE_VOLTAGE,
    STOP_CURRENT,
    emergency_overvoltage_V,
    may_unlock,
    needs_high_range,
)
from voltbench.control.session.sourced import Sourced
from voltbench.control.session.stage import StageMode, StageReport, StageRequest
from voltbench.hil.v2g.secc.settings import SeccSettings

INF = float("inf")
ESCALATE_AFTER = Sourced(
    2.5, "s", "IEC 61851-23:2023 CC.3.4.2", "EVerest/EVerest@aa8113f ErrorHandling.cpp"
)
"""An error shutdown that has not brought the current down by then becomes an emergency."""


class OutputMode(StrEnum):
    """What the output is being used for."""

    OFF = "off"
    READY = "ready"
    CHECKING = "checking"
    CHECKED = "checked"
    PRE_CHARGING = "pre_charging"
    DELIVERING = "delivering"
    RAMPING_DOWN = "ramping_down"
    FLOATING = "floating"
    """Gates blocked, contactors closed; discharged once the vehicle has opened its own."""
    STOPPING = "stopping"
    SAFE = "safe"


LIVE_MODES = frozenset(
    {
        OutputMode.CHECKING,
        OutputMode.CHECKED,
        OutputMode.PRE_CHARGING,
        OutputMode.DELIVERING,
        OutputMode.RAMPING_DOWN,
    }
)

ENERGY_MODES = frozenset({OutputMode.PRE_CHARGING, OutputMode.DELIVERING, OutputMode.RAMPING_DOWN})
"""The output is regulated for the vehicle: the insulation monitor measures."""


class OutputControl:
    """Turns session decisions into stage requests and watches what the stage measured."""

    def __init__(self, settings: SeccSettings) -> None:
        self.settings = settings
        self.mode = OutputMode.OFF
        self.request = StageRequest()
        self.cable_check: CableCheck | None = None
        self.high_range = False
        self.ev_max_voltage_V = settings.capability.voltage_max_V
        self.negotiated_max_V = settings.capability.voltage_max_V
        self.next_deadline_s = INF
        self.stuck = False
        """The output could not be discharged in time."""
        self._since_s = 0.0
        self._discharge_until_s = INF
        self._emergency = False

    def prepare(self, ev_max_voltage_V: float, high_range: bool | None = None) -> None:
        """Choose the output range while the output is off, and charge the DC link."""
        charger = self.settings.capability
        self.ev_max_voltage_V = ev_max_voltage_V
        self.negotiated_max_V = min(ev_max_voltage_V, charger.voltage_max_V)
        chosen = needs_high_range(charger, ev_max_voltage_V) if high_range is None else high_range
        self.high_range = chosen
        self.mode = OutputMode.READY
        self.request = StageRequest(mode=StageMode.READY, high_range=chosen)

    def check(self, now_s: float, performance_time_s: float) -> None:
        """Close the charger's contactors and start the cable check."""
        base = self.settings.cable_check
        within = min(base.performance_time_s, performance_time_s)
        self.cable_check = CableCheck(
            base, self.settings.capability, self.ev_max_voltage_V, self.high_range, now_s, within
        )
        self.mode = OutputMode.CHECKING
        self.request = self.cable_check.request

    def pre_charge(self, voltage_V: float, current_A: float) -> None:
        """Regulate the open output to the vehicle's target."""
        limit = current_A if current_A > 0.0 else self.settings.pre_charge_current_A
        self.mode = OutputMode.PRE_CHARGING
        self._run(voltage_V, limit, self.settings.capability.power_max_W, battery=False)

    def connect(self) -> None:
        """Take note that the vehicle's contactors are closed: a battery is connected."""
        now = self.request
        self.mode = OutputMode.DELIVERING
        self._run(now.voltage_V, now.current_A, now.power_W, battery=True)

    def demand(self, voltage_V: float, current_A: float, power_W: float) -> None:
        """Follow the vehicle's target within the given limits."""
        self._run(min(voltage_V, self.negotiated_max_V), current_A, power_W, battery=True)

    def ramp_down(self, now_s: float) -> None:
        """Bring the current to zero under control."""
        before = self.request
        self.mode = OutputMode.RAMPING_DOWN
        self._since_s = now_s
        if before.mode is StageMode.RUN:
            self._run(before.voltage_V, 0.0, before.power_W, before.battery_connected)

    def release(self, now_s: float) -> None:
        """Block the gates; keep the contactors closed for the welding detection."""
        self.mode = OutputMode.FLOATING
        self._since_s = now_s
        self.request = StageRequest(
            mode=StageMode.READY,
            high_range=self.high_range,
            output_contactors_closed=self.request.output_contactors_closed,
        )

    def stop(self, now_s: float, emergency: bool) -> None:
        """Block the gates at once, then discharge and open the contactors."""
        self._emergency = self._emergency or emergency
        if self.mode in (OutputMode.STOPPING, OutputMode.SAFE):
            self.request = self.request.but(emergency_stop=self._emergency)
            return
        closed = self.request.output_contactors_closed
        self.mode, self._since_s = OutputMode.STOPPING, now_s
        self.request = StageRequest(
            mode=StageMode.OFF,
            high_range=self.high_range,
            output_contactors_closed=closed,
            emergency_stop=self._emergency,
        )

    def advance(self, now_s: float, stage: StageReport, vehicle_open: bool) -> None:
        """Follow the measured values; ``vehicle_open``: the pilot says its contactors are open."""
        self.next_deadline_s = INF
        if self.mode is OutputMode.DELIVERING or self.mode is OutputMode.PRE_CHARGING:
            return
        if self.mode is OutputMode.CHECKING:
            self._advance_check(now_s, stage)
        elif self.mode is OutputMode.RAMPING_DOWN:
            off_s = self._since_s + self.settings.ramp_down_off_s
            if now_s >= off_s:
                self.release(now_s)
            self.next_deadline_s = off_s
        elif self.mode is OutputMode.FLOATING:
            self._advance_discharge(now_s, stage, vehicle_open)
        elif self.mode is OutputMode.STOPPING:
            self._advance_stop(now_s, stage, vehicle_open)

    def _advance_check(self, now_s: float, stage: StageReport) -> None:
        assert self.cable_check is not None
        self.request = self.cable_check.advance(now_s, stage)
        self.next_deadline_s = self.cable_check.next_deadline_s
        if self.cable_check.result is not None and self.cable_check.result.passed:
            self.mode = OutputMode.CHECKED

    def _advance_discharge(self, now_s: float, stage: StageReport, vehicle_open: bool) -> None:
        """Discharge when nothing but capacitors is left, and not for longer than rated."""
        wanted = vehicle_open and not self.stuck
        if wanted and stage.output_voltage_V >= SAFE_VOLTAGE.value:
            if self._discharge_until_s == INF:
                self._discharge_until_s = now_s + self.settings.discharge_timeout_s
            if now_s >= self._discharge_until_s:
                self.stuck = True
                wanted = False
            else:
                self.next_deadline_s = self._discharge_until_s
        if self.request.discharge != wanted:
            self.request = self.request.but(discharge=wanted)

    def _advance_stop(self, now_s: float, stage: StageReport, vehicle_open: bool) -> None:
        escalate_s = self._since_s + ESCALATE_AFTER.value
        stopped = abs(stage.output_current_A) < STOP_CURRENT.value
        if not stopped and now_s >= escalate_s and not self._emergency:
            self._emergency = True
            self.request = self.request.but(emergency_stop=True)
        if may_unlock(stage.output_voltage_V, stage.output_current_A):
            self.mode = OutputMode.SAFE
            self.request = StageRequest(emergency_stop=self._emergency)
            return
        self._advance_discharge(now_s, stage, vehicle_open and stopped)
        if not stopped and now_s < escalate_s:
            self.next_deadline_s = escalate_s

    def _run(self, voltage_V: float, current_A: float, power_W: float, battery: bool) -> None:
        before = self.request
        if (
            before.voltage_V == voltage_V
            and before.current_A == current_A
            and before.power_W == power_W
            and before.mode is StageMode.RUN
            and before.battery_connected == battery
        ):
            return
        self.request = StageRequest(
            voltage_trip_V=emergency_overvoltage_V(self.negotiated_max_V),
            mode=StageMode.RUN,
            voltage_V=voltage_V,
            current_A=current_A,
            power_W=power_W,
            battery_connected=battery,
            high_range=self.high_range,
            output_contactors_closed=True,
            insulation_monitor_on=True,
        )
