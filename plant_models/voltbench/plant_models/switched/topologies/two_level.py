"""Three-phase two-level active front end: three legs, boost inductors, DC link."""

import math
from dataclasses import dataclass

from voltbench.plant_models.switched.circuit import Circuit, Nominal, TableSize
from voltbench.plant_models.switched.elements import (
    BodyDiode,
    Capacitor,
    CurrentProbe,
    Element,
    Inductor,
    Probe,
    Resistor,
    Sine,
    Switch,
    VoltageProbe,
    VoltageSource,
)


@dataclass(frozen=True)
class TwoLevelParameters:
    """Values of a 30 kW two-level front end with a resistive load."""

    grid_voltage_V: float = 400.0
    grid_frequency_Hz: float = 50.0
    boost_inductance_H: float = 350e-6
    boost_resistance_Ohm: float = 20e-3
    link_capacitance_F: float = 600e-6
    load_resistance_Ohm: float = 21.3
    r_on_Ohm: float = 16e-3
    body_voltage_V: float = 1.2
    body_resistance_Ohm: float = 10e-3
    switching_frequency_Hz: float = 50e3


def two_level_circuit(p: TwoLevelParameters, initial_link_voltage_V: float = 800.0) -> Circuit:
    """Return the circuit; gates `h_a`, `l_a`, `h_b`, ... are bits 0, 1, 2, ...

    Outputs `i_a`, `i_b`, `i_c` (A, into the legs) and `u_dc` (V). The star is the grid's.
    """
    amplitude = p.grid_voltage_V * math.sqrt(2.0 / 3.0)
    body = BodyDiode(p.body_voltage_V, p.body_resistance_Ohm)
    elements: list[Element] = []
    for k, phase in enumerate("abc"):
        grid = Sine(amplitude, p.grid_frequency_Hz, -2.0 * math.pi * k / 3.0)
        boost = (p.boost_inductance_H, p.boost_resistance_Ohm)
        elements += [
            VoltageSource(f"grid_{phase}", f"g_{phase}", "star", grid),
            Inductor(f"boost_{phase}", f"g_{phase}", phase, *boost),
            Switch(f"h_{phase}", "dc", phase, f"h_{phase}", p.r_on_Ohm, body),
            Switch(f"l_{phase}", phase, "0", f"l_{phase}", p.r_on_Ohm, body),
        ]
    elements += [
        Capacitor("link", "dc", "0", p.link_capacitance_F),
        Resistor("load", "dc", "0", p.load_resistance_Ohm),
    ]
    probes: tuple[Probe, ...] = (
        *(CurrentProbe(f"i_{k}", f"boost_{k}") for k in "abc"),
        VoltageProbe("u_dc", "dc"),
    )
    return Circuit(
        "two_level",
        tuple(elements),
        probes,
        Nominal(initial_link_voltage_V, 50.0, 1.0 / p.switching_frequency_Hz),
        {"link": initial_link_voltage_V},
        TableSize(order=8, cells=1),
    )
