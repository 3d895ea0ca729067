"""The races: each rival must solve the same problem, and its error must fall where it should."""

import numpy as np
import pytest

from voltbench.hil.benchmarking.switched import cases
from voltbench.hil.benchmarking.switched.exact import SAMPLE, Pace, error, reference
from voltbench.hil.benchmarking.switched.fixed_step import ENOUGH, FixedStep, Stepper, largest_step
from voltbench.hil.benchmarking.switched.report import HOW, Measured, page, verdict
from voltbench.hil.benchmarking.switched.scipy_steps import ScipySpeed, scipy_speed
from voltbench.hil.benchmarking.switched.spice_race import SpiceRace


def test_fixed_steps_are_exact_on_the_grid_and_of_first_order_off_it() -> None:
    on_grid = cases.dual_active_bridge(1e-4)  # edges on multiples of 50 ns
    out = Stepper(on_grid).run(SAMPLE / 10, 10)[0]
    # the first dead time, from rest, holds the one diode whose current ends within a step
    assert error(out, reference(on_grid)) < 1e-5
    off_grid = cases.full_bridge_llc(1e-4)
    exact, stepper = reference(off_grid), Stepper(off_grid)
    errors = [error(stepper.run(SAMPLE / n, n)[0], exact) for n in (10, 100, 1000)]
    # first order: a tenth of the error for a tenth of the step, give or take the edges' luck
    assert errors[0] > 3.0 * errors[1] > 9.0 * errors[2] > 0.0


def test_the_step_found_is_within_a_percent_and_a_coarser_one_is_not() -> None:
    case = cases.full_bridge_llc(1e-4)
    found = largest_step(case, turns=1)
    assert found is not None
    assert found.error <= ENOUGH
    count = round(SAMPLE / found.step)
    coarser = max(1, count // 2)
    assert error(Stepper(case).run(SAMPLE / coarser, coarser)[0], reference(case)) > ENOUGH


def test_scipy_with_events_follows() -> None:
    # rtol 1e-3 leaves parts in a thousand in a resonant tank; matrices and edges are the same
    assert scipy_speed(cases.half_bridge_llc(6e-5)).error < 0.02


def test_a_shorter_case_is_the_beginning_of_the_longer() -> None:
    case = cases.vienna(1e-3)
    part = case.shorter(10)
    assert part.edges[0][-1] < part.duration == 10 * case.period
    long, short = reference(case), reference(part)
    assert np.abs(long[:, : short.shape[1]] - short).max() < 1e-9


def test_page_judges_targets() -> None:
    assert verdict(1.31, 1.3, less=True) == "<= 1.3: missed"
    assert verdict(9.0, 9.0) == ">= 9: met"
    row = Measured(
        "LLC", 9.0, Pace(8.0, 10.0, 1.25), Pace(16.0, 22.0, 1.4), FixedStep(1e-8, 0.009, 0.5),
        ScipySpeed(0.004, 0.002), SpiceRace(0.004, 0.009, 0.001, 12, 3, 1), 2e-9,
    )  # fmt: skip
    text = page([row], "command", "conditions.", HOW, "absent.")
    assert "| >= 9: missed | <= 1.3: missed |" in text
    assert "| 2000 | >= 1900: met |" in text
    assert "| 2.0e-09 | 0.100 % | <= 1: met | 12 / 3 / 1 |" in text
    without = Measured("DAB", 24.0, Pace(30.0, 0.0, 0.0), Pace(40.0, 0.0, 0.0), None, "failed",
                       None, None)  # fmt: skip
    assert "ngspice is not installed" in page([without], "c", "c", HOW, "a")


@pytest.mark.parametrize("duration", [20e-6])
def test_every_case_runs(duration: float) -> None:
    names = [case.name for case in cases.all_cases(duration, duration)]
    assert len(set(names)) == len(names) == 11
