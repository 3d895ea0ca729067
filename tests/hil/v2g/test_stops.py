"""How a session ends early: stop requests, faults, pilot loss, welded contactors."""

from collections.abc import Callable
from typing import Any

import pytest

from voltbench.control.session.cable_check import CableCheckSettings
from voltbench.control.session.limits import ChargerCapability
from voltbench.control.session.pilot import PilotCommand, RESISTANCE_B_Ohm
from voltbench.control.session.stage import StageMode
from voltbench.hil.v2g.interceptor import Chain, Drop, Interceptor, Match, PilotFault
from voltbench.hil.v2g.link import LinkSettings
from voltbench.hil.v2g.messages.frame import Direction
from voltbench.hil.v2g.secc.settings import SeccSettings

Simulate = Callable[..., Any]
Hook = Callable[[Any, float], None]


def at(time_s: float, action: Callable[[Any], None]) -> Hook:
    """Return a hook that acts once at a time."""
    done: list[bool] = []

    def hook(run: Any, now_s: float) -> None:
        if now_s >= time_s and not done:
            done.append(True)
            action(run)

    return hook


def first_off(run: Any, after_s: float) -> float:
    """Return when the gates were first blocked after a time."""
    return float(next(t for t, s, *_ in run.trace if t >= after_s and s.mode is not StageMode.RUN))


def test_the_driver_stops_in_good_order(simulate: Simulate, car: Simulate) -> None:
    run = simulate(
        car(soc_target_percent=80.0), hook=at(12.0, lambda r: r.link.evcc.request_stop())
    )
    result = run.link.result()
    assert result.completed
    assert result.ev_reason == "driver_stop"
    assert abs(result.contactor_opening_current_A) < 5.0
    stop = next(
        m.message.body
        for m in run.messages
        if m.message.name == "PowerDeliveryReq" and not m.message.body.ready_to_charge
    )
    assert stop.dc_parameter.charging_complete is False  # nobody was done charging


def test_the_charger_stops_by_notification(simulate: Simulate, car: Simulate) -> None:
    run = simulate(
        car(soc_target_percent=80.0), hook=at(12.0, lambda r: r.link.secc.request_stop())
    )
    assert run.link.result().completed
    assert run.link.result().ev_reason == "evse_stop:EVSE_Shutdown"
    status = next(
        m.message.body.evse_status
        for m in run.messages
        if m.message.name == "CurrentDemandRes" and m.time_s > 12.0
    )
    assert (status.status_code.value, status.notification.value) == (
        "EVSE_Shutdown",
        "StopCharging",
    )


def test_a_stop_before_energy_goes_straight_to_session_stop(simulate: Simulate) -> None:
    run = simulate(hook=at(4.0, lambda r: r.link.secc.request_stop()))
    assert run.link.result().completed
    assert not run.ever_closed()
    assert "PreChargeReq" not in run.names()


def test_a_vehicle_that_ignores_the_stop_is_stopped(
    simulate: Simulate, car: Simulate, charger: ChargerCapability
) -> None:
    def deaf(run: Any) -> None:
        run.link.secc.request_stop()
        run.link.evcc.steps._heed = lambda *_: True

    run = simulate(
        car(soc_target_percent=80.0),
        secc=SeccSettings(capability=charger, stop_grace_s=5.0),
        hook=at(12.0, deaf),
    )
    ended = run.event_of("secc", "session_ended")
    assert ended.detail["reason"] == "evse_stop_ignored"
    assert ended.time_s == pytest.approx(17.0, abs=0.06)  # the stop was asked between two steps


def test_a_stage_fault_blocks_the_gates_at_once_and_is_told(simulate: Simulate) -> None:
    def fail(run: Any) -> None:
        run.plant.fault = "over_temperature"

    run = simulate(hook=at(12.0, fail))
    ended = run.event_of("secc", "session_ended")
    assert ended.detail["reason"] == "stage_fault:over_temperature"
    assert first_off(run, 12.0) == ended.time_s
    assert run.event_of("evcc", "session_ended").detail["reason"] == (
        "failed_response:current_demand:FAILED:EVSE_Malfunction"
    )
    assert run.link.finished
    assert run.plant.u_o < 60.0


def test_an_emergency_stop_stops_the_oscillator_at_once(simulate: Simulate) -> None:
    pilots: dict[float, PilotCommand] = {}

    def hook(run: Any, now_s: float) -> None:
        pilots[now_s] = run.link.secc.pilot
        stop(run, now_s)

    stop = at(12.0, lambda r: r.link.secc.emergency_stop())
    run = simulate(hook=hook)
    ended = run.event_of("secc", "session_ended")
    # the hook runs before the step in which the stop takes effect, at most 50 ms later
    after = {t - ended.time_s: pilot for t, pilot in pilots.items() if t > ended.time_s + 0.051}
    assert not any(pilot.oscillating for pilot in after.values())
    assert all(pilot.unavailable for t, pilot in after.items() if t < 3.9)
    assert run.event_of("evcc", "session_ended").detail["reason"] == (
        "failed_response:current_demand:FAILED:EVSE_EmergencyShutdown"
    )
    request = next(stage for t, stage, *_ in run.trace if t > ended.time_s)
    assert request.emergency_stop
    assert request.mode is StageMode.OFF
    assert "opened_under_load" not in run.event_names()


