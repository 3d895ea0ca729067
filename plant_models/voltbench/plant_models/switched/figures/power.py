"""Power factor, and efficiency from the balance of energies over whole periods."""

from dataclasses import dataclass

import numpy as np

from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.elements import Capacitor, CoupledInductors, Inductor
from voltbench.plant_models.switched.figures.pieces import FigureError, Pieces

Pair = tuple[str, str]
"""Names of a voltage and a current probe of one terminal pair."""


@dataclass(frozen=True)
class Balance:
    """Mean powers over a window (W); efficiency and losses follow.

    Attributes
    ----------
    input_W, output_W : float
        Into the circuit from its sources, out of it into its load.
    stored_W : float
        Rise of the energy in inductors and capacitors, per second.
    """

    input_W: float
    output_W: float
    stored_W: float

    @property
    def losses_W(self) -> float:
        """Return what is neither delivered nor stored."""
        return self.input_W - self.output_W - self.stored_W

    @property
    def efficiency(self) -> float:
        """Return output over the input that was not stored.

        Raises
        ------
        FigureError
            Where that input is not positive.
        """
        if not self.input_W - self.stored_W > 0.0:
            raise FigureError(f"efficiency: input power is {self.input_W - self.stored_W:g} W")
        return self.output_W / (self.input_W - self.stored_W)


def stored_energy_J(circuit: Circuit, states: dict[str, float]) -> float:
    """Return the energy in the circuit's inductors and capacitors at given states (J)."""
    total = 0.0
    for element in circuit.elements:
        if isinstance(element, Inductor):
            total += 0.5 * element.inductance * states[element.name] ** 2
        elif isinstance(element, Capacitor):
            total += 0.5 * element.capacitance * states[element.name] ** 2
        elif isinstance(element, CoupledInductors):
            names = [f"{element.name}.{k + 1}" for k in range(len(element.windings))]
            current = np.array([states[name] for name in names])
            total += 0.5 * float(current @ np.array(element.inductance) @ current)
    return total


def balance(
    pieces: Pieces, circuit: Circuit, inputs: tuple[Pair, ...], outputs: tuple[Pair, ...]
) -> Balance:
    """Return the balance over the whole of a trace.

    Raises
    ------
    FigureError
        If the window is not the whole trace, at whose ends the states are known.
    """
    trace = pieces.trace
    if abs(pieces.start - float(trace.time[0])) > pieces.spacing or not trace.first:
        raise FigureError(
            f"energy balance from {pieces.start:g} s; states are known at {trace.time[0]:g} s only"
        )
    before, after = (stored_energy_J(circuit, s) for s in (trace.first, trace.last))
    return Balance(
        sum(pieces.power(*pair) for pair in inputs),
        sum(pieces.power(*pair) for pair in outputs),
        (after - before) / (pieces.end - pieces.start),
    )


def power_factor(pieces: Pieces, pairs: tuple[Pair, ...]) -> float:
    """Return power over the sum of the phases' apparent powers (harmonics and ripple count).

    Raises
    ------
    FigureError
        If there is no apparent power.
    """
    apparent = sum(pieces.rms(voltage) * pieces.rms(current) for voltage, current in pairs)
    if not apparent > 0.0:
        raise FigureError(f"power factor: apparent power is {apparent:g} VA")
    return sum(pieces.power(*pair) for pair in pairs) / apparent
