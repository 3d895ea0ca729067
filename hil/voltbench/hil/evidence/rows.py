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
        return _stored_matrix(block, signals, required, after_s)
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
    return StoredRows(_others(signals, given, len(time)), matrix)


def _stored_matrix(
    block: NDArray[Any], signals: Sequence[Signal], carried: Sequence[Signal], after_s: float
) -> StoredRows:
    """Return rows as they are stored from a matrix, all quantities converted in one go.

    A run hands over a second of rows at a time: conversions of 50 values, one for each
    column, would take longer than the rest of the recording.
    """
    if block.ndim != 2 or block.shape[1] != len(carried):
        raise ValueError(f"rows: shape {block.shape}, must be (rows, {len(carried)} signals)")
    if block.dtype != np.float64:
        raise TypeError(f"rows: matrix of {block.dtype}, must be float64 because it holds time_s")
    check_time(block[:, 0], after_s)
    place = {signal.name: k for k, signal in enumerate(quantities(signals))}
    source = [k for k, signal in enumerate(carried) if signal.name in place]
    matrix = np.full((len(block), len(place)), np.nan, np.float32)
    matrix[:, [place[carried[k].name] for k in source]] = block[:, source]
    given = {s.name: block[:, k] for k, s in enumerate(carried) if s.name not in place}
    return StoredRows(_others(signals, given, len(block)), matrix)


def _others(signals: Sequence[Signal], given: Mapping[str, Column], count: int) -> list[Column]:
    """Return the columns that are no quantities."""
    return [
        _store(s, given[s.name]) if s.name in given else _missing(s, count) for s in others(signals)
    ]


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
