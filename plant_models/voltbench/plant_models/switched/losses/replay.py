"""A run cut into its segments: in each the states are known in closed form.

The kernel finds the events; between two of them z(t) = exp(A t) z, so that every loss can be
integrated afterwards without touching what runs in real time.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

import numpy as np

from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.engine import Edges, Engine, Memory
from voltbench.plant_models.switched.errors import SwitchedRunError
from voltbench.plant_models.switched.tableau import Array
from voltbench.plant_models.switched.tables import taylor

NODES = 12
"""Gauss points in a cell: they integrate products of two of the kernel's polynomials
(12 coefficients, so degree 22 at most) to round-off."""
AGREES = 1e-6
"""Scaled states at the end, replayed against the kernel's."""
TERMS = 20
"""Taylor coefficients over a cell, the kernel's and as many more as leave no trace."""
EVENTS = 4000
"""Room for configurations in one period."""


@dataclass(frozen=True)
class Segment:
    """A stretch in one configuration.

    Attributes
    ----------
    start, length : float
        Time from the start of the replay, duration (s).
    number : int
        The configuration.
    before, state, after : Array
        Scaled states as they arrive, as the configuration takes them over, and at its end.
    nodes, weights, states : Array
        Gauss instants from the segment's start (s), their weights (s), scaled states there.
    """

    start: float
    length: float
    number: int
    before: Array
    state: Array
    after: Array
    nodes: Array
    weights: Array
    states: Array


def replay(engine: Engine, memory: Memory, edges: Edges, duration: float) -> list[Segment]:
    """Advance `memory` by `duration` (s) and return what happened, segment by segment.

    Raises
    ------
    SwitchedRunError
        As `Engine.advance`, or if the replay does not arrive where the kernel did.
    """
    work = deepcopy(memory)
    engine.store(work, 0.0, 0, EVENTS)
    base = float(work.real[lay.S_BASE])
    work.real[lay.S_BASE] = 0.0  # event times keep their resolution
    number = int(work.whole[lay.N_CONFIG])
    z = work.real[lay.S_STATES :].copy()
    engine.advance(work, edges, duration)
    count = int(work.whole[lay.N_EVENTS])
    times = [0.0, *work.event_t[:count], duration]
    numbers = [number, *work.event_c[:count].tolist()]
    segments = list(_segments(engine, z, times, numbers))
    end = work.real[lay.S_STATES :]
    off = float(np.abs(segments[-1].after - end).max())
    if off > AGREES:
        name = engine.library.describe(numbers[-1])
        raise SwitchedRunError(f"replay ends {off:.3g} (scaled) beside the run", duration, name)
    memory.real[:], memory.whole[:] = work.real, work.whole
    memory.real[lay.S_BASE] += base
    return segments


def _segments(
    engine: Engine, z: Array, times: list[float], numbers: list[int]
) -> Iterator[Segment]:
    """Yield the segments from their starts; the first one's state is already its own."""
    library = engine.library
    period = library.circuit.nominal.period
    x, weight = np.polynomial.legendre.leggauss(NODES)
    x, weight = 0.5 * (x + 1.0), 0.5 * weight
    ends = np.append(x, 1.0)
    series: dict[int, Array] = {}
    for k, number in enumerate(numbers):
        reduced = library.reduced[number]
        if number not in series:
            series[number] = taylor(reduced.a, 1.0, TERMS)
        length = times[k + 1] - times[k]
        before = z
        moves = k > 0 and (len(reduced.constraints) > 0 or len(reduced.held) > 0)
        state = reduced.project @ z if moves else z
        cell = float(library.tables[number * library.layout.stride])
        cells = max(1, int(np.ceil(length / cell)))
        powers = np.vander(ends * (length / cells / period), TERMS, increasing=True)
        found, at = [], state
        for _ in range(cells):
            inside = powers @ (series[number] @ at)
            found.append(inside[:-1])
            at = inside[-1]
        starts = np.arange(cells)[:, None] * (length / cells)
        nodes = (starts + x * (length / cells)).ravel()
        weights = np.tile(weight * (length / cells), cells)
        z = at
        yield Segment(times[k], length, number, before, state, at, nodes, weights, np.vstack(found))
