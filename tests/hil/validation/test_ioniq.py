"""The Ioniq's recorded sessions against simulated ones: every row of the validation page."""

import numpy as np
import pytest

from voltbench.hil.validation import ioniq_pack, ioniq_session
from voltbench.hil.validation import ioniq_published as published
from voltbench.hil.validation.run import Demand

HYC = (
    "slope",
    "first request",
    "overshoot",
    "distance",
    "behind",
    "first current",
    "time to",
    "172",
)
COMPLEO = ("overshoot", "duration", "time to 125 A", "largest current")


@pytest.mark.parametrize("part", range(len(HYC)), ids=HYC)
def test_session_on_the_hyc150(part: int) -> None:
    rows = ioniq_session.sections()[0].rows
    assert len(rows) == len(HYC)
    assert HYC[part] in rows[part].name
    assert rows[part].ok, rows[part]


@pytest.mark.parametrize("part", range(len(COMPLEO)), ids=COMPLEO)
def test_session_on_the_compleo(part: int) -> None:
    rows = ioniq_session.sections()[1].rows
    assert len(rows) == len(COMPLEO)
    assert COMPLEO[part] in rows[part].name
    assert rows[part].ok, rows[part]


@pytest.mark.parametrize("part", range(5))
def test_pack_under_the_recorded_current(part: int) -> None:
    rows = ioniq_pack.section().rows
    assert len(rows) == 5
    assert rows[part].ok, rows[part]


def test_the_imposed_current_flows() -> None:
    """The replay is one of the pack only if the plant carried the recorded current."""
    run = ioniq_pack.replays()[0]
    for t in (4.6, 16.66, 30.0):
        rise = run.at(t) - run.points[0][1]
        assert rise > 0.04 * published.hyc150_current_A(t)  # at least 40 mohm


def test_published_course_of_the_current() -> None:
    """10 A/s as the car asks, 2 to 3 A behind where its request is 10 A/s times the time."""
    assert published.hyc150_current_A(0.5) == 0.0
    assert published.hyc150_current_A(40.0) == 171.6
    slope = published.hyc150_current_A(11.0) - published.hyc150_current_A(10.0)
    assert slope == pytest.approx(10.0, rel=0.06)  # drawn straight from the first current on
    assert "Ioniq28Investigations" in (published.__doc__ or "")


def test_lag_is_taken_on_the_rising_ramp_only() -> None:
    t = np.arange(0.0, 40.0, 0.1)
    request = np.minimum(10.0 * t, 172.0)
    current = np.maximum(request - 2.5, 0.0)
    current[t > 20.0] = 0.0  # whatever comes later does not count
    assert ioniq_session.lag_A(Demand(t, request, current, t)) == pytest.approx(2.5)
