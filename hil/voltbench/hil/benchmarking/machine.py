"""The conditions of a measurement: processor, load, versions, commit."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from voltbench.hil.benchmarking.translation.build import FLAGS, compiler
from voltbench.hil.evidence.manifest import commit


def processor() -> str:
    """Return the processor's name."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def gcc_version() -> str:
    """Return gcc's version line and flags, or that there is none."""
    program = compiler()
    if program is None:
        return "gcc: not installed, so no C side"
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return f"{done.stdout.splitlines()[0]} ({' '.join(FLAGS)})"


def load() -> str:
    """Return the load averages of 1, 5 and 15 minutes."""
    return "/".join(f"{x:.2f}" for x in os.getloadavg()) if hasattr(os, "getloadavg") else "-"


def conditions(load_before: str) -> str:
    """Return one paragraph."""
    packages = ", ".join(f"{n} {metadata.version(n)}" for n in ("numba", "llvmlite", "numpy"))
    source = commit()
    of = "an installed copy" if source["commit"] is None else f"commit {source['commit'][:12]}"
    return (
        f"{processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}; "
        f"Python {platform.python_version()}, {packages}; {gcc_version()}; "
        f"load average before / after: {load_before} / {load()}; "
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; "
        f"{of}{' with local changes' if source['dirty'] else ''}."
    )
