"""Modulators on the host: one call a period gives the edges, bad references are refused."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from voltbench.control.numerics.records import RecordArray, fill, zeros
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.engine import Edges
from voltbench.plant_models.switched.modulation.legs import (
    MAX_EDGES,
    MAX_LEGS,
    NEVER,
    OFF,
    LegBank,
    LegState,
    LegTimes,
    leg_edges,
)
from voltbench.plant_models.switched.nonideal import refuse_zero_dead_time

Pairs = tuple[tuple[str, str | None], ...]


class ModulationError(ValueError):
    """A reference the modulator cannot make, by name, with value and allowed range."""


@dataclass
class Modulator:
    """Gates of a circuit in legs, a kernel that times them, and their memory.

    Attributes
    ----------
    legs : Pairs
        Gates of each leg: on at level 1, on at level 0 (None: no such device).
    references : tuple[tuple[str, str], ...]
        Name and allowed range of what the timing kernel may refuse, in its order.
    timing : Callable[..., int]
        The timing kernel: ``timing(times, *references, period, quantum)``.
    period : float
        Period (s) of `edges`, unless a call gives another.
    quantum : float
        Time step of the timer (s), 0 for a continuous one. Dead times are rounded to it.
    bank, times, state : RecordArray
        What a compiled loop passes to `timing` and `leg_edges` itself.
    """

    legs: Pairs
    references: tuple[tuple[str, str], ...]
    timing: Callable[..., int]
    period: float
    quantum: float
    bank: RecordArray
    times: RecordArray = field(default_factory=lambda: zeros(LegTimes))
    state: RecordArray = field(default_factory=lambda: zeros(LegState))
    edge_t: NDArray[np.float64] = field(default_factory=lambda: np.zeros(MAX_EDGES))
    edge_g: NDArray[np.int64] = field(default_factory=lambda: np.zeros(MAX_EDGES, np.int64))

    def __post_init__(self) -> None:
        """Start with all gates off."""
        self.state[0]["level"] = OFF
        self.state[0]["turn_on"] = NEVER

    def edges(self, *references: float, period: float | None = None) -> Edges:
        """Return the edges of the next period (s), given the references.

        Raises
        ------
        ModulationError
            If a reference is outside its range, or a pulse is not longer than its dead time.
        """
        length = self.period if period is None else period
        if not length > 0.0:
            raise ModulationError(f"period is {length:g} s; allowed: above 0")
        if self.quantum > 0.0:
            length = round(length / self.quantum) * self.quantum
        refused = self.timing(self.times[0], *references, length, self.quantum)
        if refused:
            name, allowed = self.references[refused - 1]
            value = references[refused - 1]
            raise ModulationError(f"{name} is {value:g}; allowed: {allowed}")
        count = leg_edges(
            self.bank[0], self.times[0], self.state[0], length, self.edge_t, self.edge_g
        )
        if count < 0:
            high, low = self.legs[-1 - count]
            dead = float(self.bank[0]["dead"][-1 - count])
            raise ModulationError(
                f"a pulse of leg {high} / {low} is not longer than its dead time of {dead:g} s "
                f"(period {length:g} s, references {', '.join(f'{r:g}' for r in references)})"
            )
        return self.edge_t[:count].copy(), self.edge_g[:count].copy()


def modulator(
    circuit: Circuit,
    legs: Pairs,
    dead_times_s: tuple[float, ...],
    references: tuple[tuple[str, str], ...],
    timing: Callable[..., int],
    period: float,
    quantum_s: float = 0.0,
    drop_short_pulses: bool = False,
) -> Modulator:
    """Return a modulator for gates of a circuit.

    Raises
    ------
    ModulationError
        If a gate is unknown, or a dead time or the quantum is negative or not below the period.
    CircuitError
        If a leg has no dead time while switches have output capacitances.
    """
    for what, value in (("quantum_s", quantum_s), *(("dead time", d) for d in dead_times_s)):
        if not 0.0 <= value:
            raise ModulationError(f"{what} is {value:g} s; allowed: 0 or above")
    paired = [d for d, pair in zip(dead_times_s, legs, strict=True) if None not in pair]
    if paired:
        refuse_zero_dead_time(circuit, tuple(paired))
    if not quantum_s < period:
        raise ModulationError(f"quantum_s is {quantum_s:g} s; allowed: below {period:g} s")
    bits: dict[str | None, int] = {gate: k for k, gate in enumerate(circuit.gates)}
    bits[None] = -1
    if unknown := [g for pair in legs for g in pair if g not in bits]:
        raise ModulationError(f"circuit {circuit.name!r} has no gate {unknown[0]!r}")
    spare = MAX_LEGS - len(legs)
    dead = [round(d / quantum_s) * quantum_s if quantum_s else d for d in dead_times_s]
    bank = fill(
        LegBank,
        count=len(legs),
        high=[bits[high] for high, _ in legs] + [-1] * spare,
        low=[bits[low] for _, low in legs] + [-1] * spare,
        dead=dead + [0.0] * spare,
        drop=int(drop_short_pulses),
    )
    return Modulator(legs, references, timing, period, quantum_s, bank)
