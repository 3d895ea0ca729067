"""Distributions and draws of a sweep."""

import numpy as np
import pytest
from scipy import stats

from voltbench.calibration.analysis.tolerances import (
    Tolerance,
    draws,
    tolerance,
    value_of,
    with_values,
)
from voltbench.calibration.switched_loops.dab_voltage import DabVoltage

INDUCTANCE = "parameters.leakage_inductance_H"
PLANT = DabVoltage()
BOX = tuple(Tolerance(name, "uniform", (0.0, 1.0)) for name in "abc")


@pytest.mark.parametrize(
    ("text", "kind", "points"),
    [
        ("10%", "uniform", (36e-6, 44e-6)),
        ("uniform:10%", "uniform", (36e-6, 44e-6)),
        ("normal:5%", "normal", (40e-6, 2e-6)),
        ("30e-6..50e-6", "uniform", (30e-6, 50e-6)),
        ("36e-6,40e-6", "values", (36e-6, 40e-6)),
    ],
)
def test_texts(text: str, kind: str, points: tuple[float, ...]) -> None:
    made = tolerance(PLANT, INDUCTANCE, text)
    assert made.kind == kind
    assert made.points == pytest.approx(points)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("parameters.leakage", "5%", "nearest: parameters.leakage_inductance_H"),
        (INDUCTANCE, "five", "expected: 5%"),
        (INDUCTANCE, "0%", "no spread"),
        (INDUCTANCE, "-5%", "no spread"),
        (INDUCTANCE, "5e-6..4e-6", "not below"),
        (INDUCTANCE, "nan", "finite"),
        ("sampling.instant", "5%", "of 0 that is no spread"),
    ],
)
def test_bad_texts_are_one_line(name: str, text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        tolerance(PLANT, name, text)
    assert "\n" not in str(caught.value)


def test_values_by_dotted_names() -> None:
    made = with_values(PLANT, {INDUCTANCE: 5e-5, "junction_temperature_C": 80.0})
    assert value_of(made, INDUCTANCE) == 5e-5
    assert made.junction_temperature_C == 80.0
    assert value_of(PLANT, INDUCTANCE) == 4e-5


def test_a_normal_distribution_is_the_textbook_one() -> None:
    drawn = np.array(draws((Tolerance("a", "normal", (10.0, 2.0)),), "monte-carlo", 2000, 7))[:, 0]
    # 2000 draws: the Kolmogorov distance stays below 1.63/sqrt(n) with 99 %
    assert stats.kstest(drawn, stats.norm(10.0, 2.0).cdf).statistic < 1.63 / np.sqrt(2000)


def test_a_run_is_the_same_however_many_there_are() -> None:
    few, many = (draws(BOX, "monte-carlo", n, 3) for n in (4, 40))
    np.testing.assert_array_equal(few, many[:4])
    assert not np.array_equal(draws(BOX, "monte-carlo", 4, 4), few)


def test_corners_are_every_combination() -> None:
    sides = (Tolerance("a", "uniform", (0.0, 1.0)), Tolerance("b", "normal", (0.0, 1.0)))
    found = {tuple(row) for row in draws(sides, "corners", 10, 1)}
    assert found == {(0.0, -3.0), (0.0, 3.0), (1.0, -3.0), (1.0, 3.0)}
    with pytest.raises(ValueError, match="have 4 corners"):
        draws(sides, "corners", 3, 1)


def test_a_sobol_design_crosses_its_two_sets() -> None:
    found = np.array(draws(BOX, "sobol", 100, 1))
    assert len(found) == 16 * 5
    A, B, *crossed = found.reshape(5, 16, 3)
    for k, block in enumerate(crossed):
        np.testing.assert_array_equal(block[:, k], B[:, k])
        others = [j for j in range(3) if j != k]
        np.testing.assert_array_equal(block[:, others], A[:, others])
    with pytest.raises(ValueError, match="allowed: 40 or more"):
        draws(BOX, "sobol", 39, 1)
