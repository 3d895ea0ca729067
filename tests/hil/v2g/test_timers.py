"""One test per family of protocol timers: a message is lost, the right timer ends the session."""

from collections.abc import Callable
from typing import Any

import pytest

from voltbench.control.session.cable_check import CableCheckSettings
from voltbench.control.session.limits import ChargerCapability
from voltbench.control.session.phases import SessionPhase
from voltbench.control.session.pilot import RESISTANCE_B_Ohm, RESISTANCE_C_Ohm
from voltbench.control.session.stage import StageMode
from voltbench.hil.v2g.interceptor import Chain, Delay, Drop, Interceptor, Match, PilotFault
from voltbench.hil.v2g.messages.catalog import Step
from voltbench.hil.v2g.messages.frame import Direction, Protocol
from voltbench.hil.v2g.profiles import DIN_2014, DIN_2024, ISO2
from voltbench.hil.v2g.secc.settings import SeccSettings

Simulate = Callable[..., Any]
DIN_STEPS = [
    ("supportedAppProtocolRes", "supported_app_protocol", 2.0),
    ("SessionSetupRes", "session_setup", 2.0),
    ("ServiceDiscoveryRes", "service_discovery", 2.0),
    ("ServicePaymentSelectionRes", "payment_selection", 2.0),
    ("ContractAuthenticationRes", "authorization", 2.0),
    ("ChargeParameterDiscoveryRes", "charge_parameters", 2.0),
    ("CableCheckRes", "cable_check", 2.0),
    ("PreChargeRes", "pre_charge", 2.0),
    ("PowerDeliveryRes", "power_delivery", 2.0),
    ("CurrentDemandRes", "current_demand", 0.25),
    ("WeldingDetectionRes", "welding_detection", 2.0),
    ("SessionStopRes", "session_stop", 2.0),
]


def assert_safe(run: Any, after_s: float) -> None:
    """Assert that the gates were blocked, the output discharged and nothing opened under load."""
    ending = next(e.time_s for e in run.events if e.name == "session_ended")
    for t, stage, *_ in run.trace:
        if t > ending + after_s:
            assert stage.mode is not StageMode.RUN
    assert run.plant.u_o < 60.0 or run.plant.closed
    assert "opened_under_load" not in run.event_names()


@pytest.mark.parametrize(("name", "step", "timeout_s"), DIN_STEPS)
def test_a_lost_response_ends_the_session_after_the_message_timeout(
    simulate: Simulate, name: str, step: str, timeout_s: float
) -> None:
    run = simulate(interceptor=Drop(Match(name=name, count=1)))
    result = run.link.result()
    assert result.ev_reason == f"message_timeout:{step}"
    assert not result.completed
    lost = next(m for m in run.messages if m.arrival_s is None)
    request = max(
        m.time_s
        for m in run.messages
        if m.time_s < lost.time_s and m.direction is Direction.TO_EVSE
    )
    ended = next(e.time_s for e in run.events if e.name == "session_ended")
    assert ended - request == pytest.approx(timeout_s, abs=1e-9)
    assert_safe(run, 0.05)


@pytest.mark.parametrize("name", [name.replace("Res", "Req") for name, _, _ in DIN_STEPS])
def test_a_lost_request_leaves_both_sides_safe(simulate: Simulate, name: str) -> None:
    run = simulate(interceptor=Drop(Match(name=name, count=1)))
    assert run.link.finished
    assert not run.link.result().completed
    assert not run.plant.closed
    assert not run.trace[-1][2].inlet_locked
    assert run.plant.u_o < 60.0
    assert_safe(run, 0.05)


def test_power_delivery_has_its_own_timeout_in_iso2(simulate: Simulate, car: Simulate) -> None:
    run = simulate(
        car(protocols=(Protocol.ISO2,)), interceptor=Drop(Match("PowerDeliveryRes", count=1))
    )
    request = next(m.time_s for m in run.messages if m.message.name == "PowerDeliveryReq")
    ended = next(e for e in run.events if e.name == "session_ended")
    assert ended.time_s - request == pytest.approx(5.0, abs=1e-9)


