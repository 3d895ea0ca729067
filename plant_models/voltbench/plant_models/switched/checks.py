"""Refuse a circuit that cannot be solved, by name, before anything is computed."""

import math
from collections.abc import Callable, Iterable
from itertools import pairwise

import numpy as np

from voltbench.plant_models.switched.circuit import GROUND, Circuit, nodes_of
from voltbench.plant_models.switched.elements import (
    Capacitor,
    CoupledInductors,
    CurrentSource,
    Diode,
    Element,
    IdealTransformer,
    Inductor,
    Resistor,
    SaturatingInductor,
    Sine,
    Switch,
    VoltageSource,
)
from voltbench.plant_models.switched.errors import CircuitError


class Groups:
    """Disjoint sets of nodes, joined one branch at a time."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def find(self, node: str) -> str:
        """Return the representative of the node's group."""
        while (up := self._parent.setdefault(node, node)) != node:
            node = up
        return node

    def join(self, a: str, b: str) -> bool:
        """Join two groups; False where they were one already (the branch closes a loop)."""
        root_a, root_b = self.find(a), self.find(b)
        self._parent[root_a] = root_b
        return root_a != root_b


def check_circuit(circuit: Circuit) -> None:
    """Refuse what has no solution.

    Raises
    ------
    CircuitError
        Naming the circuit, the element or node, and the reason.
    """
    try:
        _check_names(circuit)
        for element in circuit.elements:
            _check_values(element)
        for name in ("voltage", "current", "period"):
            _positive(f"nominal {name}", getattr(circuit.nominal, name), "")
        _check_nodes(circuit)
        _check_voltage_loops(circuit.elements)
        _check_current_cuts(circuit.elements)
        _check_opposed_capacitances(circuit)
    except CircuitError as error:
        raise CircuitError(f"circuit {circuit.name!r}: {error}") from None


def _check_names(circuit: Circuit) -> None:
    names = [e.name for e in circuit.elements]
    for kind, group in (("element", names), ("probe", [p.name for p in circuit.probes])):
        if twice := sorted({n for n in group if group.count(n) > 1}):
            raise CircuitError(f"{kind} name {twice[0]!r} is used {group.count(twice[0])} times")
    if not circuit.probes:
        raise CircuitError("no probe: declare at least one output")


def _finite(what: str, value: float, unit: str, allowed: Callable[[float], bool], say: str) -> None:
    if not (math.isfinite(value) and allowed(value)):
        raise CircuitError(f"{what} is {value:g} {unit}; allowed: {say}")


def _positive(what: str, value: float, unit: str) -> None:
    _finite(what, value, unit, lambda v: v > 0.0, "above 0")


def _not_negative(what: str, value: float, unit: str) -> None:
    _finite(what, value, unit, lambda v: v >= 0.0, "0 or above")


def _check_values(element: Element) -> None:
    name = element.name
    match element:
        case Resistor():
            _positive(f"{name}: resistance", element.resistance, "Ohm")
        case Inductor():
            _positive(f"{name}: inductance", element.inductance, "H")
            _not_negative(f"{name}: winding resistance", element.resistance, "Ohm")
        case SaturatingInductor():
            _check_polygon(f"{name}: current", element.current, element.inductance, "A", "H")
            _not_negative(f"{name}: winding resistance", element.resistance, "Ohm")
        case Capacitor():
            _positive(f"{name}: capacitance", element.capacitance, "F")
            _not_negative(f"{name}: ESR", element.esr, "Ohm")
        case CoupledInductors():
            _check_coupled(element)
        case IdealTransformer():
            if len(element.turns) != len(element.windings) or len(element.turns) < 2:
                raise CircuitError(f"{name}: needs one number of turns for each of 2+ windings")
            if not all(math.isfinite(n) and n != 0.0 for n in element.turns):
                raise CircuitError(f"{name}: turns {element.turns} must be finite and not zero")
        case Diode():
            _not_negative(f"{name}: forward voltage", element.forward_voltage, "V")
            _not_negative(f"{name}: resistance", element.resistance, "Ohm")
        case Switch():
            _not_negative(f"{name}: r_on", element.r_on, "Ohm")
            if element.body:
                _not_negative(f"{name}: body forward voltage", element.body.forward_voltage, "V")
                _not_negative(f"{name}: body resistance", element.body.resistance, "Ohm")
            if oss := element.oss:
                _check_polygon(f"{name}: oss voltage", oss.voltage, oss.capacitance, "V", "F")
        case VoltageSource() | CurrentSource():
            _check_waveform(name, element.value)


def _check_polygon(
    name: str, at: tuple[float, ...], slopes: tuple[float, ...], unit: str, slope_unit: str
) -> None:
    """Refuse breakpoints that do not rise from zero, and slopes that are not positive."""
    if len(slopes) != len(at) + 1:
        raise CircuitError(
            f"{name}: {len(at)} breakpoints and {len(slopes)} slopes; allowed: one slope more"
        )
    for low, high in pairwise((0.0, *at)):
        if not (math.isfinite(high) and high > low):
            raise CircuitError(f"{name} breakpoint is {high:g} {unit}; allowed: above {low:g}")
    for slope in slopes:
        _positive(f"{name} slope", slope, slope_unit)


