"""What the vehicle sends in each step and what it makes of the response."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from voltbench.control.session.limits import STOP_CURRENT
from voltbench.control.session.phases import SessionPhase
from voltbench.control.session.pilot import RESISTANCE_B_Ohm, RESISTANCE_C_Ohm
from voltbench.hil.v2g.dialect import (
    AuthorizationRes,
    CableCheckRes,
    ChargeParameterRes,
    CurrentDemandRes,
    EvLimits,
    EvseStatus,
    EvStatus,
    PreChargeRes,
    WeldingDetectionRes,
)
from voltbench.hil.v2g.dialects import DIALECTS, PROTOCOL_OF_NAMESPACE, VERSION_MAJOR
from voltbench.hil.v2g.messages.app_protocol import (
    AppProtocol,
    SupportedAppProtocolReq,
    SupportedAppProtocolRes,
)
from voltbench.hil.v2g.messages.catalog import Step
from voltbench.hil.v2g.messages.enums import (
    AppProtocolCode,
    EvErrorCode,
    EvseNotification,
    EvseStatusCode,
)
from voltbench.hil.v2g.messages.quantity import amperes, volts, watt_hours, watts

if TYPE_CHECKING:
    from voltbench.hil.v2g.evcc.machine import Evcc

_SHUTDOWN_NOW = (EvseStatusCode.EMERGENCY_SHUTDOWN, EvseStatusCode.MALFUNCTION)
_SHUTDOWN_ORDERLY = (EvseStatusCode.SHUTDOWN, EvseStatusCode.UTILITY_INTERRUPT_EVENT)
_PHASE = {
    Step.SERVICE_DISCOVERY: SessionPhase.SERVICE_DISCOVERY,
    Step.PAYMENT_SELECTION: SessionPhase.PAYMENT_SELECTION,
    Step.AUTHORIZATION: SessionPhase.AUTHORIZATION,
    Step.CHARGE_PARAMETERS: SessionPhase.CHARGE_PARAMETERS,
    Step.CABLE_CHECK: SessionPhase.CABLE_CHECK,
    Step.PRE_CHARGE: SessionPhase.PRE_CHARGE,
    Step.WELDING_DETECTION: SessionPhase.WELDING_DETECTION,
    Step.SESSION_STOP: SessionPhase.SESSION_STOP,
}
_ONGOING = "ongoing_timeout:"
_CABLE_CHECK = "cable_check_timeout"
_PRE_CHARGE = "pre_charge_timeout"
_READY = "ready_to_charge_timeout"
_CLOSING = "contactor_close_timeout"
_OPENING = "contactor_open_timeout"
_NO_CURRENT = "no_current_timeout"


class Steps:
    """One builder and one handler per step."""

    def __init__(self, evcc: Evcc) -> None:
        self.evcc = evcc
        self._welding_count = 0
        self._delivering = False
        """PowerDelivery(start) was accepted and (stop) was not sent yet."""
        self._ramp_by_s = float("inf")
        self._limits: EvLimits | None = None
        self._status_key: tuple[bool, int] | None = None
        self._status: EvStatus | None = None
        self._build: dict[Step, Callable[[], object]] = {
            Step.SESSION_SETUP: lambda: self._dialect.session_setup_req(evcc.session.evcc_id),
            Step.SERVICE_DISCOVERY: lambda: self._dialect.service_discovery_req(),
            Step.PAYMENT_SELECTION: lambda: self._dialect.payment_selection_req(),
            Step.AUTHORIZATION: lambda: self._dialect.authorization_req(),
            Step.CHARGE_PARAMETERS: self._build_charge_parameters,
            Step.CABLE_CHECK: lambda: self._dialect.cable_check_req(self._ev_status()),
            Step.PRE_CHARGE: self._build_pre_charge,
            Step.CURRENT_DEMAND: self._build_current_demand,
            Step.WELDING_DETECTION: self._build_welding,
            Step.SESSION_STOP: lambda: self._dialect.session_stop_req(),
        }
        self._handle: dict[Step, Callable[[Any], None]] = {
            Step.SESSION_SETUP: self._session_setup,
            Step.SERVICE_DISCOVERY: lambda _: self._go(Step.PAYMENT_SELECTION),
            Step.PAYMENT_SELECTION: lambda _: self._go(Step.AUTHORIZATION),
            Step.AUTHORIZATION: self._authorization,
            Step.CHARGE_PARAMETERS: self._charge_parameters,
            Step.CABLE_CHECK: self._cable_check,
            Step.PRE_CHARGE: self._pre_charge,
            Step.POWER_DELIVERY: self._power_delivery,
            Step.CURRENT_DEMAND: self._current_demand,
            Step.WELDING_DETECTION: self._welding_detection,
            Step.SESSION_STOP: lambda _: evcc.complete(),
        }

    # --- entry points -------------------------------------------------------------

    def offer(self) -> SupportedAppProtocolReq:
        """Build the list of protocols, first choice first."""
        offers = tuple(
            AppProtocol(
                namespace=DIALECTS[protocol].namespace,
                version_major=VERSION_MAJOR,
                version_minor=0,
                schema_id=index,
                priority=index + 1,
            )
            for index, protocol in enumerate(self.evcc.session.protocols)
        )
        return SupportedAppProtocolReq(protocols=offers)

    def build(self, step: Step) -> object:
        """Build the request of a step from the latest measurements."""
        phase = _PHASE.get(step)
        if phase is not None:
            self.evcc.enter(phase)
        return self._build[step]()

    def handle(self, step: Step, body: Any) -> None:
        """Judge a response and plan what follows."""
        if step is Step.SUPPORTED_APP_PROTOCOL:
            self._negotiated(body)
            return
        status: EvseStatus | None = getattr(body, "evse_status", None)
        code: str = body.response_code
        if code.startswith("FAILED"):
            detail = "" if status is None else f":{status.status_code.value}"
            self.evcc.end(f"failed_response:{step.value}:{code}{detail}", SessionPhase.ABORTED)
            return
        if status is not None and not self._heed(step, status):
            return
        self._handle[step](body)

    def follow_vehicle(self) -> None:
        """Act on the vehicle's own measurements: contactor feedback, missing inlet voltage."""
        evcc = self.evcc
        phase, closed = evcc.phase, evcc.vehicle.contactors_closed
        if phase is SessionPhase.CONTACTORS_CLOSING and closed:
            if evcc.timers.pop(_CLOSING, None) is not None:
                evcc.event("contactors_closed")
                self._send_power_delivery(start=True)
        elif _OPENING in evcc.timers:
            self._follow_opening(closed)
        elif self._delivering and closed:
            if evcc.contactors.inlet_missing(evcc.now_s, evcc.vehicle):
                evcc.end("inlet_voltage_missing", SessionPhase.ERROR)
        elif self._delivering:
            evcc.end("contactors_opened_unasked", SessionPhase.ERROR)

    # --- setting up ---------------------------------------------------------------

    def _negotiated(self, response: SupportedAppProtocolRes) -> None:
        evcc = self.evcc
        refused = response.response_code is AppProtocolCode.FAILED_NO_NEGOTIATION
        index = 0 if response.schema_id is None else response.schema_id
        if refused or index >= len(evcc.session.protocols):
            evcc.end("no_common_protocol", SessionPhase.ABORTED)
            return
        protocol = evcc.session.protocols[index]
        evcc.dialect = DIALECTS[protocol]
        assert PROTOCOL_OF_NAMESPACE[evcc.dialect.namespace] is protocol
        evcc.profile = evcc.session.profile(protocol)
        evcc.event("protocol", protocol=protocol.value, timer_profile=evcc.profile.name)
        self._go(Step.SESSION_SETUP)

    def _session_setup(self, _: object) -> None:
        evcc = self.evcc
        evcc.timers.pop("communication_setup_timeout", None)
        self._start_ready_timer("session_setup")
        self._go(Step.SERVICE_DISCOVERY)

    def _authorization(self, response: AuthorizationRes) -> None:
        done = response.processing.value == "Finished"
        self._loop(Step.AUTHORIZATION, done, Step.CHARGE_PARAMETERS)

    def _charge_parameters(self, response: ChargeParameterRes) -> None:
        evcc = self.evcc
        evse = response.dc_parameter
        demand = evcc.demand
        demand.evse_max_voltage_V = float(evse.max_voltage_V)
        demand.evse_max_current_A = float(evse.max_current_A)
        if evse.max_power_W is not None:
            demand.evse_max_power_W = float(evse.max_power_W)
        if evcc.vehicle.battery_voltage_V > evse.max_voltage_V:
            evcc.end("charger_voltage_too_low", SessionPhase.ABORTED)
            return
        done = response.processing.value == "Finished"
        if not done:
            self._loop(Step.CHARGE_PARAMETERS, False, Step.CABLE_CHECK)
            return
        evcc.timers.pop(_ONGOING + Step.CHARGE_PARAMETERS.value, None)
        evcc.hardware(inlet_locked=True)
        evcc.later(evcc.now_s + evcc.session.lock_s, self._get_ready)

    def _get_ready(self) -> None:
        """Go to pilot state C, locked, then ask for the cable check."""
        evcc = self.evcc
        evcc.hardware(pilot_resistance_Ohm=RESISTANCE_C_Ohm)
        own = evcc.session.cable_check_timeout_s
        limit = evcc.profile.timer.cable_check_timeout.value_s if own is None else own
        evcc.timers[_CABLE_CHECK] = evcc.now_s + evcc.session.processing_s + limit
        self._go(Step.CABLE_CHECK)

    # --- cable check, pre-charge, contactors --------------------------------------

    def _cable_check(self, response: CableCheckRes) -> None:
        evcc = self.evcc
        if response.processing.value != "Finished":
            self._poll(Step.CABLE_CHECK)
            return
        evcc.timers.pop(_CABLE_CHECK, None)
        isolation = response.evse_status.isolation
        if isolation is None or isolation.value not in ("Valid", "Warning"):
            evcc.end(f"isolation:{isolation}", SessionPhase.ABORTED)
            return
        own = evcc.session.pre_charge_timeout_s
        limit = evcc.profile.timer.pre_charge_timeout.value_s
        limit = limit if own is None else min(own, limit)
        evcc.timers[_PRE_CHARGE] = evcc.now_s + evcc.session.processing_s + limit
        self._go(Step.PRE_CHARGE)

    def _pre_charge(self, response: PreChargeRes) -> None:
        evcc = self.evcc
        guard = evcc.contactors
        disagreed = guard.disagrees
        matched = guard.may_close(evcc.now_s, evcc.vehicle, float(response.present_voltage_V))
        if guard.disagrees and not disagreed:
            evcc.event(
                "pre_charge_report_disagrees",
                message_voltage_V=float(response.present_voltage_V),
                inlet_voltage_V=evcc.vehicle.inlet_voltage_V,
            )
        if not matched:
            self._poll(Step.PRE_CHARGE)
            return
        facts = guard.closing
        assert facts is not None
        evcc.timers.pop(_PRE_CHARGE, None)
        self._start_ready_timer("pre_charge_done")
        evcc.enter(SessionPhase.CONTACTORS_CLOSING)
        evcc.event(
            "pre_charge_matched",
            inlet_voltage_V=facts.inlet_voltage_V,
            battery_voltage_V=facts.battery_voltage_V,
            message_voltage_V=facts.message_voltage_V,
        )
        evcc.hardware(contactors_closed=True)
        evcc.timers[_CLOSING] = evcc.now_s + evcc.session.contactor_timeout_s

    # --- energy transfer ----------------------------------------------------------

    def _power_delivery(self, _: object) -> None:
        evcc = self.evcc
        if evcc.phase is SessionPhase.POWER_DELIVERY:
            evcc.timers.pop(_READY, None)
            self._delivering = True
            evcc.enter(SessionPhase.CURRENT_DEMAND)
            if evcc.session.no_current_timeout_s < float("inf"):
                evcc.timers[_NO_CURRENT] = evcc.now_s + evcc.session.no_current_timeout_s
            self._go(Step.CURRENT_DEMAND)
            return
        self._delivering = False
        evcc.timers[_OPENING] = evcc.now_s + evcc.session.contactor_timeout_s
        self._follow_opening(evcc.vehicle.contactors_closed)

    def _current_demand(self, response: CurrentDemandRes) -> None:
        evcc = self.evcc
        demand = evcc.demand
        if response.max_current_A is not None:
            demand.evse_max_current_A = response.max_current_A
        if response.max_power_W is not None:
            demand.evse_max_power_W = response.max_power_W
        if response.max_voltage_V is not None:
            demand.evse_max_voltage_V = response.max_voltage_V
        current = evcc.vehicle.battery_current_A
        if current >= evcc.session.current_start_A:
            evcc.timers.pop(_NO_CURRENT, None)
        self._look_for_stop()
        if demand.stopping and self._ramped_down(current):
            self._send_power_delivery(start=False)
            return
        due = evcc.sent_s + evcc.session.current_demand_period_s
        evcc.plan(Step.CURRENT_DEMAND, max(due, evcc.now_s))

    def _look_for_stop(self) -> None:
        evcc = self.evcc
        if evcc.demand.stopping:
            return
        if evcc.stop_reason is None:
            if evcc.bms.full:
                evcc.request_stop("battery_full")
            elif evcc.vehicle.soc_percent >= evcc.session.soc_target_percent:
                evcc.request_stop("soc_target")
        if evcc.stop_reason is not None:
            evcc.demand.stopping = True
            evcc.timers.pop(_NO_CURRENT, None)
            self._ramp_by_s = evcc.now_s + evcc.session.ramp_down_timeout_s
            evcc.enter(SessionPhase.RAMP_DOWN)

    def _ramped_down(self, current_A: float) -> bool:
        evcc = self.evcc
        low = evcc.demand.current_A == 0.0 and abs(current_A) < STOP_CURRENT.value
        return low or evcc.now_s >= self._ramp_by_s

    def _send_power_delivery(self, start: bool) -> None:
        evcc = self.evcc
        evcc.enter(SessionPhase.POWER_DELIVERY if start else SessionPhase.RAMP_DOWN)
        if not start:
            evcc.hardware(current_request_A=0.0)
        complete = not start and evcc.stop_reason in ("soc_target", "battery_full")
        evcc.later(
            evcc.now_s + evcc.session.processing_s,
            lambda: evcc.transmit(
                Step.POWER_DELIVERY,
                self._dialect.power_delivery_req(start, self._ev_status(), complete),
            ),
        )

    # --- stopping -----------------------------------------------------------------

    def _follow_opening(self, closed: bool) -> None:
        """Open below 5 A, wait for the feedback, then pilot C to B and welding detection."""
        evcc = self.evcc
        if evcc.contactors.may_open(evcc.vehicle, forced=False):
            evcc.hardware(contactors_closed=False)
            if not closed:
                evcc.timers.pop(_OPENING, None)
                evcc.event("contactors_opened", current_A=evcc.contactors.opening_current_A)
                evcc.hardware(pilot_resistance_Ohm=RESISTANCE_B_Ohm)
                self._go(Step.WELDING_DETECTION)

    def _welding_detection(self, response: WeldingDetectionRes) -> None:
        evcc = self.evcc
        session = evcc.session
        low = response.present_voltage_V < session.welding_voltage_V
        if low and self._welding_count >= session.welding_requests_min:
            self._go(Step.SESSION_STOP)
        elif self._welding_count >= session.welding_requests_max:
            evcc.event("welding_suspected", present_voltage_V=float(response.present_voltage_V))
            self._go(Step.SESSION_STOP)
        else:
            self._poll(Step.WELDING_DETECTION)

    def _heed(self, step: Step, status: EvseStatus) -> bool:
        """Follow the charger's status; False if the response needs no more handling."""
        evcc = self.evcc
        if status.status_code in _SHUTDOWN_NOW:
            evcc.end(f"evse_status:{status.status_code.value}", SessionPhase.ABORTED)
            return False
        stop = status.notification is EvseNotification.STOP_CHARGING
        if not stop and status.status_code not in _SHUTDOWN_ORDERLY:
            return True
        evcc.request_stop(f"evse_stop:{status.status_code.value}")
        if step in (Step.CHARGE_PARAMETERS, Step.CABLE_CHECK, Step.PRE_CHARGE):
            evcc.timers.clear()
            evcc.hardware(pilot_resistance_Ohm=RESISTANCE_B_Ohm)
            self._go(Step.SESSION_STOP)
            return False
        return True

    # --- requests -----------------------------------------------------------------

    @property
    def _dialect(self) -> Any:
        return self.evcc.dialect

    def _ev_status(self) -> EvStatus:
        evcc = self.evcc
        soc = min(100, max(0, round(evcc.vehicle.soc_percent)))
        key = (evcc.ready, soc)
        if key != self._status_key or self._status is None:
            self._status_key = key
            self._status = self._dialect.ev_status(key[0], EvErrorCode.NO_ERROR, soc)
        assert self._status is not None
        return self._status

    def _ev_limits(self) -> EvLimits:
        if self._limits is None:
            session, soc = self.evcc.session, self.evcc.vehicle.soc_percent
            missing = max(0.0, session.soc_target_percent - soc) / 100.0
            self._limits = EvLimits(
                max_current_A=amperes(session.max_current_A),
                max_power_W=watts(session.max_power_W),
                max_voltage_V=volts(session.max_voltage_V),
                energy_capacity_Wh=watt_hours(session.energy_capacity_Wh),
                energy_request_Wh=watt_hours(session.energy_capacity_Wh * missing),
                full_soc_percent=100,
                bulk_soc_percent=round(session.soc_target_percent),
            )
        return self._limits

    def _build_charge_parameters(self) -> object:
        body: object = self._dialect.charge_parameters_req(self._ev_status(), self._ev_limits())
        return body

    def _build_pre_charge(self) -> object:
        session = self.evcc.session
        target = session.pre_charge_target_V
        if target is None:
            target = self.evcc.vehicle.battery_voltage_V + session.pre_charge_offset_V
        body: object = self._dialect.pre_charge_req(
            self._ev_status(), volts(target), amperes(session.pre_charge_current_A)
        )
        return body

    def _build_current_demand(self) -> object:
        evcc = self.evcc
        demand, bms = evcc.demand, evcc.bms
        current = amperes(demand.next_current_A(evcc.now_s, bms, evcc.vehicle.battery_voltage_V))
        evcc.hardware(current_request_A=float(current))
        voltage = volts(demand.target_voltage_V(bms))
        body: object = self._dialect.current_demand_req(
            self._ev_status(), voltage, current, self._ev_limits(), demand.stopping
        )
        return body

    def _build_welding(self) -> object:
        self._welding_count += 1
        body: object = self._dialect.welding_detection_req(self._ev_status())
        return body

    # --- planning -----------------------------------------------------------------

    def _go(self, step: Step) -> None:
        self.evcc.plan(step, self.evcc.now_s + self.evcc.session.processing_s)

    def _poll(self, step: Step) -> None:
        due = self.evcc.sent_s + self.evcc.session.poll_period_s
        self.evcc.plan(step, max(due, self.evcc.now_s))

    def _loop(self, step: Step, done: bool, following: Step) -> None:
        """Repeat a step while the charger says Ongoing, within the ongoing timeout."""
        evcc = self.evcc
        name = _ONGOING + step.value
        if done:
            evcc.timers.pop(name, None)
            self._go(following)
            return
        if name not in evcc.timers:
            evcc.timers[name] = evcc.now_s + evcc.profile.timer.ongoing_timeout.value_s
        self._poll(step)

    def _start_ready_timer(self, moment: str) -> None:
        profile = self.evcc.profile
        limit = profile.timer.ready_to_charge_timeout.value_s
        if profile.ready_to_charge_start == moment and limit < float("inf"):
            self.evcc.timers[_READY] = self.evcc.now_s + limit
