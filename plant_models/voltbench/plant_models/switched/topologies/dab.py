"""Dual active bridge: two full bridges around a transformer with leakage inductance."""

from dataclasses import dataclass

from voltbench.plant_models.switched.circuit import Circuit, Nominal, TableSize
from voltbench.plant_models.switched.elements import (
    Capacitor,
    CurrentProbe,
    Element,
    IdealTransformer,
    Inductor,
    Resistor,
    VoltageProbe,
    VoltageSource,
)
from voltbench.plant_models.switched.topologies.device import Transistor


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
    r_on_1_change_per_K: float = 0.0
    """Relative change of the channel resistance above 25 degC, linear."""
    r_on_1_change_per_K2: float = 0.0
    """The same, quadratic."""
    r_on_2_change_per_K: float = 0.0
    r_on_2_change_per_K2: float = 0.0

    @property
    def device_1(self) -> Transistor:
        """Return the devices of the input bridge."""
        change = self.r_on_1_change_per_K, self.r_on_1_change_per_K2
        return Transistor(self.r_on_1_Ohm, *change, self.body_voltage_V, self.body_resistance_Ohm)

    @property
    def device_2(self) -> Transistor:
        """Return the devices of the output bridge."""
        change = self.r_on_2_change_per_K, self.r_on_2_change_per_K2
        return Transistor(self.r_on_2_Ohm, *change, self.body_voltage_V, self.body_resistance_Ohm)


def full_bridge(
    prefix: str, bus: str, a: str, b: str, device: Transistor, junction_temperature_C: float
) -> list[Element]:
    """Return four switches between `bus` and ground with legs `a` and `b`; gates are the names."""
    ends = ((bus, a), (a, "0"), (bus, b), (b, "0"))
    return [
        device.switch(f"{prefix}{k}", drain, source, junction_temperature_C)
        for k, (drain, source) in enumerate(ends, start=1)
    ]


def dab_circuit(
    p: DabParameters,
    initial_output_voltage_V: float = 0.0,
    junction_temperature_1_C: float = 25.0,
    junction_temperature_2_C: float = 25.0,
) -> Circuit:
    """Return the circuit.

    Gates `p1` ... `p4` (legs `p1`/`p2` and `p3`/`p4`) are bits 0 to 3, `s1` ... `s4` bits 4
    to 7. Outputs `i_l` (A) and `u_o` (V).
    """
    elements = [
        VoltageSource("source", "bus", "0", p.input_voltage_V),
        *full_bridge("p", "bus", "a", "b", p.device_1, junction_temperature_1_C),
        Inductor("leakage", "a", "w", p.leakage_inductance_H, p.leakage_resistance_Ohm),
        Inductor("magnetising", "w", "b", p.magnetising_inductance_H),
        IdealTransformer("transformer", (("w", "b"), ("c", "d")), (p.turns_ratio, 1.0)),
        *full_bridge("s", "out", "c", "d", p.device_2, junction_temperature_2_C),
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
