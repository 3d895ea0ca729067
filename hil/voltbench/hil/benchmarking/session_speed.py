"""Speed of a whole charge: session, loop, trace, verdicts, report."""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

_COMMAND = "from voltbench.hil.cli.main import main; main()"
HALF_HOUR = 36_000_000
"""Control interrupts of 30 minutes at 20 kHz."""


@dataclass(frozen=True)
class SessionSpeed:
    """One charge, everything included, from the start of the process."""

    charger: str
    vehicle: str
    soc: tuple[float, float]
    wall_s: float
    cpu_s: float
    simulated_s: float
    periods: int

    def half_hour_s(self) -> float:
        """Return the wall time scaled to a 30-minute charge at 20 kHz."""
        return self.wall_s * HALF_HOUR / self.periods


def measure_session(charger: str, vehicle: str, soc: tuple[float, float]) -> SessionSpeed:
    """Run the command in a fresh process, its kernels cached, into a temporary folder.

    A process that has compiled much holds so many objects that the garbage collector would
    be measured too.

    Raises
    ------
    RuntimeError
        If the command failed; with its last line.
    """
    with tempfile.TemporaryDirectory(prefix="voltbench-bench-") as folder:
        words = ["charge", "--charger", charger, "--vehicle", vehicle, "--json"]
        words += ["--soc", f"{soc[0]:g}:{soc[1]:g}", "--out", str(Path(folder) / "run")]
        began, cpu = time.perf_counter(), _processor_s()
        done = subprocess.run(
            [sys.executable, "-c", _COMMAND, *words],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        wall_s, cpu_s = time.perf_counter() - began, _processor_s() - cpu
    if done.returncode not in (0, 1, 3):
        raise RuntimeError((done.stderr.strip() or done.stdout).splitlines()[-1])
    summary = json.loads(done.stdout)
    periods = int(summary["control_periods"])
    return SessionSpeed(charger, vehicle, soc, wall_s, cpu_s, float(summary["duration_s"]), periods)


def _processor_s() -> float:
    """Return the processor seconds of all ended child processes."""
    times = os.times()
    return times.children_user + times.children_system
