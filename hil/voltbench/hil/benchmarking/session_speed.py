"""Speed of a whole charge: session, loop, trace, verdicts, report."""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from voltbench.hil.charge import run_charge
from voltbench.hil.options import ChargeOptions

HALF_HOUR = 36_000_000
"""Control interrupts of 30 minutes at 20 kHz."""


@dataclass(frozen=True)
class SessionSpeed:
    """One charge, everything included except starting the process."""

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
    """Run one charge into a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="voltbench-bench-") as folder:
        options = ChargeOptions(
            charger=charger,
            vehicle=vehicle,
            soc_start_percent=soc[0],
            soc_end_percent=soc[1],
            out=Path(folder) / "run",
        )
        began, cpu = time.perf_counter(), time.process_time()
        summary = run_charge(options).summary
        wall_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    periods = int(summary["control_periods"])
    return SessionSpeed(charger, vehicle, soc, wall_s, cpu_s, float(summary["duration_s"]), periods)
