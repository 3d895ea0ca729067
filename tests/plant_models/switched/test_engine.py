"""The compiled kernel against the plain interpreter, against its C, and against bad runs."""

import shutil
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from voltbench.control.numerics.records import fill
from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.circuit import Circuit, Nominal
from voltbench.plant_models.switched.closed_loop import ClosedLoop
from voltbench.plant_models.switched.compiled_c import c_kernel
from voltbench.plant_models.switched.elements import (
    Capacitor,
    CurrentProbe,
    Diode,
    Element,
    Inductor,
    Resistor,
    Sine,
    Switch,
    VoltageProbe,
    VoltageSource,
)
from voltbench.plant_models.switched.engine import Engine, simulate
from voltbench.plant_models.switched.errors import SwitchedRunError
from voltbench.plant_models.switched.interpreter import Interpreter
from voltbench.plant_models.switched.library import Library
from voltbench.plant_models.switched.modulation.converters import (
    dab_phase_shift,
    llc_frequency,
    two_level_pwm,
)
from voltbench.plant_models.switched.modulation.fixed import Fixed
from voltbench.plant_models.switched.reduction import Modes
from voltbench.plant_models.switched.topologies.active_front_end import (
    ActiveFrontEndParameters,
    active_front_end_circuit,
)
from voltbench.plant_models.switched.topologies.dab import DabParameters, dab_circuit
from voltbench.plant_models.switched.topologies.llc import LlcParameters, llc_circuit
from voltbench.plant_models.switched.topologies.vienna import ViennaParameters, vienna_circuit
from voltbench.plant_models.switched.topologies.vienna_law import ViennaLaw, vienna_period

DAB, LLC = DabParameters(), LlcParameters()


def dab_fixed(p: DabParameters, phi: float) -> Fixed:
    return Fixed(dab_phase_shift(dab_circuit(p), p), phi, 1.0, 1.0)


def llc_fixed(p: LlcParameters, frequency: float) -> Fixed:
    return Fixed(llc_frequency(llc_circuit(p), p), 1.0, period=1.0 / frequency)


def patterned(circuit: Circuit, fixed: Fixed, periods: int) -> None:
    """Run kernel and interpreter over the same edges; compare states at each period's end."""
    engine, library = Engine(circuit), Library(circuit)
    memory = engine.start(fixed.start_word)
    plain = Interpreter(library, Modes(fixed.start_word, 0), library.start())
    edges = fixed.edges(0, np.zeros(0))
    times = [0.0, *edges[0].tolist(), fixed.period]
    for _ in range(periods):
        engine.advance(memory, edges, fixed.period)
        for k, (t, until) in enumerate(pairwise(times)):
            word = int(edges[1][k - 1]) if k else plain.modes.gates
            if until > t:
                plain.advance(word, until - t)
        ours = memory.real[lay.S_STATES :]
        # two exact solutions differ by round-off and by event times to 1e-12 of a cell
        assert np.abs(ours - plain.states).max() < 1e-9
        assert engine.library.modes[memory.whole[lay.N_CONFIG]].gates == plain.modes.gates


@pytest.mark.parametrize("phase", [0.0, 0.001, 0.02, 0.1, -0.25])
@pytest.mark.parametrize(("u_o", "load"), [(0.0, 0.01), (400.0, 1e4)])
def test_dab_equals_interpreter(phase: float, u_o: float, load: float) -> None:
    p = replace(DAB, load_resistance_Ohm=load)
    patterned(dab_circuit(p, u_o), dab_fixed(p, 2.0 * np.pi * phase), 5)


@pytest.mark.parametrize("frequency", [60e3, 130e3, 180e3])
@pytest.mark.parametrize(("u_o", "load"), [(0.0, 0.01), (420.0, 1e4), (400.0, 14.5)])
def test_llc_equals_interpreter(frequency: float, u_o: float, load: float) -> None:
    p = replace(LLC, load_resistance_Ohm=load)
    patterned(llc_circuit(p, u_o), llc_fixed(p, frequency), 4)


