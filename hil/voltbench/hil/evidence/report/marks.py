"""Numbers over event lines that stay readable: close ones share a label, labels take turns."""

from dataclasses import dataclass
from itertools import pairwise

ROWS = 3
"""Rows of labels above a chart."""
_DIGIT_px = 7
_ONE_LINE_px = 4.0
"""Lines closer than this look like one."""


@dataclass(frozen=True)
class Mark:
    """The label of one event, or of several that stand too close for a label each."""

    first: int
    last: int
    begin: float
    end: float
    """Places of the first and the last, px."""
    row: int = 0
    """0 next to the chart, 1 above it, ..."""

    @property
    def text(self) -> str:
        """What is written."""
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"

    @property
    def reach(self) -> tuple[float, float]:
        """From where to where the label reaches, with room to the next, px."""
        middle = 0.5 * (self.begin + self.end)
        half = 0.5 * _DIGIT_px * (len(self.text) + 1)
        return middle - half, middle + half


def apart(places: list[tuple[int, float]]) -> list[Mark]:
    """Return labels that do not overlap, for numbered places in rising order (px).

    Lines that look like one share a label from the start; where the rows do not suffice,
    lines further and further apart do.
    """
    closer = _ONE_LINE_px
    while (marks := _in_rows(joined(places, closer))) is None:
        closer *= 1.5
    return marks


def joined(places: list[tuple[int, float]], closer: float) -> list[Mark]:
    """Return one label for each run of neighbours closer than that."""
    if not places:
        return []
    starts = [0] + [k for k, (a, b) in enumerate(pairwise(places), 1) if b[1] - a[1] >= closer]
    ends = [*starts[1:], len(places)]
    return [
        Mark(places[a][0], places[b - 1][0], places[a][1], places[b - 1][1])
        for a, b in zip(starts, ends, strict=True)
    ]


def _in_rows(marks: list[Mark]) -> list[Mark] | None:
    """Return the labels with their rows, None if there are too few rows."""
    taken = [float("-inf")] * ROWS
    placed = []
    for mark in marks:
        left, right = mark.reach
        row = next((k for k in range(ROWS) if taken[k] <= left), None)
        if row is None:
            return None
        taken[row] = right
        placed.append(Mark(mark.first, mark.last, mark.begin, mark.end, row))
    return placed
