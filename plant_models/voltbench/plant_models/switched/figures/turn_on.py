"""Soft switching: the voltage left across a device when its gate turns on.

A device that turns on at zero voltage was brought there within the dead time, by a current
that now flows in its body diode. What is left is taken from the last samples before the edge,
of the stretch that ends there; an edge whose stretch holds no sample is left out and counted.
Edges within a nanosecond of each other are one switching: what counts is the stretch before both.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voltbench.plant_models.switched.figures.pieces import FigureError, Pieces
from voltbench.plant_models.switched.tableau import Array

SOFT = 0.02
"""Share of the bus up to which a turn-on counts as soft: above any body diode's drop."""
AT_ONCE = 1e-9
"""s: events closer than this are one switching."""

MOST_AT_ONCE = 8
"""Events of one switching: a few gates and the diodes they touch."""


@dataclass(frozen=True)
class TurnOns:
    """The turn-ons of one gate within a window.

    Attributes
    ----------
    gate : str
    time : Array
        Instants (s).
    voltage : Array
        Across the device just before (V).
    bus_V : float
        What it is judged by.
    unresolved : int
        Turn-ons without a sample in the stretch before.
    """

    gate: str
    time: Array
    voltage: Array
    bus_V: float
    unresolved: int

    @property
    def soft(self) -> NDArray[np.bool_]:
        """Return which turn-ons were at (nearly) zero voltage."""
        return self.voltage <= SOFT * self.bus_V

    @property
    def worst(self) -> float:
        """Return the largest voltage left, as a share of the bus: 0 soft, 1 fully hard.

        Raises
        ------
        FigureError
            If no turn-on is resolved.
        """
        if not len(self.voltage):
            raise FigureError(
                f"gate {self.gate!r}: none of {self.unresolved} turn-ons has a sample before it; "
                "a sample spacing below half the dead time resolves them"
            )
        return max(float(self.voltage.max()) / self.bus_V, 0.0)

    @property
    def margin(self) -> float:
        """Return how far the worst turn-on is from fully hard: 1 soft, 0 at the whole bus."""
        return 1.0 - self.worst


def turn_ons(
    pieces: Pieces, gate: str, voltage: str, bus_V: float, both_ways: bool = False
) -> TurnOns:
    """Return when a gate turned on, and the voltage of its device then.

    Parameters
    ----------
    pieces
        The window.
    gate
        The gate.
    voltage
        Probe of the device's voltage, drain to source.
    bus_V
        Voltage it blocks.
    both_ways
        It blocks both polarities, and the magnitude counts.

    Raises
    ------
    FigureError
        If the circuit has no such gate.
    """
    trace = pieces.trace
    if gate not in trace.gates:
        raise FigureError(f"no gate {gate!r}; gates: {', '.join(trace.gates)}")
    bit = 1 << trace.gates.index(gate)
    words = np.array(trace.gate_words, np.int64)[trace.event_configuration]
    on = (words & bit) != 0
    edges = trace.event_time[np.flatnonzero(on[1:] & ~on[:-1]) + 1]
    inner = pieces.bounds[1:-1]
    edges = edges[(edges > pieces.start) & (edges < pieces.end)]
    if not len(inner) or not len(edges):
        return TurnOns(gate, np.zeros(0), np.zeros(0), bus_V, len(edges))
    place = np.clip(np.searchsorted(inner, edges), 0, len(inner) - 1)
    place -= (place > 0) & (np.abs(inner[place - 1] - edges) < np.abs(inner[place] - edges))
    some = pieces.has_samples()
    for _ in range(MOST_AT_ONCE):
        brief = np.diff(pieces.bounds)[place] < AT_ONCE
        place -= ~some[place] & brief & (place > 0)
    found = some[place]
    left = pieces.limits(pieces.samples(voltage))[1][place]
    left = np.abs(left) if both_ways else left
    return TurnOns(gate, edges[found], left[found], bus_V, int((~found).sum()))
