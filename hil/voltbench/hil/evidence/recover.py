"""Recovery of a run folder whose writer was killed."""

from dataclasses import dataclass
from pathlib import Path

from voltbench.hil.evidence import jsontext, manifest
from voltbench.hil.evidence.facts import Facts
from voltbench.hil.evidence.journal import EVENTS, MESSAGES, mend
from voltbench.hil.evidence.limit import load_all
from voltbench.hil.evidence.lock import held
from voltbench.hil.evidence.outcome import conclude
from voltbench.hil.evidence.parquet import TRACE
from voltbench.hil.evidence.stream import STREAM, StreamReader

_OURS = (manifest.MANIFEST, STREAM, TRACE)


class RecoverError(Exception):
    """The folder cannot be recovered; one line says why."""


@dataclass(frozen=True)
class Recovery:
    """What was there to recover."""

    folder: Path
    state: manifest.State
    """State of the folder now."""
    changed: bool
    """Whether this call did anything."""
    rows: int
    """Decimated rows in the trace."""
    window_rows: int
    simulated_s: float
    """Time of the last decimated row."""
    torn_bytes: int
    """Bytes dropped from the end of stream and line files."""

    def __str__(self) -> str:
        """Return one line for the terminal."""
        if not self.changed:
            return f"{self.folder}: {self.state}, nothing to recover"
        return (
            f"{self.folder}: recovered {self.rows} rows ({self.simulated_s:.3f} s) and "
            f"{self.window_rows} full-rate rows, dropped {self.torn_bytes} torn bytes"
        )


def _manifest_of(folder: Path) -> dict[str, object]:
    """Return the manifest of a folder that looks like a run, or say why it does not."""
    if not folder.is_dir():
        raise RecoverError(f"{folder}: {'not a folder' if folder.exists() else 'does not exist'}")
    if not any((folder / name).exists() for name in _OURS):
        raise RecoverError(f"{folder}: not a run folder, it holds none of {', '.join(_OURS)}")
    try:
        return manifest.read(folder)
    except FileNotFoundError:
        raise RecoverError(f"{folder}: has no {manifest.MANIFEST}, not a run folder") from None
    except (OSError, ValueError) as error:
        raise RecoverError(f"{folder}: {error}") from None


def _settled(folder: Path, content: dict[str, object]) -> Recovery:
    """Return the report on a folder that is sealed already."""
    trace: dict[str, float] = {}
    if (folder / "summary.json").exists():
        trace = jsontext.read(folder / "summary.json").get("trace", {})
    state = content["state"]
    assert state in ("complete", "stopped", "recovered")
    leftover = (folder / STREAM).exists()
    (folder / STREAM).unlink(missing_ok=True)  # killed after the manifest, before this step
    return Recovery(
        folder,
        state,
        leftover,
        int(trace.get("rows", 0)),
        int(trace.get("window_rows", 0)),
        float(trace.get("last_time_s", 0.0)),
        0,
    )


def recover(folder: Path) -> Recovery:
    """Rebuild a run folder after its writer died; do nothing to one that is whole.

    The trace is rebuilt from the last whole batch backwards, torn ends of the line files are
    cut, and verdicts say that the run was not judged. Running it again changes nothing.

    Raises
    ------
    RecoverError
        If the folder is no run, its writer still lives, or nothing had been recorded yet.
    """
    folder = Path(folder)
    content = _manifest_of(folder)
    if content["state"] != "running":
        return _settled(folder, content)
    stream = folder / STREAM
    if not stream.exists():
        raise RecoverError(f"{folder}: stopped before its trace was begun, nothing to recover")
    try:
        with held(stream):
            return _rebuild(folder)
    except BlockingIOError:
        raise RecoverError(f"{folder}: its writer is still running") from None


def _rebuild(folder: Path) -> Recovery:
    """Do the work of :func:`recover` on a folder nobody writes to."""
    try:
        StreamReader(folder / STREAM)
    except ValueError as error:
        raise RecoverError(f"{folder}: nothing to recover, {error}") from None
    for partial in folder.glob("*.partial"):
        partial.unlink()
    torn = sum(mend(folder / name) for name in (MESSAGES, EVENTS))
    killed = {"name": "Killed", "message": "the writer died; what it had flushed was recovered"}
    sealed = conclude(
        folder, "recovered", {"error": killed}, Facts(), load_all(), torn_line_bytes=torn
    ).sealed
    return Recovery(
        folder,
        "recovered",
        True,
        sealed.rows,
        sealed.window_rows,
        sealed.last_time_s,
        torn + sealed.torn_bytes,
    )
