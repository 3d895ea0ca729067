"""CLLC: a resonant tank on either side of the transformer between two active full bridges."""

import math
from dataclasses import dataclass

from voltbench.plant_models.switched.circuit import Circuit, Nominal
from voltbench.plant_models.switched.elements import (
    Capacitor,
    CurrentProbe,
    Element,
    IdealTransformer,
    Inductor,
    Probe,
    VoltageProbe,
    VoltageSource,
)
from voltbench.plant_models.switched.topologies.ac_side import DcSide, dc_side
from voltbench.plant_models.switched.topologies.device import Transistor, leg


@dataclass(frozen=True)
class CllcParameters:
    """Values of an 11 kW CLLC, after REF-DAB11KIZSICSYS: 750 V to 600 V, resonance at 73 kHz.

    The tank is symmetric: both sides resonate at the same frequency.
    """

    input_voltage_V: float = 750.0
    turns_ratio: float = 1.25
    resonant_inductance_1_H: float = 27.12e-6
    resonant_capacitance_1_F: float = 175.3e-9
    resonant_resistance_1_Ohm: float = 30e-3
    magnetising_inductance_H: float = 120.66e-6
    resonant_inductance_2_H: float = 27.12e-6 / 1.25**2
    resonant_capacitance_2_F: float = 175.3e-9 * 1.25**2
    resonant_resistance_2_Ohm: float = 20e-3
    device_1: Transistor = Transistor(r_on_Ohm=30e-3)
    device_2: Transistor = Transistor(r_on_Ohm=30e-3)
    output_capacitance_F: float = 50e-6
    output_esr_Ohm: float = 0.0
    dc: DcSide = DcSide(load_resistance_Ohm=600.0**2 / 11e3)
    dead_time_s: float = 150e-9

    @property
    def resonance_frequency_Hz(self) -> float:
        """Return the resonance of the input side's series elements."""
        lc = self.resonant_inductance_1_H * self.resonant_capacitance_1_F
        return 1.0 / (2.0 * math.pi * math.sqrt(lc))


def cllc_circuit(
    p: CllcParameters, junction_temperature_C: float = 25.0, initial_output_voltage_V: float = 0.0
) -> Circuit:
    """Return the circuit.

    Gates `pa_high`, `pa_low`, `pb_high`, `pb_low` are bits 0 to 3, `sa_high` ... `sb_low`
    bits 4 to 7. Outputs `i_1` (A, into the tank), `i_2` (A, out of it), `u_o` (V).
    """
    elements: list[Element] = [
        VoltageSource("source", "bus", "0", p.input_voltage_V),
        *leg("pa", "bus", "a", "0", p.device_1, junction_temperature_C),
        *leg("pb", "bus", "b", "0", p.device_1, junction_temperature_C),
        *leg("sa", "out", "c", "0", p.device_2, junction_temperature_C),
        *leg("sb", "out", "d", "0", p.device_2, junction_temperature_C),
        Capacitor("resonant_1", "a", "r", p.resonant_capacitance_1_F),
        Inductor("series_1", "r", "w", p.resonant_inductance_1_H, p.resonant_resistance_1_Ohm),
        Inductor("magnetising", "w", "b", p.magnetising_inductance_H),
        IdealTransformer("transformer", (("w", "b"), ("v", "d")), (p.turns_ratio, 1.0)),
        Inductor("series_2", "v", "s", p.resonant_inductance_2_H, p.resonant_resistance_2_Ohm),
        Capacitor("resonant_2", "s", "c", p.resonant_capacitance_2_F),
        Capacitor("output", "out", "0", p.output_capacitance_F, p.output_esr_Ohm),
        *dc_side(p.dc, "out", "0"),
    ]
    probes: tuple[Probe, ...] = (
        CurrentProbe("i_1", "series_1"),
        CurrentProbe("i_2", "series_2"),
        VoltageProbe("u_o", "out"),
    )
    return Circuit(
        "cllc",
        tuple(elements),
        probes,
        Nominal(p.input_voltage_V, 20.0, 1.0 / p.resonance_frequency_Hz),
        {"output": initial_output_voltage_V},
    )
