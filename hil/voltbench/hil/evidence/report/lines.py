"""Curves of a run, taken only where the trace carries them."""

from typing import Literal

import numpy as np

from voltbench.hil.evidence.report import style
from voltbench.hil.evidence.report.figure import Line
from voltbench.hil.evidence.report.run import Rows


def line(
    rows: Rows,
    name: str,
    label: str,
    colour: str,
    scale: float = 1.0,
    axis: Literal["left", "right"] = "left",
    dash: Literal["solid", "dot", "dash"] = "solid",
    held: bool = False,
    width: float = 1.4,
) -> list[Line]:
    """Return the curve of one signal, or nothing."""
    if name not in rows:
        return []
    return [Line(label, rows[name] * scale, colour, axis, dash, width, held)]


def deviations(rows: Rows, quantity: str) -> list[Line]:
    """Return how far each power module is from the mean of all."""
    modules = rows.of_modules(quantity)
    if len(modules) < 2:
        return []
    mean = np.mean(list(modules.values()), axis=0)
    return [
        Line(f"module {k}", y - mean, style.MODULES[(k - 1) % len(style.MODULES)], width=1.2)
        for k, y in modules.items()
    ]


def extremes(rows: Rows, quantity: str, label: str, colour: str) -> list[Line]:
    """Return the highest and the lowest of all power modules: one, if there is one module."""
    modules = list(rows.of_modules(quantity).values())
    if not modules:
        return []
    if len(modules) == 1:
        return [Line(label, modules[0], colour, width=1.6)]
    return [
        Line(f"{label}, highest", np.fmax.reduce(modules), colour, width=1.8),
        Line(f"{label}, lowest", np.fmin.reduce(modules), colour, dash="dot", width=1.2),
    ]


def typical_range(lines: list[Line]) -> tuple[float, float] | None:
    """Return an axis that shows the bulk of the curves; short excursions may leave it."""
    values = np.concatenate([line.y[np.isfinite(line.y)] for line in lines] or [np.empty(0)])
    if not len(values):
        return None
    low, high = np.percentile(values, [0.5, 99.5])
    room = 0.25 * (high - low) or 1.0
    return float(low - room), float(high + room)
