"""What a run leaves: outputs at uniform instants, and every configuration with its time."""

from dataclasses import dataclass

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
    """

    names: tuple[str, ...]
    time: Array
    outputs: Array
    event_time: Array
    event_configuration: NDArray[np.int64]
    configurations: tuple[str, ...]

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
