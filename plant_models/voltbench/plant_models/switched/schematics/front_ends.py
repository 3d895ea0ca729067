"""Sheets of the rectifiers."""

from dataclasses import replace

from voltbench.plant_models.switched.schematics.blocks import (
    LOWER,
    MIDPOINT,
    PHASE_ROWS,
    PHASE_TOP,
    UPPER,
    Parts,
    Wires,
    column,
    grid,
    rails,
    row,
    vertical,
)
from voltbench.plant_models.switched.schematics.sheet import Sheet
from voltbench.plant_models.switched.topologies.active_front_end import (
    ActiveFrontEndParameters,
    active_front_end_circuit,
)
from voltbench.plant_models.switched.topologies.t_type import TTypeParameters, t_type_circuit
from voltbench.plant_models.switched.topologies.totem_pole import (
    TotemPoleParameters,
    totem_pole_circuit,
)
from voltbench.plant_models.switched.topologies.vienna import ViennaParameters, vienna_circuit


def totem_pole() -> Sheet:
    """Return the totem-pole PFC with its line filter."""
    p = TotemPoleParameters(grid_inductance_H=50e-6, filter_capacitance_F=2e-6)
    parts, wires = column(9.0, "fast_high", "fast_low")
    slow, lines = column(13.0, "slow_high", "slow_low")
    parts |= slow | {
        "source": vertical(0.0, UPPER, LOWER),
        "grid_inductance": row(1.0, UPPER),
        "filter": vertical(4.5, UPPER, LOWER),
        "boost": row(6.0, UPPER),
        "bus": vertical(16.2),
        "load": vertical(18.7),
    }
    wires += [
        *lines,
        *rails(9.0, 18.7),
        ((0.0, UPPER), (1.0, UPPER)),
        ((3.0, UPPER), (6.0, UPPER)),
        ((8.0, UPPER), (9.0, UPPER)),
        ((0.0, LOWER), (13.0, LOWER)),
    ]
    return Sheet(totem_pole_circuit(p), parts, tuple(wires))


def active_front_end() -> Sheet:
    """Return the two-level front end with grid inductance and filter capacitors."""
    p = ActiveFrontEndParameters()
    filtered = replace(p.grid, grid_inductance_H=30e-6, filter_capacitance_F=10e-6)
    parts, wires, end = grid(filtered=True)
    for k, (phase, y) in enumerate(PHASE_ROWS.items()):
        x = end + 2.5 + 3.0 * k
        leg, lines = column(x, f"{phase}_high", f"{phase}_low", top=PHASE_TOP)
        parts |= leg
        wires += [*lines, ((end, y), (x, y))]
    parts |= {"bus": vertical(x + 2.5, PHASE_TOP), "load": vertical(x + 5.0, PHASE_TOP)}
    wires += rails(end + 2.5, x + 5.0, PHASE_TOP)
    return Sheet(active_front_end_circuit(replace(p, grid=filtered)), parts, tuple(wires))


def _split_bus(x: float, first: float) -> tuple[Parts, Wires]:
    """Return both capacitors, load and rails; columns start at `first`."""
    parts = {
        "upper": vertical(x, PHASE_TOP, MIDPOINT),
        "lower": vertical(x, MIDPOINT, 0.0),
        "load": vertical(x + 2.5, PHASE_TOP),
    }
    return parts, rails(first, x + 2.5, PHASE_TOP)


def t_type() -> Sheet:
    """Return the T-type bridge."""
    parts, wires, end = grid(filtered=True)
    first = end + 2.5
    for k, (phase, y) in enumerate(PHASE_ROWS.items()):
        x = first + 6.0 * k
        outer, lines = column(x, f"{phase}_1", f"{phase}_4", top=PHASE_TOP)
        parts |= outer | {f"{phase}_3": row(x, y), f"{phase}_2": row(x + 2.0, y)[::-1]}
        wires += [*lines, ((end, y), (x, y)), ((x + 4.0, y), (x + 4.0, MIDPOINT))]
    bus, lines = _split_bus(x + 6.0, first)
    wires += [*lines, ((first + 4.0, MIDPOINT), (x + 6.0, MIDPOINT))]
    return Sheet(t_type_circuit(TTypeParameters()), parts | bus, tuple(wires))


def vienna() -> Sheet:
    """Return the Vienna rectifier."""
    parts, wires, end = grid(filtered=False)
    for phase in PHASE_ROWS:
        parts[f"grid_{phase}"] = parts.pop(f"source_{phase}")
    first = end + 2.0
    for k, (phase, y) in enumerate(PHASE_ROWS.items()):
        x = first + 4.5 * k
        diodes, lines = column(x, f"dp_{phase}", f"dn_{phase}", upwards=True, top=PHASE_TOP)
        parts |= diodes | {f"s_{phase}": row(x, y)}
        wires += [*lines, ((end, y), (x, y)), ((x + 2.0, y), (x + 2.0, MIDPOINT))]
    bus, lines = _split_bus(x + 4.5, first)
    wires += [*lines, ((first + 2.0, MIDPOINT), (x + 4.5, MIDPOINT))]
    return Sheet(vienna_circuit(ViennaParameters()), parts | bus, tuple(wires))
