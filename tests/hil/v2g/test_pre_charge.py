"""Pre-charge: contactors close on volts at the inlet, never on a message alone."""

from collections.abc import Callable
from typing import Any

import pytest

from voltbench.hil.v2g.interceptor import Match, Replace
from voltbench.hil.v2g.messages.frame import V2gMessage
from voltbench.hil.v2g.messages.quantity import volts
from voltbench.hil.v2g.messages.wire import from_tree, to_tree

Simulate = Callable[..., Any]


def claim(voltage_V: float) -> Callable[[V2gMessage], V2gMessage]:
    """Return a change that puts another present voltage into a PreChargeRes."""

    def change(message: V2gMessage) -> V2gMessage:
        tree = to_tree(message.body)
        quantity = volts(voltage_V)
        tree["EVSEPresentVoltage"] = {
            "Multiplier": quantity.multiplier,
            "Unit": "V",
            "Value": quantity.number,
        }
        body = from_tree(type(message.body), tree)
        return V2gMessage(message.protocol, message.session_id, body)

    return change


def test_a_stage_that_never_reaches_the_voltage_ends_by_the_pre_charge_timeout(
    simulate: Simulate, make_plant: Simulate
) -> None:
    def hook(run: Any, now_s: float) -> None:
        if run.link.phase.value == "pre_charge":
            run.plant.voltage_ceiling_V = 300.0

    run = simulate(plant=make_plant(), hook=hook)
    ended = run.event_of("evcc", "session_ended")
    first = next(m.time_s for m in run.messages if m.message.name == "PreChargeReq")
    assert ended.detail["reason"] == "pre_charge_timeout"
    assert ended.time_s - first == pytest.approx(7.0, abs=1e-9)
    assert not run.ever_closed()
    assert "PowerDeliveryReq" not in run.names()
    assert run.plant.u_o < 60.0


@pytest.mark.parametrize(("own_s", "ends_after_s"), [(3.0, 3.0), (60.0, 7.0)])
def test_a_vehicle_s_own_patience_ends_pre_charge_but_never_after_the_protocol_s(
    simulate: Simulate, car: Simulate, own_s: float, ends_after_s: float
) -> None:
    run = simulate(
        car(pre_charge_timeout_s=own_s), interceptor=Replace(Match("PreChargeRes"), claim(350.0))
    )
    ended = run.event_of("evcc", "session_ended")
    first = next(m.time_s for m in run.messages if m.message.name == "PreChargeReq")
    assert ended.detail["reason"] == "pre_charge_timeout"
    assert ended.time_s - first == pytest.approx(ends_after_s, abs=1e-9)


def test_a_lying_report_does_not_close_the_contactors(
    simulate: Simulate, make_plant: Simulate
) -> None:
    """The charger says 380 V, the pins have nothing: an Ioniq would close (uhi22/pyPLC)."""
    run = simulate(
        plant=make_plant(inlet_connected=False),
        interceptor=Replace(Match("PreChargeRes"), claim(380.0)),
    )
    assert run.event_of("evcc", "session_ended").detail["reason"] == "pre_charge_timeout"
    assert run.event("pre_charge_report_disagrees").detail["inlet_voltage_V"] == 0.0
    assert not run.ever_closed()


def test_a_report_that_denies_the_match_does_not_close_them_either(simulate: Simulate) -> None:
    run = simulate(interceptor=Replace(Match("PreChargeRes"), claim(350.0)))
    assert run.event_of("evcc", "session_ended").detail["reason"] == "pre_charge_timeout"
    assert not run.ever_closed()


@pytest.mark.parametrize(("offset_V", "closes"), [(19.0, True), (-19.0, True), (21.0, False)])
def test_the_tolerance_is_20_v_at_the_inlet(
    simulate: Simulate, car: Simulate, offset_V: float, closes: bool
) -> None:
    run = simulate(car(pre_charge_offset_V=offset_V))
    assert run.ever_closed() is closes
    if closes:
        difference = run.link.result().contactor_closing.difference_V
        assert difference == pytest.approx(offset_V, abs=0.1)  # grid of the wire


def test_a_match_must_last(simulate: Simulate, car: Simulate) -> None:
    settled = simulate(car(pre_charge_settle_s=1.0))
    quick = simulate(car(pre_charge_settle_s=0.0))
    slow_s = settled.event("pre_charge_matched").time_s
    # polls of 0.1 s quantise the wait
    assert slow_s - quick.event("pre_charge_matched").time_s == pytest.approx(1.0, abs=0.1)


def test_contactors_that_do_not_close_are_noticed(simulate: Simulate, make_plant: Simulate) -> None:
    run = simulate(plant=make_plant(contactor_delay_s=10.0))
    ended = run.event_of("evcc", "session_ended")
    assert ended.detail["reason"] == "contactor_close_timeout"
    commanded = run.event("pre_charge_matched").time_s
    assert ended.time_s - commanded == pytest.approx(3.0)
    assert "PowerDeliveryReq" not in run.names()


def test_a_target_above_the_vehicle_s_own_limit_is_refused(
    simulate: Simulate, car: Simulate
) -> None:
    run = simulate(car(pre_charge_target_V=500.0))
    assert run.link.result().evse_reason == "pre_charge_target_out_of_range"
    assert run.last_code() == "FAILED_WrongChargeParameter"
