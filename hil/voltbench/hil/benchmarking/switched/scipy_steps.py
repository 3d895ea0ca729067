"""scipy's solvers with events over the same matrices, restarted at every edge and commutation."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

from voltbench.hil.benchmarking.switched.cases import Case
from voltbench.hil.benchmarking.switched.exact import SAMPLE, error, reference
from voltbench.plant_models.switched.interpreter import Interpreter
from voltbench.plant_models.switched.library import Library
from voltbench.plant_models.switched.reduction import Modes
from voltbench.plant_models.switched.tableau import Array

METHOD, RELATIVE = "RK45", 1e-3
LEAST = 1e-9
"""A guard ends this far below zero, so that one that starts at zero does not end there."""


@dataclass(frozen=True)
class ScipySpeed:
    """Speed (x real time) over a short stretch, and its error there."""

    speed: float
    error: float


class Events(Interpreter):
    """The plain interpreter with `solve_ivp` in place of matrix exponentials; keeps samples."""

    times: Array
    columns: list[Array]

    def march(self, gates: int, until: float) -> None:
        """Apply a gate word and run to `until` (s)."""
        self.modes = self.library.after_gates(self.modes, gates)
        self.settle()
        period = self.library.circuit.nominal.period
        while self.time < until:
            r = self._reduced
            rows, a = r.guards, r.a

            def rhs(t: float, z: Array, a: Array = a) -> Array:
                slope: Array = a @ z
                return slope

            functions: list[Any] = []
            for row in rows:
                function: Any = lambda t, z, row=row: row @ z + LEAST  # noqa: E731
                function.terminal, function.direction = True, -1.0
                functions.append(function)
            done = solve_ivp(
                rhs, (self.time / period, until / period), self.states, METHOD, rtol=RELATIVE,
                atol=RELATIVE * 1e-3, events=functions, dense_output=True,
            )  # fmt: skip
            stop = until if done.status == 0 else float(done.t[-1]) * period
            inside = self.times[(self.times >= self.time) & (self.times < stop)]
            if len(inside):
                self.columns.append(r.outputs @ done.sol(inside / period))
            self.states, self.time = done.y[:, -1], stop
            if done.status == 1:
                self._flip(next(k for k, found in enumerate(done.t_events) if len(found)))
                self.settle()


def scipy_speed(case: Case) -> ScipySpeed:
    """Run a (short) case with scipy.

    Raises
    ------
    SwitchedRunError
        If its tolerance leads it into a configuration that does not settle.
    """
    library = Library(case.circuit)
    best = np.inf
    for _ in range(2):  # the first run meets the configurations
        run = Events(library, Modes(case.gates, 0), library.start())
        count = int(case.duration / SAMPLE * (1.0 - 1e-12)) + 1
        run.times, run.columns = np.arange(count, dtype=np.float64) * SAMPLE, []
        began = time.process_time()
        word = case.gates
        for t, now in zip(case.edges[0].tolist(), case.edges[1].tolist(), strict=True):
            if t > run.time:
                run.march(word, t)
            word = now
        run.march(word, case.duration)
        best = min(best, time.process_time() - began)
    return ScipySpeed(case.duration / best, error(np.hstack(run.columns), reference(case)))
