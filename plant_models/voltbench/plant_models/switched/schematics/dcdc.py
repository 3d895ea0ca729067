"""Sheets of the DC-DC converters and of the output filter."""

from voltbench.plant_models.switched.circuit import Circuit, Nominal
from voltbench.plant_models.switched.elements import VoltageProbe, VoltageSource
from voltbench.plant_models.switched.schematics.blocks import (
    LOWER,
    TOP,
    UPPER,
    Parts,
    Wires,
    bridge,
    column,
    rails,
    row,
    transformer,
    vertical,
)
from voltbench.plant_models.switched.schematics.sheet import Sheet
from voltbench.plant_models.switched.topologies.cllc import CllcParameters, cllc_circuit
from voltbench.plant_models.switched.topologies.dab import DabParameters, dab_circuit
from voltbench.plant_models.switched.topologies.llc import LlcParameters, llc_circuit
from voltbench.plant_models.switched.topologies.llc_half_bridge import llc_half_bridge_circuit
from voltbench.plant_models.switched.topologies.output_filter import (
    OutputFilterParameters,
    output_filter,
    precharge_and_battery,
)
from voltbench.plant_models.switched.topologies.psfb import (
    PsfbParameters,
    psfb_circuit,
    psfb_current_doubler_circuit,
)

DIODES = ("d1", "d2", "d3", "d4")


def _input(names: tuple[str, str, str, str]) -> tuple[Parts, Wires]:
    """Return source and input bridge; rows leave it at x = 8."""
    parts, wires = bridge(3.0, names)
    parts["source"] = vertical(0.0)
    return parts, [*wires, *rails(0.0, 6.0), ((3.0, UPPER), (8.0, UPPER))]


def _output(x: float) -> tuple[Parts, Wires]:
    """Return capacitor and load from a column at x on."""
    parts = {"output": vertical(x + 2.7), "load": vertical(x + 5.2)}
    return parts, [((x, TOP), (x + 5.2, TOP)), ((6.0, 0.0), (x + 5.2, 0.0))]


def _rectified(x: float) -> tuple[Parts, Wires]:
    """Return a diode bridge at x behind windings that end two units before."""
    parts, wires = bridge(x, DIODES, upwards=True)
    rows: Wires = [((x - 2.0, UPPER), (x, UPPER)), ((x - 2.0, LOWER), (x + 3.0, LOWER))]
    return parts, [*wires, *rows, ((x, TOP), (x + 3.0, TOP))]


def dab() -> Sheet:
    """Return the dual active bridge."""
    parts, wires = _input(("p1", "p2", "p3", "p4"))
    parts |= {
        "leakage": row(8.0, UPPER),
        "magnetising": vertical(11.0, UPPER, LOWER),
        "transformer": transformer(13.0),
    }
    wires += [((10.0, UPPER), (13.0, UPPER)), ((6.0, LOWER), (13.0, LOWER))]
    more, lines = bridge(16.0, ("s1", "s2", "s3", "s4"))
    wires += [*lines, ((14.0, UPPER), (16.0, UPPER)), ((14.0, LOWER), (19.0, LOWER))]
    out, last = _output(19.0)
    wires += [*last, ((16.0, TOP), (19.0, TOP))]
    return Sheet(dab_circuit(DabParameters()), parts | more | out, tuple(wires))


def _tank() -> tuple[Parts, Wires]:
    parts = {
        "resonant": row(8.0, UPPER),
        "series": row(10.0, UPPER),
        "magnetising": vertical(13.0, UPPER, LOWER),
        "transformer": transformer(15.0),
    }
    return parts, [((12.0, UPPER), (15.0, UPPER))]


def llc() -> Sheet:
    """Return the full-bridge LLC."""
    parts, wires = _input(("p1", "p2", "p3", "p4"))
    tank, lines = _tank()
    wires += [*lines, ((6.0, LOWER), (15.0, LOWER))]
    diodes, more = _rectified(18.0)
    out, last = _output(21.0)
    circuit = llc_circuit(LlcParameters())
    return Sheet(circuit, parts | tank | diodes | out, tuple([*wires, *more, *last]))


def llc_half_bridge() -> Sheet:
    """Return the half-bridge LLC."""
    parts, wires = column(3.0, "p_high", "p_low")
    parts["source"] = vertical(0.0)
    tank, lines = _tank()
    wires += [*rails(0.0, 3.0), *lines, ((3.0, UPPER), (8.0, UPPER))]
    wires += [((13.0, LOWER), (15.0, LOWER)), ((13.0, LOWER), (13.0, 0.0))]
    wires.append(((3.0, 0.0), (6.0, 0.0)))
    diodes, more = _rectified(18.0)
    out, last = _output(21.0)
    circuit = llc_half_bridge_circuit(LlcParameters())
    return Sheet(circuit, parts | tank | diodes | out, tuple([*wires, *more, *last]))


