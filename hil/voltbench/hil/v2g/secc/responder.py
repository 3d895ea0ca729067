"""Builds the charger's responses from what its sensors measured, never from a request."""

from voltbench.control.session.stage import StageReport
from voltbench.hil.v2g.dialect import Dialect, EvseLimits, EvseStatus, Measured, ResponseCode
from voltbench.hil.v2g.messages.catalog import Step
from voltbench.hil.v2g.messages.enums import EvseNotification, EvseStatusCode, IsolationStatus
from voltbench.hil.v2g.messages.quantity import Quantity, amperes, volts, watts
from voltbench.hil.v2g.secc.settings import SeccSettings

_REACHED = 0.99
"""Share of a limit from which it counts as reached: sensors and regulation miss it by less."""


class Responder:
    """Holds what responses are made of: status, limits, latest measurement."""

    def __init__(self, settings: SeccSettings) -> None:
        self.settings = settings
        self.dialect: Dialect | None = None
        self.isolation = IsolationStatus.INVALID
        self.status_code = EvseStatusCode.NOT_READY
        self.notification = EvseNotification.NONE
        self.finished = True
        """EVSEProcessing of the response being built."""
        self.limit_current_A = float("inf")
        """Limits from outside (OCPP, site) besides what the stage can do."""
        self.limit_power_W = float("inf")
        self.target_current_A = 0.0
        self.target_voltage_V = 0.0
        self._status_key: tuple[str, str, str] | None = None
        self._status: EvseStatus | None = None
        self._limit_key = (0.0, 0.0, 0.0)
        self._limit_value = (volts(0.0), amperes(0.0), watts(0.0))

    def present_current_limit_A(self, stage: StageReport) -> float:
        """Return the current the charger can deliver now."""
        rated = self.settings.capability.current_max_A
        return max(0.0, min(rated, stage.available_current_A, self.limit_current_A))

    def present_power_limit_W(self, stage: StageReport) -> float:
        """Return the power the charger can deliver now."""
        rated = self.settings.capability.power_max_W
        return max(0.0, min(rated, stage.available_power_W, self.limit_power_W))

    def build(self, step: Step, code: ResponseCode, stage: StageReport) -> object:
        """Build the response body of a step with measured values and a response code."""
        dialect = self.dialect
        assert dialect is not None
        if step is Step.CURRENT_DEMAND:
            measured, evse_id = self._measured(stage), self.settings.capability.evse_id
            return dialect.current_demand_res(code, self._evse_status(), measured, evse_id)
        if step is Step.SESSION_SETUP:
            return dialect.session_setup_res(code, self.settings.capability.evse_id)
        if step is Step.SERVICE_DISCOVERY:
            return dialect.service_discovery_res(code)
        if step is Step.PAYMENT_SELECTION:
            return dialect.payment_selection_res(code)
        if step is Step.AUTHORIZATION:
            return dialect.authorization_res(code, self.finished)
        if step is Step.SESSION_STOP:
            return dialect.session_stop_res(code)
        return self._build_power(dialect, step, code, stage)

    def _build_power(
        self, dialect: Dialect, step: Step, code: ResponseCode, stage: StageReport
    ) -> object:
        status = self._evse_status()
        if step is Step.CHARGE_PARAMETERS:
            return dialect.charge_parameters_res(code, self.finished, status, self._limits(stage))
        if step is Step.CABLE_CHECK:
            return dialect.cable_check_res(code, self.finished, status)
        if step is Step.POWER_DELIVERY:
            return dialect.power_delivery_res(code, status)
        voltage = volts(stage.output_voltage_V)
        if step is Step.PRE_CHARGE:
            return dialect.pre_charge_res(code, status, voltage)
        return dialect.welding_detection_res(code, status, voltage)

    def _evse_status(self) -> EvseStatus:
        assert self.dialect is not None
        key = (self.isolation, self.status_code, self.notification)
        if key != self._status_key or self._status is None:
            self._status_key = key
            self._status = self.dialect.evse_status(*key)
        return self._status

    def _limits(self, stage: StageReport) -> EvseLimits:
        charger = self.settings.capability
        return EvseLimits(
            max_current_A=amperes(self.present_current_limit_A(stage)),
            max_power_W=watts(self.present_power_limit_W(stage)),
            max_voltage_V=volts(charger.voltage_max_V),
            min_current_A=amperes(0.0),
            min_voltage_V=volts(charger.voltage_min_V),
            current_tolerance_A=amperes(charger.current_tolerance_A),
            peak_ripple_A=amperes(charger.peak_ripple_A),
            evse_id=charger.evse_id,
        )

    def _measured(self, stage: StageReport) -> Measured:
        current_limit = self.present_current_limit_A(stage)
        power_limit = self.present_power_limit_W(stage)
        voltage_limit = min(self.settings.capability.voltage_max_V, stage.available_voltage_max_V)
        maxima = self._wire_limits(voltage_limit, current_limit, power_limit)
        by_current, by_power = self._reached(stage, current_limit)
        return Measured(
            volts(stage.output_voltage_V),
            amperes(stage.output_current_A),
            by_current,
            stage.voltage_limited and self.target_voltage_V >= voltage_limit,
            by_power,
            *maxima,
        )

    def _reached(self, stage: StageReport, current_limit_A: float) -> tuple[bool, bool]:
        """Return whether the output stands at the charger's limit of current, and of power.

        Measured, because a vehicle that follows the announced limits asks for exactly as much
        and nothing is cut. In the constant-power range the current announced is what the power
        leaves: there the limit is the power's.
        """
        rated = min(self.settings.capability.power_max_W, self.limit_power_W)
        power = stage.output_voltage_V * stage.output_current_A
        by_power = power >= _REACHED * rated
        by_current = stage.output_current_A >= _REACHED * current_limit_A
        return by_current and not by_power, by_power

    def _wire_limits(
        self, voltage_V: float, current_A: float, power_W: float
    ) -> tuple[Quantity, Quantity, Quantity]:
        key = (voltage_V, current_A, power_W)
        if key != self._limit_key:
            self._limit_key = key
            self._limit_value = (volts(voltage_V), amperes(current_A), watts(power_W))
        return self._limit_value
