"""Nothing hangs: a storm ends in an error in every topology, too stiff a circuit by its name."""

from dataclasses import replace

import numpy as np
import pytest

from voltbench.plant_models.switched.circuit import Circuit, Nominal
from voltbench.plant_models.switched.elements import (
    Capacitor,
    Element,
    Resistor,
    Sine,
    VoltageProbe,
    VoltageSource,
)
from voltbench.plant_models.switched.engine import Engine
from voltbench.plant_models.switched.errors import CircuitError, SwitchedRunError
from voltbench.plant_models.switched.layout import MAX_STORM
from voltbench.plant_models.switched.topologies.active_front_end import (
    ActiveFrontEndParameters,
    active_front_end_circuit,
)
from voltbench.plant_models.switched.topologies.cllc import CllcParameters, cllc_circuit
from voltbench.plant_models.switched.topologies.dab import DabParameters, dab_circuit
from voltbench.plant_models.switched.topologies.llc import LlcParameters, llc_circuit
from voltbench.plant_models.switched.topologies.llc_half_bridge import llc_half_bridge_circuit
from voltbench.plant_models.switched.topologies.psfb import (
    PsfbParameters,
    psfb_circuit,
    psfb_current_doubler_circuit,
)
from voltbench.plant_models.switched.topologies.t_type import TTypeParameters, t_type_circuit
from voltbench.plant_models.switched.topologies.totem_pole import (
    TotemPoleParameters,
    totem_pole_circuit,
)
from voltbench.plant_models.switched.topologies.vienna import ViennaParameters, vienna_circuit

DIAGONAL, UPPER, NONE = 0b1001, 0b01, 0
CASES = {
    "dab": (dab_circuit(DabParameters()), DIAGONAL, 100e3),
    "llc": (llc_circuit(LlcParameters()), DIAGONAL, 150e3),
    "llc half bridge": (llc_half_bridge_circuit(LlcParameters()), UPPER, 150e3),
    "cllc": (cllc_circuit(CllcParameters()), DIAGONAL, 73e3),
    "psfb": (psfb_circuit(PsfbParameters()), DIAGONAL, 100e3),
    "current doubler": (psfb_current_doubler_circuit(PsfbParameters()), DIAGONAL, 100e3),
    "two-level": (active_front_end_circuit(ActiveFrontEndParameters()), NONE, 5e3),
    "t-type": (t_type_circuit(TTypeParameters()), NONE, 5e3),
    "vienna": (vienna_circuit(ViennaParameters()), NONE, 5e3),
    "totem pole": (totem_pole_circuit(TotemPoleParameters()), NONE, 5e3),
}
"""Circuit, gates that stay on, and the frequency (Hz) that makes its diodes commutate."""


def _driven(circuit: Circuit, frequency: float) -> Circuit:
    """Return the circuit on alternating sources, its capacitors empty, its period a second.

    No gate moves: every event is a diode's, and hundreds in what it takes for one period.
    """
    elements: list[Element] = []
    for element in circuit.elements:
        if isinstance(element, VoltageSource):
            old = element.value
            amplitude, phase = (old.amplitude, old.phase) if isinstance(old, Sine) else (800.0, 0.0)
            element = replace(element, value=Sine(amplitude, frequency, phase))
        elements.append(element)
    nominal = replace(circuit.nominal, period=1.0)
    return replace(circuit, elements=tuple(elements), nominal=nominal, initial={})


@pytest.mark.parametrize("name", CASES)
def test_a_storm_ends_in_an_error_with_time_and_configuration(name: str) -> None:
    circuit, gates, frequency = CASES[name]
    engine = Engine(_driven(circuit, frequency))
    nothing = np.zeros(0), np.zeros(0, np.int64)
    end = 2 * MAX_STORM / frequency
    with pytest.raises(SwitchedRunError, match=rf"event storm: {MAX_STORM} diode events") as found:
        engine.advance(engine.start(gates), nothing, end)
    # twelve diodes at most, twice a cycle each
    assert MAX_STORM / 24 / frequency < found.value.time_s < end
    assert found.value.configuration.startswith("on: ")
    assert "conducting: " in found.value.configuration
    assert "\n" not in str(found.value)


def test_a_solution_that_turns_too_fast_is_refused() -> None:
    """A time constant of 1e-18 s would take for ever, or not move time at all."""
    elements: tuple[Element, ...] = (
        VoltageSource("supply", "in", "0", 10.0),
        Resistor("least", "in", "a", 1e-3),
        Capacitor("stray", "a", "0", 1e-15),
        Resistor("load", "a", "0", 1.0),
    )
    circuit = Circuit("stiff", elements, (VoltageProbe("u", "a"),), Nominal(10.0, 1.0, 1e-5))
    with pytest.raises(CircuitError, match=r"'stiff'.*turns within \S+ s; allowed: 1e-07") as said:
        Engine(circuit).start()
    assert "\n" not in str(said.value)
