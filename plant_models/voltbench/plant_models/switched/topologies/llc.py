"""Full-bridge LLC resonant converter with a diode bridge."""

from dataclasses import dataclass

from voltbench.plant_models.switched.circuit import Circuit, Nominal, TableSize
from voltbench.plant_models.switched.elements import (
    BodyDiode,
    Capacitor,
    CurrentProbe,
    Diode,
    IdealTransformer,
    Inductor,
    Resistor,
    VoltageProbe,
    VoltageSource,
)
from voltbench.plant_models.switched.topologies.dab import full_bridge


@dataclass(frozen=True)
class LlcParameters:
    """Values of an 11 kW LLC with a resistive load; resonance at 150 kHz."""

    input_voltage_V: float = 800.0
    turns_ratio: float = 2.0
    resonant_inductance_H: float = 20e-6
    resonant_capacitance_F: float = 56.3e-9
    resonant_resistance_Ohm: float = 50e-3
    magnetising_inductance_H: float = 100e-6
    output_capacitance_F: float = 50e-6
    load_resistance_Ohm: float = 14.5
    r_on_Ohm: float = 30e-3
    body_voltage_V: float = 1.2
    body_resistance_Ohm: float = 10e-3
    rectifier_voltage_V: float = 0.9
    rectifier_resistance_Ohm: float = 10e-3
    resonance_frequency_Hz: float = 150e3
    dead_time_s: float = 150e-9


def llc_circuit(p: LlcParameters, initial_output_voltage_V: float = 0.0) -> Circuit:
    """Return the circuit; outputs `i_r` (A) and `u_o` (V)."""
    body = BodyDiode(p.body_voltage_V, p.body_resistance_Ohm)
    rectifier = (p.rectifier_voltage_V, p.rectifier_resistance_Ohm)
    elements = [
        VoltageSource("source", "bus", "0", p.input_voltage_V),
        *full_bridge("p", "bus", "a", "b", p.r_on_Ohm, body),
        Capacitor("resonant", "a", "r", p.resonant_capacitance_F),
        Inductor("series", "r", "w", p.resonant_inductance_H, p.resonant_resistance_Ohm),
        Inductor("magnetising", "w", "b", p.magnetising_inductance_H),
        IdealTransformer("transformer", (("w", "b"), ("c", "d")), (p.turns_ratio, 1.0)),
        Diode("d1", "c", "out", *rectifier),
        Diode("d2", "0", "c", *rectifier),
        Diode("d3", "d", "out", *rectifier),
        Diode("d4", "0", "d", *rectifier),
        Capacitor("output", "out", "0", p.output_capacitance_F),
        Resistor("load", "out", "0", p.load_resistance_Ohm),
    ]
    return Circuit(
        "llc",
        tuple(elements),
        (CurrentProbe("i_r", "series"), VoltageProbe("u_o", "out")),
        Nominal(p.input_voltage_V, 20.0, 1.0 / p.resonance_frequency_Hz),
        {"output": initial_output_voltage_V},
        tables=TableSize(order=14, cells=4, guards=4),
    )