@pytest.mark.parametrize(
    ("resistance_Ohm", "reason"),
    [
        (None, "pilot_lost:A"),
        (RESISTANCE_B_Ohm, "pilot_left_ready"),
        (0.0, "pilot_lost:E"),
        (1600.0, "pilot_lost:undefined"),
    ],
)
def test_pilot_loss_while_charging_is_an_emergency(
    simulate: Simulate, resistance_Ohm: float | None, reason: str
) -> None:
    run = simulate(interceptor=PilotFault(12.0, 1e9, resistance_Ohm))
    ended = run.event_of("secc", "session_ended")
    assert ended.detail["reason"] == reason
    # debounce of 10 ms; the limit from opening S2 to the open contactor is 100 ms (IEC 61851-1)
    assert ended.time_s - 12.0 == pytest.approx(0.010, abs=1e-9)
    request = next(stage for t, stage, *_ in run.trace if t >= ended.time_s)
    assert request.emergency_stop
    opened = next(e.time_s for e in run.events if e.name == "output_contactors" and e.time_s > 12.0)
    current = next(i for t, _, _, _, i in run.trace if t >= opened)
    assert abs(current) < 5.0


def test_a_bounce_shorter_than_the_debounce_is_ignored(simulate: Simulate) -> None:
    run = simulate(interceptor=PilotFault(12.0, 12.005, None))
    assert run.link.result().completed


@pytest.mark.parametrize("start_s", [0.6, 1.0, 2.3, 2.6])
def test_plug_wiggle_before_energy_ends_cleanly(simulate: Simulate, start_s: float) -> None:
    run = simulate(interceptor=PilotFault(start_s, start_s + 0.5, None))
    assert run.link.finished
    assert run.event_of("secc", "session_ended").detail["reason"] == "pilot_lost:A"
    assert not any(stage.mode is StageMode.RUN for _, stage, *_ in run.trace)


def test_a_vehicle_without_diode_gets_no_energy(simulate: Simulate) -> None:
    run = simulate(settings=LinkSettings(diode_present=False), until_s=20.0)
    assert not any(stage.mode is StageMode.RUN for _, stage, *_ in run.trace)


def test_a_welded_vehicle_contactor_keeps_the_inlet_locked(
    simulate: Simulate, make_plant: Simulate
) -> None:
    run = simulate(plant=make_plant(welded=True))
    result = run.link.result()
    assert result.ev_reason == "contactor_open_timeout"
    assert not result.completed
    assert result.output_stuck
    assert "not_unlocked" in run.event_names()
    assert run.trace[-1][2].inlet_locked
    on_s = [t for t, s, *_ in run.trace if s.discharge and t > 15.0]
    assert max(on_s) - min(on_s) <= 10.0  # the resistor is not rated for longer


def test_a_current_that_does_not_stop_is_answered_by_failure(
    simulate: Simulate, make_plant: Simulate
) -> None:
    def stick(run: Any) -> None:
        run.plant.stuck_current = True
        run.link.evcc.request_stop()

    run = simulate(hook=at(12.0, stick), until_s=60.0)
    ended = run.event_of("secc", "session_ended")
    assert ended.detail["reason"] == "current_not_stopped"
    assert run.last_code() == "FAILED_PowerDeliveryNotApplied"
    opened = run.event("opened_under_load")
    assert opened.detail["current_A"] > 5.0


def test_inlet_voltage_that_vanishes_while_charging(simulate: Simulate) -> None:
    def cut(run: Any) -> None:
        run.plant.inlet_connected = False

    run = simulate(hook=at(12.0, cut))
    assert run.event_of("evcc", "session_ended").detail["reason"] == "inlet_voltage_missing"


def test_over_voltage_beyond_the_negotiated_limit(simulate: Simulate) -> None:
    def lift(run: Any) -> None:
        run.plant.report_offset_V = 40.0  # above 412.8 V: what the charger's sensor sees

    run = simulate(hook=at(12.0, lift))
    ended = run.event_of("secc", "session_ended")
    assert (ended.detail["reason"], ended.detail["mrec"]) == ("over_voltage", 5)
    assert ended.time_s - 12.0 == pytest.approx(0.4, abs=0.06)  # reports at most 50 ms apart


