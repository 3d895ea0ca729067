"""From the blocks a run hands over to columns of the trace, checked on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voltbench.hil.evidence.signals import MISSING_CODE, Signal, Storage, others, quantities

Column = NDArray[Any]
Block = Mapping[str, Any] | NDArray[Any]
"""Dict of equal-length arrays, structured array, or float64 matrix (rows by signals)."""


@dataclass(frozen=True, slots=True)
class StoredRows:
    """Rows as a trace keeps them, copied from what a run handed over."""

    others: list[Column]
    """One column for each of ``signals.others``; the first is time."""
    quantities: NDArray[np.float32]
    """Rows by ``signals.quantities``, NaN where these rows do not carry the signal."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.others[0])

    @property
    def last_s(self) -> float:
        """Time of the last row."""
        return float(self.others[0][-1])


_DTYPES: dict[Storage, type[np.generic]] = {
    "float32": np.float32,
    "float64": np.float64,
    "code": np.int8,
    "bits": np.int32,
}


def dtype_of(signal: Signal) -> type[np.generic]:
    """Return how a signal is stored."""
    return _DTYPES[signal.storage]


def columns_of(block: Mapping[str, Any] | NDArray[Any]) -> dict[str, Column]:
    """Return a dict of arrays or a structured array as named columns."""
    if isinstance(block, Mapping):
        return {name: np.asarray(values) for name, values in block.items()}
    assert block.dtype.names is not None
    return {name: block[name] for name in block.dtype.names}


def _store(signal: Signal, values: Column) -> Column:
    """Return a copy of one column as it is stored; a float NaN in a code means missing."""
    if signal.storage == "float64":
        return np.array(values, np.float64)
    top = len(signal.names) - 1 if signal.storage == "code" else 2 ** len(signal.names) - 1
    if len(values) and values.min() >= 0 and values.max() <= top:  # and no NaN
        return np.array(values, dtype_of(signal))
    codes = np.where(np.isnan(values), MISSING_CODE, values) if values.dtype.kind == "f" else values
    if codes.size and (codes.min() < MISSING_CODE or codes.max() > top):
        worst = codes.max() if codes.max() > top else codes.min()
        raise ValueError(f"{signal.name}: {worst:.0f}, allowed 0 to {top}")
    return np.array(codes, dtype_of(signal))


def _missing(signal: Signal, count: int) -> Column:
    """Return a column of a signal that these rows do not carry."""
    empty = np.nan if signal.storage == "float64" else MISSING_CODE
    return np.full(count, empty, dtype_of(signal))


def stored(
    block: Block, signals: Sequence[Signal], required: Sequence[Signal], after_s: float
) -> StoredRows:
    """Return rows as they are stored.

    Parameters
    ----------
    block
        A matrix has one column for each of `required`, in that order, and must be float64
        because time is in it (float32 resolves only 0.06 ms after a quarter of an hour).
    required
        Signals the block must hold, time first; the others become missing.
    after_s
        Time of the last row so far; time must increase strictly from there.

    Raises
    ------
    TypeError, ValueError
        Naming the signal and what is wrong with it.
    """
    if not isinstance(block, Mapping) and block.dtype.names is None:
        return MatrixLayout(signals, required).stored(block, after_s)
    given = columns_of(block)
    known = {signal.name for signal in signals}
    if unknown := sorted(given.keys() - known):
        raise ValueError(f"rows: {unknown[0]} is not a signal of this trace")
    if absent := [s.name for s in required if s.name not in given]:
        raise ValueError(f"rows: {absent[0]} is missing")
    time = np.asarray(given["time_s"], np.float64)
    if time.ndim != 1:
        raise ValueError(f"rows: time_s has shape {time.shape}, must be one-dimensional")
    for name, values in given.items():
        if values.shape != time.shape:
            raise ValueError(f"rows: {name} has shape {values.shape}, time_s has {time.shape}")
    check_time(time, after_s)
    kept = quantities(signals)
    matrix = np.full((len(time), len(kept)), np.nan, np.float32)
    for k, signal in enumerate(kept):
        if signal.name in given:
            matrix[:, k] = given[signal.name]
    columns = [
        _store(s, given[s.name]) if s.name in given else _missing(s, len(time))
        for s in others(signals)
    ]
    return StoredRows(columns, matrix)


class MatrixLayout:
    """Where each column of a run's matrices of rows is stored.

    A run hands over a second of rows at a time: to find out anew, or to convert 50 values
    for each column, would take longer than the rest of the recording.
    """

    def __init__(self, signals: Sequence[Signal], carried: Sequence[Signal]) -> None:
        place = {signal.name: k for k, signal in enumerate(quantities(signals))}
        known = [(k, place[s.name]) for k, s in enumerate(carried) if s.name in place]
        self._columns, self._width = len(carried), len(place)
        self._source = np.array([k for k, _ in known], np.intp)
        self._target = np.array([k for _, k in known], np.intp)
        at = {signal.name: k for k, signal in enumerate(carried)}
        self._others = [(signal, at.get(signal.name)) for signal in others(signals)]

    def stored(self, block: NDArray[Any], after_s: float) -> StoredRows:
        """Return the rows of a matrix as they are stored (errors as in :func:`stored`)."""
        if block.ndim != 2 or block.shape[1] != self._columns:
            raise ValueError(f"rows: shape {block.shape}, must be (rows, {self._columns} signals)")
        if block.dtype != np.float64:
            raise TypeError(
                f"rows: matrix of {block.dtype}, must be float64 because it holds time_s"
            )
        check_time(block[:, 0], after_s)
        matrix = np.full((len(block), self._width), np.nan, np.float32)
        matrix[:, self._target] = block[:, self._source]
        columns = [
            _missing(signal, len(block)) if k is None else _store(signal, block[:, k])
            for signal, k in self._others
        ]
        return StoredRows(columns, matrix)


def check_time(time: Column, after_s: float) -> None:
    """Refuse time that is not finite or does not increase strictly."""
    if not len(time):
        return
    rising = time[0] > after_s and bool((time[1:] > time[:-1]).all())
    if not (rising and np.isfinite(time[-1])):
        wrong = ~(np.diff(time, prepend=after_s) > 0) | ~np.isfinite(time)
        k = int(np.argmax(wrong))
        before = after_s if k == 0 else time[k - 1]
        raise ValueError(f"rows: time_s {time[k]} s after {before} s, must increase")
