"""Least-current phase shifts: the power asked for, and no combination of shifts with less."""

import math
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from voltbench.control.dab_shifts import EXTENDED, SINGLE, TRIPLE, ShiftState, least_current
from voltbench.control.numerics.records import zeros
from voltbench.plant_models.switched.averaged.dab_formulas import (
    DabShifts,
    dab_power,
    dab_rms_current,
)

# with these, q = 1 rad is u_1 u_2 n/(2 pi f L) = d/(2 pi): all in units of the input voltage
UNIT = {"u_1": 1.0, "turns_ratio": 1.0, "inductance": 1.0, "frequency": 1.0}


def law(mode: int, q: float, d: float) -> DabShifts:
    state = zeros(ShiftState)
    least: Any = least_current
    least(state[0], mode, np.float32(q), np.float32(d))
    s = state[0]
    return DabShifts(float(s["phi"]), float(s["duty_1"]), float(s["duty_2"]))


def power(s: DabShifts, d: float) -> float:
    return dab_power(u_2=d, s=s, **UNIT) * 2.0 * math.pi / d


def current(s: DabShifts, d: float) -> float:
    return dab_rms_current(u_2=d, s=s, **UNIT)


GRID = [(q, d) for q in (0.02, 0.1, 0.25, 0.45, 0.7, -0.3) for d in (0.4, 0.7, 0.9, 1.0, 1.3, 2.2)]


@pytest.mark.parametrize("mode", [SINGLE, EXTENDED, TRIPLE])
@pytest.mark.parametrize(("q", "d"), GRID)
def test_power_is_what_was_asked_for(mode: int, q: float, d: float) -> None:
    # float32: a square root near its branch point loses half of the 24 bits
    assert power(law(mode, q, d), d) == pytest.approx(q, rel=2e-3, abs=1e-4)


def least(q: float, d: float, extended: bool) -> float:
    """Return the least rms current of a search over all shifts, by an optimiser of scipy's."""
    best = math.inf
    for duty_1 in (0.3, 0.6, 0.95):
        for duty_2 in (0.3, 0.6, 0.95):
            for phi in (0.1, 0.5):
                best = min(best, _search(q, d, extended, (phi, duty_1, duty_2)))
    return best


def _search(q: float, d: float, extended: bool, start: tuple[float, float, float]) -> float:
    def shifts(x: Any) -> DabShifts:
        one, two = np.clip(x[1:], 0.0, 1.0)
        if extended:
            one, two = (one, 1.0) if d < 1.0 else (1.0, two)
        return DabShifts(float(x[0]), float(one), float(two))

    found = minimize(
        lambda x: current(shifts(x), d), start, method="SLSQP",
        bounds=((0.0, math.pi / 2), (0.01, 1.0), (0.01, 1.0)),
        constraints={"type": "eq", "fun": lambda x: power(shifts(x), d) - q},
    )  # fmt: skip
    ok = found.success and abs(power(shifts(found.x), d) - q) < 1e-5
    return float(found.fun) if ok else math.inf


@pytest.mark.parametrize(("mode", "extended"), [(EXTENDED, True), (TRIPLE, False)])
@pytest.mark.parametrize(("q", "d"), [(0.1, 0.4), (0.3, 0.7), (0.5, 0.7), (0.2, 1.3), (0.6, 1.8)])
def test_no_other_shifts_carry_the_power_with_less_current(
    mode: int, extended: bool, q: float, d: float
) -> None:
    ours, found = current(law(mode, q, d), d), least(q, d, extended)
    assert math.isfinite(found)
    # SLSQP stops at 1e-6, and rms is flat at its least
    assert ours <= found * (1.0 + 1e-3)
    assert ours >= found * (1.0 - 1e-3)


def test_each_degree_of_freedom_pays_at_light_load_and_unequal_voltages() -> None:
    single, extended, triple = (current(law(m, 0.1, 0.5), 0.5) for m in (SINGLE, EXTENDED, TRIPLE))
    assert triple < 0.97 * extended < 0.9 * single


def test_matched_voltages_need_no_inner_shift() -> None:
    assert law(TRIPLE, 0.3, 1.0) == law(SINGLE, 0.3, 1.0)
