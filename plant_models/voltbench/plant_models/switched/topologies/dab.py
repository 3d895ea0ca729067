"""Dual active bridge: two full bridges around a transformer with leakage inductance."""

from dataclasses import dataclass

from voltbench.plant_models.switched.circuit import Circuit, Nominal, TableSize
from voltbench.plant_models.switched.elements import (
    BodyDiode,
    Capacitor,
    CurrentProbe,
    Element,
    IdealTransformer,
    Inductor,
    Resistor,
    Switch,
    VoltageProbe,
    VoltageSource,
)


@dataclass(frozen=True)
class DabParameters:
    """Values of a dual active bridge with a resistive load."""

    input_voltage_V: float = 800.0
    turns_ratio: float = 2.0
    leakage_inductance_H: float = 40e-6
    leakage_resistance_Ohm: float = 40e-3
    magnetising_inductance_H: float = 1e-3
    output_capacitance_F: float = 50e-6
    load_resistance_Ohm: float = 14.5
    r_on_1_Ohm: float = 30e-3
    r_on_2_Ohm: float = 15e-3
    body_voltage_V: float = 1.2
    body_resistance_Ohm: float = 10e-3
    switching_frequency_Hz: float = 100e3
    dead_time_s: float = 150e-9


def full_bridge(
    prefix: str, bus: str, a: str, b: str, r_on: float, body: BodyDiode
) -> list[Element]:
    """Return four switches between `bus` and ground with legs `a` and `b`; gates are the names."""
    return [
        Switch(f"{prefix}1", bus, a, f"{prefix}1", r_on, body),
        Switch(f"{prefix}2", a, "0", f"{prefix}2", r_on, body),
        Switch(f"{prefix}3", bus, b, f"{prefix}3", r_on, body),
        Switch(f"{prefix}4", b, "0", f"{prefix}4", r_on, body),
    ]


def dab_circuit(p: DabParameters, initial_output_voltage_V: float = 0.0) -> Circuit:
    """Return the circuit; outputs `i_l` (A) and `u_o` (V)."""
    body = BodyDiode(p.body_voltage_V, p.body_resistance_Ohm)
    elements = [
        VoltageSource("source", "bus", "0", p.input_voltage_V),
        *full_bridge("p", "bus", "a", "b", p.r_on_1_Ohm, body),
        Inductor("leakage", "a", "w", p.leakage_inductance_H, p.leakage_resistance_Ohm),
        Inductor("magnetising", "w", "b", p.magnetising_inductance_H),
        IdealTransformer("transformer", (("w", "b"), ("c", "d")), (p.turns_ratio, 1.0)),
        *full_bridge("s", "out", "c", "d", p.r_on_2_Ohm, body),
        Capacitor("output", "out", "0", p.output_capacitance_F),
        Resistor("load", "out", "0", p.load_resistance_Ohm),
    ]
    return Circuit(
        "dab",
        tuple(elements),
        (CurrentProbe("i_l", "leakage"), VoltageProbe("u_o", "out")),
        Nominal(p.input_voltage_V, 20.0, 1.0 / p.switching_frequency_Hz),
        {"output": initial_output_voltage_V},
        tables=TableSize(order=12, cells=1, guards=4),
    )
