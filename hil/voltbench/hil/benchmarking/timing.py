"""Times of several versions of one loop, taken in turns so that they share the weather."""

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

from voltbench.hil.benchmarking.capture import Instance


def interleaved(
    versions: Mapping[str, Callable[..., Any]], start: Instance, periods: int, repeats: int
) -> tuple[dict[str, float], dict[str, Instance]]:
    """Return the median ns per control period of each version, and each final state.

    Every call starts from the same state, in the same memory for all versions of a turn.
    """
    times: dict[str, list[float]] = {name: [] for name in versions}
    ends: dict[str, Instance] = {}
    work = start.copy()
    for _ in range(repeats):
        for name, version in versions.items():
            work.restore(start)
            arguments = work.arguments(periods)
            began = time.perf_counter()
            version(*arguments)
            times[name].append((time.perf_counter() - began) / periods * 1e9)
            if name not in ends:
                ends[name] = work.copy()
    return {name: median(taken) for name, taken in times.items()}, ends
