"""Write a circuit as a netlist for ngspice, from the same declaration the engine takes.

Nodes and elements get numbers (SPICE ignores case, ours may differ by it); a comment before
each element gives its name. What ngspice has no ideal form of is approximated, and only that:
diodes are steep exponentials behind their threshold, open switches leak, gates take a
nanosecond.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from voltbench.plant_models.switched.circuit import GROUND, Circuit
from voltbench.plant_models.switched.elements import (
    BodyDiode,
    Capacitor,
    CoupledInductors,
    CurrentProbe,
    CurrentSource,
    Diode,
    Element,
    IdealTransformer,
    Inductor,
    Resistor,
    Sine,
    Switch,
    VoltageProbe,
    VoltageSource,
    Waveform,
)
from voltbench.plant_models.switched.engine import Edges
from voltbench.plant_models.switched.errors import CircuitError

GATE_RISE = 1e-9
"""Width of a gate's edge (s), centred on its instant."""
GRID = 1e-12
"""Breakpoints closer together than this end a run of ngspice: instants are rounded to it."""


@dataclass(frozen=True)
class SpiceOptions:
    """What a user of ngspice must choose.

    Attributes
    ----------
    step : float
        Largest time step (s).
    method : str
        ``gear`` or ``trap``.
    emission : float
        Emission coefficient of the diodes: small is steep.
    junction_F : float
        Junction capacitance of the diodes (F).
    shunt_Ohm : float
        Resistor from every node to ground; 0: none.
    relative : float
        Relative tolerance.
    """

    step: float = 20e-9
    method: str = "gear"
    emission: float = 0.05
    junction_F: float = 100e-12
    shunt_Ohm: float = 1e9
    relative: float = 1e-4


class Netlist:
    """The lines of a circuit and the names its probes have in ngspice's output."""

    def __init__(self, circuit: Circuit, options: SpiceOptions, inputs: Mapping[str, float]):
        self.circuit, self.options, self.inputs = circuit, options, inputs
        self.lines: list[str] = []
        self.currents: dict[str, str] = {}
        self._nodes: dict[str, str] = {GROUND: "0"}
        self._count = 0
        self._sensed = {p.element for p in circuit.probes if isinstance(p, CurrentProbe)}
        for element in circuit.elements:
            self.lines.append(f"* {element.name}")
            self._write(element)

    def node(self, name: str) -> str:
        """Return the number of a node."""
        return self._nodes.setdefault(name, f"n{len(self._nodes)}")

    def probes(self) -> list[tuple[str, str, float]]:
        """Return for each probe the vectors whose difference it is (or one), and its sign."""
        found: list[tuple[str, str, float]] = []
        for probe in self.circuit.probes:
            if isinstance(probe, VoltageProbe):
                plus, minus = self.node(probe.plus), self.node(probe.minus)
                found.append((_volts(plus), _volts(minus), 1.0))
            elif probe.element in self.currents:
                found.append((self.currents[probe.element], "", 1.0))
            else:
                raise CircuitError(f"probe {probe.name}: no element {probe.element!r}")
        return found

    def _new(self, letter: str) -> str:
        self._count += 1
        return f"{letter}{self._count}"

    def _inner(self) -> str:
        self._count += 1
        return f"i{self._count}"

    def _add(self, letter: str, *words: object) -> str:
        name = self._new(letter)
        self.lines.append(" ".join([name, *(_word(w) for w in words)]))
        return name

    def _entry(self, branch: str, plus: str) -> str:
        """Return the node behind a current sense, where a probe asks for this branch."""
        if branch not in self._sensed:
            return plus
        inner = self._inner()
        self.currents[branch] = f"i({self._add('v', plus, inner, 0.0)})"
        return inner

    def _write(self, element: Element) -> None:
        match element:
            case Resistor():
                plus, minus = self._ends(element)
                self._add("r", plus, minus, element.resistance)
            case Inductor():
                self._winding(element.name, element.plus, element.minus, element.inductance,
                              element.resistance)  # fmt: skip
            case Capacitor():
                self._capacitor(element)
            case CoupledInductors():
                self._coupled(element)
            case IdealTransformer():
                self._transformer(element)
            case VoltageSource():
                plus, minus = self.node(element.plus), self.node(element.minus)
                name = self._add("v", plus, minus, self._wave(element.value))
                self.currents[element.name] = f"i({name})"
            case CurrentSource():
                plus, minus = self._ends(element)
                self._add("i", plus, minus, self._wave(element.value))
            case Diode():
                plus = self._entry(element.name, self.node(element.anode))
                self._diode(plus, self.node(element.cathode), element)
            case Switch():
                self._switch(element)

    def _ends(self, element: Resistor | CurrentSource | Capacitor) -> tuple[str, str]:
        return self._entry(element.name, self.node(element.plus)), self.node(element.minus)

    def _winding(self, name: str, plus: str, minus: str, henry: float, ohm: float) -> str:
        """Write an inductance behind its resistance; return its name."""
        first, last = self.node(plus), self.node(minus)
        if ohm > 0.0:
            inner = self._inner()
            self._add("r", first, inner, ohm)
            first = inner
        start = f"ic={self.circuit.initial.get(name, 0.0):.12g}"
        coil = self._add("l", first, last, henry, start)
        self.currents[name] = f"i({coil})"
        return coil

    def _capacitor(self, element: Capacitor) -> None:
        plus, minus = self._ends(element)
        if element.esr > 0.0:
            inner = self._inner()
            self._add("r", plus, inner, element.esr)
            plus = inner
        start = f"ic={self.circuit.initial.get(element.name, 0.0):.12g}"
        self._add("c", plus, minus, element.capacitance, start)

    def _coupled(self, element: CoupledInductors) -> None:
        ohms = element.resistance or (0.0,) * len(element.windings)
        coils = [
            self._winding(f"{element.name}.{k + 1}", *pair, element.inductance[k][k], ohms[k])
            for k, pair in enumerate(element.windings)
        ]
        for k, one in enumerate(coils):
            for j in range(k):
                mutual = element.inductance[k][j]
                if mutual != 0.0:
                    both = element.inductance[k][k] * element.inductance[j][j]
                    self._add("k", one, coils[j], mutual / both**0.5)

    def _transformer(self, element: IdealTransformer) -> None:
        """Write controlled sources: each further winding follows the first one's voltage."""
        (plus, minus), turns = element.windings[0], element.turns
        plus = self._entry(f"{element.name}.1", self.node(plus))
        minus = self.node(minus)
        for k in range(1, len(turns)):
            ratio = turns[k] / turns[0]
            other, low = (self.node(n) for n in element.windings[k])
            inner = self._inner()
            sense = self._add("v", other, inner, 0.0)
            self.currents[f"{element.name}.{k + 1}"] = f"i({sense})"
            self._add("e", inner, low, plus, minus, ratio)
            self._add("f", plus, minus, sense, -ratio)

    def _diode(self, anode: str, cathode: str, values: Diode | BodyDiode) -> None:
        if values.forward_voltage != 0.0:
            inner = self._inner()
            self._add("v", anode, inner, values.forward_voltage)
            anode = inner
        o = self.options
        model = self._new("dm")
        self.lines.append(
            f".model {model} d(is=1e-9 n={o.emission:g} rs={values.resistance:.12g} "
            f"cjo={o.junction_F:g})"
        )
        self._add("d", anode, cathode, model)

    def _switch(self, element: Switch) -> None:
        drain, source = self.node(element.drain), self.node(element.source)
        model = self._new("sm")
        gate = f"g{self.circuit.gates.index(element.gate)}"
        on = max(element.r_on, 1e-6)
        self.lines.append(f".model {model} sw(vt=0.5 vh=0 ron={on:.12g} roff=1e6)")
        self._add("s", self._entry(element.name, drain), source, gate, "0", model)
        if element.body:
            self._diode(self._entry(f"{element.name}.body", source), drain, element.body)

    def _wave(self, value: Waveform) -> str:
        if isinstance(value, Sine):
            angle = np.degrees(value.phase)
            return f"sin(0 {value.amplitude:.12g} {value.frequency:.12g} 0 0 {angle:.12g})"
        if isinstance(value, str):
            if value not in self.inputs:
                raise CircuitError(f"circuit {self.circuit.name!r}: input {value!r} has no value")
            return f"{self.inputs[value]:.12g}"
        return f"{value:.12g}"


