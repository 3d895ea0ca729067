"""The insulation monitor stays on while energy flows, and a low reading ends the session."""

from collections.abc import Callable
from typing import Any

import pytest

from voltbench.control.session.stage import StageMode

Simulate = Callable[..., Any]


def test_the_monitor_measures_from_pre_charge_to_the_release_of_the_output(
    simulate: Simulate,
) -> None:
    run = simulate()
    closed = [(t, s) for t, s, *_ in run.trace if s.voltage_trip_V > 0.0]  # a vehicle is served
    assert closed
    assert all(s.insulation_monitor_on for _, s in closed)
    assert {s.battery_connected for _, s in closed} == {False, True}
    after = [s for t, s, *_ in run.trace if t > closed[-1][0]]
    assert after
    assert not any(s.insulation_monitor_on for s in after)


@pytest.mark.parametrize("time_s", [9.0, 12.0])
def test_a_low_reading_while_energised_ends_the_session(simulate: Simulate, time_s: float) -> None:
    def leak(run: Any, now_s: float) -> None:
        if now_s >= time_s:
            run.plant.insulation_Ohm = 99e3  # CC.4.1.5: 100 kohm

    run = simulate(hook=leak)
    ended = run.event_of("secc", "session_ended")
    assert (ended.detail["reason"], ended.detail["mrec"]) == ("insulation_fault", 22)
    assert ended.time_s - time_s <= 0.05 + 1e-9  # reports are at most 50 ms apart
    request = next(s for t, s, *_ in run.trace if t >= ended.time_s)
    assert request.mode is StageMode.OFF
    assert not request.insulation_monitor_on
    status = run.link.secc.responder
    assert (status.isolation.value, status.status_code.value) == ("Fault", "EVSE_Malfunction")
    state_f = next(e for e in run.events if e.detail.get("signal") == "unavailable")
    assert state_f.time_s == ended.time_s
    assert run.link.result().unlocked_s is not None


def test_a_reading_at_the_limit_is_no_fault(simulate: Simulate) -> None:
    def age(run: Any, now_s: float) -> None:
        if now_s >= 12.0:
            run.plant.insulation_Ohm = 100e3

    assert simulate(hook=age).link.result().completed
