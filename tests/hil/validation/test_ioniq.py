"""The Ioniq's recorded sessions against simulated ones: every row of the validation page."""

import numpy as np
import pytest

from voltbench.hil.validation import ioniq_pack, ioniq_session
from voltbench.hil.validation.measured_series import measured, source
from voltbench.hil.validation.run import Demand

HYC = ("slope", "first request", "overshoot", "distance", "behind", "first current", "ramp", "172")
COMPLEO = ("overshoot", "duration", "time to 125 A", "largest current")
FILES = (
    "hyc150_pre_charge_left",
    "hyc150_pre_charge_right",
    "hyc150_demand_left",
    "hyc150_demand_right",
    "compleo_pre_charge",
    "compleo_demand",
)


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


@pytest.mark.parametrize("part", range(8))
def test_pack_under_the_recorded_current(part: int) -> None:
    rows = ioniq_pack.section().rows
    assert len(rows) == 8
    assert rows[part].ok, rows[part]


def test_the_imposed_current_flows() -> None:
    """The replay is one of the pack only if the plant carried the recorded current."""
    run = ioniq_pack.replays()[0]
    m = measured(run.file)
    at = np.array([4.6, 16.66, 30.0])
    rise = np.interp(at, run.time_s, run.voltage_V) - m["voltage_V"][0]
    assert np.all(rise > 0.04 * np.interp(at, m["time_s"], m["current_A"]))  # at least 40 mohm


@pytest.mark.parametrize("name", FILES)
def test_recordings_name_their_source(name: str) -> None:
    table = measured(name)
    assert "github.com/uhi22/Ioniq28Investigations@" in source(name)
    assert np.all(np.diff(table["time_s"]) > 0.0)


def test_published_summary_of_the_recordings() -> None:
    """Known of them: a lag of 2 to 3 A, the first current after 0.9 s, 362 V in pre-charge."""
    left = ioniq_session.recorded("hyc150_demand_left")
    assert 2.0 <= ioniq_session.lag_A(left) <= 3.0
    assert ioniq_session.reached_s(left.time_s, left.current_A, 1.0) == pytest.approx(0.9, abs=0.05)
    compleo = measured("compleo_pre_charge")
    assert compleo["voltage_V"].max() == 362.0


def test_lag_is_taken_on_the_rising_ramp_only() -> None:
    t = np.arange(0.0, 40.0, 0.1)
    request = np.minimum(10.0 * t, 172.0)
    current = np.maximum(request - 2.5, 0.0)
    current[t > 20.0] = 0.0  # whatever comes later does not count
    assert ioniq_session.lag_A(Demand(t, request, current, t)) == pytest.approx(2.5)