@pytest.mark.parametrize("duties", [(0.9, 0.2, 0.4), (0.5, 0.5, 0.5)])
@pytest.mark.parametrize("u_dc", [100.0, 800.0])  # 100 V: the grid charges through the diodes
def test_two_level_equals_interpreter(duties: tuple[float, ...], u_dc: float) -> None:
    p = ActiveFrontEndParameters(dead_time_s=300e-9)
    circuit = active_front_end_circuit(p, initial_bus_voltage_V=u_dc)
    patterned(circuit, Fixed(two_level_pwm(circuit, p), *duties), 4)


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc on this machine")
def test_c_equals_numba() -> None:
    fixed = llc_fixed(LLC, 130e3)
    engine = Engine(llc_circuit(LLC, 390.0))
    ours = simulate(engine, fixed, 2e-4, 0.3e-6, fixed.start_word)
    kernel = c_kernel(engine.library.layout)
    assert kernel is not None
    engine.kernel = kernel
    theirs = simulate(engine, fixed, 2e-4, 0.3e-6, fixed.start_word)
    # one source, two compilers: only the fusing of multiply and add may differ
    assert np.abs(ours.outputs - theirs.outputs).max() < 1e-9
    assert np.array_equal(ours.event_configuration, theirs.event_configuration)


def test_run_is_repeatable_and_divisible() -> None:
    fixed = dab_fixed(DAB, 0.314)
    engine = Engine(dab_circuit(DAB, 350.0))
    first = simulate(engine, fixed, 2e-4, 0.3e-6, fixed.start_word)
    second = simulate(engine, fixed, 2e-4, 0.3e-6, fixed.start_word)
    assert np.array_equal(first.outputs, second.outputs)
    whole, parts = engine.start(fixed.start_word), engine.start(fixed.start_word)
    none = (np.zeros(0), np.zeros(0, np.int64))
    engine.advance(whole, none, 3e-6)
    for _ in range(3):
        engine.advance(parts, none, 1e-6)
    assert np.abs(whole.real[lay.S_STATES :] - parts.real[lay.S_STATES :]).max() < 1e-12


