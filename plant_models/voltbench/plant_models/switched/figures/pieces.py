"""Integrals over a trace that do not smear its steps: from event to event, not across them.

Between two events every probe is smooth, at an event a voltage or a branch current may
jump. Samples lie wherever the grid puts them, so the values at an event's two sides are
continued linearly from the samples of their own stretch, and the trapezoidal rule is used
within stretches only: second order in the sample spacing, where a sum over the samples
would be first order at each of the edges of a period.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from voltbench.plant_models.switched.tableau import Array
from voltbench.plant_models.switched.trace import Trace

Ints = NDArray[np.int64]


class FigureError(ValueError):
    """A figure the trace does not hold, in one line."""


@dataclass(frozen=True)
class Pieces:
    """The samples of a trace between two instants, sorted into the stretches between events.

    Attributes
    ----------
    trace : Trace
        Where they come from.
    start, end : float
        The window (s).
    """

    trace: Trace
    start: float
    end: float

    def __post_init__(self) -> None:
        """Refuse a window the trace does not cover.

        Raises
        ------
        FigureError
            Naming the window and what is stored.
        """
        time, slack = self.trace.time, 1e-9 * abs(self.trace.end)
        covered = len(time) >= 4 and time[0] <= self.start + slack
        if not (covered and self.start < self.end <= self.trace.end + slack):
            stored = f"{time[0]:g} to {self.trace.end:g} s" if len(time) else "nothing"
            raise FigureError(
                f"window {self.start:g} to {self.end:g} s; stored: {stored} ({len(time)} samples)"
            )

    @property
    def spacing(self) -> float:
        """Return the sample spacing (s)."""
        return float(self.trace.time[1] - self.trace.time[0])

    @cached_property
    def bounds(self) -> Array:
        """Return the window's ends with the events between them, each instant once."""
        t, tiny = self.trace.event_time, 1e-7 * self.spacing
        inside = t[(t > self.start + tiny) & (t < self.end - tiny)]
        kept = inside[np.diff(inside, prepend=self.start) > tiny]
        return np.concatenate([[self.start], kept, [self.end]])

    @cached_property
    def _chosen(self) -> tuple[Ints, Ints]:
        """Return sample numbers and their stretches; a sample on an event is on neither side."""
        t, b = self.trace.time, self.bounds
        low, high = np.searchsorted(t, [self.start, self.end])
        number = np.arange(low, high)
        stretch = np.searchsorted(b, t[number], "right") - 1
        stretch = np.clip(stretch, 0, len(b) - 2)
        far = np.minimum(t[number] - b[stretch], b[stretch + 1] - t[number])
        clear = (far > 1e-6 * self.spacing) | (number == low)
        return number[clear], stretch[clear]

    @property
    def time(self) -> Array:
        """Return the instants of the samples used (s)."""
        return self.trace.time[self._chosen[0]]

    def samples(self, name: str) -> Array:
        """Return a probe at `time`."""
        return self.trace[name][self._chosen[0]]

    @cached_property
    def _ends(self) -> tuple[Ints, Ints]:
        """Return where each stretch's samples begin and end (half open) among the samples."""
        stretch, count = self._chosen[1], len(self.bounds) - 1
        number = np.arange(count)
        return np.searchsorted(stretch, number), np.searchsorted(stretch, number, "right")

    def limits(self, values: Array) -> tuple[Array, Array]:
        """Return the values just after each stretch's start and just before its end.

        A stretch without a sample goes straight from its neighbours' one to the other.
        """
        first, stop = self._ends
        t, b, top = self.time, self.bounds, len(values) - 1
        last, many, some = stop - 1, stop - first > 1, stop > first
        one, two = np.minimum(first, top), np.minimum(first + 1, top)
        rise = np.where(many, values[two] - values[one], 0.0)
        begin = values[one] + rise * (b[:-1] - t[one]) / np.where(many, t[two] - t[one], 1.0)
        one, two = np.maximum(last, 0), np.maximum(last - 1, 0)
        rise = np.where(many, values[one] - values[two], 0.0)
        end = values[one] + rise * (b[1:] - t[one]) / np.where(many, t[one] - t[two], 1.0)
        place = np.arange(len(some))
        before = np.maximum.accumulate(np.where(some, place, -1))
        after = np.minimum.accumulate(np.where(some, place, len(some))[::-1])[::-1]
        left = np.where(before >= 0, before, np.minimum(after, len(some) - 1))
        right = np.where(after < len(some), after, np.maximum(before, 0))
        return np.where(some, begin, end[left]), np.where(some, end, begin[right])

    def has_samples(self) -> NDArray[np.bool_]:
        """Return which stretches hold a sample."""
        first, stop = self._ends
        return stop > first

    def integral(self, values: Array) -> float:
        """Return the integral of sampled values (given at `time`; real) over the window."""
        t, b = self.time, self.bounds
        stretch = self._chosen[1]
        begin, end = self.limits(values)
        inner = np.where(stretch[1:] == stretch[:-1], np.diff(t) * (values[1:] + values[:-1]), 0.0)
        first, stop = self._ends
        some = stop > first
        one, last = np.minimum(first, len(t) - 1), np.maximum(stop - 1, 0)
        head = (begin + values[one]) * (t[one] - b[:-1])
        tail = (values[last] + end) * (b[1:] - t[last])
        outer = np.where(some, head + tail, (begin + end) * np.diff(b))
        return float(0.5 * (inner.sum() + outer.sum()))

    def mean(self, values: Array) -> float:
        """Return the mean of sampled values."""
        return self.integral(values) / (self.end - self.start)

    def rms(self, name: str) -> float:
        """Return the rms of a probe."""
        return float(np.sqrt(max(self.mean(self.samples(name) ** 2), 0.0)))

    def power(self, voltage: str, current: str) -> float:
        """Return the mean product of two probes (W)."""
        return self.mean(self.samples(voltage) * self.samples(current))

    def peak(self, name: str) -> float:
        """Return the largest magnitude of a probe, at a sample or beside an event."""
        values = self.samples(name)
        return float(max(np.abs(v).max() for v in (values, *self.limits(values))))

    def range(self, name: str) -> tuple[float, float]:
        """Return the smallest and largest value of a probe, at a sample or beside an event."""
        values = self.samples(name)
        found = np.concatenate([values, *self.limits(values)])
        return float(found.min()), float(found.max())


def whole_periods(trace: Trace, frequency: float, most: int | None = None) -> Pieces:
    """Return the last whole periods of a frequency (Hz) that the trace holds, at most `most`.

    Raises
    ------
    FigureError
        If it does not hold one.
    """
    held = (trace.end - float(trace.time[0])) * frequency if len(trace.time) else 0.0
    count = int(held * (1.0 + 1e-9) + 1e-6)
    if count < 1:
        raise FigureError(
            f"trace holds {held:.3g} periods of {frequency:g} Hz; needed: at least 1 whole one"
        )
    used = count if most is None else min(count, most)
    return Pieces(trace, max(trace.end - used / frequency, float(trace.time[0])), trace.end)
