"""Disturbances of the grid, the laws that meet them, and the figures taken."""

import cmath
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from voltbench.calibration.switched_loops.grid_laws import GridLawSettings
from voltbench.hil.switched.grid_bench import SETTLE_S, GridBench, GridEvent, GridRun
from voltbench.plant_models.switched.errors import SwitchedRunError
from voltbench.plant_models.switched.figures.pieces import Pieces
from voltbench.plant_models.switched.figures.spectrum import spectrum
from voltbench.plant_models.switched.topologies.disturbed_grid import sequences

POWER_MAX_W = 16e3
TRIP_A = 49.0
"""Half above the current reference's limit (32.7 A at 16 kW)."""
LINK_MAX_V = 900.0
_SET_POINT = 0.01
LONG_S = 0.2
"""Disturbances from this length on are judged by their own distortion too."""
CYCLES = 2
"""Cycles at the end of a run over which its distortion is taken."""


@dataclass(frozen=True)
class Scenario:
    """A disturbance.

    Attributes
    ----------
    title : str
    events : tuple[GridEvent, ...]
    end_s : float
        Length of the run after its first event.
    disturbed_s : float
        How long the disturbance lasts; 0: it stays.
    steady : bool
        The end of the run has the nominal frequency, so a distortion.
    """

    title: str
    events: tuple[GridEvent, ...]
    end_s: float
    disturbed_s: float = 0.0
    steady: bool = True


def _for_a_while(title: str, event: GridEvent, seconds: float, rest_s: float) -> Scenario:
    return Scenario(title, (event, GridEvent(seconds)), seconds + rest_s, seconds)


_SHORTED = sequences((0.0, 1.0, 1.0))
SCENARIOS = {
    "clean": Scenario("undisturbed", (GridEvent(0.0),), 0.08),
    "fifth": Scenario("5 % fifth harmonic", (GridEvent(0.0, fifth=0.05),), 0.2),
    "unbalance": Scenario("5 % negative sequence", (GridEvent(0.0, negative=0.05),), 0.2),
    "dip": _for_a_while("dip to 40 %, 200 ms", GridEvent(0.0, 0.4), 0.2, 0.2),
    "interruption": _for_a_while("interruption, 20 ms", GridEvent(0.0, 0.0), 0.02, 0.22),
    "phase": _for_a_while("phase a shorted, 200 ms", GridEvent(0.0, *_SHORTED), 0.2, 0.2),
    "conductor": _for_a_while(
        "conductor a open, 100 ms", GridEvent(0.0, line_open=True), 0.1, 0.22
    ),
    "jump": Scenario(
        "phase jump of 20 degrees", (GridEvent(0.0, cmath.rect(1.0, math.radians(20.0))),), 0.2
    ),
    "ramp": Scenario(
        "1 Hz/s for 1 s", (GridEvent(0.0, slope_Hz_per_s=1.0), GridEvent(1.0)), 1.2, 1.0, False
    ),
}
"""Dip and interruption are those of IEC 61000-4-11 (to 40 % for 10 cycles, 0 % for one)."""

LAWS = {
    "SRF, dq": GridLawSettings(sync="srf", current="dq", power_max_W=POWER_MAX_W),
    "DSOGI, dq": GridLawSettings(sync="dsogi", current="dq", power_max_W=POWER_MAX_W),
    "adaptive, resonant": GridLawSettings(sync="adaptive", power_max_W=POWER_MAX_W),
    "adaptive, resonant 1, 5, 7": GridLawSettings(
        sync="adaptive", harmonics=True, power_max_W=POWER_MAX_W
    ),
}


@dataclass(frozen=True)
class Figures:
    """Of one run; NaN where it ended early or has no such figure."""

    peak_A: float
    """Largest converter-side current of any phase, ripple included."""
    link_min_V: float
    link_max_V: float
    angle_deg: float
    """Largest error while disturbed (a jump's own size counts)."""
    angle_end_deg: float
    frequency_Hz: float
    """Largest error."""
    withdrawn_s: float
    """Time without any current asked for."""
    thd_percent: float
    """Worst phase, over the last two cycles of the run ..."""
    thd_disturbed_percent: float
    """... and of a disturbance of `LONG_S` or longer."""
    outcome: str


def figures(scenario: Scenario, run: GridRun) -> Figures:
    """Take the figures of a run."""
    trace = run.trace
    peak = float(max(np.abs(trace[f"i_{k}"]).max() for k in "abc"))
    link = trace["u_dc"]
    error = np.degrees(np.abs(run.angle_error))
    late = run.time > run.time[-1] - 0.02
    step = float(run.time[1] - run.time[0])
    distortion = _distortion(run, trace.end) if scenario.steady else math.nan
    during = math.nan
    if scenario.steady and scenario.disturbed_s >= LONG_S:
        during = _distortion(run, SETTLE_S + scenario.disturbed_s)
    settled = abs(float(link[-2000:].mean()) / 800.0 - 1.0) < _SET_POINT
    outcome = "rides through"
    if peak > TRIP_A:
        outcome = "trips: current"
    elif link.max() > LINK_MAX_V:
        outcome = "trips: link voltage"
    elif not settled:
        outcome = "not settled"
    return Figures(
        peak, float(link.min()), float(link.max()), float(error.max()), float(error[late].max()),
        float(np.abs(run.frequency - run.grid_frequency).max()),
        step * int((run.share == 0.0).sum()), distortion, during, outcome,
    )  # fmt: skip


def _distortion(run: GridRun, end: float) -> float:
    window = Pieces(run.trace, end - CYCLES / 50.0, end)
    return 100.0 * max(spectrum(window, f"i_g_{k}", 50.0).thd for k in "abc")


def meet(
    bench: GridBench,
    settings: GridLawSettings,
    scenario: Scenario,
    change: Callable[[Any], None] = lambda _: None,
) -> Figures:
    """Run a scenario under laws, their record changed by `change`, and take its figures."""
    try:
        return figures(scenario, bench.run(settings, scenario.events, scenario.end_s, change))
    except SwitchedRunError as error:
        lost = math.nan
        return Figures(lost, lost, lost, lost, lost, lost, lost, lost, lost, f"stops: {error}")
