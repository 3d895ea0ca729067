"""Output filter, precharge and contactor towards a battery: a part that others append."""

from dataclasses import dataclass, replace

from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.elements import (
    Capacitor,
    CurrentProbe,
    Element,
    Inductor,
    Resistor,
    Switch,
    VoltageProbe,
    VoltageSource,
)
from voltbench.plant_models.switched.errors import CircuitError


@dataclass(frozen=True)
class OutputFilterParameters:
    """Filter inductor and capacitor, precharge path, main contactor, battery with its cable."""

    inductance_H: float = 10e-6
    resistance_Ohm: float = 2e-3
    capacitance_F: float = 20e-6
    esr_Ohm: float = 5e-3
    discharge_resistance_Ohm: float = 100e3
    """Bleeder across the filter capacitor."""
    precharge_resistance_Ohm: float = 50.0
    contactor_resistance_Ohm: float = 0.3e-3
    battery_voltage_V: float | str = 400.0
    """Open-circuit voltage, or the name of an input that gives it."""
    battery_resistance_Ohm: float = 80e-3
    cable_inductance_H: float = 2e-6
    cable_damping_Ohm: float = 20.0
    """Across the cable: its loss at high frequency, and the path of its current into the arc
    when a contactor opens under load."""


def output_filter(p: OutputFilterParameters, bus: str, terminal: str) -> list[Element]:
    """Return the filter from a converter's output node to its terminal (both against ground)."""
    return [
        Inductor("output_choke", bus, terminal, p.inductance_H, p.resistance_Ohm),
        Capacitor("terminal", terminal, "0", p.capacitance_F, p.esr_Ohm),
        Resistor("bleeder", terminal, "0", p.discharge_resistance_Ohm),
    ]


def precharge_and_battery(p: OutputFilterParameters, terminal: str) -> list[Element]:
    """Return precharge path and main contactor (gates `precharge`, `main`), cable and battery.

    The battery side of the contactors has no capacitor: the battery holds it.
    """
    return [
        Switch("precharge", terminal, "q", "precharge", p.contactor_resistance_Ohm, None),
        Resistor("precharge_resistor", "q", "vehicle", p.precharge_resistance_Ohm),
        Switch("main", terminal, "vehicle", "main", p.contactor_resistance_Ohm, None),
        Inductor("cable", "vehicle", "cell", p.cable_inductance_H, p.battery_resistance_Ohm),
        Resistor("cable_damping", "vehicle", "cell", p.cable_damping_Ohm),
        VoltageSource("battery", "cell", "0", p.battery_voltage_V),
    ]


def with_battery(circuit: Circuit, p: OutputFilterParameters, bus: str = "out") -> Circuit:
    """Return the converter with filter, contactors and battery in place of its load resistor.

    Adds outputs `u_t` (V, at the terminals before the contactors) and `i_bat` (A, into the
    battery); the gates `precharge` and `main` are the two highest bits.

    Raises
    ------
    CircuitError
        If the circuit has no resistor `load` at that node.
    """
    kept = tuple(e for e in circuit.elements if e.name != "load")
    if len(kept) == len(circuit.elements):
        raise CircuitError(f"circuit {circuit.name!r}: no resistor 'load' to replace")
    added = (*output_filter(p, bus, "terminal"), *precharge_and_battery(p, "terminal"))
    probes = (VoltageProbe("u_t", "terminal"), CurrentProbe("i_bat", "battery"))
    return replace(
        circuit,
        name=f"{circuit.name}_battery",
        elements=kept + added,
        probes=circuit.probes + probes,
    )
