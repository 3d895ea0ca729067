"""ngspice over a case under several settings: the fastest within 1 %, and how many fail."""

from dataclasses import dataclass

import numpy as np

from voltbench.hil.benchmarking.switched.cases import Case
from voltbench.hil.benchmarking.switched.exact import error, reference
from voltbench.plant_models.switched.spice import SpiceOptions
from voltbench.plant_models.switched.spice_run import SpiceFailed, run_spice

ENOUGH = 0.01
LIMIT_S = 20.0
"""A run that takes longer (wall s) counts as failed."""
FINE = 0.1e-6
"""Spacing at which waveforms are compared (s)."""
SETTINGS = (
    SpiceOptions(200e-9, "gear", 0.05, 0.0, 1e9, 1e-3),
    SpiceOptions(50e-9, "gear", 0.05, 0.0, 1e9, 1e-3),
    SpiceOptions(50e-9, "trap", 0.05, 0.0, 1e9, 1e-3),
    SpiceOptions(50e-9, "gear", 0.05, 0.0, 1e9, 1e-4),
    SpiceOptions(20e-9, "gear", 0.05, 0.0, 1e9, 1e-4),
    SpiceOptions(20e-9, "trap", 0.05, 0.0, 1e9, 1e-4),
    SpiceOptions(10e-9, "gear", 0.05, 0.0, 1e9, 1e-5),
    SpiceOptions(50e-9, "trap", 1.0, 100e-12, 0.0, 1e-3),
)
"""Coarse to fine, and last its own method and tolerance with the junctions of real diodes."""


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


def spice_race(case: Case, limit_s: float = LIMIT_S) -> SpiceRace:
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
        pace = case.duration / run.busy_s if off <= ENOUGH else 0.0
        if pace > speed:
            speed, its_error = pace, off
    return SpiceRace(speed, its_error, best, len(SETTINGS), failed, wrong)