@pytest.mark.parametrize(("profile", "lives"), [(DIN_2014, False), (DIN_2024, True)])
def test_the_disputed_din_profiles_judge_a_late_response_differently(
    simulate: Simulate, car: Simulate, profile: str, lives: bool
) -> None:
    profiles = {Protocol.DIN: profile, Protocol.ISO2: ISO2}
    late = Delay(Match("CurrentDemandRes", skip=10, count=1), delay_s=0.3)
    result = simulate(car(timer_profiles=profiles), interceptor=late).link.result()
    assert result.completed is lives
    assert result.ev_timer_profile == profile


def silent(from_s: float) -> Interceptor:
    """Return a vehicle that freezes: no message leaves it, its pilot stays at C."""
    return Chain(
        [
            Drop(Match(direction=Direction.TO_EVSE, from_s=from_s)),
            PilotFault(from_s, 1e9, RESISTANCE_C_Ohm),
        ]
    )


@pytest.mark.parametrize(("profile", "timeout_s"), [(DIN_2014, 60.0), (DIN_2024, 5.0)])
def test_a_silent_vehicle_ends_by_the_sequence_timeout_with_the_stage_off(
    simulate: Simulate, charger: ChargerCapability, profile: str, timeout_s: float
) -> None:
    secc = SeccSettings(
        capability=charger, timer_profiles={Protocol.DIN: profile, Protocol.ISO2: ISO2}
    )
    run = simulate(secc=secc, interceptor=silent(10.0), until_s=150.0)
    ended = run.event_of("secc", "session_ended")
    assert ended.detail["reason"] == "sequence_timeout"
    last = max(
        m.time_s
        for m in run.messages
        if m.message.name == "CurrentDemandRes" and m.time_s < ended.time_s
    )
    assert ended.time_s - last == pytest.approx(timeout_s, abs=1e-9)
    at_end = next(stage for t, stage, *_ in run.trace if t >= ended.time_s)
    assert at_end.mode is StageMode.OFF


def test_a_vehicle_that_never_asks_for_a_session_is_dropped(simulate: Simulate) -> None:
    run = simulate(interceptor=Drop(Match("supportedAppProtocolReq")), until_s=60.0)
    reasons = {e.source.value: e.detail["reason"] for e in run.events if e.name == "session_ended"}
    assert reasons["evcc"] == "message_timeout:supported_app_protocol"
    assert reasons["secc"] == "connection_closed"


def test_communication_setup_has_a_limit_of_its_own(simulate: Simulate, car: Simulate) -> None:
    patient = car(message_timeout_s={Step.SESSION_SETUP: 100.0})
    run = simulate(patient, interceptor=Drop(Match("SessionSetupReq")), until_s=60.0)
    ended = run.event_of("secc", "session_ended")
    matched = run.event_of("secc", "slac_matched")
    assert ended.detail["reason"] == "communication_setup_timeout"
    assert ended.time_s - matched.time_s == pytest.approx(18.0)


def test_the_vehicle_s_communication_setup_timer(simulate: Simulate, car: Simulate) -> None:
    patient = car(message_timeout_s={Step.SESSION_SETUP: 100.0})
    interceptor = Chain(
        [
            Drop(Match("SessionSetupReq")),
            Drop(Match("TcpClosed")),
        ]
    )
    run = simulate(patient, interceptor=interceptor, until_s=60.0)
    ended = run.event_of("evcc", "session_ended")
    matched = run.event_of("evcc", "slac_matched")
    # the charger stops its oscillator when its own 18 s are over: whichever comes first
    assert ended.detail["reason"] in ("communication_setup_timeout", "pilot_duty_lost")
    assert ended.time_s - matched.time_s <= 20.0


def test_authorisation_that_never_comes(
    simulate: Simulate, car: Simulate, charger: ChargerCapability
) -> None:
    secc = SeccSettings(capability=charger, authorization_s=None)
    run = simulate(secc=secc)
    first = next(m.time_s for m in run.messages if m.message.name == "ContractAuthenticationReq")
    ended = run.event_of("secc", "session_ended")
    assert ended.detail["reason"] == "authorization_timeout"
    assert ended.detail["mrec"] == 9
    # FAILED at the first request after 55 s; requests come every 0.1 s
    assert ended.time_s - first == pytest.approx(55.0, abs=0.11)
    assert run.last_code() == "FAILED"


