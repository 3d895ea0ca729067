"""When a vehicle's contactors may close and open: judged on volts and amps at the inlet."""

from dataclasses import dataclass

from voltbench.control.session.limits import STOP_CURRENT
from voltbench.control.session.stage import VehicleReport
from voltbench.hil.v2g.evcc.settings import VehicleSession

INF = float("inf")


@dataclass(frozen=True, slots=True)
class ClosingFacts:
    """What was measured when the contactors were told to close."""

    inlet_voltage_V: float
    battery_voltage_V: float
    message_voltage_V: float

    @property
    def difference_V(self) -> float:
        """Voltage across the open contactors."""
        return self.inlet_voltage_V - self.battery_voltage_V


class ContactorGuard:
    """Decides on closing and opening, and remembers what was measured then."""

    def __init__(self, session: VehicleSession) -> None:
        self.session = session
        self.closing: ClosingFacts | None = None
        self.opening_current_A: float | None = None
        self.disagrees = False
        """The charger reported a match that the inlet did not have."""
        self._matched_since_s = INF
        self._missing_since_s = INF

    def may_close(self, now_s: float, vehicle: VehicleReport, message_V: float) -> bool:
        """Whether inlet *and* message have matched the battery for long enough."""
        tolerance = self.session.contactor_tolerance_V
        inlet, battery = vehicle.inlet_voltage_V, vehicle.battery_voltage_V
        by_message = abs(message_V - battery) < tolerance
        by_inlet = abs(inlet - battery) < tolerance
        if by_message and not by_inlet:
            self.disagrees = True
        if not (by_message and by_inlet):
            self._matched_since_s = INF
            return False
        if self._matched_since_s == INF:
            self._matched_since_s = now_s
        if now_s < self._matched_since_s + self.session.pre_charge_settle_s:
            return False
        self.closing = ClosingFacts(inlet, battery, message_V)
        return True

    def may_open(self, vehicle: VehicleReport, forced: bool) -> bool:
        """Whether the current has stopped, or the contactors must open regardless."""
        stopped = abs(vehicle.battery_current_A) < STOP_CURRENT.value
        if (stopped or forced) and self.opening_current_A is None:
            self.opening_current_A = vehicle.battery_current_A
        return stopped or forced

    def inlet_missing(self, now_s: float, vehicle: VehicleReport) -> bool:
        """Whether closed contactors have had no battery voltage at the inlet for too long."""
        difference = abs(vehicle.inlet_voltage_V - vehicle.battery_voltage_V)
        if difference < self.session.inlet_missing_V:
            self._missing_since_s = INF
            return False
        if self._missing_since_s == INF:
            self._missing_since_s = now_s
        return now_s >= self._missing_since_s + self.session.inlet_missing_s
