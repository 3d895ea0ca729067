"""Race pulsim: the same circuits and gate edges, each of its engines at several steps.

pulsim is imported only here and only where it is installed. Its three engines: `pwl` (fixed
step, trapezoidal), `trbdf2` (variable step), `dsed` (events).
"""

import importlib.util
import time
import warnings
from bisect import bisect_right
from typing import Any

import numpy as np

from voltbench.hil.benchmarking.switched.cases import Case
from voltbench.hil.benchmarking.switched.exact import error, reference
from voltbench.hil.benchmarking.switched.rivals.guarded import run_guarded
from voltbench.hil.benchmarking.switched.rivals.pulsim_circuit import PulsimCircuit
from voltbench.hil.benchmarking.switched.rivals.setting import Outcome, Raced, Setting, best
from voltbench.plant_models.switched.elements import Capacitor, Inductor
from voltbench.plant_models.switched.tableau import Array

PERIODS = 30
TURNS = 3
LIMIT_S = 20.0
"""Wall time of a setting, all its turns."""
FINE = 0.1e-6
"""Spacing at which waveforms are compared (s)."""
LATER = 1e-13
"""An edge is in force this long before its instant (s): steps land on it but for round-off."""


def _fixed(step_ns: float) -> Setting:
    return Setting(f"pwl, {step_ns:g} ns", {"engine": "pwl", "dt": step_ns * 1e-9})


def _variable(relative: float, absolute: float) -> Setting:
    name = f"trbdf2, rtol {relative:g}, atol {absolute:g}"
    return Setting(name, {"engine": "trbdf2", "rtol": relative, "atol": absolute})


SETTINGS = (
    *(_fixed(step) for step in (100.0, 50.0, 30.0, 20.0, 15.0, 10.0, 5.0)),
    Setting(
        "pwl, 50 ns, substep correction",
        {"engine": "pwl", "dt": 50e-9, "enable_substep_state_correction": True},
    ),
    _variable(1e-5, 1e-8),
    _variable(1e-4, 1e-6),
    _variable(1e-3, 1e-3),
    _variable(1e-2, 1e-2),
    Setting("dsed, 10 us ceiling", {"engine": "dsed"}),
    Setting("dsed, 1 us ceiling", {"engine": "dsed", "dt": 1e-6}),
    Setting("dsed, 100 ns ceiling", {"engine": "dsed", "dt": 1e-7}),
)


def installed() -> bool:
    """Return whether pulsim can be imported."""
    return importlib.util.find_spec("pulsim") is not None


class _Schedule:
    """The recorded gate words as pulsim's `switch_fn`."""

    def __init__(self, case: Case, declared: PulsimCircuit, pulsim: Any) -> None:
        count = declared.builder.graph.num_switches

        def mask(word: int) -> Any:
            found = pulsim.SwitchStateMask(count)
            for bit, switches in declared.gates.items():
                for switch in switches:
                    found.set(switch, bool(word >> bit & 1))
            return found

        self._times = case.edges[0].tolist()
        self._masks = [mask(w) for w in (case.gates, *case.edges[1].tolist())]

    def __call__(self, t: float) -> Any:
        return self._masks[bisect_right(self._times, t + LATER)]


def _start(case: Case, declared: PulsimCircuit, engine: object) -> Array:
    """Return the initial state: `dsed` asks for capacitors, then inductors, alone."""
    if engine != "dsed":
        return declared.start()
    circuit = case.circuit
    return np.array([
        circuit.initial.get(e.name, 0.0)
        for kind in (Capacitor, Inductor)
        for e in circuit.elements
        if isinstance(e, kind)
    ])  # fmt: skip


def run_setting(case: Case, setting: Setting) -> Outcome:
    """Run one setting; the waveform at every step is kept, as the simulator does by itself."""
    import pulsim  # an optional dependency: `races` of pyproject.toml

    busy = np.inf
    try:
        for _ in range(TURNS):
            declared = PulsimCircuit(case.circuit, pulsim.CircuitBuilder())
            schedule = _Schedule(case, declared, pulsim)
            start = _start(case, declared, setting.arguments["engine"])
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of ideal diodes; what they cost shows as error
                began = time.process_time()
                found = pulsim.simulate(
                    declared.builder, case.duration, switch_fn=schedule, initial_state=start,
                    **setting.arguments,
                )  # fmt: skip
                busy = min(busy, time.process_time() - began)
        waves = declared.outputs(np.asarray(found.states))
    except (RuntimeError, ValueError, NotImplementedError) as failed:
        return Outcome(setting, failure=str(failed).splitlines()[0])
    exact, times = reference(case, FINE), np.asarray(found.times)
    instants = np.arange(exact.shape[1], dtype=np.float64) * FINE
    ours = np.array([np.interp(instants, times, row) for row in waves])
    off = error(ours, exact) if np.isfinite(ours).all() else np.inf
    return Outcome(setting, off, case.duration / busy)


def pulsim_race(case: Case) -> Raced | None:
    """Race pulsim over the first periods of a case; None where it is not installed."""
    if not installed():
        return None
    return best(run_guarded(run_setting, case.shorter(PERIODS), SETTINGS, LIMIT_S))