def test_one_pass_equals_python_loop() -> None:
    p = ViennaParameters()
    period = 1.0 / p.switching_frequency_Hz
    law = fill(ViennaLaw, amplitude=326.6, frequency=50.0, current=40.0, gain=2.0, period=period)

    class Stepwise:
        def __init__(self) -> None:
            self.period = period

        def edges(self, index: int, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            t, g = np.zeros(16), np.zeros(16, np.int64)
            count = vienna_period(law[0], index, outputs, t, g)
            return t[:count], g[:count]

    engine = Engine(vienna_circuit(p))
    loop = ClosedLoop(engine, vienna_period, period)
    one = loop.simulate(law[0], 100 * period, 1e-6)
    two = simulate(engine, Stepwise(), 100 * period, 1e-6)
    assert np.abs(one.outputs - two.outputs).max() < 1e-9  # A, V: same arithmetic, other code
    assert len(one.event_time) == len(two.event_time)


def rectifier(load: float = 50.0) -> Circuit:
    """Return a half-wave rectifier with inductor: its conduction angle has a closed equation."""
    elements = (
        VoltageSource("grid", "g", "0", Sine(100.0, 50.0)),
        Inductor("choke", "g", "a", 0.1),
        Diode("diode", "a", "b"),
        Resistor("load", "b", "0", load),
    )
    probes = (CurrentProbe("i", "choke"), VoltageProbe("u", "b"))
    return Circuit("rectifier", elements, probes, Nominal(100.0, 1.0, 1e-3))


def test_conduction_angle_of_half_wave_rectifier() -> None:
    """The extinction angle b solves sin(b - f) + sin(f) exp(-b / tan f) = 0, tan f = wL/R."""
    engine = Engine(rectifier())
    memory = engine.start()
    engine.store(memory, 0.0, 0, 10)
    engine.advance(memory, (np.zeros(0), np.zeros(0, np.int64)), 19e-3)
    w = 2.0 * np.pi * 50.0
    f = np.arctan(w * 0.1 / 50.0)
    b = w * memory.event_t[memory.whole[lay.N_EVENTS] - 1]
    # instants to 1e-15 s on 1e-2 s; the sine's slope there is of order one
    assert abs(np.sin(b - f) + np.sin(f) * np.exp(-b / np.tan(f))) < 1e-10


def test_curvature_decides_where_current_and_slope_are_zero() -> None:
    """At the sine's falling zero the choke's current is 0, its slope 0, its curvature negative."""
    falling = VoltageSource("grid", "g", "0", Sine(100.0, 50.0, np.pi))
    circuit = rectifier()
    engine = Engine(replace(circuit, elements=(falling, *circuit.elements[1:])))
    memory = engine.start()
    memory.whole[lay.N_CONFIG] = engine.library.number(Modes(0, 1))
    engine.store(memory, 0.0, 0, 10)
    engine.advance(memory, (np.zeros(0), np.zeros(0, np.int64)), 5e-3)
    assert memory.whole[lay.N_EVENTS] == 1
    assert engine.library.modes[memory.event_c[0]] == Modes(0, 0)


def buck(resistance: float = 10.0) -> Circuit:
    """Return a switch feeding an inductor, with a freewheeling diode."""
    elements: list[Element] = [
        VoltageSource("supply", "in", "0", "supply"),
        Switch("s", "in", "a", "s", 1e-3, None),
        Inductor("choke", "a", "out", 1e-4),
        Capacitor("output", "out", "0", 1e-4),
        Resistor("load", "out", "0", resistance),
        Diode("free", "0", "a", 0.7, 1e-3),
    ]
    probes = (CurrentProbe("i", "choke"), VoltageProbe("u", "out"))
    return Circuit("buck", tuple(elements), probes, Nominal(100.0, 10.0, 1e-5))


def test_named_input_and_freewheeling() -> None:
    engine = Engine(buck())
    memory = engine.start()
    engine.set_input(memory, "supply", 100.0)
    for _ in range(4000):
        engine.advance(memory, (np.array([0.0, 5e-6]), np.array([1, 0])), 1e-5)
    # continuous conduction at half duty: half of the supply, less half of 0.7 V and mOhm drops
    assert engine.outputs(memory)[1] == pytest.approx(50.0 - 0.35, abs=0.02)
    with pytest.raises(KeyError, match="no input 'suply'; inputs: supply"):
        engine.set_input(memory, "suply", 1.0)


def test_interrupted_inductor_is_an_error_with_time_and_configuration() -> None:
    elements = (
        VoltageSource("supply", "in", "0", 10.0),
        Switch("s", "in", "a", "s", 1e-3, None),
        Inductor("choke", "a", "out", 1e-4),
        Resistor("load", "out", "0", 1.0),
    )
    circuit = Circuit("open", elements, (CurrentProbe("i", "choke"),), Nominal(10.0, 1.0, 1e-5))
    engine = Engine(circuit)
    memory = engine.start(1)
    with pytest.raises(SwitchedRunError, match=r"interrupted.* at t = 5e-06 s .*on: none") as found:
        engine.advance(memory, (np.array([5e-6]), np.array([0])), 1e-5)
    assert found.value.time_s == pytest.approx(5e-6)


def test_bad_edges_are_refused() -> None:
    engine = Engine(buck())
    memory = engine.start()
    with pytest.raises(SwitchedRunError, match="before its predecessor"):
        engine.advance(memory, (np.array([2e-6, 1e-6]), np.array([1, 0])), 1e-5)
    with pytest.raises(ValueError, match="no such gates"):
        engine.advance(engine.start(), (np.array([0.0]), np.array([2])), 1e-5)
    with pytest.raises(ValueError, match="not longer than its dead time of 6e-06 s"):
        dab_fixed(replace(DAB, dead_time_s=6e-6), 0.1).edges(0, np.zeros(0))
    with pytest.raises(ValueError, match=r"phase shift \(rad\) is 3.3; allowed: -pi to pi"):
        dab_fixed(DAB, 3.3).edges(0, np.zeros(0))


def test_full_buffer_is_an_error() -> None:
    engine = Engine(rectifier())
    memory = engine.start()
    engine.store(memory, 1e-4, 10, 10)
    with pytest.raises(SwitchedRunError, match="sample buffer is full"):
        engine.advance(memory, (np.zeros(0), np.zeros(0, np.int64)), 19e-3)


def test_event_storm_ends_in_an_error() -> None:
    """Without the limit a run that keeps commutating would look like a hang."""
    slow = replace(rectifier(), nominal=Nominal(100.0, 1.0, 20.0))  # 50 Hz is a storm to this
    engine = Engine(slow)
    none = (np.zeros(0), np.zeros(0, np.int64))
    with pytest.raises(SwitchedRunError, match=r"event storm: 500 .* at t = 5\.0"):
        engine.advance(engine.start(), none, 10.0)
    engine = Engine(rectifier())
    memory = engine.start()
    engine.advance(memory, none, 10.0)  # the same events, none of them hurried
    assert memory.whole[lay.N_EVENTS] > 900
