"""How far two runs of the same loop have drifted apart."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from voltbench.hil.benchmarking.capture import Instance


class Agreement(NamedTuple):
    """Largest differences over all states (double) and all signals and laws (single)."""

    double: float
    """Relative to the larger magnitude, at least 1 (V, A, W, J, K)."""
    single: float
    """In units of the last place of the larger magnitude, at least of 1."""
    integers: int
    """Integer fields that differ."""


def leaves(memory: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Yield the arrays of every plain field of an array of records."""
    if memory.dtype.names is None:
        yield memory
        return
    for name in memory.dtype.names:
        yield from leaves(memory[name])


def agreement(a: Instance, b: Instance) -> Agreement:
    """Compare every field of two final states; NaN agrees with NaN."""
    double, single, integers = 0.0, 0.0, 0
    for mine, its in zip(a.memory, b.memory, strict=True):
        if mine is None:
            continue
        for x, y in zip(leaves(mine), leaves(its), strict=True):
            if x.dtype.kind != "f":
                integers += int(np.count_nonzero(x != y))
                continue
            worst = _relative(x, y)
            if x.dtype == np.float32:
                single = max(single, worst / float(np.finfo(np.float32).eps))
            else:
                double = max(double, worst)
    return Agreement(double, single, integers)


def _relative(x: NDArray[Any], y: NDArray[Any]) -> float:
    x, y = x.astype(float), y.astype(float)
    if x.size == 0:
        return 0.0
    if np.any(np.isnan(x) != np.isnan(y)):
        return float("inf")
    same = (x == y) | np.isnan(x)
    if same.all():
        return 0.0
    x, y = x[~same], y[~same]
    return float((np.abs(x - y) / np.maximum(np.maximum(np.abs(x), np.abs(y)), 1.0)).max())
