"""Times of several versions of one loop, taken in turns so that they share the weather."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from voltbench.hil.benchmarking.capture import Instance


@dataclass(frozen=True)
class Turns:
    """Times of every version in every turn, ns per control period."""

    taken: dict[str, list[float]]

    def best(self, name: str) -> float:
        """Return the shortest time of a version: the one that others disturbed least."""
        return min(self.taken[name])

    def ratio(self, name: str, to: str) -> float:
        """Return the median over the turns of one version's time over another's."""
        return median(a / b for a, b in zip(self.taken[name], self.taken[to], strict=True))


def in_turns(
    versions: Mapping[str, Callable[..., Any]], start: Instance, periods: int, turns: int
) -> Turns:
    """Time every version in every turn; each call starts from the same state and memory."""
    taken: dict[str, list[float]] = {name: [] for name in versions}
    work = start.copy()
    for _ in range(turns):
        for name, version in versions.items():
            work.restore(start)
            arguments = work.arguments(periods)
            began = time.perf_counter()
            version(*arguments)
            taken[name].append((time.perf_counter() - began) / periods * 1e9)
    return Turns(taken)


def end_of(version: Callable[..., Any], start: Instance, periods: int) -> Instance:
    """Return the state after so many periods."""
    work = start.copy()
    version(*work.arguments(periods))
    return work
