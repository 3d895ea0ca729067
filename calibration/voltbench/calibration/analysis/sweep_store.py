"""Rows of a sweep on disk: one JSON object a line, kept whatever happens to the process.

A row is written to the system as soon as it is there, so that a process that is killed loses
none of them; every few rows they go to the disk, which bounds what a power cut takes. A torn
last line is cut off when a sweep goes on.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from voltbench.calibration.analysis.sweep_job import Row, SweepJob

SYNC_ROWS = 32


class StoreError(ValueError):
    """The store cannot be written or continued; names the file and why."""


class Store:
    """The rows of one sweep.

    Parameters
    ----------
    path
        The file.
    job
        What its rows are of.
    resume
        Go on with a file that is there; else it must not be.
    about
        What a command wants to find again; not compared.

    Raises
    ------
    StoreError
        If the file is there and not to be continued, or of another sweep.
    """

    def __init__(
        self, path: Path, job: SweepJob, resume: bool, about: dict[str, Any] | None = None
    ) -> None:
        self.path = path
        self.rows: dict[int, Row] = {}
        there = path.is_file() and path.stat().st_size > 0
        if there and not resume:
            raise StoreError(f"{path} is there already; go on with resume, or take another place")
        self._unsynced = 0
        kept = self._read(job) if there else 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("r+b" if there else "wb", buffering=0)
        self._file.truncate(kept)
        self._file.seek(kept)
        if not kept:
            head = {**job.header(), "about": about or {}}
            self._file.write((json.dumps(head) + "\n").encode())
            self._sync()

    def _read(self, job: SweepJob) -> int:
        """Take the rows that are there; return where the last whole line ends."""
        head, rows, kept = read(self.path)
        if not head:
            return 0
        there, here = _flat(head), _flat(json.loads(json.dumps(job.header())))
        for key in sorted(here.keys() | {k for k in there if not k.startswith("about")}):
            if there.get(key) != here.get(key):
                raise StoreError(
                    f"{self.path} is of another sweep: {key} is {there.get(key)!r} there, "
                    f"{here.get(key)!r} here"
                )
        self.rows = {row.run: row for row in rows}
        return kept

    def add(self, row: Row) -> None:
        """Write a row."""
        self._file.write((row.line() + "\n").encode())
        self.rows[row.run] = row
        self._unsynced += 1
        if self._unsynced >= SYNC_ROWS:
            self._sync()

    def _sync(self) -> None:
        os.fsync(self._file.fileno())
        self._unsynced = 0

    def __enter__(self) -> "Store":
        """Return the store, open."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Bring what is written to the disk."""
        self._sync()
        self._file.close()


def read(path: Path) -> tuple[dict[str, Any], list[Row], int]:
    """Return the first line, the rows, and where the last whole line ends (bytes).

    Raises
    ------
    StoreError
        If a line that is not the last one cannot be read.
    """
    rows: list[Row] = []
    head: dict[str, Any] = {}
    kept = 0
    for number, line in _lines(path.read_bytes()):
        try:
            told = json.loads(line)
            if number == 1:
                head = told
                if not isinstance(told, dict) or "format" not in told:
                    raise ValueError("no first line of a sweep")
            else:
                rows.append(Row(**told))
        except (ValueError, TypeError) as error:
            raise StoreError(f"{path} line {number}: {error}") from None
        kept += len(line)
    return head, rows, kept


def _lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield whole lines; what a kill has torn off has no line end."""
    for number, line in enumerate(data.splitlines(keepends=True), start=1):
        if line.endswith(b"\n"):
            yield number, line


def _flat(value: Any, name: str = "") -> dict[str, Any]:
    """Return the single values of nested objects and lists by their dotted names."""
    if isinstance(value, dict):
        inside = value.items()
    elif isinstance(value, list):
        inside = {str(k): one for k, one in enumerate(value)}.items()
    else:
        return {name: value}
    found: dict[str, Any] = {}
    for key, one in inside:
        found |= _flat(one, f"{name}.{key}" if name else key)
    return found
