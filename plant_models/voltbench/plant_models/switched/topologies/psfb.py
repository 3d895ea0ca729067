"""Phase-shifted full bridge, with a diode bridge or a current doubler at its output."""

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
from voltbench.plant_models.switched.topologies.device import (
    Rectifier,
    Transistor,
    diode_bridge,
    leg,
)


@dataclass(frozen=True)
class PsfbParameters:
    """Values of an 8 kW phase-shifted full bridge; zeros switch non-idealities off.

    The current doubler wants a turns ratio of half the diode bridge's for the same output.
    """

    input_voltage_V: float = 800.0
    turns_ratio: float = 1.4
    leakage_inductance_H: float = 8e-6
    """Seen from the input side; may include an added series inductor."""
    leakage_resistance_Ohm: float = 40e-3
    magnetising_inductance_H: float = 1.5e-3
    """Seen from the input side; 0 leaves it out."""
    filter_inductance_H: float = 80e-6
    """Each inductor of the current doubler."""
    filter_resistance_Ohm: float = 15e-3
    output_capacitance_F: float = 50e-6
    output_esr_Ohm: float = 0.0
    dc: DcSide = DcSide(load_resistance_Ohm=20.0)
    device: Transistor = Transistor(r_on_Ohm=30e-3)
    rectifier: Rectifier = Rectifier(forward_voltage_V=1.0)
    switching_frequency_Hz: float = 100e3
    dead_time_s: float = 200e-9


def psfb_circuit(
    p: PsfbParameters, junction_temperature_C: float = 25.0, initial_output_voltage_V: float = 0.0
) -> Circuit:
    """Return the circuit with a diode bridge.

    Gates `a_high`, `a_low`, `b_high`, `b_low` are bits 0 to 3. Outputs `i_p` (A, into the
    primary), `i_l` (A, filter inductor), `u_o` (V).
    """
    elements = [
        *_primary(p, junction_temperature_C),
        *diode_bridge("d", "c", "d", "rectified", p.rectifier),
        Inductor("filter", "rectified", "out", p.filter_inductance_H, p.filter_resistance_Ohm),
        *_output(p),
    ]
    probes = (
        CurrentProbe("i_p", "leakage"),
        CurrentProbe("i_l", "filter"),
        VoltageProbe("u_o", "out"),
    )
    return _circuit("psfb", p, elements, probes, initial_output_voltage_V)


def psfb_current_doubler_circuit(
    p: PsfbParameters, junction_temperature_C: float = 25.0, initial_output_voltage_V: float = 0.0
) -> Circuit:
    """Return the circuit with a current doubler: two inductors, two diodes, no centre tap.

    Gates as `psfb_circuit`. Outputs `i_p` (A), `i_1`, `i_2` (A, inductors), `u_o` (V).
    """
    winding = (p.filter_inductance_H, p.filter_resistance_Ohm)
    elements = [
        *_primary(p, junction_temperature_C),
        Inductor("filter_1", "c", "out", *winding),
        Inductor("filter_2", "d", "out", *winding),
        p.rectifier.diode("d1", "0", "c"),
        p.rectifier.diode("d2", "0", "d"),
        *_output(p),
    ]
    probes = (
        CurrentProbe("i_p", "leakage"),
        CurrentProbe("i_1", "filter_1"),
        CurrentProbe("i_2", "filter_2"),
        VoltageProbe("u_o", "out"),
    )
    return _circuit("psfb_current_doubler", p, elements, probes, initial_output_voltage_V)


def _primary(p: PsfbParameters, junction_temperature_C: float) -> list[Element]:
    elements: list[Element] = [
        VoltageSource("source", "bus", "0", p.input_voltage_V),
        *leg("a", "bus", "a", "0", p.device, junction_temperature_C),
        *leg("b", "bus", "b", "0", p.device, junction_temperature_C),
        Inductor("leakage", "a", "w", p.leakage_inductance_H, p.leakage_resistance_Ohm),
        IdealTransformer("transformer", (("w", "b"), ("c", "d")), (p.turns_ratio, 1.0)),
    ]
    if p.magnetising_inductance_H > 0.0:
        elements.append(Inductor("magnetising", "w", "b", p.magnetising_inductance_H))
    return elements


def _output(p: PsfbParameters) -> list[Element]:
    capacitor = Capacitor("output", "out", "0", p.output_capacitance_F, p.output_esr_Ohm)
    return [capacitor, *dc_side(p.dc, "out", "0")]


def _circuit(
    name: str, p: PsfbParameters, elements: list[Element], probes: tuple[Probe, ...], u_o: float
) -> Circuit:
    nominal = Nominal(p.input_voltage_V, 20.0, 1.0 / p.switching_frequency_Hz)
    return Circuit(name, tuple(elements), probes, nominal, {"output": u_o})
