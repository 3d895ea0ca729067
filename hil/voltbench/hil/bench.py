"""What every bench offers, simulated or real: requests in, measurements out, time.

Numbered behaviour (both kinds of bench keep it):

1. ``apply`` takes effect at the next control interrupt and stays until changed.
2. ``advance(duration_s)`` returns early when a fault latched or a contactor moved; the
   caller looks at ``now_s``. A simulated bench computes the time, a real one waits for it.
3. Reports hold what sensors measured at ``now_s``, never what was requested.
4. A latched fault blocks the gates without the caller; nothing the caller sends clears it.

A class says that it is a bench by naming :class:`Bench` as its base, so that the type
checker compares every method. What only a simulation knows (true values, full-rate
windows, sums of energy) is not part of it: ``charge_log`` and ``charge_facts`` ask the
simulated bench for that by its own name.
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

    now_s: float
    """Time since the start of the run; only the bench moves it."""

    def apply(self, stage: StageRequest, vehicle: VehicleRequest) -> None:
        """Set what charger and vehicle are asked to do."""
        ...

    def advance(self, duration_s: float) -> None:
        """Let time pass; not at all if the duration is not positive."""
        ...

    def stage_report(self) -> StageReport:
        """Return what the charger's sensors measured."""
        ...

    def vehicle_report(self) -> VehicleReport:
        """Return what the vehicle's sensors measured."""
        ...

    def hottest(self) -> tuple[float, str]:
        """Return the hottest temperature known, in degC, and its place (live display)."""
        ...
