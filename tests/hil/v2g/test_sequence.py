"""What the charger answers to messages that are out of order, of another session, or wrong."""

from collections.abc import Callable
from typing import Any

import pytest

from voltbench.control.session.limits import ChargerCapability
from voltbench.hil.v2g.interceptor import Match, Replace
from voltbench.hil.v2g.messages import din, iso2
from voltbench.hil.v2g.messages.enums import (
    DinResponseCode,
    EnergyTransferMode,
    EvErrorCode,
    PaymentOption,
)
from voltbench.hil.v2g.messages.frame import Protocol, V2gMessage
from voltbench.hil.v2g.messages.wire import from_tree, to_tree
from voltbench.hil.v2g.secc.settings import SeccSettings

Simulate = Callable[..., Any]
Change = Callable[[V2gMessage], V2gMessage]


def with_body(body: object) -> Change:
    return lambda message: V2gMessage(message.protocol, message.session_id, body)


def edited(**changes: Any) -> Change:
    """Return a change of elements, by schema name."""

    def change(message: V2gMessage) -> V2gMessage:
        body: object = from_tree(type(message.body), {**to_tree(message.body), **changes})
        return V2gMessage(message.protocol, message.session_id, body)

    return change


STATUS = din.DcEvStatus(ready=True, error_code=EvErrorCode.NO_ERROR, soc_percent=20)
WELDING = din.WeldingDetectionReq(ev_status=STATUS)


@pytest.mark.parametrize(
    "name", ["ServiceDiscoveryReq", "CableCheckReq", "PreChargeReq", "CurrentDemandReq"]
)
def test_a_message_out_of_order_is_a_sequence_error(simulate: Simulate, name: str) -> None:
    run = simulate(interceptor=Replace(Match(name, count=1), with_body(WELDING)))
    response = [m.message for m in run.messages if m.message.name == "WeldingDetectionRes"][-1]
    assert response.body.response_code.value == "FAILED_SequenceError"
    assert run.link.result().evse_reason == "sequence_error"
    assert run.link.finished
    assert run.plant.u_o < 60.0


def test_the_answer_to_a_request_of_another_session(simulate: Simulate) -> None:
    def other(message: V2gMessage) -> V2gMessage:
        return V2gMessage(message.protocol, "00000000DEADBEEF", message.body)

    run = simulate(interceptor=Replace(Match("CableCheckReq", skip=3, count=1), other))
    assert run.last_code() == "FAILED_UnknownSession"
    assert run.link.result().evse_reason == "unknown_session"


def test_no_common_protocol(simulate: Simulate, car: Simulate, charger: ChargerCapability) -> None:
    secc = SeccSettings(capability=charger, protocols=(Protocol.DIN,))
    run = simulate(car(protocols=(Protocol.ISO2,)), secc=secc)
    answer = next(m.message.body for m in run.messages if m.message.name.endswith("ProtocolRes"))
    assert answer.response_code.value == "Failed_NoNegotiation"
    assert answer.schema_id is None  # V2G-DC-226
    assert run.link.result().ev_reason == "no_common_protocol"
    assert run.link.finished


@pytest.mark.parametrize(
    ("protocol", "name", "change", "code"),
    [
        (
            Protocol.DIN,
            "ServicePaymentSelectionReq",
            edited(SelectedPaymentOption=PaymentOption.CONTRACT.value),
            "FAILED_PaymentSelectionInvalid",
        ),
        (
            Protocol.ISO2,
            "PaymentServiceSelectionReq",
            edited(SelectedServiceList={"SelectedService": [{"ServiceID": 7}]}),
            "FAILED_ServiceSelectionInvalid",
        ),
        (
            Protocol.DIN,
            "ChargeParameterDiscoveryReq",
            edited(EVRequestedEnergyTransferType=EnergyTransferMode.AC_THREE_PHASE_CORE.value),
            "FAILED_WrongEnergyTransferType",
        ),
        (
            Protocol.ISO2,
            "ChargeParameterDiscoveryReq",
            edited(RequestedEnergyTransferMode=EnergyTransferMode.AC_THREE_PHASE_CORE.value),
            "FAILED_WrongEnergyTransferMode",
        ),
        (
            Protocol.ISO2,
            "PowerDeliveryReq",
            edited(ChargeProgress="Renegotiate"),
            "FAILED_PowerDeliveryNotApplied",
        ),
    ],
)
def test_wrong_contents_get_their_own_code(
    simulate: Simulate, car: Simulate, protocol: Protocol, name: str, change: Change, code: str
) -> None:
    run = simulate(car(protocols=(protocol,)), interceptor=Replace(Match(name, count=1), change))
    assert run.last_code() == code
    assert run.link.finished
    assert not run.link.result().completed


def test_a_vehicle_below_the_charger_s_range_is_refused(simulate: Simulate, car: Simulate) -> None:
    run = simulate(car(max_voltage_V=100.0))
    assert run.last_code() == "FAILED_WrongChargeParameter"


def test_another_dialect_in_mid_session_ends_it(simulate: Simulate) -> None:
    def foreign(message: V2gMessage) -> V2gMessage:
        body = iso2.ServiceDiscoveryReq()
        return V2gMessage(Protocol.ISO2, message.session_id, body)

    run = simulate(interceptor=Replace(Match("ServiceDiscoveryReq", count=1), foreign))
    assert run.link.result().evse_reason == "message_not_understood"
    assert run.link.finished


def test_the_vehicle_refuses_an_answer_it_did_not_ask_for(simulate: Simulate) -> None:
    status = din.SessionStopRes(response_code=DinResponseCode.OK)
    run = simulate(interceptor=Replace(Match("CableCheckRes", count=1), with_body(status)))
    assert run.link.result().ev_reason == "unexpected_message:SessionStopRes"
