"""A whole 30 kW module at switch level: Vienna rectifier and dual active bridge on one DC link."""

from dataclasses import dataclass, field, replace

from voltbench.plant_models.switched.circuit import Circuit, Nominal, TableSize
from voltbench.plant_models.switched.elements import (
    BodyDiode,
    Capacitor,
    CurrentProbe,
    CurrentSource,
    IdealTransformer,
    Inductor,
    Resistor,
    Switch,
    VoltageProbe,
)
from voltbench.plant_models.switched.linked import Link
from voltbench.plant_models.switched.topologies.dab import DabParameters, dab_circuit, full_bridge
from voltbench.plant_models.switched.topologies.vienna import ViennaParameters, vienna_circuit


def _dab_30kw() -> DabParameters:
    return DabParameters(
        leakage_inductance_H=16e-6,
        leakage_resistance_Ohm=10e-3,
        output_capacitance_F=200e-6,
        load_resistance_Ohm=5.33,
        r_on_1_Ohm=10e-3,
        r_on_2_Ohm=5e-3,
        switching_frequency_Hz=70e3,
    )


@dataclass(frozen=True)
class ModuleParameters:
    """Values of the module: both converters switch at the rectifier's frequency.

    The rectifier's load resistance and the bridge's input voltage have no meaning here: each
    converter is the other's.
    """

    vienna: ViennaParameters = field(default_factory=ViennaParameters)
    dab: DabParameters = field(default_factory=_dab_30kw)
    link_voltage_V: float = 800.0
    output_voltage_V: float = 400.0


def module_circuit(p: ModuleParameters) -> Circuit:
    """Return both converters as one circuit of 11 gates: `s_a` ... `s_c`, `p1` ... `s4`.

    Outputs: those of the rectifier, `i_l` (A), `u_o` (V). The output's negative rail is at the
    link's midpoint: the transformer isolates it, so no current flows there.
    """
    rectifier = vienna_circuit(p.vienna, p.link_voltage_V)
    elements = [e for e in rectifier.elements if e.name != "load"]
    d = p.dab
    body = BodyDiode(d.body_voltage_V, d.body_resistance_Ohm)
    for k, (drain, source) in enumerate((("p", "x"), ("x", "n"), ("p", "y"), ("y", "n")), 1):
        elements.append(Switch(f"p{k}", drain, source, f"p{k}", d.r_on_1_Ohm, body))
    elements += [
        Inductor("leakage", "x", "w", d.leakage_inductance_H, d.leakage_resistance_Ohm),
        Inductor("magnetising", "w", "y", d.magnetising_inductance_H),
        IdealTransformer("transformer", (("w", "y"), ("s_1", "s_2")), (d.turns_ratio, 1.0)),
        *full_bridge("s", "out", "s_1", "s_2", d.device_2, 25.0),
        Capacitor("output", "out", "0", d.output_capacitance_F),
        Resistor("load", "out", "0", d.load_resistance_Ohm),
    ]
    return Circuit(
        "module_30kw",
        tuple(elements),
        (*rectifier.probes, CurrentProbe("i_l", "leakage"), VoltageProbe("u_o", "out")),
        Nominal(p.link_voltage_V, 50.0, 1.0 / p.vienna.switching_frequency_Hz),
        {**rectifier.initial, "output": p.output_voltage_V},
        tables=TableSize(order=8, cells=1, guards=12),
    )


def module_halves(p: ModuleParameters) -> tuple[Circuit, Circuit, Link]:
    """Return rectifier, bridge and what links them.

    The current `i_dab` is drawn from the rectifier's link; the bridge's copy of the link is
    fed by `i_rectifier`.
    """
    rectifier = vienna_circuit(p.vienna, p.link_voltage_V)
    drawn = CurrentSource("drawn", "p", "n", "i_dab")
    kept = tuple(e for e in rectifier.elements if e.name != "load")
    half = p.vienna.half_capacitance_F / 2.0
    bridge = dab_circuit(p.dab, p.output_voltage_V)
    copy = Capacitor("link", "bus", "0", half)
    given = CurrentSource("given", "0", "bus", "i_rectifier")
    rest = tuple(e for e in bridge.elements if e.name != "source")
    return (
        replace(rectifier, elements=(*kept, drawn)),
        replace(
            bridge,
            elements=(copy, given, *rest),
            initial={**bridge.initial, "link": p.link_voltage_V},
            tables=replace(bridge.tables, guards=8),  # legs of one bridge may part ways at start
        ),
        Link(("upper", "lower"), "i_dab", "link", "i_rectifier", half),
    )
