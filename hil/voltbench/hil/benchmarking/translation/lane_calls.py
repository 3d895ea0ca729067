"""Lanes in C: there are none, so modules are computed one after another.

The C text is what a careful programmer would write for one module in a loop; gcc may
vectorise it. What lanes gain over that shows in the ratio.
"""

from collections.abc import Sequence
from typing import Any

from voltbench.control.numerics import lanes
from voltbench.hil.benchmarking.translation.layout import Layout
from voltbench.hil.benchmarking.translation.operators import Value, cast
from voltbench.hil.benchmarking.translation.types import (
    B1,
    I8,
    Array,
    Pack,
    Tuple,
    Type,
    Untranslatable,
    Vector,
    widen,
)

NO_LANES = "(false /* lanes */)"
"""The condition of a statement that only lanes would take."""

_CELLS = {lanes.cells2: 2, lanes.cells4: 4, lanes.cells8: 8}
LANES: frozenset[Any] = frozenset(
    [
        *_CELLS,
        lanes.bank,
        lanes.in_lanes,
        lanes.where,
        lanes.whole,
        lanes.any_lane,
        lanes.all_lanes,
        lanes.total,
    ]
)
"""Functions of `numerics.lanes` that have a meaning for one module."""


def lane_call(layout: Layout, called: Any, arguments: Sequence[Value]) -> tuple[str, Type]:
    """Return text and type of a call of one of `LANES`."""
    first = arguments[0]
    if called in _CELLS:
        return _neighbours(layout, first, arguments[1], _CELLS[called])
    if called is lanes.in_lanes:
        return NO_LANES, B1
    if called is lanes.where:
        a, b = arguments[1:]
        kind = widen(a.kind, b.kind)
        return f"({cast(first, B1)} ? {cast(a, kind)} : {cast(b, kind)})", kind
    if called is lanes.whole:
        return cast(first, I8), I8
    if called in (lanes.any_lane, lanes.all_lanes):
        return cast(first, B1), B1
    if isinstance(first.kind, Pack):  # its total
        return f"total_{layout.name(first.kind)}({first.text})", first.kind.item
    return first.text, first.kind


def _neighbours(layout: Layout, table: Value, at: Value, count: int) -> tuple[str, Type]:
    if not isinstance(table.kind, Array | Vector):
        raise Untranslatable(f"{table.text} is no table")
    start = f"{table.text}.p" if isinstance(table.kind, Array) else table.text
    kind = Tuple((table.kind.item,) * count)
    items = (f"({start})[{cast(at, I8)} + {k}]" for k in range(count))
    return f"(({layout.name(kind)}){{{', '.join(items)}}})", kind
