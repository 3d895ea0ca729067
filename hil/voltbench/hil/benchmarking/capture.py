"""The loop's own arguments, caught where the bench calls it, as states to start from again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import numpy as np

from voltbench.hil.simulated import SimulatedBench


@dataclass
class Instance:
    """Arguments of the loop with memory of their own; the first one is the number of periods."""

    values: list[Any]
    memory: list[Any]
    """The arrays behind `values` (None for plain numbers)."""

    def arguments(self, periods: int) -> list[Any]:
        """Return the arguments for a call of so many periods."""
        return [periods, *self.values[1:]]

    def copy(self) -> "Instance":
        """Return the same state in new memory."""
        return instance(self.values)

    def restore(self, other: "Instance") -> None:
        """Take over the state of another instance of the same loop."""
        for mine, its in zip(self.memory, other.memory, strict=True):
            if mine is not None:
                mine[...] = its


def instance(values: Sequence[Any]) -> Instance:
    """Return a copy of a call's arguments."""
    made, memory = [], []
    for value in values:
        if isinstance(value, np.void):
            own = np.empty(1, value.dtype)
            own[0] = value
            made.append(own[0])
        elif isinstance(value, np.ndarray):
            own = value.copy()
            made.append(own)
        else:
            own = None
            made.append(value)
        memory.append(own)
    return Instance(made, memory)


def capture(bench: SimulatedBench) -> Instance:
    """Return what the bench would hand to the compiled loop now, without running it."""
    caught: list[tuple[Any, ...]] = []

    def catch(*arguments: Any) -> int:
        caught.append(arguments)
        return 0

    with patch.object(bench, "_run", catch):
        bench.execute(1)
    return instance(caught[0])
