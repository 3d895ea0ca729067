"""pulsim and motulator: counted fairly, absent without harm, and the same circuit where present."""

import importlib.util
from collections.abc import Callable

import pytest

from voltbench.hil.benchmarking.switched import cases
from voltbench.hil.benchmarking.switched.rivals import motulator_race, pulsim_race
from voltbench.hil.benchmarking.switched.rivals.section import Rival, section
from voltbench.hil.benchmarking.switched.rivals.setting import Outcome, Setting, best

COARSE, FINE, BAD = (Setting(name, {}) for name in ("coarse", "fine", "bad"))


def test_the_fastest_within_a_percent_counts() -> None:
    found = best([
        Outcome(COARSE, 0.03, 9.0), Outcome(FINE, 0.009, 2.0), Outcome(FINE, 1e-6, 1.0),
        Outcome(BAD, float("nan"), 99.0), Outcome(BAD, failure="it stopped"),
    ])  # fmt: skip
    assert (found.setting, found.speed, found.error) == ("fine", 2.0, 0.009)
    assert (found.tried, found.failed, found.wrong) == (5, 1, 1)
    none = best([Outcome(COARSE, 0.03, 9.0), Outcome(BAD, failure="it stopped")])
    assert (none.setting, none.speed, none.error) == ("", 0.0, 0.03)


def test_an_absent_package_is_said_and_a_ratio_is_ours_over_theirs() -> None:
    raced = best([Outcome(FINE, 0.002, 0.5)])
    text = section([Rival("pulsim", "DAB", 30.0, raced), Rival("motulator", "x", 30.0, None)])
    assert "| pulsim | DAB | fine | 0.5000 | 0.2 % | 60 | 1 / 0 / 0 |" in text
    assert "| motulator | x | not installed | - |" in text


def test_absent_packages_are_not_raced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    case = cases.dual_active_bridge(2e-5)
    assert pulsim_race.pulsim_race(case) is None
    assert motulator_race.motulator_race(case) is None


@pytest.mark.skipif(not pulsim_race.installed(), reason="pulsim is not installed")
@pytest.mark.parametrize("make", [cases.dual_active_bridge, cases.two_level])
def test_pulsim_is_given_the_same_circuit(make: Callable[[float], cases.Case]) -> None:
    setting = Setting("", {"engine": "trbdf2", "rtol": 1e-5, "atol": 1e-8})
    found = pulsim_race.run_setting(make(1e-4), setting)
    # its own tolerance, summed over a run; a wrong element would be off by parts in a hundred
    assert not found.failure
    assert found.error < 1e-3


@pytest.mark.skipif(not motulator_race.installed(), reason="motulator is not installed")
def test_motulator_is_given_the_same_circuit() -> None:
    setting = Setting("", {"max_step": 1e-6})
    found = motulator_race.run_setting(motulator_race.lossless_case(2e-4), setting)
    assert found.error < 1e-3  # solve_ivp's relative tolerance
