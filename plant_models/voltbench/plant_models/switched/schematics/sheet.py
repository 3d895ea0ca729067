"""A drawing as data: where each element of a circuit lies, and the wires between them.

The nets of a drawing follow from its geometry, so that it can be compared with the circuit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from voltbench.plant_models.switched.circuit import Circuit, nodes_of

Point = tuple[float, float]
Line = tuple[Point, ...]
Ends = tuple[Point, ...]


@dataclass(frozen=True)
class Sheet:
    """A circuit with the places of its elements.

    Attributes
    ----------
    circuit : Circuit
        What is drawn.
    parts : dict[str, Ends]
        Ends of each element, in the order of its nodes (two points a branch).
    wires : tuple[Line, ...]
        Lines of wire. Crossing lines are not joined; an end that lies on another line is.
    """

    circuit: Circuit
    parts: dict[str, Ends]
    wires: tuple[Line, ...]


def segments(sheet: Sheet) -> Iterator[tuple[Point, Point]]:
    """Yield the straight pieces of all wires."""
    for line in sheet.wires:
        yield from pairwise(line)


def on_segment(p: Point, a: Point, b: Point) -> bool:
    """Return whether a point lies on a straight piece, its ends included."""
    cross = (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
    inside = all(min(a[k], b[k]) - 1e-9 <= p[k] <= max(a[k], b[k]) + 1e-9 for k in range(2))
    return abs(cross) < 1e-9 and inside


def nets(sheet: Sheet) -> dict[Point, Point]:
    """Return for each end of an element or wire one point that stands for its net."""
    points = {p for ends in sheet.parts.values() for p in ends}
    points |= {p for piece in segments(sheet) for p in piece}
    joined = {p: p for p in points}

    def root(p: Point) -> Point:
        while joined[p] != p:
            p = joined[p]
        return p

    for a, b in segments(sheet):
        for p in points:
            if on_segment(p, a, b):
                joined[root(p)] = root(a)
    return {p: root(p) for p in points}


def junctions(sheet: Sheet) -> list[Point]:
    """Return the points where three or more lines meet: they get a dot."""
    meeting: dict[Point, int] = {}
    points = set(nets(sheet))
    for p in points:
        count = sum(p in ends for ends in sheet.parts.values())
        for a, b in segments(sheet):
            if p in (a, b):
                count += 1
            elif on_segment(p, a, b):
                count += 2
        meeting[p] = count
    return sorted(p for p, count in meeting.items() if count > 2)


def differences(sheet: Sheet) -> list[str]:
    """Return in words where a drawing is not its circuit; an empty list if it is."""
    elements = {e.name: e for e in sheet.circuit.elements}
    wrong = [f"{name} is not drawn" for name in elements if name not in sheet.parts]
    wrong += [f"{name} is not in the circuit" for name in sheet.parts if name not in elements]
    if wrong:
        return wrong
    net_of = nets(sheet)
    by_node: dict[str, set[Point]] = {}
    by_net: dict[Point, set[str]] = {}
    for name, element in elements.items():
        nodes = [node for pair in nodes_of(element) for node in pair]
        for node, end in zip(nodes, sheet.parts[name], strict=True):
            by_node.setdefault(node, set()).add(net_of[end])
            by_net.setdefault(net_of[end], set()).add(node)
    wrong += [
        f"node {node} is drawn in {len(n)} pieces" for node, n in by_node.items() if len(n) > 1
    ]
    wrong += [f"nodes {', '.join(sorted(n))} are joined" for n in by_net.values() if len(n) > 1]
    return wrong
