"""What the report draws, read from a run folder."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voltbench.hil.evidence import jsontext, manifest
from voltbench.hil.evidence.journal import EVENTS, entries
from voltbench.hil.evidence.parquet import TRACE
from voltbench.hil.evidence.report.sample import reduced

Series = NDArray[Any]
MAX_WINDOWS = 9
"""Full-rate windows drawn; the others stay in the trace."""
MOST_ROWS = 400_000
"""Rows held in memory for drawing; a longer trace is reduced to the extremes of its bins."""


@dataclass(frozen=True)
class Rows:
    """Columns of one kind of rows, by name; NaN where there is no value."""

    columns: dict[str, Series]
    codes: dict[str, list[str]]
    """Names of the states of the coded columns."""
    per_pair: int = 1
    """Rows of the trace behind each pair of rows here; 1: the rows themselves."""

    def __contains__(self, name: str) -> bool:
        """Whether the rows carry a signal with at least one value."""
        return name in self.columns

    def __getitem__(self, name: str) -> Series:
        """Return a column."""
        return self.columns[name]

    @property
    def time_s(self) -> Series:
        """Simulated time."""
        return self.columns["time_s"]

    def between(self, begin_s: float, end_s: float) -> "Rows":
        """Return the rows of a stretch of time."""
        kept = (self.time_s >= begin_s) & (self.time_s <= end_s)
        return Rows({name: y[kept] for name, y in self.columns.items()}, self.codes, self.per_pair)

    def of_modules(self, quantity: str) -> dict[int, Series]:
        """Return a quantity of each module, by number."""
        found: dict[int, Series] = {}
        while (name := f"module{len(found) + 1}_{quantity}") in self.columns:
            found[len(found) + 1] = self.columns[name]
        return found


@dataclass(frozen=True)
class Window:
    """One full-rate window."""

    number: int
    reason: str
    rows: Rows


@dataclass(frozen=True)
class Run:
    """A run folder in memory."""

    state: str
    start: dict[str, Any]
    software: dict[str, Any]
    summary: dict[str, Any]
    verdicts: dict[str, Any]
    events: list[dict[str, Any]]
    rows: Rows
    windows: list[Window]
    window_count: int

    @property
    def modules(self) -> int:
        """Number of power modules in the trace."""
        return len(self.rows.of_modules("output_current_A"))


def _column(column: Any, codes: dict[str, list[str]], name: str) -> Series:
    """Return a column as numbers, NaN for null; names of a state go to `codes`."""
    import pyarrow as pa

    joined = pa.chunked_array(column).combine_chunks()
    if isinstance(joined, pa.ChunkedArray):
        joined = joined.chunk(0)
    if pa.types.is_dictionary(joined.type):
        codes[name] = joined.dictionary.to_pylist()
        joined = joined.indices
    if not pa.types.is_floating(joined.type):
        joined = joined.cast(pa.float32())
    return np.asarray(joined.to_numpy(zero_copy_only=False))


def _rows(file: Any, groups: list[int], most: int = MOST_ROWS) -> Rows:
    """Return the columns of some row groups that hold any value; a huge trace is reduced."""
    total = sum(file.metadata.row_group(k).num_rows for k in groups)
    bins = -(-2 * total // most) if total > most else 1
    codes: dict[str, list[str]] = {}
    parts: dict[str, list[Series]] = {"time_s": []}
    for k in groups:
        table = file.read_row_group(k)
        for name in table.column_names:
            values = _column(table.column(name).chunks, codes, name)
            parts.setdefault(name, []).append(reduced(values, bins))
    columns = {name: np.concatenate(part) if part else np.empty(0) for name, part in parts.items()}
    columns.pop("window", None)
    known = {n: y for n, y in columns.items() if n == "time_s" or np.isfinite(y).any()}
    return Rows(known, codes, bins)


def _groups(file: Any) -> dict[int, list[int]]:
    """Return the row groups of each window; no group holds rows of two."""
    groups: dict[int, list[int]] = {}
    for k in range(file.num_row_groups):
        number = file.metadata.row_group(k).column(0).statistics.min
        groups.setdefault(number, []).append(k)
    return groups


def load(folder: Path) -> Run:
    """Read a run folder (before its manifest is complete: the report is hashed there)."""
    import pyarrow.parquet as pq

    about = manifest.read(folder)
    summary = jsontext.read(folder / "summary.json")
    with pq.ParquetFile(folder / TRACE) as file:
        groups = _groups(file)
        words = json.loads((file.schema_arrow.metadata or {})[b"windows"])
        reasons = {int(k): text for k, text in words.items()}
        rows = _rows(file, groups.get(0, []))
        windows = [
            Window(number, reasons[number], _rows(file, groups.get(number, [])))
            for number in sorted(reasons)[:MAX_WINDOWS]
        ]
    return Run(
        state="stopped" if "error" in summary else "complete",
        start=about["start"],
        software=about["software"],
        summary=summary,
        verdicts=jsontext.read(folder / "verdicts.json"),
        events=list(entries(folder / EVENTS)),
        rows=rows,
        windows=windows,
        window_count=len(reasons),
    )