def cllc() -> Sheet:
    """Return the CLLC."""
    parts, wires = _input(("pa_high", "pa_low", "pb_high", "pb_low"))
    parts |= {
        "resonant_1": row(8.0, UPPER),
        "series_1": row(10.0, UPPER),
        "magnetising": vertical(13.0, UPPER, LOWER),
        "transformer": transformer(15.0),
        "series_2": row(17.0, UPPER),
        "resonant_2": row(19.0, UPPER),
    }
    wires += [((12.0, UPPER), (15.0, UPPER)), ((6.0, LOWER), (15.0, LOWER))]
    wires += [((16.0, UPPER), (17.0, UPPER)), ((21.0, UPPER), (23.0, UPPER))]
    more, lines = bridge(23.0, ("sa_high", "sa_low", "sb_high", "sb_low"))
    wires += [*lines, ((16.0, LOWER), (26.0, LOWER)), ((23.0, TOP), (26.0, TOP))]
    out, last = _output(26.0)
    return Sheet(cllc_circuit(CllcParameters()), parts | more | out, tuple([*wires, *last]))


def _psfb_primary() -> tuple[Parts, Wires]:
    parts, wires = _input(("a_high", "a_low", "b_high", "b_low"))
    parts |= {
        "leakage": row(8.0, UPPER),
        "magnetising": vertical(11.0, UPPER, LOWER),
        "transformer": transformer(13.0),
    }
    return parts, [*wires, ((10.0, UPPER), (13.0, UPPER)), ((6.0, LOWER), (13.0, LOWER))]


def psfb() -> Sheet:
    """Return the phase-shifted full bridge with a diode bridge."""
    parts, wires = _psfb_primary()
    diodes, lines = _rectified(16.0)
    parts["filter"] = row(20.0, TOP)
    out, last = _output(22.0)
    wires += [*lines, *last, ((19.0, TOP), (20.0, TOP))]
    return Sheet(psfb_circuit(PsfbParameters()), parts | diodes | out, tuple(wires))


def psfb_current_doubler() -> Sheet:
    """Return the phase-shifted full bridge with a current doubler."""
    parts, wires = _psfb_primary()
    parts |= {
        "d1": vertical(16.0, 2.0, 0.0)[::-1],
        "d2": vertical(18.5, 2.0, 0.0)[::-1],
        "filter_1": row(19.5, TOP),
        "filter_2": row(19.5, LOWER),
    }
    wires += [
        ((14.0, UPPER), (16.0, UPPER), (16.0, 2.0)),
        ((16.0, UPPER), (16.0, TOP), (19.5, TOP)),
        ((14.0, LOWER), (19.5, LOWER)),
        ((18.5, LOWER), (18.5, 2.0)),
        ((21.5, LOWER), (22.5, LOWER), (22.5, TOP)),
        ((21.5, TOP), (22.5, TOP)),
    ]
    out, last = _output(22.5)
    circuit = psfb_current_doubler_circuit(PsfbParameters())
    return Sheet(circuit, parts | out, tuple([*wires, *last]))


def filter_and_battery() -> Sheet:
    """Return output filter, precharge and battery behind a source that stands for the converter."""
    p = OutputFilterParameters()
    elements = (
        VoltageSource("converter", "out", "0", 400.0),
        *output_filter(p, "out", "terminal"),
        *precharge_and_battery(p, "terminal"),
    )
    circuit = Circuit(
        "output_filter", elements, (VoltageProbe("u_t", "terminal"),), Nominal(4e2, 1e2, 1e-5)
    )
    parts: Parts = {
        "converter": vertical(0.0, UPPER),
        "output_choke": row(1.0, UPPER),
        "terminal": vertical(4.5, UPPER),
        "bleeder": vertical(7.0, UPPER),
        "main": row(10.0, UPPER),
        "precharge": row(10.0, TOP),
        "precharge_resistor": row(13.0, TOP),
        "cable": row(17.0, UPPER),
        "cable_damping": row(17.0, TOP),
        "battery": vertical(21.0, UPPER),
    }
    wires: Wires = [
        ((0.0, UPPER), (1.0, UPPER)),
        ((3.0, UPPER), (10.0, UPPER)),
        ((9.0, UPPER), (9.0, TOP), (10.0, TOP)),
        ((12.0, TOP), (13.0, TOP)),
        ((12.0, UPPER), (17.0, UPPER)),
        ((15.0, TOP), (15.5, TOP), (15.5, UPPER)),
        ((16.5, UPPER), (16.5, TOP), (17.0, TOP)),
        ((19.0, TOP), (19.5, TOP), (19.5, UPPER)),
        ((19.0, UPPER), (21.0, UPPER)),
        ((0.0, 0.0), (21.0, 0.0)),
    ]
    return Sheet(circuit, parts, tuple(wires))
