"""ngspice over a case under several settings: the fastest within 1 %, and how many fail."""

from dataclasses import dataclass

import numpy as np

from voltbench.hil.benchmarking.switched.cases import Case
from voltbench.hil.benchmarking.switched.exact import error, reference
from voltbench.plant_models.switched.spice import SpiceOptions
from voltbench.plant_models.switched.spice_run import SpiceFailed, run_spice

ENOUGH = 0.01
FINE = 0.1e-6
"""Spacing at which waveforms are compared (s)."""
SETTINGS = tuple(
    SpiceOptions(step, method, 0.05, junction, 1e9, relative)
    for step, relative in ((200e-9, 1e-3), (50e-9, 1e-3), (50e-9, 1e-4), (20e-9, 1e-4),
                           (5e-9, 1e-5))
    for method in ("gear", "trap")
    for junction in (0.0,)
) + tuple(
    SpiceOptions(20e-9, method, 1.0, 100e-12, 1e9, 1e-4) for method in ("gear", "trap")
)  # fmt: skip
"""Coarse to fine, and the junctions of real diodes, which many netlists have."""


@dataclass(frozen=True)
class SpiceRace:
    """What ngspice did with one case.

    Attributes
    ----------
    speed : float
        Fastest setting within 1 % (x real time); 0: none.
    error : float
        Error of that setting.
    best : float
        Smallest error of any setting.
    tried, failed, wrong : int
        Settings; those that stopped or hung; those that ended more than 5 % off.
    """

    speed: float
    error: float
    best: float
    tried: int
    failed: int
    wrong: int


def spice_race(case: Case, limit_s: float = 20.0) -> SpiceRace:
    """Run every setting over a case."""
    exact = reference(case, FINE)
    instants = np.arange(exact.shape[1], dtype=np.float64) * FINE
    speed, its_error, best, failed, wrong = 0.0, 0.0, np.inf, 0, 0
    for options in SETTINGS:
        try:
            run = run_spice(
                case.circuit, case.edges, case.duration, options, case.gates, limit_s=limit_s
            )
        except SpiceFailed:
            failed += 1
            continue
        off = error(run.at(instants), exact)
        best, wrong = min(best, off), wrong + (off > 0.05)
        pace = case.duration / run.wall_s
        if off <= ENOUGH and pace > speed:
            speed, its_error = pace, off
    return SpiceRace(speed, its_error, best, len(SETTINGS), failed, wrong)
