"""What the charger does with each request, and what it waits for before it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from voltbench.control.session.limits import STOP_CURRENT
from voltbench.control.session.over_voltage import ErrorOverVoltage
from voltbench.control.session.phases import SessionPhase
from voltbench.control.session.pilot import READY_STATES
from voltbench.hil.v2g.dialect import (
    ChargeParameterReq,
    CurrentDemandReq,
    Delivery,
    PaymentSelectionReq,
    PowerDeliveryReq,
    PreChargeReq,
    ResponseCode,
)
from voltbench.hil.v2g.dialects import DIALECTS, PROTOCOL_OF_NAMESPACE, VERSION_MAJOR
from voltbench.hil.v2g.messages.app_protocol import (
    SupportedAppProtocolReq,
    SupportedAppProtocolRes,
)
from voltbench.hil.v2g.messages.catalog import Step
from voltbench.hil.v2g.messages.enums import (
    AppProtocolCode,
    DinResponseCode,
    EnergyTransferMode,
    EvErrorCode,
    EvseNotification,
    EvseStatusCode,
    IsolationStatus,
    PaymentOption,
)
from voltbench.hil.v2g.messages.frame import NO_SESSION, Protocol, V2gMessage
from voltbench.hil.v2g.secc.output import OutputMode

if TYPE_CHECKING:
    from voltbench.hil.v2g.secc.machine import Secc

INF = float("inf")
_DC_MODES = frozenset(
    {
        EnergyTransferMode.DC_CORE,
        EnergyTransferMode.DC_EXTENDED,
        EnergyTransferMode.DC_COMBO_CORE,
        EnergyTransferMode.DC_UNIQUE,
    }
)
_STOP = Step.SESSION_STOP


@dataclass(slots=True)
class Reply:
    """How a request will be answered."""

    code: ResponseCode
    close: bool = False
    """The connection is closed after the response."""
    hold: Callable[[], bool] | None = None
    """The response waits until this is true."""
    until_s: float = INF
    """When `hold` wants to be asked again at the latest."""
    before: Callable[[], None] | None = None
    after: Callable[[], None] | None = None

    def fail(self, code: ResponseCode) -> None:
        """Answer with a failure instead, as soon as possible."""
        self.code, self.close, self.hold = code, True, None


class Handlers:
    """One method per step; they change the machine and return the reply."""

    def __init__(self, secc: Secc) -> None:
        self.secc = secc
        self._authorized_s = INF
        self._authorize_by_s = INF
        self._parameters_s = INF
        self._pilot_by_s = INF
        self._check_reported = False
        self._ev_current_A = INF
        self._ev_power_W = INF
        self._by_step: dict[Step, Callable[[Any], Reply]] = {
            Step.SESSION_SETUP: self._session_setup,
            Step.SERVICE_DISCOVERY: self._service_discovery,
            Step.PAYMENT_SELECTION: self._payment_selection,
            Step.AUTHORIZATION: self._authorization,
            Step.CHARGE_PARAMETERS: self._charge_parameters,
            Step.CABLE_CHECK: self._cable_check,
            Step.PRE_CHARGE: self._pre_charge,
            Step.POWER_DELIVERY: self._power_delivery,
            Step.CURRENT_DEMAND: self._current_demand,
            Step.WELDING_DETECTION: self._welding_detection,
            Step.SESSION_STOP: self._session_stop,
        }

    def handle(self, step: Step, body: object) -> Reply:
        """Handle a request that is in sequence."""
        return self._by_step[step](body)

    def negotiate(self, request: SupportedAppProtocolReq) -> tuple[Reply, V2gMessage]:
        """Choose the first of the vehicle's protocols that this charger speaks."""
        secc = self.secc
        secc.enter(SessionPhase.SESSION_SETUP)
        for offer in sorted(request.protocols, key=lambda offer: offer.priority):
            protocol = PROTOCOL_OF_NAMESPACE.get(offer.namespace)
            if protocol in secc.settings.protocols and offer.version_major == VERSION_MAJOR:
                assert protocol is not None
                secc.responder.dialect = DIALECTS[protocol]
                secc.profile = secc.settings.profile(protocol)
                secc.expected = frozenset({Step.SESSION_SETUP})
                secc.event("protocol", protocol=protocol.value, timer_profile=secc.profile.name)
                answer = SupportedAppProtocolRes(
                    response_code=AppProtocolCode.OK, schema_id=offer.schema_id
                )
                return self._ok(), V2gMessage(Protocol.SAP, "", answer)
        secc.end("no_common_protocol", SessionPhase.ABORTED)
        refusal = SupportedAppProtocolRes(response_code=AppProtocolCode.FAILED_NO_NEGOTIATION)
        reply = Reply(DinResponseCode.FAILED, close=True)
        return reply, V2gMessage(Protocol.SAP, "", refusal)

    # --- setting up ---------------------------------------------------------------

    def _session_setup(self, _: object) -> Reply:
        secc = self.secc
        secc.enter(SessionPhase.SESSION_SETUP)
        assert secc.responder.dialect is not None
        secc.session_id = secc.settings.session_id
        assert secc.session_id != NO_SESSION
        self._expect(Step.SERVICE_DISCOVERY)
        return Reply(secc.responder.dialect.codes.OK_NEW_SESSION)

    def _service_discovery(self, _: object) -> Reply:
        self.secc.enter(SessionPhase.SERVICE_DISCOVERY)
        self._expect(Step.PAYMENT_SELECTION, _STOP)
        return self._ok()

    def _payment_selection(self, request: PaymentSelectionReq) -> Reply:
        self.secc.enter(SessionPhase.PAYMENT_SELECTION)
        if request.payment_option is not PaymentOption.EXTERNAL_PAYMENT:
            return self._refuse("FAILED_PaymentSelectionInvalid", "payment_selection_invalid")
        if all(service.service_id != 1 for service in request.service_list.services):
            return self._refuse("FAILED_ServiceSelectionInvalid", "service_selection_invalid")
        self._expect(Step.AUTHORIZATION, _STOP)
        return self._ok()

    def _authorization(self, _: object) -> Reply:
        secc = self.secc
        assert secc.profile is not None
        if self._authorize_by_s == INF:
            secc.enter(SessionPhase.AUTHORIZATION)
            delay = secc.settings.authorization_s
            self._authorized_s = INF if delay is None else secc.now_s + delay
            limit = secc.profile.timer.ongoing_performance.value_s
            self._authorize_by_s = secc.now_s + limit
        elif secc.now_s >= self._authorize_by_s:
            return self._refuse("FAILED", "authorization_timeout")
        authorized = secc.now_s >= self._authorized_s
        self._expect(Step.CHARGE_PARAMETERS if authorized else Step.AUTHORIZATION, _STOP)
        return self._processing(authorized)

    def _charge_parameters(self, request: ChargeParameterReq) -> Reply:
        secc = self.secc
        secc.enter(SessionPhase.CHARGE_PARAMETERS)
        ev = request.dc_parameter
        charger = secc.settings.capability
        if request.requested_transfer not in _DC_MODES:
            return self._refuse("FAILED_WrongEnergyTransfer", "wrong_energy_transfer")
        if not charger.voltage_min_V < ev.max_voltage_V or not ev.max_current_A > 0.0:
            return self._refuse("FAILED_WrongChargeParameter", "wrong_charge_parameter")
        self._ev_current_A = ev.max_current_A
        self._ev_power_W = INF if ev.max_power_W is None else ev.max_power_W
        if self._parameters_s == INF:
            self._parameters_s = secc.now_s + secc.settings.charge_parameters_s
            secc.output.prepare(ev.max_voltage_V)
            margin = secc.settings.over_voltage_margin_V
            secc.over_voltage = ErrorOverVoltage(secc.output.negotiated_max_V + margin)
            secc.event(
                "charge_parameters",
                ev_max_voltage_V=float(ev.max_voltage_V),
                ev_max_current_A=float(ev.max_current_A),
                high_range=secc.output.high_range,
            )
        known = secc.now_s >= self._parameters_s
        self._expect(Step.CABLE_CHECK if known else Step.CHARGE_PARAMETERS, _STOP)
        return self._processing(known)

    # --- cable check and pre-charge -----------------------------------------------

    def _cable_check(self, _: object) -> Reply:
        secc = self.secc
        secc.enter(SessionPhase.CABLE_CHECK)
        assert secc.profile is not None
        if self._pilot_by_s == INF:
            limit = secc.profile.timer.cp_state_detection_timeout.value_s
            self._pilot_by_s = secc.now_s + limit
            self._status(EvseStatusCode.ISOLATION_MONITORING_ACTIVE)
        if secc.output.mode is OutputMode.READY:
            if secc.pilot_state in READY_STATES:
                secc.output.check(secc.now_s, secc.profile.timer.cable_check_performance.value_s)
            elif secc.now_s >= self._pilot_by_s:
                return self._refuse("FAILED", "pilot_not_ready")
        done = secc.output.mode is OutputMode.CHECKED
        self._expect(Step.PRE_CHARGE if done else Step.CABLE_CHECK, Step.POWER_DELIVERY, _STOP)
        return self._processing(done)

    def follow_output(self) -> None:
        """Take note of what the output did between messages."""
        secc = self.secc
        if secc.output.stuck and secc.ending is None:
            # the vehicle says its contactors are open, yet the output cannot be discharged
            secc.end("output_not_discharged", SessionPhase.ERROR, EvseStatusCode.MALFUNCTION)
        self._follow_cable_check()

    def _follow_cable_check(self) -> None:
        secc = self.secc
        check = secc.output.cable_check
        if check is None or check.result is None or self._check_reported:
            return
        self._check_reported = True
        result = check.result
        secc.event(
            "cable_check",
            passed=result.passed,
            reason=result.reason,
            test_voltage_V=result.test_voltage_V,
            duration_s=result.duration_s,
            insulation_resistance_Ohm=result.insulation_resistance_Ohm,
        )
        if result.passed:
            secc.responder.isolation = IsolationStatus.VALID
            self._status(EvseStatusCode.READY)
        elif secc.ending is None:
            secc.responder.isolation = IsolationStatus.FAULT
            secc.end(f"cable_check:{result.reason}", SessionPhase.ERROR, EvseStatusCode.MALFUNCTION)

    def _pre_charge(self, request: PreChargeReq) -> Reply:
        secc = self.secc
        secc.enter(SessionPhase.PRE_CHARGE)
        target = request.target_voltage_V
        if not 0.0 < target <= secc.output.negotiated_max_V:
            return self._refuse("FAILED_WrongChargeParameter", "pre_charge_target_out_of_range")
        secc.output.pre_charge(float(target), float(request.target_current_A))
        self._expect(Step.PRE_CHARGE, Step.POWER_DELIVERY, _STOP)
        return self._ok()

    # --- energy transfer ----------------------------------------------------------

    def _power_delivery(self, request: PowerDeliveryReq) -> Reply:
        secc = self.secc
        assert secc.responder.dialect is not None
        wanted = secc.responder.dialect.delivery(request)
        if wanted is Delivery.STOP:
            return self._power_off()
        if wanted is Delivery.RENEGOTIATE or secc.output.mode is not OutputMode.PRE_CHARGING:
            return self._refuse("FAILED_PowerDeliveryNotApplied", "power_delivery_not_applied")
        secc.enter(SessionPhase.POWER_DELIVERY)
        secc.output.connect()
        self._expect(Step.CURRENT_DEMAND, Step.POWER_DELIVERY)
        return self._ok()

    def _power_off(self) -> Reply:
        """Ramp down, then answer once the measured current has stopped."""
        secc = self.secc
        secc.enter(SessionPhase.RAMP_DOWN)
        secc.stop_by_s = INF
        secc.output.ramp_down(secc.now_s)
        self._expect(Step.WELDING_DETECTION, _STOP)
        assert secc.profile is not None
        give_up_s = secc.now_s + secc.profile.performance_s(Step.POWER_DELIVERY)
        reply = self._ok()

        def stopped() -> bool:
            if abs(secc.stage.output_current_A) < STOP_CURRENT.value:
                return True
            if secc.now_s >= give_up_s:
                secc.end("current_not_stopped", SessionPhase.ERROR, EvseStatusCode.MALFUNCTION)
                reply.fail(self._code("FAILED_PowerDeliveryNotApplied"))
                return True
            return False

        def release() -> None:
            secc.output.release(secc.now_s)
            secc.event("current_stopped", current_A=secc.stage.output_current_A)
            if secc.responder.notification is EvseNotification.NONE:
                self._status(EvseStatusCode.NOT_READY)

        reply.hold, reply.until_s, reply.before = stopped, give_up_s, release
        return reply

    def _current_demand(self, request: CurrentDemandReq) -> Reply:
        secc = self.secc
        if secc.phase is not SessionPhase.CURRENT_DEMAND:
            secc.enter(SessionPhase.CURRENT_DEMAND)
            self._expect(Step.CURRENT_DEMAND, Step.POWER_DELIVERY)
        if request.ev_status.error_code is not EvErrorCode.NO_ERROR:
            secc.event("ev_error", code=request.ev_status.error_code.value)
        responder, stage = secc.responder, secc.stage
        voltage, current = float(request.target_voltage_V), float(request.target_current_A)
        if request.max_voltage_V is not None:
            voltage = min(voltage, float(request.max_voltage_V))
        responder.target_voltage_V, responder.target_current_A = voltage, current
        power = responder.present_power_limit_W(stage)
        ev_power = self._ev_power_W if request.max_power_W is None else float(request.max_power_W)
        allowed = min(current, responder.present_current_limit_A(stage), self._ev_current_A)
        secc.output.demand(voltage, max(0.0, allowed), min(power, ev_power))
        return self._ok()

    def _welding_detection(self, _: object) -> Reply:
        self.secc.enter(SessionPhase.WELDING_DETECTION)
        self._expect(Step.WELDING_DETECTION, _STOP)
        return self._ok()

    def _session_stop(self, _: object) -> Reply:
        secc = self.secc
        secc.enter(SessionPhase.SESSION_STOP)
        reply = self._ok()
        reply.after = secc.complete
        self._expect()
        return reply

    # --- small parts --------------------------------------------------------------

    def _expect(self, *steps: Step) -> None:
        self.secc.expected = frozenset(steps)

    def _code(self, name: str) -> ResponseCode:
        assert self.secc.responder.dialect is not None
        return self.secc.responder.dialect.codes(name)

    def _ok(self) -> Reply:
        assert self.secc.responder.dialect is not None
        return Reply(self.secc.responder.dialect.codes.OK)

    def _processing(self, finished: bool) -> Reply:
        """Answer OK with EVSEProcessing; a failure in between reports Finished."""
        reply = self._ok()
        responder = self.secc.responder

        def set_processing() -> None:
            responder.finished = finished

        responder.finished = True
        reply.before = set_processing
        return reply

    def _status(self, code: EvseStatusCode) -> None:
        if self.secc.responder.notification is EvseNotification.NONE:
            self.secc.responder.status_code = code

    def _refuse(self, code: str, reason: str) -> Reply:
        dialect = self.secc.responder.dialect
        assert dialect is not None
        chosen = dialect.codes.FAILED_WRONG_ENERGY_TRANSFER
        if code != "FAILED_WrongEnergyTransfer":
            chosen = dialect.codes(code)
        self.secc.end(reason, SessionPhase.ABORTED)
        return Reply(chosen, close=True)
