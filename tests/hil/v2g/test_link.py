"""The wire between the machines: latency, order, faults, time."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from voltbench.control.session.limits import ChargerCapability
from voltbench.control.session.stage import VehicleRequest
from voltbench.hil.v2g.evcc.machine import Evcc
from voltbench.hil.v2g.evcc.settings import BmsLimits, VehicleSession
from voltbench.hil.v2g.interceptor import Chain, Delay, Drop, Interceptor, Match, PilotFault
from voltbench.hil.v2g.link import Link, LinkSettings, LinkStalledError
from voltbench.hil.v2g.messages.frame import Direction, Protocol, V2gMessage
from voltbench.hil.v2g.messages.matching import SdpReq
from voltbench.hil.v2g.secc.machine import Secc
from voltbench.hil.v2g.secc.settings import SeccSettings

Simulate = Callable[..., Any]
MESSAGE = V2gMessage(Protocol.SDP, "", SdpReq(tls=False))


def test_latency_is_data_and_applies_per_direction(simulate: Simulate) -> None:
    settings = LinkSettings(latency_to_evse_s=0.004, latency_to_ev_s=0.007)
    run = simulate(settings=settings, until_s=5.0)
    for entry in run.messages:
        assert entry.arrival_s is not None
        expected = 0.004 if entry.direction is Direction.TO_EVSE else 0.007
        assert entry.arrival_s - entry.time_s == pytest.approx(expected, abs=1e-12)


def test_a_delayed_message_holds_up_those_behind_it(simulate: Simulate) -> None:
    late = Delay(Match("CM_START_ATTEN_CHAR.IND", count=1), delay_s=0.2)
    run = simulate(interceptor=late, until_s=2.0)
    arrivals = [m.arrival_s for m in run.messages if m.direction is Direction.TO_EVSE]
    assert arrivals == sorted(arrivals)
    assert [m.intercepted for m in run.messages].count(True) == 1


def test_zero_latency_comes_to_rest(simulate: Simulate) -> None:
    settings = LinkSettings(latency_to_evse_s=0.0, latency_to_ev_s=0.0)
    assert simulate(settings=settings).link.result().completed


def test_the_bench_is_never_asked_for_more_than_50_ms(simulate: Simulate) -> None:
    run = simulate()
    times = [0.0, *(t for t, *_ in run.trace)]
    assert max(b - a for a, b in itertools.pairwise(times)) <= 0.05 + 1e-12


def test_nothing_is_left_over_when_the_bench_stops_late(
    car: Simulate, charger: ChargerCapability, make_plant: Simulate
) -> None:
    """A bench stops at its next interrupt, a little after the time it was asked for."""
    plant = make_plant()
    link = Link(Secc(SeccSettings(capability=charger)), Evcc(car()))
    stage, vehicle, late_s = link.secc.output.request, VehicleRequest(), 30e-6
    while not link.finished:
        t_s = link.next_deadline() + late_s
        plant.advance(t_s - link.now_s, stage, vehicle)
        seen = plant.stage_report(stage), plant.vehicle_report(), BmsLimits(60.0, 412.0)
        out = link.advance_to(t_s, *seen)
        stage, vehicle = out.stage_request, out.vehicle_request
        again = link.advance_to(t_s, *seen)
        assert not again.events, f"{again.events[0].name} came late"
        assert link.now_s == t_s < 120.0
    assert link.result().completed


def test_coarse_steps_of_the_bench_process_every_event_in_order(
    simulate: Simulate, car: Simulate, charger: ChargerCapability, make_plant: Simulate
) -> None:
    plant = make_plant()
    link = Link(Secc(SeccSettings(capability=charger)), Evcc(car()))
    stage, vehicle = link.secc.output.request, None
    entries = []
    for step in range(1, 60):
        bms = BmsLimits(60.0, 412.0)
        out = link.advance_to(0.1 * step, plant.stage_report(stage), plant.vehicle_report(), bms)
        stage, vehicle = out.stage_request, out.vehicle_request
        entries += out.messages
    assert vehicle is not None
    times = [entry.time_s for entry in entries]
    assert times == sorted(times)
    assert len({time for time in times if time % 0.1 > 1e-6}) > 20  # at their own times
    assert simulate(until_s=5.0).names()[:20] == [entry.message.name for entry in entries][:20]


def test_time_cannot_go_back(car: Simulate, charger: ChargerCapability, make_plant: Any) -> None:
    plant = make_plant()
    link = Link(Secc(SeccSettings(capability=charger)), Evcc(car()))
    reports = (plant.stage_report(link.secc.output.request), plant.vehicle_report())
    link.advance_to(1.0, *reports, BmsLimits(60.0, 412.0))
    with pytest.raises(ValueError, match=r"t_s 0.5 s is before the link's time 1.0 s"):
        link.advance_to(0.5, *reports, BmsLimits(60.0, 412.0))


def test_a_machine_that_never_rests_is_an_error(
    car: Simulate, charger: ChargerCapability, make_plant: Any
) -> None:
    class Restless(Evcc):
        def _next_deadline_s(self) -> float:
            return self.now_s

    plant = make_plant()
    link = Link(Secc(SeccSettings(capability=charger)), Restless(car()))
    report = plant.stage_report(link.secc.output.request)
    with pytest.raises(LinkStalledError, match=r"no rest at 0.5 s"):
        link.advance_to(1.0, report, plant.vehicle_report(), BmsLimits(60.0, 412.0))


def test_matches_count_names_times_and_skips() -> None:
    match = Match(name="SECCDiscoveryReq", from_s=1.0, skip=1, count=2)
    hits = [match.hits(t, Direction.TO_EVSE, MESSAGE) for t in (0.5, 1.0, 2.0, 3.0, 4.0)]
    assert hits == [False, False, True, True, False]
    assert not Match(name="Other").hits(0.0, Direction.TO_EVSE, MESSAGE)
    assert not Match(direction=Direction.TO_EV).hits(0.0, Direction.TO_EVSE, MESSAGE)


def test_faults_chain() -> None:
    chain = Chain([Delay(Match(), 0.1), Delay(Match(), 0.2), PilotFault(1.0, 2.0, None)])
    (delivery,) = chain.on_message(0.0, Direction.TO_EVSE, MESSAGE)
    assert delivery.extra_delay_s == pytest.approx(0.3)
    assert (
        Chain([Drop(Match()), Delay(Match(), 0.1)]).on_message(0.0, Direction.TO_EVSE, MESSAGE)
        == []
    )
    assert [chain.on_pilot(t, 882.0) for t in (0.5, 1.0, 2.0)] == [882.0, None, 882.0]
    assert [chain.next_change_s(t) for t in (0.0, 1.0, 2.0)] == [1.0, 2.0, float("inf")]
    assert Interceptor().on_message(0.0, Direction.TO_EV, MESSAGE)[0].message is MESSAGE


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"max_voltage_V": 0.0}, "max_voltage_V 0.0 V is not above 0 V"),
        ({"soc_target_percent": 120.0}, "soc_target_percent 120.0 % is outside 0..100 %"),
        ({"poll_period_s": -1.0}, "poll_period_s -1.0 is below 0"),
        ({"evcc_id": "xyz"}, "evcc_id 'xyz' is not 12"),
        ({"protocols": ()}, "protocols is empty"),
    ],
)
def test_vehicle_data_are_checked(
    car: Callable[..., VehicleSession], changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        car(**changes)


def test_charger_and_link_data_are_checked(charger: ChargerCapability) -> None:
    with pytest.raises(ValueError, match="session_id 'zz' is not 16"):
        SeccSettings(capability=charger, session_id="zz")
    with pytest.raises(ValueError, match="timer profile 'none' is unknown"):
        SeccSettings(capability=charger, timer_profiles=dict.fromkeys(Protocol, "none"))
    with pytest.raises(ValueError, match="latency_to_ev_s -1"):
        LinkSettings(latency_to_ev_s=-1.0)
