"""Half-bridge LLC: one leg drives the tank, whose capacitor takes up half the bus."""

from voltbench.plant_models.switched.circuit import Circuit, Nominal
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
from voltbench.plant_models.switched.topologies.device import (
    Rectifier,
    Transistor,
    diode_bridge,
    leg,
)
from voltbench.plant_models.switched.topologies.llc import LlcParameters


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


def llc_half_bridge_circuit(
    p: LlcParameters, junction_temperature_C: float = 25.0, initial_output_voltage_V: float = 0.0
) -> Circuit:
    """Return the circuit of a half bridge with the full bridge's record.

    Gates `p_high`, `p_low` are bits 0 and 1. Outputs `i_r`, `i_m` (A), `u_o` (V). The record
    gives no temperature coefficients: `r_on_Ohm` is the value at `junction_temperature_C`.
    """
    device = Transistor(
        p.r_on_Ohm,
        body_voltage_V=p.body_voltage_V,
        body_resistance_Ohm=p.body_resistance_Ohm,
    )
    diode = Rectifier(p.rectifier_voltage_V, p.rectifier_resistance_Ohm)
    elements: list[Element] = [
        VoltageSource("source", "bus", "0", p.input_voltage_V),
        *leg("p", "bus", "a", "0", device, junction_temperature_C),
        *llc_tank(p, "a", "0", "c", "d"),
        *diode_bridge("d", "c", "d", "out", diode),
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
