"""DOP853 with events over hand-written equations, rtol 1e-11: the independent reference.

A converter is seen as linear equations driven by the voltages of its ports: a half bridge, a
diode bridge, a single diode. A port's voltage v opposes its current c. Closed channels fix it;
an open port holds c = 0 with v between two bounds, or conducts at the upper one (c > 0) or the
lower one (c < 0). That is all there is to a diode; nothing of the engine's reduction is used.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

Array = NDArray[np.float64]
Modes = tuple[int, ...]
"""Of each port: 1 at its upper bound, -1 at its lower, 0 blocked, `FIXED` by a channel."""
FIXED = 2
ZERO_A = 1e-7
"""A current below this is none."""
SLACK_A = 1e-10
"""A current ends this far below zero, so that one that starts at zero does not end there."""
STRETCHES = 200
INSIDE = np.array([0.2, 0.4, 0.6, 0.8])
"""Where guards are looked at within a step (of its length)."""
EARLY = np.array([1e-4, 1e-3, 3e-3, 0.01, 0.03, 0.07, 0.15, 0.3, 0.6])
"""The same in the first step, where a guard is most likely to start close to zero and dip."""
FINER = 8.0
SHORTEST_S = 1e-11
TOGETHER_S = 1e-15
"""Edges nearer than this are one: legs that switch together differ in the last bit of t."""


class Equations(Protocol):
    """A converter by hand."""

    def currents(self, x: Array) -> Array:
        """Return the current of each port (A), linear in the states."""
        ...

    def bounds(self, t: float, x: Array, word: int) -> tuple[Array, Array]:
        """Return lower and upper voltage of each port (V); equal where a channel is closed."""
        ...

    def slopes(self, t: float, x: Array, word: int, modes: Modes, v: Array) -> Array:
        """Return the derivatives of the states (per s), affine in the voltages."""
        ...

    def outputs(self, t: float, x: Array) -> Array:
        """Return the circuit's probes (V, A)."""
        ...


class ReferenceFailed(RuntimeError):
    """The reference found no end of mode changes."""


