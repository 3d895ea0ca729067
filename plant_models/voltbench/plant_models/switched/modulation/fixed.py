"""A controller that repeats one gate pattern: the open loop of every converter."""

from functools import cached_property

from voltbench.plant_models.switched.engine import Edges
from voltbench.plant_models.switched.modulation.modulator import Modulator
from voltbench.plant_models.switched.tableau import Array


class Fixed:
    """A modulator at constant references, in steady operation from the first period on.

    Parameters
    ----------
    modulator
        The modulator; its memory is used up here.
    references
        What `Modulator.edges` takes.
    period
        Period (s), where it is the reference; by default the modulator's.
    """

    def __init__(
        self, modulator: Modulator, *references: float, period: float | None = None
    ) -> None:
        self._modulator, self._references = modulator, references
        self.period = modulator.period if period is None else period

    @cached_property
    def _pattern(self) -> tuple[Edges, int]:
        # the first period starts the legs, and the second holds what straddles the border
        self._modulator.edges(*self._references, period=self.period)
        start = int(self._modulator.state[0]["word"])
        return self._modulator.edges(*self._references, period=self.period), start

    @property
    def start_word(self) -> int:
        """Return the gate word at the period's start."""
        return self._pattern[1]

    def edges(self, index: int, outputs: Array) -> Edges:
        """Return the same edges each period.

        Raises
        ------
        ModulationError
            If a reference is outside its range or a pulse not longer than its dead time.
        """
        return self._pattern[0]
