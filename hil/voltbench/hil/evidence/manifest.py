"""The manifest: what made the folder, and the SHA-256 of everything in it."""

import hashlib
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from voltbench.hil.evidence import jsontext

MANIFEST = "manifest.json"
FORMAT = "voltbench run 1"
State = Literal["running", "complete", "stopped", "recovered"]
_PACKAGES = ("voltbench", "numpy", "numba", "pyarrow", "scipy", "plotly", "pydantic")


@dataclass(frozen=True)
class RunStart:
    """What is known when a run starts; kept in the manifest and shown in the report.

    Parameters
    ----------
    charger, vehicle
        Names for the header of the report.
    command
        The command line, one word an entry.
    seed
        Of everything random in the run.
    control_rate_Hz
        Rate of the control interrupt, which is the rate of the full-rate windows.
    row_period_s
        Time between decimated rows.
    decimation
        How a decimated row is made from control periods (mean, last, largest).
    parameters
        Everything else that shaped the run, plain values with units in the names.
    """

    charger: str
    vehicle: str
    command: tuple[str, ...]
    seed: int
    control_rate_Hz: float
    row_period_s: float
    decimation: str = "mean over the row period"
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def about_rows(self) -> dict[str, Any]:
        """Return what the schema of the trace says about its rows."""
        return {
            "control_rate_Hz": self.control_rate_Hz,
            "row_period_s": self.row_period_s,
            "decimation": self.decimation,
        }


def versions() -> dict[str, str | None]:
    """Return the version of Python and of each package that shapes a result."""
    found: dict[str, str | None] = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def _git(folder: Path, *words: str) -> str | None:
    """Return what git says, None where there is no git, no checkout or no answer."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def commit(source: Path = Path(__file__)) -> dict[str, Any]:
    """Return the git commit of the running source and whether the checkout has changes.

    Both are None where this source file is not tracked by a checkout: an installed copy may lie
    inside somebody else's repository, whose commit would say nothing.
    """
    if _git(source.parent, "ls-files", "--error-unmatch", source.name) is None:
        return {"commit": None, "dirty": None}
    head = _git(source.parent, "rev-parse", "HEAD")
    # results are written by the run itself and change nothing in it
    changes = _git(source.parent, "status", "--porcelain", "--", ":/", ":!/results")
    return {"commit": head, "dirty": None if head is None or changes is None else bool(changes)}


def _host() -> dict[str, str]:
    """Return the machine, for the manifest only."""
    return {"name": platform.node(), "system": platform.platform(), "machine": platform.machine()}


def _now() -> str:
    """Return the wall-clock time, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def begin(folder: Path, start: RunStart) -> None:
    """Write the manifest of a run that has just begun."""
    content = {
        "format": FORMAT,
        "state": "running",
        "start": start,
        "software": {**versions(), **commit()},
        "host": _host(),
        "created_utc": _now(),
    }
    jsontext.write(folder / MANIFEST, jsontext.page(content))


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _files(folder: Path) -> dict[str, dict[str, Any]]:
    """Return size and hash of every file but the manifest and the stream, which goes away."""
    return {
        path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": sha256(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in (MANIFEST, "trace.arrows")
    }


def finish(folder: Path, state: State, **extra: Any) -> None:
    """Complete the manifest: final state, hashes, and whatever `extra` says."""
    content = read(folder)
    content.update(state=state, finished_utc=_now(), **extra)
    content["files"] = _files(folder)
    jsontext.write(folder / MANIFEST, jsontext.page(content))


def read(folder: Path) -> dict[str, Any]:
    """Return the manifest of a run folder.

    Raises
    ------
    ValueError, OSError
        If there is none, or it is not one of ours.
    """
    content = jsontext.read(folder / MANIFEST)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f"{MANIFEST}: not of a voltbench run")
    return content


def verify(folder: Path) -> list[str]:
    """Return what no longer agrees with the manifest, one line a file; empty if all is well."""
    listed = read(folder).get("files", {})
    present = _files(folder)
    complaints = [f"{name}: missing" for name in listed if name not in present]
    complaints += [f"{name}: not in the manifest" for name in present if name not in listed]
    complaints += [
        f"{name}: changed since the manifest was written"
        for name in listed
        if name in present and present[name]["sha256"] != listed[name]["sha256"]
    ]
    return complaints
