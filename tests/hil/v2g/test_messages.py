"""Declarations against decoded traffic of real cars, and the wire grid of quantities."""

import gzip
import json
import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from voltbench.hil.v2g.messages import din, iso2
from voltbench.hil.v2g.messages.catalog import body_type
from voltbench.hil.v2g.messages.enums import (
    DinResponseCode,
    EvErrorCode,
    Iso2ResponseCode,
)
from voltbench.hil.v2g.messages.frame import Protocol, V2gMessage
from voltbench.hil.v2g.messages.quantity import Quantity, amperes, seconds, volts, watts, wire_value
from voltbench.hil.v2g.messages.schema import element
from voltbench.hil.v2g.messages.wire import MessageError, from_tree, to_tree

PROTOCOLS = {"sap": Protocol.SAP, "din": Protocol.DIN, "iso2": Protocol.ISO2}
AC_ONLY = ("ChargingStatus", "AC_EV")


def captures() -> Path:
    default = Path(__file__).parents[4] / "shared" / "data" / "v2g_captures"
    folder = Path(os.environ.get("VOLTBENCH_V2G_CAPTURES", default))
    if not (folder / "messages.jsonl.gz").exists():
        pytest.skip("recorded sessions are absent; set VOLTBENCH_V2G_CAPTURES to their folder")
    return folder


def test_every_recorded_dc_message_fits_the_declarations_and_comes_back_unchanged() -> None:
    seen = dict.fromkeys(PROTOCOLS, 0)
    with gzip.open(captures() / "messages.jsonl.gz", "rt") as lines:
        for line in lines:
            row = json.loads(line)
            whole = row["json"]
            body = whole["V2G_Message"]["Body"] if "V2G_Message" in whole else whole
            tree = body[row["message"]]
            ac = any(word in row["message"] + json.dumps(tree) for word in AC_ONLY)
            if ac or not row["reencode_identical"]:
                continue
            message: object = from_tree(body_type(PROTOCOLS[row["protocol"]], row["message"]), tree)
            # text comparison: the order of elements is the schema's order and matters to a codec
            assert json.dumps(to_tree(message)) == json.dumps(tree)
            seen[row["protocol"]] += 1
    assert seen == {"sap": 13, "din": 1094, "iso2": 2996}  # unique DC messages of the data set


def test_enumerations_have_the_schema_s_number_of_values() -> None:
    assert len(DinResponseCode) == 23  # V2G-DC response codes 0 to 22
    assert len(Iso2ResponseCode) == 26
    assert len(EvErrorCode) == 12


def test_dialects_differ_in_the_order_of_the_evse_status() -> None:
    assert [f.element.name for f in din.DcEvseStatus.schema] == [  # type: ignore[attr-defined]
        "EVSEIsolationStatus",
        "EVSEStatusCode",
        "NotificationMaxDelay",
        "EVSENotification",
    ]
    assert [f.element.name for f in iso2.DcEvseStatus.schema] == [  # type: ignore[attr-defined]
        "NotificationMaxDelay",
        "EVSENotification",
        "EVSEIsolationStatus",
        "EVSEStatusCode",
    ]


def test_the_charger_s_power_limit_is_optional_in_din_only() -> None:
    for module, optional in ((din, True), (iso2, False)):
        fields = {f.element.name: f for f in module.DcEvseChargeParameter.schema}
        assert fields["EVSEMaximumPowerLimit"].optional is optional
        assert fields["EVSECurrentRegulationTolerance"].optional
        assert not fields["EVSEPeakCurrentRipple"].optional


def pre_charge() -> din.PreChargeReq:
    status = din.DcEvStatus(ready=True, error_code=EvErrorCode.NO_ERROR, soc_percent=50)
    return din.PreChargeReq(
        ev_status=status, target_voltage_V=volts(353.4), target_current_A=amperes(1.0)
    )


def test_the_json_form_has_units_in_its_names() -> None:
    message = V2gMessage(Protocol.DIN, "0102030405060708", pre_charge())
    plain = json.loads(json.dumps(message.to_json()))
    assert plain == {
        "protocol": "DIN 70121",
        "message": "PreChargeReq",
        "session_id": "0102030405060708",
        "fields": {
            "ev_status": {"ready": True, "error_code": "NO_ERROR", "soc_percent": 50},
            "target_voltage_V": 353.4,
            "target_current_A": 1.0,
        },
    }


def test_messages_are_immutable_and_need_their_required_fields() -> None:
    message = pre_charge()
    with pytest.raises(AttributeError):
        message.target_voltage_V = 1.0  # type: ignore[misc]
    with pytest.raises(TypeError):
        din.PreChargeReq(target_voltage_V=1.0)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("quantity", "multiplier", "number"),
    [
        (volts(353.44), -1, 3534),
        (volts(0.04), -1, 0),
        (amperes(171.6), -1, 1716),
        (watts(150e3), 1, 15000),
        (watts(32767.0), 0, 32767),
        (watts(32768.0), 1, 3277),
        (volts(5000.0), 0, 5000),
    ],
)
def test_quantities_lie_on_the_wire_s_grid(
    quantity: Quantity, multiplier: int, number: int
) -> None:
    assert (quantity.multiplier, quantity.number) == (multiplier, number)
    assert float(quantity) == float(f"{number}e{multiplier}")
    assert pickle.loads(pickle.dumps(quantity)) == quantity


def test_remaining_time_in_minutes_is_understood() -> None:
    assert wire_value(0, "m", 20) == 1200.0  # XPENG P7 and MG4 send minutes
    assert seconds(1200.0).unit == "s"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 4e7])
def test_what_cannot_be_sent_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="cannot be sent"):
        volts(value)


def tree(**changes: Any) -> dict[str, Any]:
    return {**to_tree(pre_charge()), **changes}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"EVTargetVoltage": {"Multiplier": 4, "Unit": "V", "Value": 1}}, "Multiplier 4"),
        ({"EVTargetVoltage": {"Multiplier": 0, "Unit": "V", "Value": 40000}}, "32767"),
        ({"Surprise": 1}, "unknown element Surprise"),
    ],
)
def test_a_malformed_tree_names_element_and_range(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(MessageError, match=said):
        from_tree(din.PreChargeReq, tree(**changes))


def test_missing_elements_wrong_enumerations_and_ranges_are_named() -> None:
    with pytest.raises(MessageError, match="element EVTargetCurrent is missing"):
        from_tree(din.PreChargeReq, {k: v for k, v in tree().items() if k != "EVTargetCurrent"})
    status = {"EVReady": True, "EVErrorCode": "NO_ERROR", "EVRESSSOC": 101}
    with pytest.raises(MessageError, match=r"EVRESSSOC: 101 is not 0\.\.100"):
        from_tree(din.PreChargeReq, tree(DC_EVStatus=status))
    with pytest.raises(MessageError, match="EVErrorCode: 'odd' is none of NO_ERROR"):
        from_tree(din.PreChargeReq, tree(DC_EVStatus={**status, "EVErrorCode": "odd"}))
    with pytest.raises(MessageError, match="has no message Ping"):
        body_type(Protocol.DIN, "Ping")


def test_a_field_without_schema_element_is_refused_at_declaration() -> None:
    with pytest.raises(TypeError, match=r"Bad\.number has no schema element"):

        @element("Bad")
        class Bad:
            number: int
