"""State F and E on the control pilot: signalled by the charger, obeyed by the vehicle."""

from collections.abc import Callable
from typing import Any

import pytest

from voltbench.control.session.pilot import (
    PILOT_STEADY,
    PILOT_UNAVAILABLE,
    PILOT_UNPOWERED,
    PilotCommand,
    PilotState,
)
from voltbench.control.session.stage import StageMode
from voltbench.hil.v2g.interceptor import Chain, Drop, Match, PilotDriverFault, PilotFault
from voltbench.hil.v2g.messages.frame import Direction
from voltbench.hil.v2g.secc.pilot_drive import PilotDrive
from voltbench.hil.v2g.secc.settings import SeccSettings

Simulate = Callable[..., Any]
FAULT_s = 12.0


def break_stage(run: Any, now_s: float) -> None:
    """Latch a stage fault from a time on, while energy flows."""
    if now_s >= FAULT_s:
        run.plant.fault = "LINK_UNDERVOLTAGE"


def first(run: Any, name: str, **detail: object) -> float:
    """Return when an event with some details first happened after the fault."""
    return float(
        next(
            e.time_s
            for e in run.events
            if e.name == name and e.time_s >= FAULT_s and detail.items() <= e.detail.items()
        )
    )


def test_a_fault_while_charging_signals_state_f_and_ends_safely(simulate: Simulate) -> None:
    run = simulate(hook=break_stage)
    signalled = first(run, "pilot_drive", signal="unavailable")
    # the first step after the fault: reports are at most 50 ms apart
    assert signalled == run.event_of("secc", "session_ended").time_s <= FAULT_s + 0.05
    assert first(run, "stage_mode", mode="off") == signalled
    opened = first(run, "contactors", closed=False)
    # 50 ms of detection in the vehicle; one step more for the current to be measured
    assert opened - signalled == pytest.approx(0.05, abs=0.051)
    assert abs(next(i for t, _, _, _, i in run.trace if t >= opened)) < 5.0
    result = run.link.result()
    assert result.unlocked_s == run.event("unlock").time_s
    assert next(u for t, _, _, u, _ in run.trace if t >= result.unlocked_s) < 60.0
    assert not run.trace[-1][2].inlet_locked
    assert run.link.finished


def test_the_discharge_waits_for_the_vehicle_that_state_f_hides(
    simulate: Simulate, make_plant: Simulate
) -> None:
    run = simulate(plant=make_plant(contactor_delay_s=0.6), hook=break_stage)
    closed_V = run.plant.ocv_V
    on = next((t, u) for t, s, _, u, _ in run.trace if t > FAULT_s and s.discharge)
    assert on[0] - first(run, "pilot", state="F") >= 1.0  # settings.state_f_reaction_s
    assert on[1] < closed_V  # the battery has left: the resistor sees capacitors only
    assert run.link.result().unlocked_s is not None


def test_state_f_lasts_and_stays_while_the_fault_is_there(simulate: Simulate) -> None:
    def clear(run: Any, now_s: float) -> None:
        run.plant.fault = "GRID_LOST" if FAULT_s <= now_s < FAULT_s + 1.0 else None

    cleared, latched = simulate(hook=clear), simulate(hook=break_stage)
    start = first(cleared, "pilot_drive", signal="unavailable")
    back = first(cleared, "pilot_drive", signal="steady")
    assert 4.0 <= back - start <= 4.05  # T_step_EF is 4 s at least
    assert cleared.link.secc.pilot is PILOT_STEADY
    assert latched.link.secc.pilot is PILOT_UNAVAILABLE
    assert latched.link.secc.pilot_state is PilotState.F


def test_an_ending_before_energy_is_told_by_message_first(
    simulate: Simulate, make_plant: Simulate
) -> None:
    run = simulate(plant=make_plant(insulation_Ohm=50e3))
    ended = run.event_of("secc", "session_ended").time_s
    told = next(m for m in run.messages if m.message.name == "CableCheckRes" and m.time_s >= ended)
    signalled = next(
        e.time_s for e in run.events if e.detail.get("signal") == "unavailable" and e.time_s > ended
    )
    assert told.message.body.response_code.value == "FAILED"
    assert ended <= told.time_s < signalled == pytest.approx(ended + 1.5)  # V2G-DC-547


