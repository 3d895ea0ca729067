"""Line files of a run: one JSON object a line, appended as things happen."""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from voltbench.hil.evidence import jsontext

MESSAGES = "messages.jsonl"
EVENTS = "events.jsonl"


class Journal:
    """Appends JSON lines to a file; whole lines reach the operating system at each flush."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._file = open(path, "x", encoding="utf-8", newline="\n")

    def append(self, entry: Mapping[str, Any]) -> None:
        """Append one entry.

        Parameters
        ----------
        entry
            Must hold ``t_s``, the simulated time in s.
        """
        t_s = entry.get("t_s")
        if t_s is None or not math.isfinite(t_s):
            raise ValueError(f"{self._name}: t_s {t_s} s, every entry needs a finite time")
        self._file.write(jsontext.line(entry) + "\n")

    def flush(self) -> None:
        """Hand everything to the operating system."""
        self._file.flush()

    def close(self) -> None:
        """Flush and close."""
        self._file.close()


def _is_entry(text: bytes) -> bool:
    """Whether the bytes are one JSON object."""
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def mend(path: Path) -> int:
    """Cut a torn end off a line file; return how many bytes were cut.

    Only the end can be torn: lines are appended in order.
    """
    if not path.exists():
        path.write_bytes(b"")
        return 0
    content = path.read_bytes()
    whole = content
    while whole:
        end = whole.rfind(b"\n") + 1
        if end == len(whole):
            last = whole.rfind(b"\n", 0, end - 1) + 1
            if _is_entry(whole[last:end]):
                break
            end = last
        whole = whole[:end]
    if len(whole) < len(content):
        with open(path, "r+b") as file:
            file.truncate(len(whole))
    return len(content) - len(whole)


def entries(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the entries of a line file."""
    if not path.exists():
        return
    with open(path, encoding="utf-8") as file:
        for text in file:
            yield json.loads(text)
