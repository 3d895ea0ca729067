"""Speed of the compiled loop for one charger, Numba and C side by side."""

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from voltbench.hil import loop
from voltbench.hil.benchmarking.agreement import Agreement, agreement
from voltbench.hil.benchmarking.capture import Instance
from voltbench.hil.benchmarking.clocked import EMPTY, clocked
from voltbench.hil.benchmarking.steady import steady_instance
from voltbench.hil.benchmarking.timing import Turns, end_of, in_turns
from voltbench.hil.benchmarking.translation.build import VARIANTS, compile_kernel, compiler

X86 = ("x86_64", "AMD64")
"""Machines whose time stamp counter the clocked copy of the loop reads."""
NUMBA = "Numba"
C = VARIANTS[0].name
"""The C side of every ratio: the same text with the same freedom to fuse operations."""


@dataclass
class LoopSpeed:
    """Results for one charger in steady CurrentDemand; times in ns per control interrupt."""

    charger: str
    modules: int
    turns: Turns
    agreement: dict[str, Agreement]
    """Of each C variant with Numba after all interrupts."""
    parts: dict[str, dict[str, float]] = field(default_factory=dict)
    """Of each version: time of each part, clock readings deducted."""

    def ns(self, version: str = NUMBA) -> float | None:
        """Return the best time of a version; None if it was not measured."""
        return self.turns.best(version) if version in self.turns.taken else None

    def ratio(self) -> float | None:
        """Return Numba's time over that of C; None without C."""
        return self.turns.ratio(NUMBA, C) if C in self.turns.taken else None


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    periods: int
    """Of one call."""
    turns: int
    compared: int
    """Periods after which final states are compared."""


def measure_loop(charger: str, effort: Effort, folder: Path, with_parts: bool) -> LoopSpeed:
    """Measure one charger; without gcc the C side is left out."""
    start = steady_instance(charger)
    versions: dict[str, Callable[..., Any]] = {NUMBA: loop.run}
    if compiler() is not None:
        for variant in VARIANTS:
            place = folder / charger / variant.name.replace(" ", "_").replace(",", "")
            versions[variant.name] = compile_kernel(loop.run, start.arguments(1), place, variant)
    ends = {name: end_of(version, start, effort.compared) for name, version in versions.items()}
    apart = {name: agreement(ends[name], ends[NUMBA]) for name in versions if name != NUMBA}
    turns = in_turns(versions, start, effort.periods, effort.turns)
    made = LoopSpeed(charger, int(_record(start, "modules")), turns, apart)
    if with_parts and platform.machine() in X86:
        made.parts = measure_parts(start, effort, folder / charger, versions)
    return made


def _record(start: Instance, name: str) -> Any:
    """Return the first field of that name among the arguments' records."""
    for memory in start.memory:
        if memory is not None and name in (memory.dtype.names or ()):
            return memory[name][0]
    raise KeyError(name)


def measure_parts(
    start: Instance, effort: Effort, folder: Path, plain: Mapping[str, Any]
) -> dict[str, dict[str, float]]:
    """Return ns per interrupt of each part, for Numba and for C (`plain`: without clocks)."""
    folder.mkdir(parents=True, exist_ok=True)
    copy = clocked(loop.run, folder)
    clocks = np.zeros(len(copy.parts), np.int64)
    versions: dict[str, Callable[..., Any]] = {NUMBA: copy.kernel}
    if C in plain:
        arguments = [*start.arguments(1), clocks]
        versions[C] = compile_kernel(copy.kernel, arguments, folder / "clocked")
    found: dict[str, dict[str, float]] = {}
    for name, version in versions.items():

        def call(*arguments: Any, run: Callable[..., Any] = version) -> None:
            run(*arguments, clocks)

        call(*start.copy().arguments(1))
        clocks[:] = 0
        pair = {"plain": plain[name], "clocked": call}
        turns = in_turns(pair, start, effort.periods, effort.turns)
        found[name] = _per_interrupt(copy.parts, clocks, turns.best("clocked"), turns.best("plain"))
    return found


def _per_interrupt(
    parts: list[str], clocks: Any, clocked_ns: float, loop_ns: float
) -> dict[str, float]:
    """Turn ticks into ns per interrupt that add up to the loop without clocks.

    What reading the clocks adds is deducted from every part alike, down to nothing.
    """
    ns = clocks * (clocked_ns / float(clocks.sum()))
    readable = [(name, float(t)) for name, t in zip(parts, ns, strict=True) if name != EMPTY]
    low, high = 0.0, max(t for _, t in readable)
    for _ in range(60):  # bisection: the sum falls as the deduction grows
        cost = 0.5 * (low + high)
        if sum(max(t - cost, 0.0) for _, t in readable) > loop_ns:
            low = cost
        else:
            high = cost
    return {name: max(t - low, 0.0) for name, t in readable}