def test_a_good_session_never_signals_state_f(simulate: Simulate) -> None:
    run = simulate()
    signals = [e.detail["signal"] for e in run.events if e.name == "pilot_drive"]
    assert signals == ["digital", "steady"]
    assert run.link.result().unlocked_s == run.event("unlock").time_s


@pytest.mark.parametrize(
    ("command", "ev_state", "ev_reason", "evse_reason"),
    [
        (PILOT_UNAVAILABLE, "F", "pilot_state:F", "pilot_lost:F"),
        (PILOT_UNPOWERED, "E", "pilot_duty_lost", "pilot_lost:E"),
        (PILOT_STEADY, None, "pilot_duty_lost", "connection_closed"),
    ],
)
def test_a_failing_pilot_driver_stops_the_vehicle(
    simulate: Simulate,
    command: PilotCommand,
    ev_state: str | None,
    ev_reason: str,
    evse_reason: str,
) -> None:
    """State F, state E and a missing oscillator, none of them meant by the session."""
    # no message arrives any more: the pilot alone must stop the vehicle
    silence = Drop(Match(direction=Direction.TO_EV, from_s=FAULT_s))
    run = simulate(interceptor=Chain([silence, PilotDriverFault(FAULT_s, 1e9, command)]))
    result = run.link.result()
    assert result.ev_reason == ev_reason
    # the steady level still says C: only the vehicle notices, and pilot B follows
    assert result.evse_reason in (evse_reason, "pilot_left_ready")
    seen = [e.detail["state"] for e in run.events if e.name == "pilot" and e.source == "evcc"]
    assert ev_state is None or ev_state in seen
    assert run.event_of("evcc", "session_ended").time_s - FAULT_s == pytest.approx(0.05)
    assert first(run, "contactors", closed=False) - FAULT_s < 3.0  # not forced open under load
    assert "opened_under_load" not in run.event_names()
    assert result.unlocked_s is not None


def test_a_pilot_shorted_to_earth_is_state_e_on_both_sides(simulate: Simulate) -> None:
    run = simulate(interceptor=PilotFault(FAULT_s, FAULT_s + 8.0, 0.0))
    states = {(e.source.value, e.detail["state"]) for e in run.events if e.name == "pilot"}
    assert {("secc", "E"), ("evcc", "E")} <= states
    assert run.link.result().unlocked_s is not None


def test_a_vehicle_plugged_into_a_faulty_charger_is_turned_away(
    simulate: Simulate, make_plant: Simulate
) -> None:
    run = simulate(plant=make_plant(fault="GRID_LOST"), until_s=20.0)
    assert run.link.finished
    assert run.link.result().ev_reason == "pilot_state:F"
    assert not any(s.mode is StageMode.RUN for _, s, *_ in run.trace)
    assert run.link.result().unlocked_s is None  # it was never locked


def test_the_hold_of_state_f_is_bounded(charger: Any) -> None:
    for value in (0.29, 8.01):
        with pytest.raises(ValueError, match=r"state_f_s .* s is outside 0\.3\.\.8\.0 s"):
            SeccSettings(capability=charger, state_f_s=value)


def test_a_vehicle_out_of_sight_counts_as_open_only_after_its_time() -> None:
    drive = PilotDrive(hold_s=4.0, reaction_s=1.0)
    drive.read(0.0, PilotState.C)
    drive.read(5.0, PilotState.F)
    assert [drive.vehicle_open(t) for t in (5.0, 5.99, 6.0)] == [False, False, True]
    drive.read(7.0, PilotState.C)
    assert not drive.vehicle_open(20.0)
    drive.read(20.0, PilotState.B)
    drive.read(20.1, PilotState.F)
    assert drive.vehicle_open(20.1)  # it had said so before
