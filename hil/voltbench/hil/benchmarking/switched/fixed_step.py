"""Fixed-step Runge-Kutta 4 over the same circuits: how users without an exact solver do it.

Every configuration's A from the engine; gate edges happen at grid points, diodes change at
the end of the step in which their guard went negative. What it costs to come within 1 % of
the exact waveform is the figure: the largest step that does is sought.
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.hil.benchmarking.switched.cases import Case
from voltbench.hil.benchmarking.switched.exact import SAMPLE, error, reference
from voltbench.plant_models.switched.library import UNKNOWN, Library
from voltbench.plant_models.switched.reduction import Modes
from voltbench.plant_models.switched.tableau import Array

ENOUGH = 0.01
"""Error to come below: rms, of each probe's rms."""
FLIPS = 60
IMPULSE = 1e-7
Ints = NDArray[np.int64]


@plant_kernel
def _times(matrix: Array, vector: Array, result: Array) -> None:
    rows, columns = matrix.shape
    for r in range(rows):
        total = 0.0
        for c in range(columns):
            total += matrix[r, c] * vector[c]
        result[r] = total


@plant_kernel
def _settle(
    k: int,
    crossed: int,
    z: Array,
    w: Array,
    jump: Array,
    guards: Array,
    impulses: Array,
    flips: Ints,
    bound: Ints,
    need: Ints,
) -> int:
    """Return a configuration whose guards hold (-1: one is missing, see `need`)."""
    for _ in range(FLIPS):
        bad = -1
        if bound[k] >= 0:
            _times(jump[bound[k]], z, w)
            far = 0.0
            for j in range(len(z)):
                far = max(far, abs(w[j] - z[j]))
            if far > IMPULSE and crossed == 0:
                for g in range(guards.shape[1]):
                    push = 0.0
                    for j in range(len(z)):
                        push += impulses[k, g, j] * z[j]
                    if push > 1e-9 and bad < 0:
                        bad = g
            if bad < 0:
                z[:] = w
        if bad < 0:
            for g in range(guards.shape[1]):
                value = 0.0
                for j in range(len(z)):
                    value += guards[k, g, j] * z[j]
                if value < -1e-9 and bad < 0:
                    bad = g
        if bad < 0:
            return k
        if flips[k, bad] < 0:
            need[0], need[1] = k, bad
            return -1
        k = flips[k, bad]
    return k  # a step further on it is tried again