def _check_waveform(name: str, value: float | str | Sine) -> None:
    if isinstance(value, Sine):
        _positive(f"{name}: frequency", value.frequency, "Hz")
        _not_negative(f"{name}: amplitude", value.amplitude, "V or A")
    elif not isinstance(value, str):
        _finite(f"{name}: value", value, "V or A", lambda v: True, "finite")


def _check_coupled(element: CoupledInductors) -> None:
    count = len(element.windings)
    matrix = np.array(element.inductance, dtype=np.float64)
    if matrix.shape != (count, count) or not np.array_equal(matrix, matrix.T):
        raise CircuitError(f"{element.name}: inductance must be a symmetric {count} x {count}")
    if np.linalg.eigvalsh(matrix)[0] <= 1e-12 * np.abs(matrix).max():
        raise CircuitError(
            f"{element.name}: inductance matrix is not positive definite (coupling of 1 or more)"
        )
    if element.resistance and len(element.resistance) != count:
        raise CircuitError(f"{element.name}: needs one resistance for each winding")
    for r in element.resistance:
        _not_negative(f"{element.name}: winding resistance", r, "Ohm")


def _check_nodes(circuit: Circuit) -> None:
    groups = Groups()
    count: dict[str, int] = {}
    for element in circuit.elements:
        for plus, minus in nodes_of(element):
            if plus == minus:
                raise CircuitError(f"{element.name}: both ends on node {plus!r}")
            groups.join(plus, minus)
            for node in (plus, minus):
                count[node] = count.get(node, 0) + 1
    if GROUND not in count:
        raise CircuitError(f"no element on the reference node {GROUND!r}")
    for node, branches in count.items():
        if groups.find(node) != groups.find(GROUND):
            raise CircuitError(f"node {node!r} floats: no path to node {GROUND!r}; tie its island")
        if branches == 1 and node != GROUND:
            raise CircuitError(f"node {node!r} is the end of one branch only: nothing can flow")
    for probe in circuit.probes:
        for node in (getattr(probe, "plus", GROUND), getattr(probe, "minus", GROUND)):
            if node not in count:
                raise CircuitError(f"probe {probe.name}: unknown node {node!r}")


def _check_opposed_capacitances(circuit: Circuit) -> None:
    """Refuse output capacitances of switches back to back: each charges through the other."""
    ends: dict[str, list[Element]] = {}
    for element in circuit.elements:
        for pair in nodes_of(element):
            for node in pair:
                ends.setdefault(node, []).append(element)
    for node, own in ends.items():
        switches = [e for e in own if isinstance(e, Switch)]
        opposed = len({e.source == node for e in switches}) == 1
        charged = [e.name for e in switches if e.oss]
        if len(own) == len(switches) == 2 and opposed and charged:
            raise CircuitError(
                f"{charged[0]}: output capacitance of a switch back to back with another at node "
                f"{node!r} charges through that one's channel within picoseconds; leave it out"
            )


def _check_voltage_loops(elements: Iterable[Element]) -> None:
    """Find loops of ideal voltages: their current would be infinite or undefined."""
    groups = Groups()
    ideal = [
        e
        for e in elements
        if isinstance(e, VoltageSource) or (isinstance(e, Capacitor) and e.esr == 0.0)
    ]
    joined: list[Element] = []
    for element in sorted(ideal, key=lambda e: isinstance(e, Capacitor)):
        joined.append(element)
        if not groups.join(element.plus, element.minus):
            loop = _loop(joined, element)
            raise CircuitError(f"loop of ideal voltages through {', '.join(loop)}: give one an ESR")


def _loop(joined: list[Element], last: Element) -> list[str]:
    """Return the names on the loop that `last` closed, by dropping what the loop can miss."""
    keep = list(joined)
    for candidate in joined[:-1]:
        fewer = [e for e in keep if e is not candidate]
        groups = Groups()
        if not all([groups.join(*nodes_of(e)[0]) for e in fewer]):
            keep = fewer
    return [e.name for e in keep]


def _check_current_cuts(elements: Iterable[Element]) -> None:
    """Find parts held together by current sources and inductors alone, a source among them."""
    groups = Groups()
    sources = []
    for element in elements:
        if isinstance(element, CurrentSource):
            sources.append(element)
        elif not isinstance(element, Inductor | SaturatingInductor | CoupledInductors):
            for pair in nodes_of(element):
                groups.join(*pair)
            if isinstance(element, IdealTransformer):
                for (a, _), (b, _) in pairwise(element.windings):
                    groups.join(a, b)
    for source in sources:
        if groups.find(source.plus) != groups.find(source.minus):
            raise CircuitError(
                f"current source {source.name} is in a cut-set of inductors and current sources: "
                "give its current another path"
            )
