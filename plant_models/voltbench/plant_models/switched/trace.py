"""What a run leaves: outputs at uniform instants, and every configuration with its time."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from voltbench.plant_models.switched.tableau import Array


@dataclass(frozen=True)
class Trace:
    """Outputs and events of a run.

    Attributes
    ----------
    names : tuple[str, ...]
        The probes.
    time : Array
        Instants of the samples (s).
    outputs : Array
        One row for each probe (V, A).
    event_time : Array
        When a configuration began (s).
    event_configuration : NDArray[np.int64]
        Which configuration began.
    configurations : tuple[str, ...]
        Configurations in words.
    gates : tuple[str, ...]
        Gate names; bit k of a gate word is gate k.
    gate_words : tuple[int, ...]
        The gate word of each configuration.
    first, last : dict[str, float]
        Inductor currents (A) and capacitor voltages (V) where the storing began and ended.
    end : float
        When the storing ended (s).
    """

    names: tuple[str, ...]
    time: Array
    outputs: Array
    event_time: Array
    event_configuration: NDArray[np.int64]
    configurations: tuple[str, ...]
    gates: tuple[str, ...] = ()
    gate_words: tuple[int, ...] = ()
    first: dict[str, float] = field(default_factory=dict)
    last: dict[str, float] = field(default_factory=dict)
    end: float = 0.0

    def __getitem__(self, name: str) -> Array:
        """Return the samples of one probe.

        Raises
        ------
        KeyError
            Naming the probes there are.
        """
        if name not in self.names:
            raise KeyError(f"no output {name!r}; outputs: {', '.join(self.names)}")
        row: Array = self.outputs[self.names.index(name)]
        return row