def test_a_closed_connection_blocks_the_gates(simulate: Simulate, car: Simulate) -> None:
    def crash(run: Any) -> None:
        run.link.evcc.end("software_crash", run.link.evcc.phase)

    run = simulate(
        car(soc_target_percent=80.0),
        interceptor=PilotFault(12.0, 20.0, 882.0),  # the crash leaves the pilot at C for a while
        hook=at(12.0, crash),
    )
    ended = run.event_of("secc", "session_ended")
    assert ended.detail["reason"] == "connection_closed"
    assert first_off(run, 12.0) == ended.time_s


def test_a_silent_charger_leaves_the_vehicle_safe(simulate: Simulate, car: Simulate) -> None:
    silence: Interceptor = Chain([Drop(Match(direction=Direction.TO_EV, from_s=12.0))])
    run = simulate(car(soc_target_percent=80.0), interceptor=silence)
    assert run.event_of("evcc", "session_ended").detail["reason"] == (
        "message_timeout:current_demand"
    )
    assert run.event_of("secc", "session_ended").detail["reason"] == "connection_closed"
    assert run.link.finished
    assert not run.trace[-1][2].inlet_locked
    assert run.plant.u_o < 60.0


def test_failed_cable_checks_reach_the_vehicle_as_a_fault(
    simulate: Simulate, make_plant: Simulate
) -> None:
    for plant, reason, mrec in (
        (make_plant(insulation_Ohm=50e3), "cable_check:insulation_fault", 22),
        (make_plant(loop_Ohm=80.0), "cable_check:short_circuit", 11),
    ):
        run = simulate(plant=plant)
        ended = run.event_of("secc", "session_ended")
        assert (ended.detail["reason"], ended.detail["mrec"]) == (reason, mrec)
        last = [m.message.body for m in run.messages if m.message.name == "CableCheckRes"][-1]
        assert last.response_code.value == "FAILED"
        assert last.evse_status.isolation.value == "Fault"
        assert last.evse_status.status_code.value == "EVSE_Malfunction"
        assert not run.ever_closed()
        assert run.link.finished


def test_a_second_session_is_identical_to_a_fresh_one(simulate: Simulate) -> None:
    fresh = simulate()
    simulate(interceptor=Drop(Match("CableCheckRes", count=1)))
    again = simulate()
    assert [m.to_json() for m in fresh.messages] == [m.to_json() for m in again.messages]


@pytest.mark.parametrize(
    ("requests_max", "evse_reason", "ev_reason"),
    [
        (15, "session_stop", "soc_target"),  # the vehicle loses patience first
        (
            500,
            "output_not_discharged",
            "failed_response:welding_detection:FAILED:EVSE_Malfunction",
        ),
    ],
)
def test_a_weld_hidden_by_its_feedback_is_found_by_the_voltage(
    simulate: Simulate,
    car: Simulate,
    make_plant: Simulate,
    requests_max: int,
    evse_reason: str,
    ev_reason: str,
) -> None:
    run = simulate(
        car(welding_requests_max=requests_max), plant=make_plant(welded=True, feedback_lies=True)
    )
    result = run.link.result()
    assert (result.evse_reason, result.ev_reason) == (evse_reason, ev_reason)
    assert ("welding_suspected" in run.event_names()) is (requests_max == 15)
    assert result.output_stuck
    assert not result.completed
    assert run.trace[-1][2].inlet_locked
    discharging = [t for t, s, *_ in run.trace if s.discharge and t > 15.0]
    assert max(discharging) - min(discharging) <= 10.0  # the resistor's rating


def test_a_broken_discharge_resistor_keeps_the_inlet_locked(
    simulate: Simulate, charger: ChargerCapability, make_plant: Simulate
) -> None:
    settings = SeccSettings(
        capability=charger, cable_check=CableCheckSettings(discharge_before_finished=False)
    )
    run = simulate(secc=settings, plant=make_plant(no_bleed=True))
    assert not run.link.result().completed
    assert run.plant.u_o > 60.0
    assert run.trace[-1][2].inlet_locked
    assert "not_unlocked" in run.event_names()


def test_limits_from_outside_reach_stage_and_vehicle(simulate: Simulate, car: Simulate) -> None:
    run = simulate(
        car(soc_target_percent=20.4),
        hook=at(12.0, lambda r: r.link.secc.limit(current_A=20.0, power_W=10e3)),
    )
    later = [s for t, s, *_ in run.trace if t > 13.0 and s.battery_connected]
    assert later
    assert all(s.current_A <= 20.0 and s.power_W <= 10e3 for s in later)
    answer = next(
        m.message.body
        for m in run.messages
        if m.message.name == "CurrentDemandRes" and m.time_s > 13.0
    )
    assert (answer.max_current_A, answer.max_power_W) == (20.0, 10e3)
    asked = [
        m.message.body.target_current_A
        for m in run.messages
        if m.message.name == "CurrentDemandReq" and m.time_s > 13.5
    ]
    assert max(asked) <= 20.0
