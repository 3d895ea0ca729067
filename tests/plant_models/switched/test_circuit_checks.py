"""Every circuit without a solution is refused by name, in one line, before the run."""

import pytest

from voltbench.plant_models.switched.circuit import Circuit, Nominal
from voltbench.plant_models.switched.elements import (
    Capacitor,
    CoupledInductors,
    CurrentProbe,
    CurrentSource,
    Element,
    IdealTransformer,
    Inductor,
    Resistor,
    Switch,
    VoltageProbe,
    VoltageSource,
)
from voltbench.plant_models.switched.errors import CircuitError
from voltbench.plant_models.switched.library import Library
from voltbench.plant_models.switched.reduction import Modes

SUPPLY = VoltageSource("supply", "in", "0", 10.0)
LOAD = Resistor("load", "in", "0", 1.0)
NOMINAL = Nominal(10.0, 1.0, 1e-5)


@pytest.mark.parametrize(
    ("elements", "says"),
    [
        ([SUPPLY, Resistor("r", "in", "0", -1.0)], "r: resistance is -1 Ohm; allowed: above 0"),
        ([SUPPLY, LOAD, Inductor("l", "in", "0", -1e-6)], "l: inductance is -1e-06 H"),
        ([SUPPLY, LOAD, Capacitor("c", "in", "0", 0.0)], "c: capacitance is 0 F"),
        ([SUPPLY, LOAD, LOAD], "element name 'load' is used 2 times"),
        ([SUPPLY, LOAD, Capacitor("c", "in", "0", 1e-6)], "supply, c: give one an ESR"),
        (
            [SUPPLY, LOAD, Inductor("l", "in", "a", 1e-6)]
            + [Capacitor(f"c{k}", "a", "0", 1e-6) for k in range(2)],
            "c0, c1: give one an ESR",
        ),
        ([SUPPLY, LOAD, Resistor("x", "p", "q", 1.0), Resistor("y", "p", "q", 1.0)], "'p' floats"),
        ([SUPPLY, LOAD, Resistor("x", "in", "q", 1.0)], "node 'q' is the end of one branch"),
        ([SUPPLY, LOAD, Resistor("x", "in", "in", 1.0)], "x: both ends on node 'in'"),
        (
            [SUPPLY, LOAD, Inductor("l", "in", "a", 1e-6), CurrentSource("j", "a", "0", 1.0)],
            "current source j is in a cut-set",
        ),
        (
            [
                SUPPLY,
                LOAD,
                CoupledInductors("k", (("in", "0"), ("a", "0")), ((1.0, 1.0), (1.0, 1.0))),
                Resistor("r", "a", "0", 1.0),
            ],
            "k: inductance matrix is not positive definite",
        ),
        (
            [SUPPLY, LOAD, IdealTransformer("t", (("in", "0"), ("a", "0")), (1.0, 0.0))],
            "t: turns",
        ),
    ],
)
def test_refused(elements: list[Element], says: str) -> None:
    circuit = Circuit("bad", tuple(elements), (VoltageProbe("u", "in"),), NOMINAL)
    with pytest.raises(CircuitError) as found:
        Library(circuit)
    assert says in str(found.value)
    assert "\n" not in str(found.value)


def test_shorted_supply_is_named_with_its_configuration() -> None:
    elements = (SUPPLY, LOAD, Switch("s", "in", "0", "s", 0.0, None))
    library = Library(Circuit("short", elements, (VoltageProbe("u", "in"),), NOMINAL))
    library.number(Modes(0, 0))
    with pytest.raises(CircuitError, match=r"\[on: s; conducting: none\].*shorts"):
        library.number(Modes(1, 0))


def test_unknown_names_are_refused_with_the_known_ones() -> None:
    probe = CurrentProbe("i", "lod")
    library = Library(Circuit("c", (SUPPLY, LOAD), (probe,), NOMINAL))
    with pytest.raises(CircuitError, match="no element 'lod'; known: supply, load"):
        library.number(Modes(0, 0))
    probes = (VoltageProbe("u", "in"),)
    library = Library(Circuit("c", (SUPPLY, LOAD), probes, NOMINAL, {"x": 1.0}))
    with pytest.raises(CircuitError, match="initial value of 'x'"):
        library.start()