@plant_kernel
def march(
    k: int,
    z: Array,
    h: float,
    steps: int,
    edge_n: Ints,
    edge_g: Ints,
    every: int,
    a: Array,
    outputs: Array,
    jump: Array,
    guards: Array,
    impulses: Array,
    flips: Ints,
    bound: Ints,
    after: Ints,
    out: Array,
    need: Ints,
) -> int:
    """Run `steps` steps of `h` (nominal periods); return 0, or 1 where a configuration is missing.

    Stores the outputs every `every` steps.
    """
    n = len(z)
    w, k1, k2, k3, k4 = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    values = np.zeros(outputs.shape[1])
    edge = 0
    for s in range(steps):
        crossed = 0
        while edge < len(edge_n) and edge_n[edge] <= s:
            if after[k, edge_g[edge]] < 0:
                need[0], need[1] = k, -1 - edge_g[edge]
                return 1
            k = after[k, edge_g[edge]]
            edge += 1
            found = _settle(k, 0, z, w, jump, guards, impulses, flips, bound, need)
            if found < 0:
                return 1
            k = found
        for g in range(guards.shape[1]):
            value = 0.0
            for j in range(n):
                value += guards[k, g, j] * z[j]
            if value < -1e-9 and crossed == 0:
                crossed = 1
                if flips[k, g] < 0:
                    need[0], need[1] = k, g
                    return 1
                k = flips[k, g]
        if crossed:
            found = _settle(k, 1, z, w, jump, guards, impulses, flips, bound, need)
            if found < 0:
                return 1
            k = found
        if s % every == 0:
            _times(outputs[k], z, values)
            for y in range(len(values)):
                out[y, s // every] = values[y]
        _times(a[k], z, k1)
        for j in range(n):
            w[j] = z[j] + 0.5 * h * k1[j]
        _times(a[k], w, k2)
        for j in range(n):
            w[j] = z[j] + 0.5 * h * k2[j]
        _times(a[k], w, k3)
        for j in range(n):
            w[j] = z[j] + h * k3[j]
        _times(a[k], w, k4)
        for j in range(n):
            z[j] += h / 6.0 * (k1[j] + 2.0 * (k2[j] + k3[j]) + k4[j])
    return 0


class Stepper:
    """The matrices of a circuit's configurations, collected as a run asks for them."""

    def __init__(self, case: Case) -> None:
        self.case, self.library = case, Library(case.circuit)
        self._flips: dict[tuple[int, int], int] = {}
        self._after: dict[tuple[int, int], int] = {}
        self._start = self.library.number(Modes(case.gates, 0))
        self._pack()

    def _pack(self) -> None:
        """Lay the configurations out for the kernel."""
        lo, reduced = self.library.layout, self.library.reduced
        count, size = len(reduced), lo.size
        self.guards = np.zeros((count, max(lo.guards, 1), size))
        self.impulses = np.zeros_like(self.guards)
        for k, one in enumerate(reduced):
            self.guards[k, : len(one.guards)] = one.guards
            self.impulses[k, : len(one.impulses)] = one.impulses
        self.a = np.array([r.a for r in reduced])
        self.outputs = np.array([r.outputs for r in reduced])
        self.jump = np.array([r.project for r in reduced])
        bound = [k if len(r.constraints) else -1 for k, r in enumerate(reduced)]
        self.bound = np.array(bound, np.int64)
        self.flips = np.full((count, max(lo.guards, 1)), -1, np.int64)
        self.after = np.full((count, 1 << lo.gates), -1, np.int64)
        for at, to in self._flips.items():
            self.flips[at] = to
        for at, to in self._after.items():
            self.after[at] = to

    def _resolve(self, k: int, what: int) -> None:
        modes, library = self.library.modes[k], self.library
        if what < 0:
            self._after[k, -1 - what] = library.number(library.after_gates(modes, -1 - what))
        else:
            change = sum(1 << d for d in library.reduced[k].guard_diodes[what])
            self._flips[k, what] = library.number(Modes(modes.gates, modes.diodes ^ change))
        self._pack()

    def run(self, step: float, every: int) -> tuple[Array, float]:
        """Return the probes every `every` steps of `step` (s), and the processor seconds."""
        case = self.case
        steps = round(case.duration / step)
        edge_n = np.round(case.edges[0] / step).astype(np.int64)
        need = np.full(2, UNKNOWN, np.int64)
        outputs = len(case.circuit.probes)
        while True:
            z = self.library.start()
            out = np.zeros((outputs, (steps - 1) // every + 1))
            began = time.process_time()
            missing = march(
                self._start, z, step / case.circuit.nominal.period, steps, edge_n, case.edges[1],
                every, self.a, self.outputs, self.jump, self.guards, self.impulses, self.flips,
                self.bound, self.after, out, need,
            )  # fmt: skip
            busy = time.process_time() - began
            if not missing:
                return out, busy
            self._resolve(int(need[0]), int(need[1]))


@dataclass(frozen=True)
class FixedStep:
    """The largest step (s) that was found to come within 1 %, its error and speed (x real time)."""

    step: float
    error: float
    speed: float


def largest_step(case: Case, turns: int = 3) -> FixedStep | None:
    """Return the largest step within 1 %, by bisection; None: none down to 0.5 ns.

    Steps are whole parts of a sample. Their error is not monotonic, for edges fall on the grid
    by luck: what is found is a step within 1 % whose double, or a neighbour, is not.
    """
    stepper, exact = Stepper(case), reference(case)

    def tried(count: int) -> float:
        out = stepper.run(SAMPLE / count, count)[0]
        return error(out, exact) if np.isfinite(out).all() else np.inf

    low, high = 0, 1
    while tried(high) > ENOUGH:
        low, high = high, 2 * high
        if high > 1024:
            return None
    while high - low > max(1, high // 16):
        middle = (low + high) // 2
        if tried(middle) <= ENOUGH:
            high = middle
        else:
            low = middle
    best = min(stepper.run(SAMPLE / high, high)[1] for _ in range(turns))
    return FixedStep(SAMPLE / high, tried(high), case.duration / best)
