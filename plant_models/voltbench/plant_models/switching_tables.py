"""Uniform loss tables inside the stage records, and their lookup.

Axes are uniform, so a lookup is a multiplication and a truncation; a table holds the
coefficients of each cell side by side, so it is then one load from one place. Beyond both
ends the last cell continues: a loss outside its table is never clamped to a lower value.
"""

import numpy as np
from numpy.typing import NDArray

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.lanes import cells2, whole

N_U = 20
"""Voltage steps of a switching table, from 0 V."""
N_I = 40
"""Current steps of a switching table, symmetric about 0 A."""
N_CURVE = 32
"""Steps of a core-loss curve, from 0."""

Vector = NDArray[np.float64]
"""A table field of a record."""


@plant_kernel
def step_of(x: float, steps: int) -> int:
    """Return the table step of the real index `x`, within the table."""
    return max(0, min(whole(x), steps - 1))


@plant_kernel
def curve(values: Vector, x: float) -> float:
    """Return a curve made by `curve_cells` at the real index `x` >= 0."""
    k = step_of(x, N_CURVE)
    a, b = cells2(values, 2 * k)
    return a + (x - k) * b


def curve_cells(points: Vector) -> Vector:
    """Return value and slope of each step, [step][2], of points along the last axis."""
    return np.stack([points[:-1], np.diff(points)], axis=-1).ravel()


def surface_cells(*surfaces: Vector) -> Vector:
    """Return the bilinear cells of surfaces [u][i] on one grid: [u][i][surface][4].

    A cell is c_0 + c_1 y + x (c_2 + c_3 y) with x, y the positions inside it.
    """
    cells = []
    for z in surfaces:
        low, di = z[:-1, :-1], np.diff(z[:-1], axis=1)
        du, dudi = np.diff(z[:, :-1], axis=0), np.diff(np.diff(z, axis=0), axis=1)
        cells.append(np.stack([low, di, du, dudi], axis=-1))
    return np.stack(cells, axis=2).ravel()
