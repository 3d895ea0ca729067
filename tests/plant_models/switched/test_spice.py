"""The netlist writer: ngspice must find what closed equations say of small circuits."""

import math

import numpy as np
import pytest

from voltbench.plant_models.switched.circuit import Circuit, Nominal
from voltbench.plant_models.switched.elements import (
    Capacitor,
    CoupledInductors,
    CurrentProbe,
    Diode,
    Element,
    IdealTransformer,
    Probe,
    Resistor,
    Sine,
    Switch,
    VoltageProbe,
    VoltageSource,
)
from voltbench.plant_models.switched.engine import Engine, simulate
from voltbench.plant_models.switched.errors import CircuitError
from voltbench.plant_models.switched.modulation.converters import dab_phase_shift
from voltbench.plant_models.switched.modulation.fixed import Fixed
from voltbench.plant_models.switched.spice import SpiceOptions, netlist_text
from voltbench.plant_models.switched.spice_run import SpiceFailed, ngspice, read_raw, run_spice
from voltbench.plant_models.switched.topologies.dab import DabParameters, dab_circuit

NONE = (np.zeros(0), np.zeros(0, np.int64))
SHARP = SpiceOptions(junction_F=0.0)
needs_ngspice = pytest.mark.skipif(ngspice() is None, reason="ngspice is not installed")


def circuit(elements: list[Element], probes: list[Probe], **initial: float) -> Circuit:
    return Circuit("small", tuple(elements), tuple(probes), Nominal(10.0, 1.0, 1e-5), initial)


@needs_ngspice
def test_initial_values_and_series_resistances() -> None:
    """A capacitor discharges over its ESR and a load: u = u0 R / (R + r) exp(-t / (R + r) C)."""
    small = circuit(
        [Capacitor("c", "a", "0", 1e-6, 2.0), Resistor("load", "a", "0", 8.0)],
        [VoltageProbe("u", "a"), CurrentProbe("i", "load")],
        c=10.0,
    )
    run = run_spice(small, NONE, 20e-6, SHARP)
    at = np.linspace(1e-6, 19e-6, 50)
    expected = 8.0 * np.exp(-at / 10e-6)
    u, i = run.at(at)
    assert np.abs(u - expected).max() < 0.01  # V: ngspice at reltol 1e-4
    assert np.abs(i - expected / 8.0).max() < 0.002


@needs_ngspice
def test_transformer_and_coupled_windings_have_the_right_signs() -> None:
    """Both with turns 2:1 into 5 Ohm load a 10 V source as 20 Ohm does, winding 2 in phase."""
    tight = CoupledInductors("k", (("a", "0"), ("b", "0")), ((1.0, 0.49999), (0.49999, 0.25)))
    ideal = IdealTransformer("k", (("a", "0"), ("b", "0")), (2.0, 1.0))
    for element, name in ((ideal, "k.2"), (tight, "k.2")):
        small = circuit(
            [
                VoltageSource("s", "a", "0", Sine(10.0, 1e3, 0.5 * math.pi)),
                element,
                Resistor("load", "b", "0", 5.0),
            ],
            [VoltageProbe("u", "b"), CurrentProbe("i_s", "s"), CurrentProbe("i_2", name)],
        )
        run = run_spice(small, NONE, 1e-3, SpiceOptions(step=1e-6))
        u, i_s, i_2 = run.at(np.array([0.5e-3]))[:, 0]  # the cosine's trough
        assert u == pytest.approx(-5.0, rel=0.01)
        assert i_s == pytest.approx(0.5, rel=0.02)
        assert i_2 == pytest.approx(1.0, rel=0.02)


@needs_ngspice
def test_gates_and_diode_threshold() -> None:
    small = circuit(
        [
            VoltageSource("s", "a", "0", "supply"),
            Switch("q", "a", "b", "q", 1e-3, None),
            Diode("d", "b", "c", 0.7, 0.5),
            Resistor("load", "c", "0", 9.5),
        ],
        [CurrentProbe("i", "d")],
    )
    edges = (np.array([2e-6, 6e-6]), np.array([1, 0]))
    run = run_spice(small, edges, 10e-6, SHARP, inputs={"supply": 10.7})
    i = run.at(np.array([1e-6, 4e-6, 9e-6]))[0]
    # 10 V over 10 Ohm; the exponential's own drop is some 30 mV
    assert i == pytest.approx([0.0, 1.0, 0.0], abs=0.005)


@needs_ngspice
def test_dual_active_bridge_agrees_to_a_percent() -> None:
    p = DabParameters()
    dab = dab_circuit(p, 380.0)
    fixed = Fixed(dab_phase_shift(dab, p), 0.16 * np.pi, 1.0, 1.0)
    trace = simulate(Engine(dab), fixed, 1e-4, 0.1e-6, fixed.start_word)
    pattern = fixed.edges(0, np.zeros(0))
    edges = (
        np.concatenate([pattern[0] + k * 1e-5 for k in range(10)]),
        np.concatenate([pattern[1]] * 10),
    )
    run = run_spice(dab, edges, 1e-4, SHARP, fixed.start_word)
    theirs = run.at(trace.time)
    for k in range(2):
        rms = np.sqrt((trace.outputs[k] ** 2).mean())
        assert np.sqrt(((theirs[k] - trace.outputs[k]) ** 2).mean()) < 0.01 * rms


def test_netlist_names_every_element_and_refuses_an_unknown_input() -> None:
    text, probes = netlist_text(dab_circuit(DabParameters()), NONE, 1e-5, SHARP)
    for name in ("leakage", "magnetising", "transformer", "p1", "s4", "load"):
        assert f"* {name}\n" in text
    assert len(probes) == 2
    small = circuit([VoltageSource("s", "a", "0", "supply"), Resistor("load", "a", "0", 1.0)], [])
    with pytest.raises(CircuitError, match="input 'supply' has no value"):
        netlist_text(small, NONE, 1e-5, SHARP)


def test_a_result_without_numbers_is_a_failure() -> None:
    with pytest.raises(SpiceFailed, match="no binary part"):
        read_raw(b"Title: nothing\n")
