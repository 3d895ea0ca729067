"""Aggregate rate of a batch beside the same designs one after another, in one process."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from voltbench.plant_models.switched.batch.corners import batch_of
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.engine import Engine
from voltbench.plant_models.switched.modulation.fixed import Fixed
from voltbench.plant_models.switched.speed import recorded_edges

EVERY = 32
"""Of the designs, one in so many is run alone."""
CLOCKED = 4
"""Measurements by the clock for one by processor time: two idle cores are rarer than one."""
PAUSE_S = 2e-3
"""Before a measurement by the clock, so that it starts with a fresh share of the processor."""


@dataclass(frozen=True)
class BatchSpeed:
    """Simulated seconds of all designs together per second; best of alternating runs.

    Attributes
    ----------
    alone, batch : float
        One design after another, and in lockstep, per second of processor time.
    clock_one, clock_two : float
        In lockstep on one thread and on two, by the clock: true only if two cores are free.
    processor_two : float
        On two threads per second of processor time: less than `batch` where threads get in
        each other's way.
    events : float
        Diode events of a design in a period.
    """

    alone: float
    batch: float
    clock_one: float
    clock_two: float
    processor_two: float
    events: float


def _best(times: list[float], clock: Callable[[], float], work: Callable[[], None]) -> None:
    start = clock()
    work()
    times.append(clock() - start)


def _singles(
    circuits: Sequence[Circuit], controls: Sequence[Fixed], warm: int, periods: int
) -> tuple[Callable[[], None], float]:
    """Return what runs every so many-th design for `periods`, and what it simulates (s)."""
    runs = []
    for circuit, control in list(zip(circuits, controls, strict=True))[::EVERY]:
        engine = Engine(circuit)
        edges = recorded_edges(engine, control, periods, control.start_word)
        memory = engine.start(control.start_word)
        for _ in range(max(warm // periods, 1)):
            engine.advance(memory, edges, periods * control.period)
        runs.append((engine, memory, edges, periods * control.period))

    def work() -> None:
        for engine, memory, edges, duration in runs:
            engine.advance(memory, edges, duration)

    return work, sum(run[3] for run in runs)


def measure_batch(
    circuits: Sequence[Circuit],
    controls: Sequence[Fixed],
    periods: int,
    warm: int = 400,
    repeats: int = 25,
) -> BatchSpeed:
    """Return the rates over `periods` periods after `warm` others from the start."""
    batch = batch_of(circuits, controls)
    batch.run(warm)
    alone, simulated_alone = _singles(circuits, controls, warm, periods)
    simulated = periods * sum(control.period for control in controls)
    times: dict[str, list[float]] = {n: [] for n in ("alone", "batch", "one", "two", "both")}
    before = batch.work()[0]
    for _ in range(repeats):
        _best(times["alone"], time.thread_time, alone)
        _best(times["batch"], time.thread_time, lambda: batch.run(periods))
        _best(times["both"], time.process_time, lambda: batch.run(periods, threads=2))
    for _ in range(CLOCKED * repeats):
        time.sleep(PAUSE_S)
        _best(times["one"], time.perf_counter, lambda: batch.run(periods))
        time.sleep(PAUSE_S)
        _best(times["two"], time.perf_counter, lambda: batch.run(periods, threads=2))
    runs = 2 * (1 + CLOCKED) * repeats
    events = (batch.work()[0] - before) / (runs * periods * len(circuits))
    best = {name: float(np.min(taken)) for name, taken in times.items()}
    return BatchSpeed(
        simulated_alone / best["alone"],
        simulated / best["batch"],
        simulated / best["one"],
        simulated / best["two"],
        simulated / best["both"],
        events,
    )