@dataclass
class Reference:
    """A run of equations over gate edges.

    Attributes
    ----------
    equations : Equations
    x : Array
        States (A, V).
    max_step : float
        Longest step (s) to begin with; looks within each step (`INSIDE`, `EARLY`) find the
        guards that come and go there, and shorten it.
    """

    equations: Equations
    x: Array
    max_step: float = 2e-7

    def voltages(self, t: float, x: Array, word: int, modes: Modes) -> Array:
        """Return the ports' voltages; blocked ones such that their currents stay zero.

        Ports that float together rest as near as they can to the middle of their bounds.
        """
        low, high = self.equations.bounds(t, x, word)
        state = np.array(modes)
        middle = np.where(np.isfinite(low), 0.5 * (high + low), 0.0)
        v: Array = np.where(state == 0, middle, np.where(state < 0, low, high))
        blocked = np.flatnonzero(state == 0)
        if not len(blocked):
            return v
        e = self.equations
        base = e.currents(e.slopes(t, x, word, modes, v))[blocked]
        gain = np.zeros((len(blocked), len(blocked)))
        for j, port in enumerate(blocked):
            moved = v.copy()
            moved[port] += 1.0
            gain[:, j] = e.currents(e.slopes(t, x, word, modes, moved))[blocked] - base
        v[blocked] += np.linalg.lstsq(gain, -base, rcond=1e-9)[0]
        return v

    def enter(self, t: float, word: int, forced: dict[int, int]) -> Modes:
        """Return the modes at an instant, from the currents, or where they are zero, from v."""
        low, high = self.equations.bounds(t, self.x, word)
        currents = self.equations.currents(self.x)
        modes = [0] * len(low)
        for k, c in enumerate(currents):
            if low[k] == high[k]:
                modes[k] = FIXED
            elif abs(c) > ZERO_A:
                modes[k] = 1 if c > 0.0 else -1
            else:
                modes[k] = forced.get(k, 0)
        for _ in range(2 * len(modes)):
            v = self.voltages(t, self.x, word, tuple(modes))
            tie = 1e-9 * (1.0 + np.abs(v))
            above = [k for k, mode in enumerate(modes) if mode == 0 and v[k] > high[k] - tie[k]]
            below = [k for k, mode in enumerate(modes) if mode == 0 and v[k] < low[k] + tie[k]]
            if not above and not below:
                break
            excess = {k: v[k] - high[k] for k in above} | {k: low[k] - v[k] for k in below}
            worst = max(excess, key=lambda k: excess[k])
            modes[worst] = 1 if worst in above else -1
        return tuple(modes)

    def _events(self, word: int, modes: Modes) -> tuple[list[Any], list[tuple[int, int]]]:
        """Return the functions whose fall through zero ends the modes, and what it means."""
        functions: list[Any] = []
        meaning: list[tuple[int, int]] = []
        for k, mode in enumerate(modes):
            if mode in (1, -1):

                def current(t: float, x: Array, k: int = k, mode: int = mode) -> float:
                    return float(mode * self.equations.currents(x)[k] + SLACK_A)

                functions.append(current)
                meaning.append((k, 0))
            elif mode == 0:
                for side in (1, -1):

                    def spare(t: float, x: Array, k: int = k, side: int = side) -> float:
                        low, high = self.equations.bounds(t, x, word)
                        v = self.voltages(t, x, word, modes)[k]
                        return float(high[k] - v if side > 0 else min(v - low[k], 1e6))

                    functions.append(spare)
                    meaning.append((k, side))
        for function in functions:
            function.terminal, function.direction = True, -1.0
        return functions, meaning

    def _solve(
        self, rhs: Any, span: tuple[float, float], functions: list[Any], method: str, rtol: float
    ) -> Any:
        """Integrate until a guard falls through zero, with steps that miss none.

        `solve_ivp` looks at the ends of its steps: a diode that stops and starts again within
        one would go unseen.
        """
        step = self.max_step
        while True:
            done = solve_ivp(
                rhs, span, self.x, method, rtol=rtol, atol=rtol, events=functions,
                dense_output=True, max_step=step,
            )  # fmt: skip
            if step < SHORTEST_S or not _missed(done, functions):
                return done
            step /= FINER

    def run(
        self,
        edges: list[tuple[float, int]],
        t_end: float,
        times: Array,
        rtol: float = 1e-11,
        method: str = "DOP853",
    ) -> Array:
        """Return the probes (rows) at `times` (s, below `t_end`), run from edge to edge.

        Raises
        ------
        ReferenceFailed
            If modes change more than `STRETCHES` times between two edges.
        """
        columns = []
        for (start, word), (until, _) in pairwise([*edges, (t_end, 0)]):
            t, forced = start, dict[int, int]()
            for _ in range(STRETCHES):
                if t >= until:
                    break
                modes = self.enter(t, word, forced)
                functions, meaning = self._events(word, modes)

                def rhs(t: float, x: Array, word: int = word, modes: Modes = modes) -> Array:
                    v = self.voltages(t, x, word, modes)
                    return self.equations.slopes(t, x, word, modes, v)

                done = self._solve(rhs, (t, until), functions, method, rtol)
                stop = float(done.t[-1])
                for at in times[(times >= t) & (times < stop)]:
                    columns.append(self.equations.outputs(at, done.sol(at)))
                self.x, t, forced = done.y[:, -1], stop, {}
                if done.status == 1:
                    hit = next(k for k, found in enumerate(done.t_events) if len(found))
                    port, side = meaning[hit]
                    forced = {port: side} if side else {}
            else:
                raise ReferenceFailed(f"modes {modes} keep changing at t = {t:g} s")
        return np.array(columns).T


def _missed(done: Any, functions: list[Any]) -> bool:
    """Return whether a guard was below zero inside a step."""
    for k, (t, until) in enumerate(pairwise(done.t.tolist())):
        for at in t + (INSIDE if k else EARLY) * (until - t):
            x = done.sol(at)
            if any(function(at, x) < -SLACK_A for function in functions):
                return True
    return False


def edge_list(edges: tuple[Array, NDArray[np.int64]], gates: int) -> list[tuple[float, int]]:
    """Return edges as (instant, word), beginning with the word at t = 0."""
    found = [(0.0, gates)]
    for t, word in zip(edges[0].tolist(), edges[1].tolist(), strict=True):
        if t - found[-1][0] < TOGETHER_S:
            found[-1] = (found[-1][0], word)
        else:
            found.append((t, word))
    return found
