"""Race motulator: its two-level grid converter over the same gate edges as ours.

motulator is imported only here and only where it is installed. Its converter is lossless, so
ours is too in this race: no resistance, drop or dead time in the bridge. It integrates each
interval between two edges by scipy's `solve_ivp`; the choice is the ceiling of the step.
"""

import importlib.util
import math
import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from voltbench.hil.benchmarking.switched.cases import Case, two_level
from voltbench.hil.benchmarking.switched.exact import error, reference
from voltbench.hil.benchmarking.switched.rivals.guarded import run_guarded
from voltbench.hil.benchmarking.switched.rivals.setting import Outcome, Raced, Setting, best
from voltbench.plant_models.switched.tableau import Array
from voltbench.plant_models.switched.topologies.active_front_end import ActiveFrontEndParameters
from voltbench.plant_models.switched.topologies.device import Transistor

TURNS = 3
LIMIT_S = 60.0
FINE = 0.1e-6
"""Spacing at which waveforms are compared (s)."""
SETTINGS = (
    Setting("solve_ivp as it comes", {}),
    Setting("step up to 2 us", {"max_step": 2e-6}),
    Setting("step up to 0.5 us", {"max_step": 0.5e-6}),
)


def installed() -> bool:
    """Return whether motulator can be imported."""
    return importlib.util.find_spec("motulator") is not None


def lossless() -> ActiveFrontEndParameters:
    """Return the two-level front end with the ideal bridge that motulator has."""
    return replace(
        ActiveFrontEndParameters(), device=Transistor(0.0, 0.0, 0.0, 0.0, 0.0), dead_time_s=0.0
    )


def lossless_case(duration: float) -> Case:
    """Return the race: the two-level front end's case without losses in the bridge."""
    return replace(two_level(duration, lossless()), name="two-level, ideal bridge", target=0.0)


class _Replay:
    """The recorded edges as motulator's control system and modulator, a switching period a call."""

    def __init__(self, case: Case) -> None:
        self._period, self._count = case.period, case.periods
        self._times = np.append(case.edges[0], case.duration)
        self._words = [case.gates, *case.edges[1].tolist()]

    def __call__(self, model: Any) -> tuple[float, int]:
        return self._period, round(model.t0 / self._period)

    def pwm(self, period: float, index: int) -> tuple[Array, Array]:
        """Return durations (s) and complex switching states of a period."""
        begin, end = index * period, (index + 1) * period
        first, last = np.searchsorted(self._times[:-1], [begin + 1e-12, end - 1e-12])
        bounds = np.concatenate([[begin], self._times[first:last], [end]])
        turn = np.exp(2j * np.pi / 3.0 * np.arange(3))
        states = [
            2.0 / 3.0 * sum(turn[k] * (word >> 2 * k & 1) for k in range(3))
            for word in self._words[first : last + 1]
        ]
        return np.diff(bounds), np.array(states)

    def post_process(self) -> None:
        """Do nothing: no control signals are recorded."""


def _model(p: ActiveFrontEndParameters, u_dc: float, replay: _Replay) -> Any:
    from motulator.grid import model  # an optional dependency: `races` of pyproject.toml

    converter = model.VoltageSourceConverter(u_dc, p.bus_capacitance_F, lambda t: 0.0)
    # the load hangs on the bus: its current follows the voltage of the same instant
    converter.i_dc = lambda t: -converter.u_dc / p.dc.load_resistance_Ohm
    grid = p.grid
    coil = SimpleNamespace(
        L_fc=grid.inductance_H, R_fc=grid.resistance_Ohm, L_g=0.0, R_g=0.0, C_f=0.0, L_fg=0.0
    )
    source = model.ThreePhaseVoltageSource(
        2.0 * math.pi * grid.grid_frequency_Hz, grid.amplitude_V, phi=-0.5 * math.pi
    )
    system = model.GridConverterSystem(converter, model.ACFilter(coil), source)
    system.pwm, system.delay = replay.pwm, lambda index: index
    return system


def run_setting(case: Case, setting: Setting) -> Outcome:
    """Run one setting; every step is kept, as the simulator does by itself."""
    from motulator.grid.model import Simulation

    busy = np.inf
    for _ in range(TURNS):
        replay = _Replay(case)
        system = _model(lossless(), case.circuit.initial["bus"], replay)
        began = time.process_time()
        # its loop runs while t <= t_stop: it shall not begin one more period
        Simulation(system, replay).simulate(
            case.duration - 0.5 * case.period, **dict(setting.arguments)
        )
        busy = min(busy, time.process_time() - began)
    current, turn = -system.ac_filter.data.i_cs, np.exp(-2j * np.pi / 3.0 * np.arange(3))
    waves = [*(np.real(current * t) for t in turn), np.real(system.converter.data.u_dc)]
    exact = reference(case, FINE)
    instants = np.arange(exact.shape[1], dtype=np.float64) * FINE
    times = np.asarray(system.converter.data.t)
    ours = np.array([np.interp(instants, times, row) for row in waves])
    return Outcome(setting, error(ours, exact), case.duration / busy)


def motulator_race(case: Case) -> Raced | None:
    """Race motulator over a lossless case; None where it is not installed."""
    if not installed():
        return None
    return best(run_guarded(run_setting, case, SETTINGS, LIMIT_S))
