"""Aggregate rate of a batch beside the same designs one after another, in one process."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from voltbench.plant_models.switched.batch.batch import Batch
from voltbench.plant_models.switched.batch.pattern import pattern_of
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.engine import Engine
from voltbench.plant_models.switched.modulation.fixed import Fixed
from voltbench.plant_models.switched.speed import recorded_edges


@dataclass(frozen=True)
class BatchSpeed:
    """Simulated seconds of all designs together per wall second, best of interleaved runs."""

    alone: float
    batch: float
    two_threads: float


def measure_batch(
    circuits: Sequence[Circuit], controls: Sequence[Fixed], periods: int, repeats: int = 9
) -> BatchSpeed:
    """Return the rates over `periods` periods; every 32nd design is run alone."""
    edges = [control.edges(0, np.zeros(0)) for control in controls]
    lengths = [control.period for control in controls]
    batch = Batch(circuits, pattern_of(edges, lengths, controls[0].start_word))
    batch.run(periods)
    singles = []
    for circuit, control in list(zip(circuits, controls, strict=True))[::32]:
        engine = Engine(circuit)
        listed = recorded_edges(engine, control, periods, control.start_word)
        memory = engine.start(control.start_word)
        engine.advance(memory, listed, periods * control.period)
        singles.append((engine, memory, listed, periods * control.period))
    alone = one = two = np.inf
    for _ in range(repeats):
        start = time.perf_counter()
        for single in singles:
            single[0].advance(*single[1:])
        alone = min(alone, time.perf_counter() - start)
        start = time.perf_counter()
        batch.run(periods)
        one = min(one, time.perf_counter() - start)
        start = time.perf_counter()
        batch.run(periods, threads=2)
        two = min(two, time.perf_counter() - start)
    simulated = periods * sum(lengths)
    return BatchSpeed(
        sum(single[3] for single in singles) / alone, simulated / one, simulated / two
    )
