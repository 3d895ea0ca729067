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
WHOLE_LIMIT_S, TURNS, LENGTHS = 60.0, 3, (1, 3, 10)
"""The same for the runs that are timed, how often each is, and their lengths in short ones."""
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
        Fastest setting within 1 % (x real time), over the length that suits it best; 0: none.
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


def _off(case: Case, options: SpiceOptions, limit_s: float) -> tuple[float, float]:
    """Return error and processor seconds of one run."""
    exact = reference(case, FINE)
    instants = np.arange(exact.shape[1], dtype=np.float64) * FINE
    run = run_spice(case.circuit, case.edges, case.duration, options, case.gates, limit_s=limit_s)
    return error(run.at(instants), exact), run.busy_s


def spice_race(short: Case, whole: Case, limit_s: float = LIMIT_S) -> SpiceRace:
    """Run every setting over a short case; time the fastest good one over longer ones too."""
    best, failed, wrong = np.inf, 0, 0
    good: list[tuple[float, SpiceOptions]] = []
    for options in SETTINGS:
        try:
            off, busy = _off(short, options, limit_s)
        except SpiceFailed:
            failed += 1
            continue
        best, wrong = min(best, off), wrong + (off > 0.05)
        if off <= ENOUGH:
            good.append((busy, options))
    speed, its_error = _timed(short, whole, [o for _, o in sorted(good, key=lambda g: g[0])])
    return SpiceRace(speed, its_error, best, len(SETTINGS), failed, wrong)


def _timed(short: Case, whole: Case, order: list[SpiceOptions]) -> tuple[float, float]:
    """Return the best speed (x real time) over all lengths, and its error, of the first setting.

    The first that is within 1 % over every length: the next is asked where it is not.
    """
    for options in order:
        found = []
        try:
            for length in LENGTHS:
                case = whole.shorter(length * short.periods)
                runs = [_off(case, options, WHOLE_LIMIT_S) for _ in range(TURNS)]
                found.append((case.duration / min(busy for _, busy in runs), runs[0][0]))
        except SpiceFailed:
            continue
        if max(off for _, off in found) <= ENOUGH:
            return max(found)
    return 0.0, 0.0
