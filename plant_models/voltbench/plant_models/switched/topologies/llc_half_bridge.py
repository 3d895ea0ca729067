"""Half-bridge LLC: one leg drives the tank, whose capacitor takes up half the bus."""

from voltbench.plant_models.switched.circuit import Circuit, Nominal
from voltbench.plant_models.switched.elements import (
    Capacitor,
    CurrentProbe,
    Element,
    Resistor,
    VoltageProbe,
    VoltageSource,
)
from voltbench.plant_models.switched.topologies.device import diode_bridge, leg
from voltbench.plant_models.switched.topologies.llc import LlcParameters, llc_tank


def llc_half_bridge_circuit(
    p: LlcParameters, junction_temperature_C: float = 25.0, initial_output_voltage_V: float = 0.0
) -> Circuit:
    """Return the circuit of a half bridge with the full bridge's record.

    Gates `p_high`, `p_low` are bits 0 and 1. Outputs `i_r` (A) and `u_o` (V).
    """
    elements: list[Element] = [
        VoltageSource("source", "bus", "0", p.input_voltage_V),
        *leg("p", "bus", "a", "0", p.device, junction_temperature_C),
        *llc_tank(p, "a", "0", "c", "d"),
        *diode_bridge("d", "c", "d", "out", p.rectifier),
        Capacitor("output", "out", "0", p.output_capacitance_F),
        Resistor("load", "out", "0", p.load_resistance_Ohm),
    ]
    return Circuit(
        "llc_half_bridge",
        tuple(elements),
        (CurrentProbe("i_r", "series"), VoltageProbe("u_o", "out")),
        Nominal(p.input_voltage_V, 20.0, 1.0 / p.resonance_frequency_Hz),
        {"output": initial_output_voltage_V, "resonant": 0.5 * p.input_voltage_V},
    )
