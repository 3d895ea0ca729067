"""The circuit as linear equations: one row for each node and each branch.

Unknowns ``w`` are the node voltages and the branch currents, states ``z`` are the inductor
currents, capacitor voltages, sine and cosine of each frequency, named inputs and the constant
one. Every row reads ``M w = N z``; a device that changes its mode changes one row only.
All numbers are scaled by the nominal voltage, current and period, so that ranks are decided
on numbers near one.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from voltbench.plant_models.switched.circuit import GROUND, Circuit, nodes_of
from voltbench.plant_models.switched.elements import (
    Capacitor,
    CoupledInductors,
    CurrentProbe,
    CurrentSource,
    Diode,
    Element,
    IdealTransformer,
    Inductor,
    OutputCapacitance,
    Resistor,
    SaturatingInductor,
    Sine,
    Switch,
    VoltageSource,
    Waveform,
)
from voltbench.plant_models.switched.errors import CircuitError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Channel:
    """A gated branch: closed by `gate` (its bit in the gate word), then `resistance` (scaled)."""

    row: int
    branch: int
    gate: int
    resistance: float


@dataclass(frozen=True)
class Valve:
    """A diode branch, shunted while the gate bit `shunt` is on (-1: never). Scaled values."""

    name: str
    row: int
    branch: int
    shunt: int
    forward_voltage: float
    resistance: float


@dataclass(frozen=True)
class Knee:
    """A breakpoint of a state: beyond `at` (scaled, times `sign`) its derivative has a `factor`."""

    name: str
    state: int
    sign: float
    at: float
    factor: float


@dataclass(frozen=True)
class Oss:
    """The output capacitance of a switch: a branch, its row, its state (the voltage)."""

    row: int
    branch: int
    state: int
    nodes: tuple[str, str]


@dataclass
class Tableau:
    """The rows that no mode changes, and where the devices put theirs."""

    circuit: Circuit
    nodes: dict[str, int]
    branches: dict[str, int]
    states: tuple[str, ...]
    frequencies: tuple[float, ...]
    inputs: tuple[str, ...]
    m: Array
    n: Array
    voltage_of: Array
    """Branch voltages from the unknowns (branches x unknowns)."""
    d_w: Array = field(default_factory=lambda: np.zeros((0, 0)))
    """Derivatives of the dynamic states over one nominal period, from w ..."""
    d_z: Array = field(default_factory=lambda: np.zeros((0, 0)))
    """... and of all states from z."""
    inductive: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    channels: list[Channel] = field(default_factory=list)
    valves: list[Valve] = field(default_factory=list)
    knees: list[Knee] = field(default_factory=list)
    """Their bits follow the valves' in a configuration."""
    capacitances: list[Oss] = field(default_factory=list)

    @property
    def dynamic(self) -> int:
        """Return how many states belong to inductors and capacitors."""
        return len(self.states)

    @property
    def evolving(self) -> int:
        """Return how many states change by themselves: the dynamic ones and the phasors."""
        return self.dynamic + 2 * len(self.frequencies)

    @property
    def size(self) -> int:
        """Return the number of all states, the constant one included (it is the last)."""
        return self.evolving + len(self.inputs) + 1

    @property
    def unknowns(self) -> int:
        """Return the number of unknowns w."""
        return int(self.m.shape[1])

    def scale(self) -> Array:
        """Return the SI value of one unit of each state."""
        nominal = self.circuit.nominal
        dynamic = np.where(self.inductive, nominal.current, nominal.voltage)
        return np.concatenate([dynamic, np.ones(self.size - self.dynamic)])


def build_tableau(circuit: Circuit) -> Tableau:
    """Return the equations of a (checked) circuit."""
    tableau = _empty(circuit)
    row = len(tableau.nodes)
    for element in circuit.elements:
        row = _stamp(tableau, element, row)
    omega = 2.0 * math.pi * circuit.nominal.period
    for k, frequency in enumerate(tableau.frequencies):
        at = tableau.dynamic + 2 * k
        tableau.d_z[at, at + 1] = omega * frequency
        tableau.d_z[at + 1, at] = -omega * frequency
    return tableau


def _branch_names(element: Element) -> list[str]:
    if isinstance(element, CoupledInductors | IdealTransformer):
        return [f"{element.name}.{k + 1}" for k in range(len(element.windings))]
    if isinstance(element, Switch):
        body = [f"{element.name}.body"] if element.body else []
        return [element.name, *body, *_state_names(element)]
    return [element.name]


def _state_names(element: Element) -> list[str]:
    """Return the states of an element; each is named as its branch is."""
    if isinstance(element, Switch):
        return [f"{element.name}.oss"] if element.oss else []
    stores = Inductor | SaturatingInductor | Capacitor | CoupledInductors
    return _branch_names(element) if isinstance(element, stores) else []


