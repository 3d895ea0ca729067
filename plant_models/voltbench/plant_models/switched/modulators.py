"""Open-loop gate patterns of one control period, for bridges with dead time."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from voltbench.plant_models.switched.engine import Edges
from voltbench.plant_models.switched.tableau import Array


@dataclass(frozen=True)
class Leg:
    """A half bridge: the bits of its gates and where its upper gate is on.

    Attributes
    ----------
    upper, lower : int
        Bits in the gate word.
    rise, fall : float
        Ideal edges of the midpoint as fractions of the period, each in 0 ... 1.
    """

    upper: int
    lower: int
    rise: float
    fall: float


def leg_edges(legs: tuple[Leg, ...], period: float, dead_time: float) -> tuple[Edges, int]:
    """Return the edges of one period, and the gate word that holds at its start and end.

    Each device turns off at the ideal edge, its partner on after the dead time.

    Raises
    ------
    ValueError
        If an edge is outside the period or the dead time leaves no conduction.
    """
    changes: dict[float, list[tuple[int, bool]]] = {}
    word = 0
    for leg in legs:
        for name, at in (("rise", leg.rise), ("fall", leg.fall)):
            if not 0.0 <= at <= 1.0:
                raise ValueError(f"leg edge {name} is {at:g} periods; allowed: 0 to 1")
        on = (leg.fall - leg.rise) % 1.0 * period
        if not 0.0 <= dead_time < min(on, period - on):
            raise ValueError(
                f"dead time is {dead_time:g} s; allowed: 0 to below {min(on, period - on):g} s"
            )
        rise, fall = leg.rise % 1.0 * period, leg.fall % 1.0 * period
        for bit, first, last in ((leg.upper, rise, fall), (leg.lower, fall, rise)):
            on_at = (first + dead_time) % period
            changes.setdefault(on_at, []).append((bit, True))
            changes.setdefault(last, []).append((bit, False))
            if last < on_at:  # on across the period's border; an edge at 0 switches it there
                word |= 1 << bit
    start = word
    times, words = [], []
    for at in sorted(changes):
        for bit, on_now in changes[at]:
            word = word | 1 << bit if on_now else word & ~(1 << bit)
        times.append(at)
        words.append(word)
    return (np.array(times), np.array(words, np.int64)), start


@dataclass(frozen=True)
class Fixed:
    """A controller that repeats one pattern of legs."""

    legs: tuple[Leg, ...]
    period: float
    dead_time: float

    @cached_property
    def _pattern(self) -> tuple[Edges, int]:
        return leg_edges(self.legs, self.period, self.dead_time)

    @property
    def start_word(self) -> int:
        """Return the gate word at the period's start."""
        return self._pattern[1]

    def edges(self, index: int, outputs: Array) -> Edges:
        """Return the same edges each period."""
        return self._pattern[0]


def dab_legs(phase: float) -> tuple[Leg, ...]:
    """Return single phase shift of `phase` periods (-0.25 ... 0.25) between two full bridges.

    Gates p1 ... p4, s1 ... s4 are bits 0 ... 7.

    Raises
    ------
    ValueError
        If the phase is outside its range.
    """
    if not -0.25 <= phase <= 0.25:
        raise ValueError(f"phase shift is {phase:g} periods; allowed: -0.25 to 0.25")
    late, opposite = phase % 1.0, (phase + 0.5) % 1.0
    return (
        Leg(0, 1, 0.0, 0.5),
        Leg(2, 3, 0.5, 0.0),
        Leg(4, 5, late, opposite),
        Leg(6, 7, opposite, late),
    )


def bridge_legs() -> tuple[Leg, ...]:
    """Return a full bridge at half duty, gates p1 ... p4 as bits 0 ... 3."""
    return (Leg(0, 1, 0.0, 0.5), Leg(2, 3, 0.5, 0.0))
