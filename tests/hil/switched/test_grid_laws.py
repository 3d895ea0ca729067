"""Grid-side laws on switched front ends: disturbances met, and missed with a sign flipped."""

import math
from dataclasses import replace
from typing import Any

import pytest

from voltbench.calibration.switched_loops.grid_laws import GridLawSettings
from voltbench.hil.switched.grid_bench import GridBench
from voltbench.hil.switched.grid_laws_page import RESONANT
from voltbench.hil.switched.grid_midpoint import FEEDING, MidpointBench
from voltbench.hil.switched.grid_scenarios import LAWS, SCENARIOS, Figures, meet
from voltbench.plant_models.switched.topologies.active_front_end import ActiveFrontEndParameters

SPINE, WHOLE = "SRF, dq", "adaptive, resonant 1, 5, 7"


@pytest.fixture(scope="module")
def bench() -> GridBench:
    return GridBench()


def met(bench: GridBench, laws: str, scenario: str, change: Any = None) -> Figures:
    return meet(bench, LAWS[laws], SCENARIOS[scenario], *([change] if change else []))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_whole_set_of_laws_rides_through(bench: GridBench, scenario: str) -> None:
    found = met(bench, WHOLE, scenario)
    assert found.outcome == "rides through"
    # the grid inductance turns the measured voltage by 0.2 degrees
    assert found.angle_end_deg < 0.3
    if SCENARIOS[scenario].steady:
        assert found.thd_percent < 1.2


def test_fifth_harmonic_is_taken_out_by_its_resonator(bench: GridBench) -> None:
    # the LCL's capacitors draw 5 % * 5 * 314/s * 5 uF * 327 V = 0.13 A of it past the converter
    assert met(bench, SPINE, "fifth").thd_percent > 4.0
    assert met(bench, WHOLE, "fifth").thd_percent < 1.2

    def flip(laws: Any) -> None:
        laws["pr_gains"]["k_5"] *= -1.0

    assert met(bench, WHOLE, "fifth", flip).outcome != "rides through"


def test_sequences_keep_the_angle_and_the_current_through_unbalance(bench: GridBench) -> None:
    spine, whole = met(bench, SPINE, "unbalance"), met(bench, WHOLE, "unbalance")
    # SRF: 5 % of k_p/(2 omega) = 0.4, in degrees
    assert spine.angle_end_deg == pytest.approx(math.degrees(0.05 * 0.4) + 0.2, rel=0.1)
    assert whole.angle_end_deg < 0.3
    assert whole.thd_percent < 0.5 * spine.thd_percent


def test_open_conductor_trips_the_spine_and_waits_out_the_others(bench: GridBench) -> None:
    assert met(bench, SPINE, "conductor").outcome == "trips: current"
    found = met(bench, WHOLE, "conductor")
    # detection, its duration, return: within 50 ms of the 100 ms it lasts
    assert 0.09 < found.withdrawn_s < 0.15


def test_interruption_takes_the_current_away_and_brings_it_back(bench: GridBench) -> None:
    found = met(bench, WHOLE, "interruption")
    # 20 ms, 0.2 ms later, and 5 ms until the angle is followed
    assert found.withdrawn_s == pytest.approx(0.0248, abs=0.5e-3)
    # frozen: what the frequency was off by, times 25 ms
    assert found.angle_deg < 0.5

    def never(laws: Any) -> None:
        laws["sync_gains"]["u_hold"] = 0.0

    assert met(bench, WHOLE, "interruption", never).angle_deg > 10.0


@pytest.mark.parametrize(
    ("group", "name", "factor"),
    [
        (("pr_gains",), "k_p", -1.0),
        (("sync_gains", "pll"), "k_p", -1.0),
        (("sync_gains", "dsogi"), "gamma", -4.0),
        (("pfc_gains",), "k_pv", -1.0),
    ],
)
def test_a_gain_of_the_wrong_sign_does_not_ride_through_a_jump(
    bench: GridBench, group: tuple[str, ...], name: str, factor: float
) -> None:
    def flip(laws: Any) -> None:
        for part in group:
            laws = laws[part]
        laws[name] *= factor

    found = met(bench, WHOLE, "jump", flip)
    assert found.outcome != "rides through" or found.angle_end_deg > 1.0


def test_active_damping_holds_a_filter_that_the_current_loop_drives() -> None:
    undamped = GridBench(ActiveFrontEndParameters(grid=RESONANT))
    # no voltage fed forward: with it the capacitor's own phase damps
    plain = GridLawSettings(sync="adaptive", power_max_W=16e3, feedforward_share=0.0)
    damped = replace(plain, damping_ratio=0.1)
    clean = SCENARIOS["clean"]
    assert meet(undamped, plain, clean).outcome != "rides through"
    found = meet(undamped, damped, clean)
    assert found.outcome == "rides through"
    assert found.thd_percent < 1.5

    def flip(laws: Any) -> None:
        laws["capacitor_gains"]["k_ad"] *= -1.0

    assert meet(undamped, damped, clean, flip).outcome != "rides through"


def test_midpoint_decays_with_its_bandwidth_and_loses_its_third_harmonic() -> None:
    plain = GridLawSettings(sync="adaptive", power_max_W=35e3)
    rectifying = MidpointBench()
    proportional, whole = (
        rectifying.run(replace(plain, third_share=share)) for share in (0.0, 1.0)
    )
    # 50 Hz: 3.18 ms; legs that change their side, and the command's delay of 25 us
    assert whole.time_constant_s == pytest.approx(1.0 / (100.0 * math.pi), rel=0.08)
    assert abs(whole.left_V) < 0.1
    assert whole.ripple_V < 0.15 * proportional.ripple_V


def test_midpoint_is_held_while_feeding_back_too() -> None:
    found = MidpointBench(FEEDING).run(GridLawSettings(sync="adaptive", power_max_W=35e3))
    assert abs(found.left_V) < 0.1
    assert found.time_constant_s < 10e-3


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"sync": "pll"}, "sync is 'pll'"),
        ({"damping_ratio": 0.5}, "damping_ratio is 0.5"),
        ({"current": "dq", "harmonics": True}, "resonant"),
    ],
)
def test_settings_are_refused_by_name(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        GridLawSettings(**values)
