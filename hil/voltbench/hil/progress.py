"""What a running charge tells an onlooker: one snapshot, many times a second."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Stage = Literal["compiling", "session", "charging", "writing"]


@dataclass(frozen=True)
class Progress:
    """One snapshot of a run (units in the names)."""

    stage: Stage
    fraction: float
    """Of the whole run, 0..1; while compiling, of the compilation."""
    time_s: float = 0.0
    """Simulated."""
    voltage_V: float = 0.0
    current_A: float = 0.0
    power_W: float = 0.0
    soc_percent: float = 0.0
    hottest_degC: float = 0.0
    hottest_place: str = ""
    phase: str = ""
    """Of the session, for example PreCharge."""
    real_time_factor: float = 0.0
    """Simulated seconds per second of this computer."""


ProgressObserver = Callable[[Progress], None]