def _branch_pairs(element: Element) -> list[tuple[str, str]]:
    if isinstance(element, Switch):
        forward, backward = (element.drain, element.source), (element.source, element.drain)
        body, oss = [backward] if element.body else [], [forward] if element.oss else []
        return [forward, *body, *oss]
    return list(nodes_of(element))


def _empty(circuit: Circuit) -> Tableau:
    names = [b for e in circuit.elements for b in _branch_names(e)]
    pairs = [p for e in circuit.elements for p in _branch_pairs(e)]
    found = dict.fromkeys(n for pair in pairs for n in pair if n != GROUND)
    nodes = {name: k for k, name in enumerate(found)}
    states = tuple(name for e in circuit.elements for name in _state_names(e))
    stores = [e for e in circuit.elements for _ in _state_names(e)]
    count = len(nodes) + len(names)
    size = len(states) + 2 * len(circuit.frequencies) + len(circuit.inputs) + 1
    tableau = Tableau(
        circuit,
        nodes,
        {name: k for k, name in enumerate(names)},
        states,
        circuit.frequencies,
        circuit.inputs,
        np.zeros((count, count)),
        np.zeros((count, size)),
        np.zeros((len(names), count)),
        np.zeros((len(states), count)),
        np.zeros((size, size)),
        np.array([not isinstance(e, Capacitor | Switch) for e in stores]),
    )
    for k, (plus, minus) in enumerate(pairs):
        for node, sign in ((plus, 1.0), (minus, -1.0)):
            if node != GROUND:
                tableau.m[nodes[node], len(nodes) + k] += sign
                tableau.voltage_of[k, nodes[node]] += sign
    return tableau


def _current(tableau: Tableau, branch: int) -> Array:
    unit = np.zeros(tableau.unknowns)
    unit[len(tableau.nodes) + branch] = 1.0
    return unit


def source_row(tableau: Tableau, value: Waveform, unit: float) -> Array:
    """Return the row that gives a source's value (in units of `unit`) from the states."""
    row = np.zeros(tableau.size)
    if isinstance(value, Sine):
        at = tableau.dynamic + 2 * tableau.frequencies.index(value.frequency)
        row[at] = value.amplitude * math.cos(value.phase) / unit
        row[at + 1] = value.amplitude * math.sin(value.phase) / unit
    elif isinstance(value, str):
        row[tableau.evolving + tableau.inputs.index(value)] = 1.0 / unit
    else:
        row[-1] = value / unit
    return row


def _stamp(tableau: Tableau, element: Element, row: int) -> int:
    """Write an element's rows from `row` on; return the next free row."""
    nominal = tableau.circuit.nominal
    ohm = nominal.voltage / nominal.current
    branch = tableau.branches[_branch_names(element)[0]]
    voltage, current = tableau.voltage_of[branch], _current(tableau, branch)
    match element:
        case Resistor():
            tableau.m[row] = voltage - element.resistance / ohm * current
        case VoltageSource():
            tableau.m[row] = voltage
            tableau.n[row] = source_row(tableau, element.value, nominal.voltage)
        case CurrentSource():
            tableau.m[row] = current
            tableau.n[row] = source_row(tableau, element.value, nominal.current)
        case Capacitor():
            state = tableau.states.index(element.name)
            tableau.m[row] = voltage - element.esr / ohm * current
            tableau.n[row, state] = 1.0
            tableau.d_w[state] = nominal.period / (element.capacitance * ohm) * current
        case Inductor():
            _stamp_windings(
                tableau,
                row,
                branch,
                np.array([[element.inductance]]),
                np.array([element.resistance]),
            )
        case SaturatingInductor():
            _stamp_saturating(tableau, element, row, branch)
        case CoupledInductors():
            resistance = np.array(element.resistance or [0.0] * len(element.windings))
            _stamp_windings(tableau, row, branch, np.array(element.inductance), resistance)
            return row + len(element.windings)
        case IdealTransformer():
            return _stamp_transformer(tableau, element, row, branch)
        case Diode():
            _add_valve(tableau, element.name, row, branch, -1, element)
        case Switch():
            gate = tableau.circuit.gates.index(element.gate)
            tableau.channels.append(Channel(row, branch, gate, element.r_on / ohm))
            if element.body:
                row += 1
                _add_valve(tableau, f"{element.name}.body", row, branch + 1, gate, element.body)
            if element.oss:
                row += 1
                _stamp_oss(tableau, element, element.oss, row)
    return row + 1


