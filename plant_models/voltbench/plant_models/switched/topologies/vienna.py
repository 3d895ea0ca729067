"""Vienna rectifier: three boost inductors, a diode leg and a switch to the midpoint each."""

import math
from dataclasses import dataclass

from voltbench.plant_models.switched.circuit import Circuit, Nominal, TableSize
from voltbench.plant_models.switched.elements import (
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
from voltbench.plant_models.switched.topologies.device import Rectifier, Transistor


@dataclass(frozen=True)
class ViennaParameters:
    """Values of a 30 kW Vienna rectifier with a resistive load."""

    grid_voltage_V: float = 400.0
    grid_frequency_Hz: float = 50.0
    boost_inductance_H: float = 250e-6
    boost_resistance_Ohm: float = 20e-3
    half_capacitance_F: float = 1e-3
    load_resistance_Ohm: float = 21.3
    r_on_Ohm: float = 20e-3
    diode_voltage_V: float = 1.0
    diode_resistance_Ohm: float = 12e-3
    switching_frequency_Hz: float = 70e3
    r_on_change_per_K: float = 0.0
    """Relative change of the resistance above 25 degC, linear; of both switches in series."""
    r_on_change_per_K2: float = 0.0
    """The same, quadratic."""

    @property
    def rectifier(self) -> Rectifier:
        """Return the diodes."""
        return Rectifier(self.diode_voltage_V, self.diode_resistance_Ohm)

    def resistance_Ohm(self, junction_temperature_C: float) -> float:
        """Return the resistance of a phase's switch at a junction temperature."""
        device = Transistor(self.r_on_Ohm, self.r_on_change_per_K, self.r_on_change_per_K2)
        return device.resistance_Ohm(junction_temperature_C)


def vienna_circuit(
    p: ViennaParameters, initial_bus_voltage_V: float = 800.0, junction_temperature_C: float = 25.0
) -> Circuit:
    """Return the circuit; nodes `p`, `n` of the bus, midpoint is the reference.

    Gates `s_a`, `s_b`, `s_c` are bits 0 to 2. Outputs `i_a`, `i_b`, `i_c` (A),
    `u_p`, `u_n` (V, both counted positive).
    """
    amplitude = p.grid_voltage_V * math.sqrt(2.0 / 3.0)
    r_on, diode = p.resistance_Ohm(junction_temperature_C), p.rectifier.diode
    elements: list[Element] = []
    for k, phase in enumerate("abc"):
        grid = Sine(amplitude, p.grid_frequency_Hz, -2.0 * math.pi * k / 3.0)
        elements += [
            VoltageSource(f"grid_{phase}", f"g_{phase}", "star", grid),
            Inductor(
                f"boost_{phase}", f"g_{phase}", phase, p.boost_inductance_H, p.boost_resistance_Ohm
            ),
            Switch(f"s_{phase}", phase, "0", f"s_{phase}", r_on, None),
            diode(f"dp_{phase}", phase, "p"),
            diode(f"dn_{phase}", "n", phase),
        ]
    elements += [
        Capacitor("upper", "p", "0", p.half_capacitance_F),
        Capacitor("lower", "0", "n", p.half_capacitance_F),
        Resistor("load", "p", "n", p.load_resistance_Ohm),
    ]
    probes: tuple[Probe, ...] = (
        *(CurrentProbe(f"i_{k}", f"boost_{k}") for k in "abc"),
        VoltageProbe("u_p", "p"),
        VoltageProbe("u_n", "0", "n"),
    )
    half = initial_bus_voltage_V / 2.0
    return Circuit(
        "vienna",
        tuple(elements),
        probes,
        Nominal(initial_bus_voltage_V, 50.0, 1.0 / p.switching_frequency_Hz),
        {"upper": half, "lower": half},
        tables=TableSize(order=8, cells=1),
    )
