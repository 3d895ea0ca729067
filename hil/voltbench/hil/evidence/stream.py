"""The trace while it grows: an Arrow IPC stream whose every flushed batch survives a SIGKILL.

A Parquet file without its footer cannot be read; a stream can be, up to its last whole batch.
One batch holds rows of one window; window number and reason ride in the batch's own metadata.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from voltbench.hil.evidence.lock import hold
from voltbench.hil.evidence.rows import StoredRows
from voltbench.hil.evidence.schema import (
    QUANTITIES,
    STREAM_FORMAT,
    signals_from_json,
    stream_schema,
)
from voltbench.hil.evidence.signals import Signal

if TYPE_CHECKING:
    import pyarrow as pa

STREAM = "trace.arrows"
_BUFFER_BYTES = 1 << 16


class TraceStream:
    """Appends rows to ``trace.arrows`` in a folder.

    Parameters
    ----------
    folder
        Exists; must not hold a stream yet.
    signals
        As from :func:`~voltbench.hil.evidence.signals.checked`.
    about
        What the schema says about rows (decimation, rates); plain JSON values.
    """

    def __init__(self, folder: Path, signals: Sequence[Signal], about: Mapping[str, Any]) -> None:
        import pyarrow as pa

        self._signals = signals
        self._schema = stream_schema(signals, about)
        self._pending: dict[int, list[StoredRows]] = {}
        self._reasons: dict[int, str] = {0: ""}
        self._file = open(folder / STREAM, "xb", buffering=0)
        hold(self._file)
        # a batch is some hundred small pieces: they are gathered before Python sees them
        self._buffer = pa.BufferedOutputStream(pa.PythonFile(self._file, mode="w"), _BUFFER_BYTES)
        self._writer = pa.ipc.new_stream(self._buffer, self._schema)
        self._buffer.flush()

    def append(self, window: int, reason: str, rows: StoredRows) -> None:
        """Keep the rows until the next flush."""
        self._reasons[window] = reason
        self._pending.setdefault(window, []).append(rows)

    def flush(self) -> None:
        """Write what is pending, one batch a window, and hand it to the operating system."""
        for window in sorted(self._pending):
            self._write(window, self._pending[window])
        self._pending.clear()
        self._buffer.flush()

    def _write(self, window: int, blocks: list[StoredRows]) -> None:
        """Write one record batch."""
        import pyarrow as pa

        matrix = np.concatenate([rows.quantities for rows in blocks])
        columns = [np.concatenate(parts) for parts in zip(*(r.others for r in blocks), strict=True)]
        number = np.full(len(matrix), window, np.int16)
        arrays = [pa.array(column) for column in (number, *columns)]
        lists = self._schema.field(QUANTITIES).type
        arrays.append(pa.FixedSizeListArray.from_arrays(pa.array(matrix.ravel()), type=lists))
        batch = pa.RecordBatch.from_arrays(arrays, schema=self._schema)
        label = {"window": str(window), "reason": self._reasons[window]}
        self._writer.write_batch(batch, custom_metadata=label)

    def close(self) -> None:
        """Flush and end the stream; the file stays."""
        self.flush()
        self._writer.close()
        self._buffer.close()
        self._file.close()


@dataclass
class StreamReader:
    """Reads a stream batch by batch, as far as it is whole.

    Attributes
    ----------
    windows
        Reason of each full-rate window seen so far.
    torn_bytes
        Bytes after the last whole batch; known once :meth:`batches` is exhausted.
    """

    path: Path
    signals: tuple[Signal, ...] = ()
    about: dict[str, Any] = field(default_factory=dict)
    windows: dict[int, str] = field(default_factory=dict)
    torn_bytes: int = 0

    def __post_init__(self) -> None:
        """Read the schema.

        Raises
        ------
        ValueError
            If the file ends before its schema does, or is no trace.
        """
        import json

        import pyarrow as pa

        try:
            with pa.OSFile(str(self.path)) as source:
                metadata = pa.ipc.open_stream(source).schema.metadata or {}
        except (pa.ArrowInvalid, OSError) as error:
            raise ValueError(f"{self.path.name}: ends before its schema ({error})") from None
        if metadata.get(b"format") != STREAM_FORMAT.encode():
            raise ValueError(f"{self.path.name}: an Arrow stream, but no {STREAM_FORMAT}")
        self.signals = signals_from_json(metadata[b"signals"].decode())
        self.about = json.loads(metadata[b"about"])

    def batches(self) -> Iterator[tuple[int, "pa.RecordBatch"]]:
        """Yield window number and batch until the stream ends or is torn."""
        import pyarrow as pa

        size = self.path.stat().st_size
        with pa.OSFile(str(self.path)) as source:
            reader = pa.ipc.open_stream(source)
            good = source.tell()
            while True:
                try:
                    batch, label = reader.read_next_batch_with_custom_metadata()
                except StopIteration:
                    good = source.tell()
                    break
                except (pa.ArrowInvalid, OSError):
                    break  # a torn last batch: what stands before it is whole
                good = source.tell()
                window = int(label[b"window"])
                if window:
                    self.windows[window] = label[b"reason"].decode()
                yield window, batch
        self.torn_bytes = size - good
