"""Full-bridge LLC resonant converter with a diode bridge."""

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
from voltbench.plant_models.switched.topologies.dab import full_bridge
from voltbench.plant_models.switched.topologies.device import (
    Rectifier,
    Transistor,
    diode_bridge,
)


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
    r_on_change_per_K: float = 0.0
    """Relative change of the channel resistance above 25 degC, linear."""
    r_on_change_per_K2: float = 0.0
    """The same, quadratic."""

    @property
    def device(self) -> Transistor:
        """Return the devices of the bridge."""
        change = self.r_on_change_per_K, self.r_on_change_per_K2
        return Transistor(self.r_on_Ohm, *change, self.body_voltage_V, self.body_resistance_Ohm)

    @property
    def rectifier(self) -> Rectifier:
        """Return the diodes of the output."""
        return Rectifier(self.rectifier_voltage_V, self.rectifier_resistance_Ohm)


def llc_tank(p: LlcParameters, a: str, b: str, c: str, d: str) -> list[Element]:
    """Return the tank from the bridge's nodes `a`, `b` to the secondary's ends `c`, `d`.

    A magnetising inductance of zero is left out: a series resonant converter.
    """
    tank: list[Element] = [
        Capacitor("resonant", a, "r", p.resonant_capacitance_F),
        Inductor("series", "r", "w", p.resonant_inductance_H, p.resonant_resistance_Ohm),
        IdealTransformer("transformer", (("w", b), (c, d)), (p.turns_ratio, 1.0)),
    ]
    if p.magnetising_inductance_H > 0.0:
        tank.insert(2, Inductor("magnetising", "w", b, p.magnetising_inductance_H))
    return tank


def llc_circuit(
    p: LlcParameters, initial_output_voltage_V: float = 0.0, junction_temperature_C: float = 25.0
) -> Circuit:
    """Return the circuit.

    Gates `p1` ... `p4` (legs `p1`/`p2` and `p3`/`p4`) are bits 0 to 3. Outputs `i_r` (A) and
    `u_o` (V).
    """
    elements: list[Element] = [
        VoltageSource("source", "bus", "0", p.input_voltage_V),
        *full_bridge("p", "bus", "a", "b", p.device, junction_temperature_C),
        *llc_tank(p, "a", "b", "c", "d"),
        *diode_bridge("d", "c", "d", "out", p.rectifier),
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