def _stamp_saturating(tableau: Tableau, element: SaturatingInductor, row: int, branch: int) -> None:
    nominal = tableau.circuit.nominal
    ohm = nominal.voltage / nominal.current
    state, current = tableau.states.index(element.name), _current(tableau, branch)
    tableau.m[row] = current
    tableau.n[row, state] = 1.0
    voltage = tableau.voltage_of[branch] - element.resistance / ohm * current
    tableau.d_w[state] = nominal.period * ohm / element.inductance[0] * voltage
    for sign in (1.0, -1.0):
        _add_knees(
            tableau, element.name, state, sign, element.current, element.inductance, nominal.current
        )


def _stamp_oss(tableau: Tableau, element: Switch, oss: OutputCapacitance, row: int) -> None:
    """Write the capacitance as live; `reduction` holds it where a conductor fixes its voltage."""
    nominal = tableau.circuit.nominal
    name = f"{element.name}.oss"
    branch, state = tableau.branches[name], tableau.states.index(name)
    tableau.m[row] = tableau.voltage_of[branch]
    tableau.n[row, state] = 1.0
    unit = nominal.period * nominal.current / nominal.voltage
    tableau.d_w[state] = unit / oss.capacitance[0] * _current(tableau, branch)
    tableau.capacitances.append(Oss(row, branch, state, (element.drain, element.source)))
    _add_knees(tableau, name, state, 1.0, oss.voltage, oss.capacitance, nominal.voltage)


def _add_knees(
    tableau: Tableau,
    name: str,
    state: int,
    sign: float,
    at: tuple[float, ...],
    slopes: tuple[float, ...],
    unit: float,
) -> None:
    side = "+" if sign > 0.0 else "-"
    for k, value in enumerate(at):
        label = f"{name} beyond {side}{value:g}"
        factor = slopes[k] / slopes[k + 1]
        tableau.knees.append(Knee(label, state, sign, value / unit, factor))


def _add_valve(
    tableau: Tableau, name: str, row: int, branch: int, shunt: int, values: "Diode | object"
) -> None:
    nominal = tableau.circuit.nominal
    forward: float = getattr(values, "forward_voltage")  # noqa: B009  (diode or body diode)
    resistance: float = getattr(values, "resistance")  # noqa: B009
    tableau.valves.append(
        Valve(
            name,
            row,
            branch,
            shunt,
            forward / nominal.voltage,
            resistance * nominal.current / nominal.voltage,
        )
    )


def _stamp_windings(
    tableau: Tableau, row: int, branch: int, inductance: Array, resistance: Array
) -> None:
    """Write windings: each current is a state, each derivative comes from all voltages."""
    nominal = tableau.circuit.nominal
    ohm = nominal.voltage / nominal.current
    names = list(tableau.branches)
    count = len(resistance)
    states = [tableau.states.index(names[branch + k]) for k in range(count)]
    gain = np.linalg.inv(inductance) * ohm * nominal.period
    for k in range(count):
        tableau.m[row + k] = _current(tableau, branch + k)
        tableau.n[row + k, states[k]] = 1.0
        tableau.d_w[states[k]] = gain[k] @ tableau.voltage_of[branch : branch + count]
        for j in range(count):
            tableau.d_z[states[k], states[j]] -= gain[k, j] * resistance[j] / ohm


def _stamp_transformer(tableau: Tableau, element: IdealTransformer, row: int, branch: int) -> int:
    largest = max(abs(n) for n in element.turns)
    first = tableau.voltage_of[branch] * (element.turns[1] / largest)
    for k, turns in enumerate(element.turns):
        tableau.m[row] += turns / largest * _current(tableau, branch + k)
    for k in range(1, len(element.turns)):
        ratio = element.turns[k] / element.turns[1]
        other = tableau.voltage_of[branch + k] * (element.turns[0] / largest)
        tableau.m[row + k] = first * ratio - other
    return row + len(element.turns)


def probe_rows(tableau: Tableau) -> list[tuple[Array, float]]:
    """Return for each probe its row over w and the SI value of one unit.

    Raises
    ------
    CircuitError
        If a current probe names no element.
    """
    rows: list[tuple[Array, float]] = []
    for probe in tableau.circuit.probes:
        if isinstance(probe, CurrentProbe):
            if probe.element not in tableau.branches:
                known = ", ".join(tableau.branches)
                raise CircuitError(
                    f"probe {probe.name}: no element {probe.element!r}; known: {known}"
                )
            branch = tableau.branches[probe.element]
            rows.append((_current(tableau, branch), tableau.circuit.nominal.current))
        else:
            row = np.zeros(tableau.unknowns)
            for node, sign in ((probe.plus, 1.0), (probe.minus, -1.0)):
                if node != GROUND:
                    row[tableau.nodes[node]] += sign
            rows.append((row, tableau.circuit.nominal.voltage))
    return rows
