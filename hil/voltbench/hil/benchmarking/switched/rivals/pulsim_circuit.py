"""A circuit declared for pulsim, from the same declaration the engine takes.

What pulsim has no element for is composed: winding resistances and ESR are resistors of their
own, and so is a diode's drop a source, for pulsim's `V_th` only decides when the diode turns on.
"""

from typing import Any

import numpy as np

from voltbench.plant_models.switched.circuit import GROUND, Circuit
from voltbench.plant_models.switched.elements import (
    BodyDiode,
    Capacitor,
    CurrentProbe,
    Diode,
    Element,
    IdealTransformer,
    Inductor,
    Resistor,
    Sine,
    Switch,
    VoltageProbe,
    VoltageSource,
)
from voltbench.plant_models.switched.errors import CircuitError
from voltbench.plant_models.switched.tableau import Array

OFF_S = 1e-9
"""Conductance of what is off (S), pulsim's own default."""
LEAST_OHM = 1e-6


class PulsimCircuit:
    """A circuit in pulsim's builder.

    Attributes
    ----------
    builder : pulsim.CircuitBuilder
    gates : dict[int, list[int]]
        Switches (numbers of pulsim's mask) of each gate's bit.
    """

    def __init__(self, circuit: Circuit, builder: Any) -> None:
        self.circuit, self.builder = circuit, builder
        self.gates: dict[int, list[int]] = {}
        self._count = 0
        for element in circuit.elements:
            self._add(element)

    def _node(self, name: str) -> str:
        return "gnd" if name == GROUND else f"n_{name}"

    def _inner(self) -> str:
        self._count += 1
        return f"inner_{self._count}"

    def _behind(self, plus: str, ohm: float) -> str:
        """Return the node behind a resistance, or the node itself where there is none."""
        if ohm <= 0.0:
            return plus
        inner = self._inner()
        self.builder.add_resistor(f"r_{inner}", plus, inner, ohm)
        return inner

    def _add(self, element: Element) -> None:
        node, builder, name = self._node, self.builder, element.name
        match element:
            case Resistor():
                builder.add_resistor(
                    name, node(element.plus), node(element.minus), element.resistance
                )
            case Inductor():
                plus = self._behind(node(element.plus), element.resistance)
                builder.add_inductor(name, plus, node(element.minus), element.inductance)
            case Capacitor():
                plus = self._behind(node(element.plus), element.esr)
                builder.add_capacitor(name, plus, node(element.minus), element.capacitance)
            case IdealTransformer(windings=((a, b), (c, d)), turns=(n_1, n_2)):
                builder.add_ideal_transformer(name, node(a), node(b), node(c), node(d), n_2 / n_1)
            case VoltageSource(value=Sine() as sine):
                builder.add_sine_voltage_source(
                    name, node(element.plus), node(element.minus), 0.0, sine.amplitude,
                    sine.frequency, sine.phase,
                )  # fmt: skip
            case VoltageSource(value=float(value)):
                builder.add_voltage_source(name, node(element.plus), node(element.minus), value)
            case Diode():
                self._diode(name, node(element.anode), node(element.cathode), element)
            case Switch():
                self._switch(element)
            case _:
                raise CircuitError(f"{name}: not in the race with pulsim")

    def _diode(self, name: str, anode: str, cathode: str, values: Diode | BodyDiode) -> None:
        if values.forward_voltage > 0.0:
            inner = self._inner()
            self.builder.add_voltage_source(f"v_{name}", anode, inner, values.forward_voltage)
            anode = inner
        conductance = 1.0 / max(values.resistance, LEAST_OHM)
        self.builder.add_diode(name, anode, cathode, conductance, OFF_S)

    def _switch(self, element: Switch) -> None:
        drain, source = self._node(element.drain), self._node(element.source)
        conductance = 1.0 / max(element.r_on, LEAST_OHM)
        self.builder.add_switch(element.name, drain, source, conductance, OFF_S)
        bit = self.circuit.gates.index(element.gate)
        self.gates.setdefault(bit, []).append(self.builder.switch_index_of(element.name))
        if element.body:
            self._diode(f"{element.name}_body", source, drain, element.body)

    def start(self) -> Array:
        """Return the state vector at t = 0: voltages of capacitors to ground, coil currents.

        Raises
        ------
        CircuitError
            If a capacitor between two other nodes starts charged.
        """
        names = self.builder.state_var_names()
        state = np.zeros(len(names))
        for element in self.circuit.elements:
            value = self.circuit.initial.get(element.name, 0.0)
            if value == 0.0:
                continue
            if isinstance(element, Inductor):
                state[names.index(f"I({element.name})")] = value
            elif isinstance(element, Capacitor) and element.minus == GROUND:
                state[names.index(f"V({self._node(element.plus)})")] = value
            elif isinstance(element, Capacitor) and element.plus == GROUND:
                state[names.index(f"V({self._node(element.minus)})")] = -value
            else:
                raise CircuitError(f"{element.name}: starts charged between two nodes")
        return state

    def outputs(self, states: Array) -> Array:
        """Return the circuit's probes (rows) from pulsim's states (one row an instant)."""
        names = self.builder.state_var_names()

        def column(name: str) -> Array:
            found: Array = states[:, names.index(name)]
            return found

        def voltage(node: str) -> Array:
            return np.zeros(len(states)) if node == GROUND else column(f"V({self._node(node)})")

        rows = []
        for probe in self.circuit.probes:
            if isinstance(probe, VoltageProbe):
                rows.append(voltage(probe.plus) - voltage(probe.minus))
            elif isinstance(probe, CurrentProbe):
                rows.append(column(f"I({probe.element})"))
        return np.array(rows)
