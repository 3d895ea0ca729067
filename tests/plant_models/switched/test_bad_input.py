"""What has no meaning is refused by `simulate` in one clear line, before a kernel runs."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from voltbench.plant_models.switched.averaged.active_bridges import NoSteadyState
from voltbench.plant_models.switched.averaged.diode_bridge import llc_point
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.elements import Capacitor, Element, Inductor, Resistor
from voltbench.plant_models.switched.engine import simulate
from voltbench.plant_models.switched.errors import CircuitError
from voltbench.plant_models.switched.modulation.converters import (
    dab_phase_shift,
    llc_frequency,
    psfb_phase_shift,
)
from voltbench.plant_models.switched.modulation.fixed import Fixed
from voltbench.plant_models.switched.topologies.dab import DabParameters, dab_circuit
from voltbench.plant_models.switched.topologies.llc import LlcParameters, llc_circuit
from voltbench.plant_models.switched.topologies.psfb import PsfbParameters, psfb_circuit

PERIODS = 2


def _dab(*extra: Element, **changed: float) -> None:
    p = replace(DabParameters(), **changed)
    circuit = dab_circuit(p, 380.0)
    fixed = Fixed(dab_phase_shift(dab_circuit(DabParameters()), DabParameters()), 0.3, 1.0, 1.0)
    _run(replace(circuit, elements=(*circuit.elements, *extra)), fixed)


def _dab_inner_duty(duty: float) -> None:
    p = DabParameters()
    circuit = dab_circuit(p, 380.0)
    _run(circuit, Fixed(dab_phase_shift(circuit, p), 0.3, duty, 1.0))


def _psfb_duty(duty: float) -> None:
    p = PsfbParameters()
    circuit = psfb_circuit(p)
    _run(circuit, Fixed(psfb_phase_shift(circuit, p), duty))


def _llc_period(period: float) -> None:
    p = LlcParameters()
    circuit = llc_circuit(p, 390.0)
    _run(circuit, Fixed(llc_frequency(circuit, p), 1.0, period=period))


def _run(circuit: Circuit, fixed: Fixed) -> None:
    simulate(circuit, fixed, PERIODS * fixed.period)


@pytest.mark.parametrize(
    ("attempt", "says"),
    [
        (
            lambda: _dab(Resistor("x", "p", "q", 1.0), Resistor("y", "p", "q", 1.0)),
            "circuit 'dab': node 'p' floats: no path to node '0'; tie its island",
        ),
        (
            lambda: _dab(Capacitor("link", "bus", "0", 1e-6)),
            "circuit 'dab': loop of ideal voltages through source, link: give one an ESR",
        ),
        (
            lambda: _dab(Inductor("stray", "bus", "0", -1e-6)),
            "circuit 'dab': stray: inductance is -1e-06 H; allowed: above 0",
        ),
        (
            lambda: _dab(leakage_inductance_H=-40e-6),
            "circuit 'dab': leakage: inductance is -4e-05 H; allowed: above 0",
        ),
        (lambda: _dab_inner_duty(1.2), "inner duty of the input bridge is 1.2; allowed: 0 to 1"),
        (lambda: _dab_inner_duty(float("nan")), "input bridge is nan; allowed: 0 to 1"),
        (lambda: _psfb_duty(-0.1), "duty is -0.1; allowed: 0 to 1"),
        (lambda: _llc_period(1e-9), "not longer than its dead time of 1.5e-07 s"),
        (lambda: _llc_period(-1e-6), "period is -1e-06 s; allowed: above 0"),
    ],
)
def test_refused_in_one_line(attempt: Callable[[], None], says: str) -> None:
    with pytest.raises((CircuitError, ValueError)) as found:
        attempt()
    assert says in str(found.value)
    assert "\n" not in str(found.value)


@pytest.mark.parametrize("frequency", [2e3, 500.0])
def test_a_frequency_without_a_steady_state_is_named(frequency: float) -> None:
    with pytest.raises(NoSteadyState, match=f"{frequency:g} Hz") as found:
        llc_point(LlcParameters(), frequency)
    assert "\n" not in str(found.value)


def test_good_input_runs() -> None:
    """The attempts above fail for what they say: without it they run."""
    p = DabParameters()
    circuit = dab_circuit(p, 380.0)
    fixed = Fixed(dab_phase_shift(circuit, p), 0.3, 1.0, 1.0)
    trace = simulate(circuit, fixed, PERIODS * fixed.period)
    assert np.isfinite(trace["i_l"]).all()
