"""The trace at rest: one Parquet file in fixed row groups, same rows -> same bytes."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from voltbench.hil.evidence.schema import QUANTITIES, sealed_schema
from voltbench.hil.evidence.signals import MISSING_CODE, Signal, others, quantities
from voltbench.hil.evidence.stream import StreamReader

if TYPE_CHECKING:
    import pyarrow as pa

TRACE = "trace.parquet"
ROW_GROUP_ROWS = 16384
"""Rows of a row group; every full-rate window starts a new one, so it can be read alone."""


@dataclass(frozen=True)
class Sealed:
    """What went into the Parquet file."""

    rows: int
    """Decimated rows."""
    window_rows: int
    windows: int
    last_time_s: float
    """Time of the last decimated row; 0 without rows."""
    torn_bytes: int
    """Bytes at the end of the stream that were no whole batch."""


def _sealed_quantities(
    lists: "pa.FixedSizeListArray", signals: tuple[Signal, ...]
) -> dict[str, "pa.Array"]:
    """Return one column for each quantity, NaN as null."""
    import pyarrow as pa

    kept = quantities(signals)
    matrix = lists.flatten().to_numpy().reshape(len(lists), len(kept))
    columns = np.ascontiguousarray(matrix.T)
    return {s.name: pa.array(y, from_pandas=True) for s, y in zip(kept, columns, strict=True)}


def _sealed_column(signal: Signal, column: "pa.Array") -> "pa.Array":
    """Return a column of another type with nulls for missing values and names for codes."""
    import pyarrow as pa

    if signal.name == "time_s":
        return column
    values = column.to_numpy()
    if signal.storage == "float64":
        return pa.array(values, from_pandas=True)
    known = pa.array(values, mask=values == MISSING_CODE)
    if signal.storage == "code":
        return pa.DictionaryArray.from_arrays(known, pa.array(signal.names))
    return known


def _sealed_table(
    batches: list["pa.RecordBatch"], signals: tuple[Signal, ...], schema: "pa.Schema"
) -> "pa.Table":
    """Return one contiguous table of the final types."""
    import pyarrow as pa

    joined = pa.Table.from_batches(batches).combine_chunks().to_batches()[0]
    columns = _sealed_quantities(joined.column(QUANTITIES), signals)
    for signal in others(signals):
        columns[signal.name] = _sealed_column(signal, joined.column(signal.name))
    ordered = [columns[signal.name] for signal in signals]
    return pa.Table.from_arrays([joined.column("window"), *ordered], schema=schema)


def _row_groups(
    reader: StreamReader, windows: dict[int, list["pa.RecordBatch"]]
) -> Iterator[list["pa.RecordBatch"]]:
    """Yield the batches of each row group; the windows are gathered on the way (they are short)."""
    group: list[pa.RecordBatch] = []
    rows = 0
    for window, batch in reader.batches():
        if window:
            windows.setdefault(window, []).append(batch)
            continue
        while rows + batch.num_rows >= ROW_GROUP_ROWS:
            head = ROW_GROUP_ROWS - rows
            yield [*group, batch.slice(0, head)]
            batch, group, rows = batch.slice(head), [], 0
        if batch.num_rows:
            group.append(batch)
            rows += batch.num_rows
    if group:
        yield group


def _split(batches: list["pa.RecordBatch"]) -> Iterator[list["pa.RecordBatch"]]:
    """Yield the rows of one window in groups of at most the fixed size."""
    import pyarrow as pa

    table = pa.Table.from_batches(batches).combine_chunks()
    for start in range(0, table.num_rows, ROW_GROUP_ROWS):
        yield table.slice(start, ROW_GROUP_ROWS).to_batches()


def seal(stream: Path, target: Path) -> Sealed:
    """Write the Parquet file from a stream, whole or torn.

    Two passes: the reasons of the windows belong into the schema, which comes first. The file
    appears under its name only when it is complete.
    """
    import pyarrow.parquet as pq

    reader = StreamReader(stream)
    for _ in reader.batches():
        pass
    schema = sealed_schema(reader.signals, reader.about, reader.windows)
    partial = target.with_name(target.name + ".partial")
    windows: dict[int, list[pa.RecordBatch]] = {}
    rows = window_rows = 0
    last_time_s = 0.0
    with pq.ParquetWriter(partial, schema, compression="zstd", compression_level=3) as writer:
        for group in _row_groups(reader, windows):
            table = _sealed_table(group, reader.signals, schema)
            writer.write_table(table, row_group_size=ROW_GROUP_ROWS)
            rows += table.num_rows
            last_time_s = table.column("time_s")[-1].as_py()
        for number in sorted(windows):
            for group in _split(windows[number]):
                table = _sealed_table(group, reader.signals, schema)
                writer.write_table(table, row_group_size=ROW_GROUP_ROWS)
                window_rows += table.num_rows
    with open(partial, "rb+") as file:
        os.fsync(file.fileno())  # the stream is removed after this: the rows must be on disk
    partial.replace(target)
    return Sealed(rows, window_rows, len(windows), last_time_s, reader.torn_bytes)
