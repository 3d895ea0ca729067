"""Blocks that sheets share: bridges, tanks, the three-phase side. Rails at y = 8 and y = 0.

A column carries one leg: devices at the rails, a wire between, from which a row leads away.
Rows of single-phase sheets lie at y = 5 and y = 3.
"""

from voltbench.plant_models.switched.schematics.sheet import Ends, Line

UPPER, LOWER = 5.0, 3.0
TOP = 8.0
PHASE_TOP = 11.4
PHASE_ROWS = {"a": 7.3, "b": 5.4, "c": 3.5}
MIDPOINT = 8.5

Parts = dict[str, Ends]
Wires = list[Line]


def vertical(x: float, top: float = TOP, bottom: float = 0.0) -> Ends:
    """Return ends between two heights, plus on top."""
    return ((x, top), (x, bottom))


def row(x: float, y: float, length: float = 2.0) -> Ends:
    """Return ends of an element in a row."""
    return ((x, y), (x + length, y))


def column(
    x: float, high: str, low: str, upwards: bool = False, top: float = TOP
) -> tuple[Parts, Wires]:
    """Return two devices at the rails; `upwards`: diodes, anode below."""
    one, two = vertical(x, top, top - 2.0), vertical(x, 2.0, 0.0)
    if upwards:
        one, two = one[::-1], two[::-1]
    return {high: one, low: two}, [((x, top - 2.0), (x, 2.0))]


def bridge(
    x: float, names: tuple[str, str, str, str], upwards: bool = False
) -> tuple[Parts, Wires]:
    """Return two columns at x and x + 3."""
    parts, wires = column(x, names[0], names[1], upwards)
    more, lines = column(x + 3.0, names[2], names[3], upwards)
    return parts | more, wires + lines


def transformer(x: float) -> Ends:
    """Return two windings at x and x + 1."""
    return ((x, UPPER), (x, LOWER), (x + 1.0, UPPER), (x + 1.0, LOWER))


def rails(start: float, end: float, top: float = TOP) -> Wires:
    """Return both rails."""
    return [((start, top), (end, top)), ((start, 0.0), (end, 0.0))]


def grid(filtered: bool) -> tuple[Parts, Wires, float]:
    """Return sources, filter and converter inductors of three rows, and the x where they end."""
    parts: Parts = {}
    wires: Wires = [((1.0, PHASE_ROWS["a"]), (1.0, PHASE_ROWS["c"]))]
    for k, (phase, y) in enumerate(PHASE_ROWS.items()):
        parts[f"source_{phase}"] = row(1.0, y)[::-1]
        boost = 3.5
        if filtered:
            at = 6.0 + 2.3 * k
            parts[f"grid_{phase}"] = row(3.5, y)
            parts[f"filter_{phase}"] = vertical(at, 2.5, 1.0)
            wires += [((3.0, y), (3.5, y)), ((5.5, y), (11.5, y)), ((at, y), (at, 2.5))]
            boost = 11.5
        else:
            wires.append(((3.0, y), (boost, y)))
        parts[f"boost_{phase}"] = row(boost, y)
    if filtered:
        wires.append(((6.0, 1.0), (10.6, 1.0)))
    return parts, wires, boost + 2.0
