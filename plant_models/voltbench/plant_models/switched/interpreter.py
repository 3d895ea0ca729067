"""The same circuit run slowly and plainly: the check on tables, generator and compilers.

Shares with the kernel only the reduced configurations and the meaning of a consistent one.
No Taylor series, no cells, no Newton: matrix exponentials, guards sampled at 64 instants in
every stretch a mode can turn in, bisection between two of them. Thousands of times slower.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import expm
from scipy.optimize import brentq

from voltbench.plant_models.switched.errors import SwitchedRunError
from voltbench.plant_models.switched.layout import JUMP, MAX_FLIPS, TIE
from voltbench.plant_models.switched.library import Library
from voltbench.plant_models.switched.reduction import Modes, Reduced, describe
from voltbench.plant_models.switched.tableau import Array

LOOKS = 64


@dataclass
class Interpreter:
    """One run of a circuit.

    Attributes
    ----------
    library : Library
        The circuit's configurations.
    modes : Modes
        The configuration that holds.
    states : Array
        Scaled states.
    time : float
        Simulated time (s).
    """

    library: Library
    modes: Modes
    states: Array
    time: float = 0.0

    @property
    def _reduced(self) -> Reduced:
        return self.library.reduced[self.library.number(self.modes)]

    def settle(self) -> None:
        """Change diodes until impulses, guards and their first two derivatives agree.

        Raises
        ------
        SwitchedRunError
            If none is found or an inductor current is interrupted.
        """
        for _ in range(MAX_FLIPS):
            bad, states = self._violated()
            if bad < 0:
                self.states = states
                return
            self._flip(bad)
        raise self._error("no consistent configuration")

    def _violated(self) -> tuple[int, Array]:
        """Return the first violated guard (-1: none) and the states this configuration holds."""
        r, z = self._reduced, self.states
        if len(r.constraints) or r.held:
            projected = r.project @ z
            moved = np.delete(np.abs(projected - z), self.library.layout.silent)
            if moved.max() > JUMP:
                impulses = r.impulses @ z
                if (impulses > TIE).any():
                    return int(np.argmax(impulses > TIE)), z
                if any(r.inductive):
                    raise self._error("an inductor current is interrupted")
            z = projected
        length = self._length()
        rows = r.guards
        open_question = np.ones(len(rows), dtype=bool)
        violated = np.zeros(len(rows), dtype=bool)
        for _ in range(3):
            value = rows @ z
            violated |= open_question & (value < -TIE)
            open_question &= np.abs(value) <= TIE
            rows = rows @ r.a * length
        return (int(np.argmax(violated)) if violated.any() else -1), z

    def advance(self, gates: int, duration: float) -> None:
        """Apply a gate word now and hold it for `duration` (s)."""
        self.modes = self.library.after_gates(self.modes, gates)
        self.settle()
        period = self.library.circuit.nominal.period
        end = self.time + duration
        while (left := (end - self.time) / period) > 0.0:
            span = min(left, self._length())
            event = self._first_crossing(span)
            span = event[0] if event else span
            self.states = expm(self._reduced.a * span) @ self.states
            self.time = end if span == left else self.time + span * period
            if event:
                self._flip(event[1])
                self.settle()

    def outputs(self) -> Array:
        """Return the probes (V, A)."""
        values: Array = self._reduced.outputs @ self.states
        return values

    def _length(self) -> float:
        """Return the stretch (nominal periods) that looks are spread over."""
        norm = float(np.abs(self._reduced.a).sum(axis=0).max())
        return min(1.0, 1.0 / max(norm, 1e-12))

    def _first_crossing(self, span: float) -> tuple[float, int] | None:
        r = self._reduced
        step = expm(r.a * (span / LOOKS))
        z = self.states
        seen = r.guards @ z > TIE
        for look in range(LOOKS):
            after = step @ z
            values = r.guards @ after
            crossed = np.flatnonzero(values < -1e-11)
            if len(crossed):
                found = [(self._locate(r, int(g), z, span / LOOKS), int(g)) for g in crossed]
                at, guard = min(found)
                if seen[guard] or at > 0.0:
                    return look * span / LOOKS + at, guard
            seen |= values > TIE
            z = after
        return None

    def _locate(self, r: Reduced, guard: int, z: Array, length: float) -> float:
        def value(x: float) -> float:
            return float(r.guards[guard] @ (expm(r.a * x) @ z))

        if value(0.0) <= 0.0:
            return 0.0
        return float(brentq(value, 0.0, length, xtol=1e-15, rtol=1e-14))

    def _flip(self, guard: int) -> None:
        change = sum(1 << k for k in self._reduced.guard_diodes[guard])
        self.modes = Modes(self.modes.gates, self.modes.diodes ^ change)

    def _error(self, message: str) -> SwitchedRunError:
        return SwitchedRunError(message, self.time, describe(self.library.tableau, self.modes))
