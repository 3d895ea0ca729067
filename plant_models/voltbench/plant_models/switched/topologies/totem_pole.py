"""Single-phase totem-pole PFC: a fast half bridge behind the inductor, a slow one at the line."""

import math
from dataclasses import dataclass

from voltbench.plant_models.switched.circuit import Circuit, Nominal
from voltbench.plant_models.switched.elements import (
    Capacitor,
    CurrentProbe,
    Element,
    Inductor,
    Probe,
    Sine,
    VoltageProbe,
    VoltageSource,
)
from voltbench.plant_models.switched.topologies.ac_side import DcSide, dc_side
from voltbench.plant_models.switched.topologies.device import Transistor, leg


@dataclass(frozen=True)
class TotemPoleParameters:
    """Values of a 3.6 kW totem-pole PFC; zeros switch non-idealities off."""

    grid_voltage_V: float = 230.0
    """Rms."""
    grid_frequency_Hz: float = 50.0
    grid_inductance_H: float = 0.0
    filter_capacitance_F: float = 0.0
    """Across the line behind the grid inductance, which it needs."""
    filter_resistance_Ohm: float = 1.0
    inductance_H: float = 300e-6
    resistance_Ohm: float = 30e-3
    fast: Transistor = Transistor(r_on_Ohm=40e-3)
    slow: Transistor = Transistor(r_on_Ohm=17e-3, body_voltage_V=0.8)
    bus_capacitance_F: float = 2e-3
    bus_esr_Ohm: float = 0.0
    dc: DcSide = DcSide(load_resistance_Ohm=44.4)
    switching_frequency_Hz: float = 65e3
    dead_time_s: float = 100e-9
    slow_dead_time_s: float = 20e-6


def totem_pole_circuit(
    p: TotemPoleParameters,
    junction_temperature_C: float = 25.0,
    initial_bus_voltage_V: float = 400.0,
) -> Circuit:
    """Return the circuit; the reference node is the negative rail, `p` the positive.

    Gates `fast_high`, `fast_low`, `slow_high`, `slow_low` are bits 0 to 3. Outputs `i_l`
    (A, from the line into the fast leg), `u_dc` and `u_g` (V).
    """
    line = "line" if p.grid_inductance_H > 0.0 else "grid"
    sine = Sine(p.grid_voltage_V * math.sqrt(2.0), p.grid_frequency_Hz)
    elements: list[Element] = [VoltageSource("source", "grid", "y", sine)]
    if p.grid_inductance_H > 0.0:
        elements.append(Inductor("grid_inductance", "grid", line, p.grid_inductance_H))
    if p.filter_capacitance_F > 0.0:
        elements.append(
            Capacitor("filter", line, "y", p.filter_capacitance_F, p.filter_resistance_Ohm)
        )
    elements += [
        Inductor("boost", line, "x", p.inductance_H, p.resistance_Ohm),
        *leg("fast", "p", "x", "0", p.fast, junction_temperature_C),
        *leg("slow", "p", "y", "0", p.slow, junction_temperature_C),
        Capacitor("bus", "p", "0", p.bus_capacitance_F, p.bus_esr_Ohm),
        *dc_side(p.dc, "p", "0"),
    ]
    probes: tuple[Probe, ...] = (
        CurrentProbe("i_l", "boost"),
        VoltageProbe("u_dc", "p"),
        VoltageProbe("u_g", "grid", "y"),
    )
    return Circuit(
        "totem_pole",
        tuple(elements),
        probes,
        Nominal(initial_bus_voltage_V, 15.0, 1.0 / p.switching_frequency_Hz),
        {"bus": initial_bus_voltage_V},
    )
