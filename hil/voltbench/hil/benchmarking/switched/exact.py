"""The generated kernel and the same text in C over a case: speed and the reference waveform."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from voltbench.hil.benchmarking.switched.cases import Case
from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.compiled_c import c_kernel
from voltbench.plant_models.switched.engine import Engine, Memory, trace_of
from voltbench.plant_models.switched.tableau import Array

SAMPLE = 0.5e-6
"""Spacing of the stored waveform (s): 2 MS/s of every probe."""
Kernel = Callable[..., int]


@dataclass(frozen=True)
class Pace:
    """Simulated seconds per processor second (0: no gcc), and the median ratio of the turns."""

    numba: float
    c: float
    ratio: float


def run(engine: Engine, case: Case, sample: float) -> Memory:
    """Run a case from its start and return the memory with what it stored."""
    memory = engine.start(case.gates)
    engine.store(memory, sample, int(case.duration / sample) + 5 if sample else 0, 0)
    memory.out.fill(0.0)  # pages are touched before the clock starts
    engine.advance(memory, case.edges, case.duration)
    return memory


def reference(case: Case, sample: float = SAMPLE) -> Array:
    """Return the exact probes (rows) at the multiples of `sample`."""
    engine = Engine(case.circuit)
    return trace_of(engine, run(engine, case, sample)).outputs


def race(case: Case, sample: float, turns: int) -> Pace:
    """Time Numba and C in turns over a case, waveform stored every `sample` s (0: not)."""
    engine = Engine(case.circuit)
    numba_kernel = engine.kernel
    kernels: dict[str, Kernel] = {"numba": numba_kernel}
    compiled = c_kernel(engine.library.layout)
    if compiled is not None:
        kernels["c"] = compiled
    run(engine, case, sample)  # meets every configuration
    taken: dict[str, list[float]] = {name: [] for name in kernels}
    for turn in range(turns):
        order = list(kernels.items())
        for name, kernel in order if turn % 2 else reversed(order):
            engine.kernel = kernel
            taken[name].append(_timed(engine, case, sample))
    numba = case.duration / min(taken["numba"])
    if "c" not in taken:
        return Pace(numba, 0.0, 0.0)
    pairs = zip(taken["numba"], taken["c"], strict=True)
    ratio = float(np.median([a / b for a, b in pairs]))
    return Pace(numba, case.duration / min(taken["c"]), ratio)


def _timed(engine: Engine, case: Case, sample: float) -> float:
    memory = engine.start(case.gates)
    engine.store(memory, sample, int(case.duration / sample) + 5 if sample else 0, 0)
    memory.out.fill(0.0)
    began = time.process_time()
    engine.advance(memory, case.edges, case.duration)
    taken = time.process_time() - began
    if memory.whole[lay.N_EDGE] != len(case.edges[0]):
        raise RuntimeError(f"{case.name}: the run ended before its edges did")
    return taken


def error(ours: Array, exact: Array) -> float:
    """Return the largest over the probes of rms difference relative to the probe's rms."""
    count = min(ours.shape[1], exact.shape[1])
    difference = np.sqrt(((ours[:, :count] - exact[:, :count]) ** 2).mean(axis=1))
    size = np.sqrt((exact[:, :count] ** 2).mean(axis=1))
    return float((difference / size).max())
