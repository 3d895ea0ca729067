"""Fewer points, same picture: each bin of time keeps its mean and its extremes."""

import base64
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

BINS = 1300
"""Bins over the width of a figure: more than its pixels, so that some zoom is left."""


class Thinned(NamedTuple):
    """A curve in bins; NaN where a bin has no value at all."""

    x: NDArray[Any]
    """Middle of each bin."""
    mean: NDArray[Any]
    low: NDArray[Any]
    high: NDArray[Any]


def thin(x: NDArray[Any], y: NDArray[Any], bins: int = BINS) -> Thinned:
    """Return mean, smallest and largest value of each bin.

    A peak of one row survives in `low` and `high`, whatever the number of rows. A curve that is
    short enough comes back row by row.
    """
    count = len(y)
    width = -(-count // bins) if count > 2 * bins else 1
    if width == 1:
        return Thinned(x, y, y, y)
    padded = np.full((2, width * -(-count // width)), np.nan)
    padded[:, :count] = x, y
    x_table, table = padded.reshape(2, -1, width)
    void = np.isnan(table)
    some = np.maximum((~void).sum(axis=1), 1)
    empty = void.all(axis=1)
    middle = np.nansum(x_table, axis=1) / (~np.isnan(x_table)).sum(axis=1)
    mean = np.where(empty, np.nan, np.where(void, 0.0, table).sum(axis=1) / some)
    low = np.where(empty, np.nan, np.where(void, np.inf, table).min(axis=1))
    high = np.where(empty, np.nan, np.where(void, -np.inf, table).max(axis=1))
    return Thinned(middle, mean, low, high)


def reduced(values: NDArray[Any], rows: int) -> NDArray[Any]:
    """Return smallest and largest of every `rows` rows, alternating: half as many pairs as bins.

    Extremes survive; which of the two came first is given up.
    """
    if rows < 3:
        return values
    kept = len(values) - len(values) % rows
    table, rest = values[:kept].reshape(-1, rows), values[kept:]
    pairs = np.stack([np.fmin.reduce(table, axis=1), np.fmax.reduce(table, axis=1)], axis=1)
    if not len(rest):
        return pairs.ravel()
    return np.append(pairs.ravel(), [np.fmin.reduce(rest), np.fmax.reduce(rest)])


def outlined(
    x: NDArray[Any], y: NDArray[Any], most: int = 2400
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return at most about `most` points of an evenly sampled waveform, extremes kept.

    The two extremes of a bin stand at its quarters: at most three
    quarters of a bin from where they were.
    """
    if len(y) <= most:
        return x, y
    rows = max(-(-2 * len(y) // most), 3)
    outline = reduced(y, rows)
    step = float(x[-1] - x[0]) / (len(x) - 1)
    return x[0] + step * (rows * (np.arange(len(outline)) / 2 + 0.25) - 0.5), outline


def encoded(values: NDArray[Any]) -> dict[str, str]:
    """Return an array as plotly.js reads it without parsing numbers: float32, base64."""
    small = np.ascontiguousarray(values, dtype="<f4")
    return {"dtype": "f4", "bdata": base64.b64encode(small.tobytes()).decode("ascii")}


def along(x: NDArray[Any]) -> dict[str, Any]:
    """Return the x of a curve: start and step where it is evenly spaced, else every value."""
    if len(x) > 2:
        step = float(x[1] - x[0])
        off = np.abs(x - (x[0] + step * np.arange(len(x))))
        # the last bin may be a short one
        if step > 0 and off[:-1].max() < 0.01 * step and off[-1] < step:
            return {"x0": float(x[0]), "dx": step}
    return {"x": encoded(x)}
