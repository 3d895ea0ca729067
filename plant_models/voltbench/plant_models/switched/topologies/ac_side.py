"""What every three-phase rectifier stands on: the grid and its filter, and the DC side."""

import math
from dataclasses import dataclass

from voltbench.plant_models.switched.elements import (
    Capacitor,
    Element,
    Inductor,
    Resistor,
    Sine,
    VoltageSource,
)
from voltbench.plant_models.switched.errors import CircuitError

PHASES = "abc"


@dataclass(frozen=True)
class GridFilter:
    """Three-phase grid, optional grid inductance and filter capacitors, converter inductors.

    A grid inductance of zero leaves the converter inductors on the stiff grid, and the
    capacitors without effect on it; a capacitance of zero leaves them out.
    """

    grid_voltage_V: float = 400.0
    """Line to line, rms."""
    grid_frequency_Hz: float = 50.0
    grid_inductance_H: float = 0.0
    grid_resistance_Ohm: float = 0.0
    filter_capacitance_F: float = 0.0
    """Each phase, star connected."""
    filter_resistance_Ohm: float = 0.0
    """Damping in series with each filter capacitor."""
    inductance_H: float = 250e-6
    """Converter side, each phase."""
    resistance_Ohm: float = 20e-3

    @property
    def amplitude_V(self) -> float:
        """Return the amplitude of a phase voltage."""
        return self.grid_voltage_V * math.sqrt(2.0 / 3.0)


def three_phase_grid(p: GridFilter) -> list[Element]:
    """Return the elements between node `star` and the bridge's nodes `a`, `b`, `c`.

    Phase a is a sine without phase angle at t = 0, b and c lag by one and two thirds of a
    period. Inductor `boost_a` counts current into the bridge, `grid_a` out of the grid.
    """
    elements: list[Element] = []
    for k, phase in enumerate(PHASES):
        sine = Sine(p.amplitude_V, p.grid_frequency_Hz, -2.0 * math.pi * k / len(PHASES))
        grid, middle = f"g_{phase}", f"f_{phase}"
        elements.append(VoltageSource(f"source_{phase}", grid, "star", sine))
        if p.grid_inductance_H > 0.0:
            elements.append(
                Inductor(f"grid_{phase}", grid, middle, p.grid_inductance_H, p.grid_resistance_Ohm)
            )
        elif p.grid_resistance_Ohm > 0.0:
            elements.append(Resistor(f"grid_{phase}", grid, middle, p.grid_resistance_Ohm))
        else:
            middle = grid
        if p.filter_capacitance_F > 0.0:
            elements.append(
                Capacitor(
                    f"filter_{phase}",
                    middle,
                    "filter_star",
                    p.filter_capacitance_F,
                    p.filter_resistance_Ohm,
                )
            )
        elements.append(Inductor(f"boost_{phase}", middle, phase, p.inductance_H, p.resistance_Ohm))
    return elements


@dataclass(frozen=True)
class DcSide:
    """What hangs on the bus: a load resistance, a stiff source behind a resistance, or both.

    Zero switches the load or the source off; one must be there.
    """

    load_resistance_Ohm: float = 0.0
    source_voltage_V: float = 0.0
    source_resistance_Ohm: float = 10e-3


def dc_side(p: DcSide, plus: str, minus: str) -> list[Element]:
    """Return the elements of the DC side between two nodes.

    Raises
    ------
    CircuitError
        If neither load nor source is there.
    """
    elements: list[Element] = []
    if p.load_resistance_Ohm != 0.0:
        elements.append(Resistor("load", plus, minus, p.load_resistance_Ohm))
    if p.source_voltage_V != 0.0:
        elements += [
            VoltageSource("bus_source", "bus_source", minus, p.source_voltage_V),
            Resistor("bus_line", "bus_source", plus, p.source_resistance_Ohm),
        ]
    if not elements:
        raise CircuitError("DC side: load_resistance_Ohm and source_voltage_V are both 0; give one")
    return elements
