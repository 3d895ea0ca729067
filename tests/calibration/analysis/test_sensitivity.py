"""Sensitivities of functions whose indices are known in closed form."""

import math
from dataclasses import replace

import numpy as np
import pytest

from voltbench.calibration.analysis.corner_run import CornerRun, Scenario
from voltbench.calibration.analysis.sweep import SweepResult
from voltbench.calibration.analysis.sweep_job import Row, SweepJob
from voltbench.calibration.analysis.tolerances import Design, Tolerance
from voltbench.calibration.loops import Array
from voltbench.calibration.switched_loops.dab_voltage import DabVoltage
from voltbench.calibration.switched_loops.tappable import PiGains
from voltbench.plant_models.switched.trace import Trace

NONE = np.zeros(0)
BLANK = Trace((), NONE, np.zeros((0, 0)), NONE, np.zeros(0, np.int64), ())
# Ishigami and Homma 1990; indices by Sobol and Levitan 1999, DOI 10.1016/S0010-4655(98)00156-8
A, B = 7.0, 0.1
PARTS = (0.5 * (1.0 + B * math.pi**4 / 5.0) ** 2, A**2 / 8.0, 0.0)
CROSSED = B**2 * math.pi**8 * (1.0 / 18.0 - 1.0 / 50.0)
WHOLE = sum(PARTS) + CROSSED
FIRST = [part / WHOLE for part in PARTS]
TOTAL = [(PARTS[0] + CROSSED) / WHOLE, PARTS[1] / WHOLE, CROSSED / WHOLE]


def made_up(design: Design, count: int) -> SweepResult:
    """Return a sweep whose figure is the Ishigami function of three angles."""
    span = tuple(Tolerance(name, "uniform", (-math.pi, math.pi)) for name in ("x1", "x2", "x3"))
    job = SweepJob(DabVoltage(), PiGains(0.1, 1.0), span, count, 1, design, Scenario())
    job = replace(job, count=len(job.draws))
    rows = [Row(k, job.values(k), {"y": _ishigami(job.draws[k])}) for k in range(job.count)]
    return SweepResult(job, CornerRun({}, {"y": 0.0}, BLANK, NONE, "y"), tuple(rows))


def _ishigami(x: Array) -> float:
    return float(np.sin(x[0]) + A * np.sin(x[1]) ** 2 + B * x[2] ** 4 * np.sin(x[0]))


def test_sobol_indices_of_the_ishigami_function() -> None:
    found = made_up("sobol", 5 * 4096).sensitivity("y")
    by_name = {e.name: e for e in found.effects}
    for k, name in enumerate(("x1", "x2", "x3")):
        # quasi-random points, 4096 of them: the estimator's scatter is below 0.01
        assert by_name[name].first == pytest.approx(FIRST[k], abs=0.02)
        assert by_name[name].total == pytest.approx(TOTAL[k], abs=0.02)
    assert [e.name for e in found.effects] == ["x1", "x2", "x3"]  # by the total index
    # the function bends: no line says what x2 does
    assert found.explained < 0.3


def test_a_failed_run_takes_its_base_point_with_it() -> None:
    whole = made_up("sobol", 5 * 4096)
    rows = [replace(r, figures={}, error="died") if r.run % 977 == 0 else r for r in whole.rows]
    found = replace(whole, rows=tuple(rows)).sensitivity("y")
    by_name = {e.name: e for e in found.effects}
    assert by_name["x1"].first == pytest.approx(FIRST[0], abs=0.03)
    assert by_name["x3"].total == pytest.approx(TOTAL[2], abs=0.03)


def test_lines_of_a_straight_function() -> None:
    drawn = made_up("monte-carlo", 400)
    slopes = {"x1": 2.0, "x2": -5.0, "x3": 0.0}
    rows = [
        replace(r, figures={"y": 3.0 + sum(slopes[k] * v for k, v in r.values.items())})
        for r in drawn.rows
    ]
    found = replace(drawn, rows=tuple(rows)).sensitivity("y")
    assert found.explained == pytest.approx(1.0, abs=1e-9)  # it is a line: only round-off is left
    assert [e.name for e in found.effects] == ["x2", "x1", "x3"]
    for effect in found.effects:
        # between the 5th and 95th percentile of an even spread lies 0.9 of it; 400 draws: 3 %
        expected = slopes[effect.name] * 0.9 * 2.0 * math.pi
        assert effect.at_high - effect.at_low == pytest.approx(expected, rel=0.05, abs=1e-9)
        assert effect.first is None


def test_too_few_runs_are_refused() -> None:
    with pytest.raises(ValueError, match="needed for 3 tolerances: 5 or more"):
        made_up("monte-carlo", 4).sensitivity("y")
