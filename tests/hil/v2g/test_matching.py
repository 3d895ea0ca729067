"""SLAC and SDP: counts, spacing, lost frames, a neighbour's charger."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from voltbench.control.session.limits import ChargerCapability
from voltbench.hil.v2g.interceptor import Drop, Match
from voltbench.hil.v2g.secc.settings import SeccSettings
from voltbench.hil.v2g.slac import SlacSettings

Simulate = Callable[..., Any]


def test_counts_and_spacing_of_a_good_match(simulate: Simulate) -> None:
    run = simulate(until_s=4.0)
    names = run.names()
    assert names.count("CM_START_ATTEN_CHAR.IND") == 3  # C_EV_START_ATTEN_CHAR_INDS
    assert names.count("CM_MNBC_SOUND.IND") == 10  # C_EV_MATCH_MNBC
    sent = [m.time_s for m in run.messages if m.message.name == "CM_MNBC_SOUND.IND"]
    gaps = [b - a for a, b in itertools.pairwise(sent)]
    assert all(0.020 <= gap <= 0.050 for gap in gaps)  # TP_EV_batch_msg_interval
    counts = [m.message.body.count for m in run.messages if m.message.name.startswith("CM_MNBC")]
    assert counts == list(range(9, -1, -1))
    assert run.event_of("evcc", "slac_matched").detail["attenuation_dB"] == 12.0


@pytest.mark.parametrize(
    "name",
    [
        "CM_SLAC_PARM.REQ",
        "CM_SLAC_PARM.CNF",
        "CM_START_ATTEN_CHAR.IND",
        "CM_MNBC_SOUND.IND",
        "CM_ATTEN_CHAR.IND",
        "CM_ATTEN_CHAR.RSP",
        "CM_SLAC_MATCH.REQ",
        "CM_SLAC_MATCH.CNF",
        "SECCDiscoveryReq",
        "SECCDiscoveryRes",
    ],
)
def test_one_lost_frame_delays_but_does_not_end_matching(simulate: Simulate, name: str) -> None:
    run = simulate(interceptor=Drop(Match(name=name, count=1)))
    assert run.link.result().completed


def test_lost_sounds_are_reported_after_the_sounding_timeout(simulate: Simulate) -> None:
    run = simulate(interceptor=Drop(Match(name="CM_MNBC_SOUND.IND", count=4)), until_s=4.0)
    report = next(m for m in run.messages if m.message.name == "CM_ATTEN_CHAR.IND")
    assert report.message.body.sounds == 6
    first = next(m.arrival_s for m in run.messages if m.message.name == "CM_START_ATTEN_CHAR.IND")
    # 600 ms (TT_EVSE_match_MNBC) after the last of three announcements 40 ms apart
    assert report.time_s - first == pytest.approx(0.68, abs=1e-9)


def test_a_weak_link_is_a_neighbour_s_and_is_refused(
    simulate: Simulate, charger: ChargerCapability
) -> None:
    run = simulate(secc=SeccSettings(capability=charger, attenuation_dB=60.0))
    assert run.event_of("evcc", "session_ended").detail["reason"] == "slac:attenuation"
    assert "CM_SLAC_MATCH.REQ" not in run.names()
    started = run.link.phase_times_s
    ended = run.event_of("evcc", "session_ended").time_s
    slac = next(t for phase, t in started.items() if phase.value == "slac")
    # TT_matching_repetition of 10 s for starting an attempt, and one attempt of 0.7 s
    assert 9.0 < ended - slac <= 10.7
    assert run.names().count("CM_SLAC_PARM.REQ") > 5


def test_a_charger_that_hears_nothing_gives_up(simulate: Simulate) -> None:
    run = simulate(interceptor=Drop(Match(name="CM_SLAC_PARM.REQ")), until_s=80.0)
    assert run.event_of("evcc", "session_ended").detail["reason"] == "slac:slac_parameters_timeout"
    assert run.event_of("secc", "session_ended").detail["reason"] == "slac:slac_init_timeout"
    assert run.link.finished


def test_fifty_unanswered_sdp_requests_are_the_end(simulate: Simulate) -> None:
    run = simulate(interceptor=Drop(Match(name="SECCDiscoveryRes")), until_s=60.0)
    assert run.names().count("SECCDiscoveryReq") == 50  # V2G2-161
    assert run.event_of("evcc", "session_ended").detail["reason"] == "sdp_no_response"
    sent = [m.time_s for m in run.messages if m.message.name == "SECCDiscoveryReq"]
    assert sent[1] - sent[0] == pytest.approx(0.25)  # V2G2-159


def test_a_join_that_takes_too_long_fails(simulate: Simulate, car: Simulate) -> None:
    run = simulate(car(slac=SlacSettings(join_s=13.0)))
    assert run.event_of("evcc", "session_ended").detail["reason"] == "slac:join_timeout"


def test_the_sound_interval_is_bounded_by_the_standard() -> None:
    with pytest.raises(ValueError, match=r"batch_interval_s 0.06 s is outside 0.02..0.05 s"):
        SlacSettings(batch_interval_s=0.06)
