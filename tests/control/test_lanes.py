"""Lanes compute what scalars compute, to the bit, for every operation and number of modules."""

import math
from typing import Any

import numpy as np
import pytest

from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.lanes import (
    all_lanes,
    any_lane,
    bank,
    cells2,
    cells4,
    cells8,
    in_lanes,
    lanes,
    total,
    where,
    whole,
)
from voltbench.control.numerics.records import RecordArray, f32, f64, i32, nested, record, zeros


@record
class Inner:
    """A nested record with a vector, behind an odd field."""

    flag: int = i32()
    weights: Any = f64("1", shape=(3,))


@record
class Module:
    """One field of each kind, and what the operations leave."""

    x: float = f32("1")
    y: float = f64("1")
    count: int = i32()
    inner: Inner = nested(Inner)
    single: float = f32("1")
    double: float = f64("1")
    table: float = f64("1")
    chosen: int = i32()


@kernel
def operate(m: Module, half: Any, table: Any) -> None:
    """Use every operation of lanes."""
    m.single = -(m.x + half) * half - abs(m.x) / (half + m.x * m.x)
    m.single += min(max(m.x, -half), m.single)
    root = math.sqrt(abs(m.y))
    at = max(0, min(whole(root), 3))
    rest = root - at
    a0, a1 = cells2(table, 2 * at)
    b0, b1, b2, b3 = cells4(table, at)
    c = cells8(table, at)
    m.table = a0 + rest * a1 + b0 - b1 * b2 + b3 + c[0] - c[7] * c[3]
    m.double = m.inner.weights[1] * m.x + m.count / half - m.inner.weights[2]
    inside = (m.x > -half) & (m.y <= 2.0) | (m.count == 2) & ~(m.x != m.x)
    m.chosen = where(inside, m.count, 7)
    m.inner.flag = where((m.x >= half) | (m.y < 0.0), 1, 0)
    m.double *= where(inside, -1.0, m.y)
    m.double -= m.count


@kernel
def summary(m: Module) -> tuple[float, bool, bool]:
    """Return what leaves the lanes."""
    return total(m.y), any_lane(m.x > 2.0), all_lanes(m.x > -2.0)


@kernel
def together(modules: RecordArray, half: Any, table: Any, numbers: Any) -> Any:
    """Operate on all modules in lanes."""
    one = bank(modules, numbers)
    if in_lanes(one):
        operate(lanes(one), half, table)
        return summary(lanes(one))
    return 0.0, False, False


def draw(n: int, seed: int) -> RecordArray:
    rng = np.random.default_rng(seed)
    made = zeros(Module, n)
    made["x"], made["y"] = rng.normal(0, 1.5, n), rng.normal(0, 5, n)
    made["count"] = rng.integers(-3, 4, n)
    made["inner"]["weights"] = rng.normal(0, 1, (n, 3))
    made["x"][rng.integers(0, n)] = 0.0
    return made


@pytest.mark.parametrize("n", [2, 3, 5, 8, 11, 16])
def test_every_operation_is_the_scalar_one(n: int) -> None:
    table = np.random.default_rng(1).normal(0, 1, 16)
    half = np.float32(0.5)
    for seed in range(40):
        apart, one = draw(n, seed), draw(n, seed)
        for module in apart:
            operate(module, half, table)
        added, any_above, all_above = together(one, half, table, tuple(range(n)))
        assert one.tobytes() == apart.tobytes()
        assert added == sum(apart["y"].tolist())
        assert any_above == (apart["x"] > 2.0).any()
        assert all_above == (apart["x"] > -2.0).all()


def test_one_module_and_more_than_sixteen_take_the_loop() -> None:
    table = np.zeros(16)
    for n in (1, 17):
        modules = draw(n, 0)
        before = modules.tobytes()
        assert together(modules, np.float32(0.5), table, tuple(range(n))) == (0.0, False, False)
        assert modules.tobytes() == before


@kernel
def branching(modules: RecordArray, numbers: Any) -> None:
    """Do what lanes cannot: branch on a module's value."""
    m = lanes(bank(modules, numbers))
    if m.x > 0.0:
        m.y = 1.0


def test_a_branch_on_lanes_is_refused_when_compiled() -> None:
    with pytest.raises(Exception, match=r"Lanes\(bool"):
        branching(draw(2, 0), (0, 1))
