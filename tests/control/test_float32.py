"""Small functions of the laws against exact arithmetic."""

import math

import numpy as np
import pytest

from voltbench.control.numerics.float32 import F, as_f32, clamp, sin_cos, sine, slew, wrap

PI32 = F(np.pi)


def test_sine_is_within_its_stated_error() -> None:
    x = np.linspace(-np.pi / 2, np.pi / 2, 40_001).astype(np.float32)
    found = np.array([sine(v) for v in x], np.float64)
    # exact sine of the float32 argument; an ulp just below 1 is 6e-8: two roundings
    assert np.abs(found - np.sin(x.astype(np.float64))).max() < 1.25e-7


def test_sin_cos_over_the_whole_turn() -> None:
    x = np.linspace(-np.pi, np.pi, 20_001).astype(np.float32)[1:-1]
    found = np.array([sin_cos(v) for v in x], np.float64)
    exact = x.astype(np.float64)
    # folding at pi/2 rounds the angle once more: two ulp of pi/2 are 2.4e-7
    assert np.abs(found[:, 0] - np.sin(exact)).max() < 3.5e-7
    assert np.abs(found[:, 1] - np.cos(exact)).max() < 3.5e-7


def test_results_stay_float32() -> None:
    results = [sine(F(0.3)), *sin_cos(F(2.0)), as_f32(3)]
    results += [wrap(F(4.0)), clamp(F(1.0), F(0.0), F(0.5))]
    results.append(slew(F(0.0), F(1.0), F(0.1)))
    # a float32 leaves a kernel as a Python float that float32 represents exactly
    assert all(float(np.float32(r)) == float(r) for r in results)


@pytest.mark.parametrize("angle", [-6.2, -3.2, -3.1, 0.0, 3.1, 3.2, 6.2])
def test_wrap_keeps_the_direction(angle: float) -> None:
    found = float(wrap(F(angle)))
    assert abs(found) <= float(PI32) + 1e-6
    assert math.cos(found) == pytest.approx(math.cos(angle), abs=1e-6)  # float32 of the angle
    assert math.sin(found) == pytest.approx(math.sin(angle), abs=1e-6)


def test_slew_moves_by_its_step_and_arrives() -> None:
    value = F(0.0)
    path: list[float] = []
    for _ in range(6):
        value = F(slew(value, F(1.0), F(0.25)))
        path.append(float(value))
    assert path == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    assert float(slew(F(1.0), F(-5.0), F(0.25))) == 0.75


def test_clamp_returns_its_limits() -> None:
    low, high = F(-2.0), F(3.0)
    assert [float(clamp(F(x), low, high)) for x in (-9.0, 1.5, 9.0)] == [-2.0, 1.5, 3.0]
