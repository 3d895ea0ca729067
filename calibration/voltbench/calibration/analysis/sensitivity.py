"""Which tolerance a figure depends on.

From any design: a straight line through all runs tells what each parameter moves the figure by,
and the share of its variance that lines explain tells whether to believe them. From a Sobol
design: first-order and total indices, with nothing assumed about the shape.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import sobol_indices

from voltbench.calibration.analysis.tolerances import BASE_MIN
from voltbench.calibration.loops import Array

if TYPE_CHECKING:
    from voltbench.calibration.analysis.sweep import SweepResult

INNER = 5.0, 95.0
"""Percentiles of a parameter between which its effect is told."""


@dataclass(frozen=True)
class Effect:
    """What one parameter does to a figure (figure's unit; indices are shares of the variance).

    Attributes
    ----------
    name : str
    at_low, at_high : float
        Change of the figure from its mean at the parameter's 5th and 95th percentile, by the
        straight line through all runs.
    first, total : float or None
        Sobol indices: of the parameter alone, and with all its interactions.
    """

    name: str
    at_low: float
    at_high: float
    first: float | None = None
    total: float | None = None

    @property
    def size(self) -> float:
        """Return what the effects are ordered by."""
        return abs(self.at_high - self.at_low) if self.total is None else self.total


@dataclass(frozen=True)
class Sensitivity:
    """The effects on one figure, the largest first.

    Attributes
    ----------
    figure : str
    effects : tuple[Effect, ...]
    explained : float
        Share of the variance that the straight lines explain.
    """

    figure: str
    effects: tuple[Effect, ...]
    explained: float


def sensitivity(result: "SweepResult", figure: str) -> Sensitivity:
    """Return what the tolerances do to a figure.

    Raises
    ------
    ValueError
        If fewer runs have the figure than a line through all parameters needs.
    """
    names = [t.name for t in result.job.tolerances]
    rows = [row for row in result.rows if figure in row.figures]
    if len(rows) < len(names) + 2:
        raise ValueError(
            f"{figure}: {len(rows)} runs have it; needed for {len(names)} tolerances: "
            f"{len(names) + 2} or more"
        )
    x = np.array([[row.values[name] for name in names] for row in rows])
    y = np.array([row.figures[figure] for row in rows])
    slopes, explained = _lines(x, y)
    middle = x.mean(axis=0)
    low, high = np.percentile(x, INNER, axis=0)
    indices = _indices(result, figure)
    effects = []
    for k, name in enumerate(names):
        first, total = (None, None) if indices is None else indices[k]
        at = float(slopes[k] * (low[k] - middle[k])), float(slopes[k] * (high[k] - middle[k]))
        effects.append(Effect(name, *at, first, total))
    return Sensitivity(figure, tuple(sorted(effects, key=lambda e: -e.size)), explained)


def _lines(x: Array, y: Array) -> tuple[Array, float]:
    """Return slopes by least squares and the share of the variance they explain."""
    spread = x.std(axis=0)
    spread[spread == 0.0] = 1.0  # one that did not move has no slope: its column is zero
    scaled = (x - x.mean(axis=0)) / spread
    away = y - y.mean()
    fitted = np.linalg.lstsq(scaled, away, rcond=None)[0]
    whole = float((away**2).sum())
    rest = float(((away - scaled @ fitted) ** 2).sum())
    slopes: Array = fitted / spread
    return slopes, 1.0 - rest / whole if whole > 0.0 else 1.0


def _indices(result: "SweepResult", figure: str) -> list[tuple[float, float]] | None:
    """Return the Sobol indices of each parameter, None where the design has none.

    A base point of which a run has failed is left out; the estimator takes a power of two.
    """
    if result.job.design != "sobol":
        return None
    axes = len(result.job.tolerances)
    base = result.job.count // (axes + 2)
    blocks = result.column(figure).reshape(axes + 2, base)
    whole = blocks[:, np.isfinite(blocks).all(axis=0)]
    if whole.shape[1] < BASE_MIN:
        return None
    whole = whole[:, : 2 ** int(math.log2(whole.shape[1]))]
    if whole[:2].std() == 0.0:
        return None
    f = {"f_A": whole[:1], "f_B": whole[1:2], "f_AB": whole[2:, None, :]}
    found = sobol_indices(func=f, n=whole.shape[1])
    first, total = np.ravel(found.first_order), np.ravel(found.total_order)
    return [(float(a), float(b)) for a, b in zip(first, total, strict=True)]
