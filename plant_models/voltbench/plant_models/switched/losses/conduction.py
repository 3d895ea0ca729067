"""Energy that each element takes over replayed segments: products integrated exactly."""

from collections.abc import Iterable

import numpy as np

from voltbench.plant_models.switched.elements import (
    Capacitor,
    CoupledInductors,
    Diode,
    Element,
    Inductor,
    Resistor,
    SaturatingInductor,
    Switch,
    VoltageSource,
)
from voltbench.plant_models.switched.engine import Engine
from voltbench.plant_models.switched.losses.replay import Segment
from voltbench.plant_models.switched.tableau import Array


def branch_rows(engine: Engine, number: int, branch: str) -> tuple[Array, Array]:
    """Return the rows of a branch's voltage (V) and current (A) over the scaled states."""
    tableau = engine.library.tableau
    nominal = tableau.circuit.nominal
    unknowns = engine.library.reduced[number].unknowns
    k = tableau.branches[branch]
    voltage = tableau.voltage_of[k] @ unknowns * nominal.voltage
    return voltage, unknowns[len(tableau.nodes) + k] * nominal.current


def element_energy(engine: Engine, segments: Iterable[Segment]) -> dict[str, float]:
    """Return the energy (J) that turned into heat in each element, and that sources took.

    Switches count channel and body diode, inductors their windings, capacitors their ESR; a
    source that delivers is negative. Inductances, capacitances and ideal transformers have none.
    """
    energy: dict[str, float] = {}
    for number, weights, states in by_configuration(segments):
        for element in engine.library.circuit.elements:
            for name, squares in _losses(engine, number, states, element):
                energy[name] = energy.get(name, 0.0) + float(weights @ squares)
    return energy


def by_configuration(segments: Iterable[Segment]) -> list[tuple[int, Array, Array]]:
    """Return configurations with the weights (s) and states of all their segments together."""
    parts: dict[int, list[Segment]] = {}
    for segment in segments:
        parts.setdefault(segment.number, []).append(segment)
    return [
        (number, np.concatenate([s.weights for s in own]), np.vstack([s.states for s in own]))
        for number, own in parts.items()
    ]


def _losses(
    engine: Engine, number: int, states: Array, element: Element
) -> list[tuple[str, Array]]:
    def values(branch: str) -> tuple[Array, Array]:
        voltage, current = branch_rows(engine, number, branch)
        return states @ voltage, states @ current

    name = element.name
    match element:
        case Resistor() | Diode() | VoltageSource():
            u, i = values(name)
            return [(name, u * i)]
        case Switch():
            branches = [name, f"{name}.body"] if element.body else [name]
            return [(name, np.multiply(*values(branch))) for branch in branches]
        case Inductor() | SaturatingInductor():
            return [(name, element.resistance * values(name)[1] ** 2)]
        case Capacitor():
            return [(name, element.esr * values(name)[1] ** 2)]
        case CoupledInductors():
            return [
                (name, r * values(f"{name}.{k + 1}")[1] ** 2)
                for k, r in enumerate(element.resistance)
            ]
    return []