def _word(word: object) -> str:
    return f"{word:.12g}" if isinstance(word, float) else str(word)


def _volts(node: str) -> str:
    return "" if node == "0" else f"v({node})"


def _gate_lines(circuit: Circuit, edges: Edges, start: int) -> Iterator[str]:
    """Yield a piecewise linear source for each gate."""
    times = np.round(edges[0] / GRID) * GRID
    for bit in range(len(circuit.gates)):
        level = start >> bit & 1
        points = [(0.0, level)]
        for t, word in zip(times.tolist(), edges[1].tolist(), strict=True):
            now = word >> bit & 1
            if now == level:
                continue
            if t <= 0.5 * GATE_RISE:
                points = [(0.0, now)]
            elif t - 0.5 * GATE_RISE <= points[-1][0]:
                points.pop()  # a pulse narrower than an edge: it cannot be told from none
                if points and points[-1][1] != now:
                    points.pop()
                points = points or [(0.0, now)]
            else:
                points += [(t - 0.5 * GATE_RISE, level), (t + 0.5 * GATE_RISE, now)]
            level = now
        yield f"vg{bit} g{bit} 0 pwl("
        yield from (f"+ {t:.13g} {v}" for t, v in points)
        yield "+ )"


def netlist_text(
    circuit: Circuit,
    edges: Edges,
    t_end: float,
    options: SpiceOptions,
    start: int = 0,
    inputs: Mapping[str, float] | None = None,
) -> tuple[str, list[tuple[str, str, float]]]:
    """Return a netlist that runs the edges to `t_end` (s), and the vectors of each probe.

    Parameters
    ----------
    circuit
        The circuit; initial values are taken from it.
    edges
        Instants (s) and gate words of the whole run.
    options
        Solver settings.
    start
        Gate word before the first edge.
    inputs
        Values of named inputs, constant over the run.

    Raises
    ------
    CircuitError
        If a named input has no value or a probe no element.
    """
    net = Netlist(circuit, options, inputs or {})
    probes = net.probes()
    saved = dict.fromkeys(v for one in probes for v in one[:2] if v)
    shunt = f" rshunt={options.shunt_Ohm:g}" if options.shunt_Ohm > 0.0 else ""
    text = [
        f"{circuit.name}",
        *net.lines,
        *_gate_lines(circuit, edges, start),
        f".options method={options.method} reltol={options.relative:g} abstol=1e-6 vntol=1e-4"
        f" itl4=100{shunt}",
        f".save {' '.join(saved)}",
        f".tran {options.step:g} {t_end:.12g} 0 {options.step:g} uic",
        ".end",
    ]
    return "\n".join(text) + "\n", probes
