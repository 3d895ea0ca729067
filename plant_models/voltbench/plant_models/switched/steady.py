"""Run a switched circuit into its periodic steady state, and measure a period of it exactly."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.engine import Edges, Engine, Memory, trace_of
from voltbench.plant_models.switched.tableau import Array

BLOCK = 40
"""Periods between two looks at the states."""
MAX_BLOCKS = 4000
RUNAWAY = 1e3
"""Times the circuit's nominal current or voltage: a run that got here has no steady state."""


class NotSettled(RuntimeError):
    """The run did not become periodic in the time given."""


@dataclass(frozen=True)
class PeriodMeans:
    """Mean and rms of each probe, and mean products of pairs, over whole periods."""

    names: tuple[str, ...]
    samples: Array

    def mean(self, name: str) -> float:
        """Return the mean of a probe."""
        return float(self.samples[self.names.index(name)].mean())

    def rms(self, name: str) -> float:
        """Return the rms of a probe."""
        return float(np.sqrt((self.samples[self.names.index(name)] ** 2).mean()))

    def product(self, one: str, other: str) -> float:
        """Return the mean product of two probes: a power where one is a voltage."""
        at = self.names.index
        return float((self.samples[at(one)] * self.samples[at(other)]).mean())


def settle(
    engine: Engine, edges: Callable[[], Edges], period: float, tolerance: float = 1e-5
) -> Memory:
    """Run until what is left to change lies below `tolerance` of each state's magnitude.

    The slowest mode decides: its decay from block to block tells how much is left.

    Raises
    ------
    NotSettled
        If that does not happen, or a state runs away: volt-seconds or charge that no
        resistance balances at this frequency.
    """
    memory = engine.start()
    evolving = slice(lay.S_STATES, lay.S_STATES + engine.library.tableau.dynamic)
    state, moved = memory.real[evolving].copy(), np.inf
    largest = np.abs(state)
    for _ in range(MAX_BLOCKS):
        for _ in range(BLOCK):
            engine.advance(memory, edges(), period)
        now = memory.real[evolving].copy()
        largest = np.maximum(largest, np.abs(now))
        _refuse_runaway(engine, now, period)
        size = np.maximum(largest, 1e-3 * largest.max())
        before, moved = moved, float((np.abs(now - state) / size).max())
        state = now
        decay = min(moved / before, 1.0) if before > 0.0 else 0.0
        left = moved * decay / max(1.0 - decay, 1e-3)
        if max(left, moved) <= tolerance:
            return memory
    raise NotSettled(
        f"{engine.library.circuit.name}: still changes by {moved:g} in {BLOCK} periods "
        f"after {MAX_BLOCKS * BLOCK} periods of {period:g} s"
    )


def _refuse_runaway(engine: Engine, states: Array, period: float) -> None:
    worst = int(np.argmax(np.abs(states)))
    if abs(states[worst]) > RUNAWAY:
        tableau = engine.library.tableau
        raise NotSettled(
            f"{engine.library.circuit.name}: no steady state at a switching frequency of "
            f"{1.0 / period:g} Hz: {tableau.states[worst]} reached "
            f"{states[worst] * tableau.scale()[worst]:.3g} "
            f"{'A' if tableau.inductive[worst] else 'V'}; allowed: up to {RUNAWAY:g} times nominal"
        )


def measure(
    engine: Engine,
    memory: Memory,
    edges: Callable[[], Edges],
    period: float,
    periods: int = 4,
    samples: int = 2000,
) -> PeriodMeans:
    """Return means over `periods` periods with `samples` exact samples in each.

    The samples lie in the middle of their intervals, so steps cost half an interval at most.
    """
    spacing = period / samples
    engine.store(memory, spacing, periods * samples + 8, 1000 * periods)
    memory.real[lay.S_SAMPLE] = memory.real[lay.S_TIME] + 0.5 * spacing
    for _ in range(periods):
        engine.advance(memory, edges(), period)
    trace = trace_of(engine, memory)
    memory.sample = 0.0
    return PeriodMeans(trace.names, trace.outputs[:, : periods * samples])