def test_the_vehicle_s_ongoing_timeout(
    simulate: Simulate, car: Simulate, charger: ChargerCapability
) -> None:
    secc = SeccSettings(capability=charger, charge_parameters_s=1000.0)
    run = simulate(secc=secc)
    answers = [m for m in run.messages if m.message.name == "ChargeParameterDiscoveryRes"]
    ended = run.event_of("evcc", "session_ended")
    assert ended.detail["reason"] == "ongoing_timeout:charge_parameters"
    assert ended.time_s - answers[0].arrival_s == pytest.approx(60.0)


@pytest.mark.parametrize(("own_s", "limit_s"), [(None, 40.0), (20.0, 20.0)])
def test_cable_check_patience_of_the_profile_and_of_the_car(
    simulate: Simulate,
    car: Simulate,
    make_plant: Simulate,
    charger: ChargerCapability,
    own_s: float | None,
    limit_s: float,
) -> None:
    # an insulation monitor that takes longer than anybody waits
    slow = CableCheckSettings(insulation_timeout_s=90.0, performance_time_s=80.0)
    run = simulate(
        car(cable_check_timeout_s=own_s),
        secc=SeccSettings(capability=charger, cable_check=slow),
        plant=make_plant(imd_delay_s=1000.0),
    )
    first = next(m.time_s for m in run.messages if m.message.name == "CableCheckReq")
    ended = run.event_of("evcc", "session_ended")
    if own_s is None:  # the charger's 38 s come first, as they must
        assert ended.detail["reason"].startswith("failed_response:cable_check:FAILED")
        assert ended.time_s - first == pytest.approx(38.0, abs=0.2)
    else:
        assert ended.detail["reason"] == "cable_check_timeout"
        assert ended.time_s - first == pytest.approx(limit_s, abs=1e-6)
    assert not run.ever_closed()


def test_ready_to_charge_timer_of_the_2024_profile(simulate: Simulate, car: Simulate) -> None:
    run = simulate(
        car(
            timer_profiles={Protocol.DIN: DIN_2024, Protocol.ISO2: ISO2},
            message_timeout_s={Step.POWER_DELIVERY: 100.0},
        ),
        interceptor=Drop(Match("PowerDeliveryRes")),
    )
    ended = run.event_of("evcc", "session_ended")
    matched = run.event_of("evcc", "pre_charge_matched")
    assert ended.detail["reason"] == "ready_to_charge_timeout"
    assert ended.time_s - matched.time_s == pytest.approx(10.0)


def test_a_car_that_gets_no_current_gives_up(
    simulate: Simulate, car: Simulate, make_plant: Simulate
) -> None:
    run = simulate(
        car(no_current_timeout_s=30.0), plant=make_plant(current_slew_A_per_s=0.0), until_s=90.0
    )
    ended = run.event_of("evcc", "session_ended")
    assert ended.detail["reason"] == "no_current_timeout"
    loop = run.link.phase_times_s[SessionPhase.CURRENT_DEMAND]
    assert ended.time_s - loop == pytest.approx(30.0, abs=0.1)


@pytest.mark.parametrize(("protocol", "limit_s"), [(Protocol.DIN, 1.5), (Protocol.ISO2, 0.25)])
def test_a_pilot_that_does_not_get_ready_fails_the_cable_check(
    simulate: Simulate, car: Simulate, protocol: Protocol, limit_s: float
) -> None:
    stuck = PilotFault(3.0, 1e9, RESISTANCE_B_Ohm)
    run = simulate(car(protocols=(protocol,)), interceptor=stuck)
    first = next(m.time_s for m in run.messages if m.message.name == "CableCheckReq")
    ended = run.event_of("secc", "session_ended")
    assert ended.detail["reason"] == "pilot_not_ready"
    # found at the next poll; polls are 0.1 s apart
    assert ended.time_s - first == pytest.approx(limit_s, abs=0.11)
    assert not any(stage.mode is StageMode.RUN for _, stage, *_ in run.trace)
