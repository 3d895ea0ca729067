"""What every bench offers, simulated or real: requests in, measurements out, time.

Numbered behaviour (both kinds of bench keep it):

1. ``apply`` takes effect at the next control interrupt and stays until changed.
2. ``advance(duration_s)`` returns early when a fault latched or a contactor moved; the
   caller looks at ``now_s``. A simulated bench computes the time, a real one waits for it.
3. Reports hold what sensors measured at ``now_s``, never what was requested.
4. A latched fault blocks the gates without the caller; nothing the caller sends clears it.
"""

from typing import Protocol

from voltbench.control.session.stage import (
    StageReport,
    StageRequest,
    VehicleReport,
    VehicleRequest,
)


class Bench(Protocol):
    """A charger and a vehicle, simulated or real."""

    @property
    def now_s(self) -> float:
        """Return the time since the start of the run."""
        ...

    def apply(self, stage: StageRequest, vehicle: VehicleRequest) -> None:
        """Set what charger and vehicle are asked to do."""
        ...

    def advance(self, duration_s: float) -> None:
        """Let time pass."""
        ...

    def stage_report(self) -> StageReport:
        """Return what the charger's sensors measured."""
        ...

    def vehicle_report(self) -> VehicleReport:
        """Return what the vehicle's sensors measured."""
        ...
