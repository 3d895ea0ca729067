"""Saturation and output capacitance against integrations written by hand, and refusals."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.circuit import Circuit, Nominal
from voltbench.plant_models.switched.elements import (
    BodyDiode,
    Capacitor,
    CurrentProbe,
    CurrentSource,
    Diode,
    Inductor,
    OutputCapacitance,
    Resistor,
    SaturatingInductor,
    Sine,
    Switch,
    VoltageProbe,
    VoltageSource,
)
from voltbench.plant_models.switched.engine import Engine, Memory, simulate, trace_of
from voltbench.plant_models.switched.errors import CircuitError, SwitchedRunError
from voltbench.plant_models.switched.modulation.converters import dab_phase_shift
from voltbench.plant_models.switched.nonideal import (
    refuse_zero_dead_time,
    with_output_capacitance,
    with_saturation,
)
from voltbench.plant_models.switched.steady import NotSettled, settle
from voltbench.plant_models.switched.topologies.dab import DabParameters, dab_circuit
from voltbench.plant_models.switched.topologies.t_type import TTypeParameters, t_type_circuit

NO_EDGES = (np.zeros(0), np.zeros(0, np.int64))
POLYGON = OutputCapacitance((50.0, 200.0), (2e-9, 500e-12, 150e-12))
BUS, R_ON = 800.0, 20e-3


def saturating(inductance: tuple[float, ...] = (1e-3, 0.3e-3, 0.1e-3)) -> Circuit:
    return Circuit(
        "choke",
        (
            VoltageSource("source", "in", "0", Sine(30.0, 50.0, 1.0)),
            Resistor("line", "in", "a", 0.5),
            SaturatingInductor("choke", "a", "0", (10.0, 20.0), inductance, 0.1),
        ),
        (CurrentProbe("i", "choke"),),
        Nominal(30.0, 20.0, 1e-3),
    )


def test_saturation_against_integration() -> None:
    """Currents pass both knees on both sides; DOP853 restarts at none, so 1e-7 of 50 A."""
    engine = Engine(saturating())
    memory = engine.start()
    engine.store(memory, 1e-4, 400, 400)
    engine.advance(memory, NO_EDGES, 39.9e-3)
    trace = trace_of(engine, memory)

    def slope(t: float, x: Any) -> list[float]:
        i = abs(x[0])
        inductance = 1e-3 if i < 10.0 else 0.3e-3 if i < 20.0 else 0.1e-3
        return [(30.0 * np.sin(100.0 * np.pi * t + 1.0) - 0.6 * x[0]) / inductance]

    times = trace.time[trace.time <= 39.9e-3]
    ours = solve_ivp(
        slope, (0.0, 39.9e-3), [0.0], "DOP853", times, rtol=1e-10, atol=1e-10, max_step=1e-4
    )
    assert np.abs(ours.y).max() > 30.0
    assert ours.y.min() < -30.0
    assert np.abs(trace["i"][: len(times)] - ours.y[0]).max() < 5e-6


def half_bridge(current: float) -> Circuit:
    body = BodyDiode(2.0, 50e-3)
    return Circuit(
        "leg",
        (
            VoltageSource("bus", "p", "0", BUS),
            Switch("high", "p", "m", "high", R_ON, body, POLYGON),
            Switch("low", "m", "0", "low", R_ON, body, POLYGON),
            Inductor("choke", "m", "0", 40e-6),
        ),
        (VoltageProbe("u", "m"), CurrentProbe("i", "choke")),
        Nominal(BUS, 20.0, 1e-6),
        {"choke": current},
    )


def capacitance(u: float) -> float:
    return 2e-9 if u < 50.0 else 500e-12 if u < 200.0 else 150e-12


def in_dead_time(current: float, dead: float) -> tuple[Engine, Memory]:
    """Hold the upper channel for 1 ns, then both off for `dead` seconds, sampled every 0.5 ns."""
    engine = Engine(half_bridge(current))
    memory = engine.start(1)
    engine.store(memory, 0.5e-9, 2000, 200)
    engine.advance(memory, (np.array([1e-9]), np.array([0])), 1e-9 + dead)
    return engine, memory


@pytest.mark.parametrize("current", [20.0, 3.0])
def test_output_capacitance_against_integration(current: float) -> None:
    """The midpoint falls along the polygon: DOP853 in steps of 20 ps, 5e-6 of the bus."""
    engine, memory = in_dead_time(current, 40e-9)
    trace = trace_of(engine, memory)

    def slope(t: float, x: Any) -> list[float]:
        u, i = x
        return [-i / (capacitance(u) + capacitance(BUS - u)), u / 40e-6]

    start = current + (BUS - R_ON * current) * 1e-9 / 40e-6
    start_u = BUS - R_ON * start
    times = trace.time[(trace.time > 1.4e-9)] - 1e-9
    ours = solve_ivp(
        slope, (0.0, 41e-9), [start_u, start], "DOP853", times, rtol=1e-9, atol=1e-6, max_step=2e-11
    )
    u = trace["u"][-len(times) :]
    alive = ours.y[0] > -1.9
    assert alive.sum() > 30
    assert np.abs(u - ours.y[0])[alive].max() < 5e-6 * BUS


def test_soft_when_the_current_suffices() -> None:
    """The body diode takes over where the charge is moved in time, and not before."""
    for current, soft in ((20.0, True), (3.0, False)):
        engine, memory = in_dead_time(current, 60e-9)
        name = engine.library.describe(int(memory.whole[0]))
        assert ("low.body" in name) == soft


def test_voltage_of_a_capacitance_follows_its_channel() -> None:
    engine = Engine(half_bridge(20.0))
    memory = engine.start(1)
    engine.advance(memory, NO_EDGES, 1e-9)
    states = engine.states(memory)
    assert states["high.oss"] == pytest.approx(R_ON * states["choke"], rel=1e-9)
    assert states["low.oss"] == pytest.approx(BUS - R_ON * states["choke"], rel=1e-9)


def test_stiff_and_senseless_are_refused() -> None:
    with pytest.raises(CircuitError, match="one slope more"):
        Engine(saturating((1e-3, 0.3e-3)))
    with pytest.raises(CircuitError, match=r"slope is -0\.1 H"):
        Engine(saturating((1e-3, 0.3e-3, -0.1)))
    with pytest.raises(CircuitError, match="no inductor 'output'"):
        with_saturation(dab_circuit(DabParameters()), "output", (1.0,), (1.0, 0.5))
    with pytest.raises(CircuitError, match="no switch named 'x'"):
        with_output_capacitance(dab_circuit(DabParameters()), {"x": POLYGON})
    with pytest.raises(CircuitError, match="dead time is 0 s while switch high"):
        refuse_zero_dead_time(half_bridge(1.0), (0.0,))


def test_a_current_source_is_carried_by_the_capacitances() -> None:
    """Two equal linear capacitances: 10 A moves 400 V in C V / I, exactly."""
    body, linear = BodyDiode(), OutputCapacitance((), (200e-12,))
    circuit = Circuit(
        "leg",
        (
            VoltageSource("bus", "p", "0", 400.0),
            Switch("high", "p", "m", "high", R_ON, body, linear),
            Switch("low", "m", "0", "low", R_ON, body, linear),
            CurrentSource("load", "m", "0", 10.0),
        ),
        (VoltageProbe("u", "m"),),
        Nominal(400.0, 10.0, 1e-6),
    )
    engine = Engine(circuit)
    memory = engine.start(1)
    engine.store(memory, 0.0, 0, 20)
    engine.advance(memory, (np.array([0.0]), np.array([0])), 1e-6)
    event = memory.event_t[int(memory.whole[6]) - 1]
    assert event == pytest.approx((400.0 - R_ON * 10.0) * 400e-12 / 10.0, rel=1e-9)


def test_zero_dead_time_is_refused_where_gates_are_made() -> None:
    p = replace(DabParameters(), dead_time_s=0.0)
    circuit = with_output_capacitance(dab_circuit(p), {"p": POLYGON})
    with pytest.raises(CircuitError, match="dead time is 0 s while switch p1"):
        dab_phase_shift(circuit, p)
    dab_phase_shift(dab_circuit(p), p)


def test_zero_dead_time_is_refused_in_edges_by_hand() -> None:
    """One word that swaps the channels, and two words at one instant; 1 ns between them runs."""
    swap = np.array([5e-9, 5e-9]), np.array([0, 2])
    for edges in ((np.array([5e-9]), np.array([2])), swap):
        engine = Engine(half_bridge(20.0))
        with pytest.raises(CircuitError, match="dead time is 0 s: switch high turns off and low"):
            engine.advance(engine.start(1), edges, 1e-8)
    engine = Engine(half_bridge(20.0))
    engine.advance(engine.start(1), (np.array([5e-9, 6e-9]), np.array([0, 2])), 1e-8)


class Swapping:
    """A controller without dead time, as `simulate` takes it."""

    period = 1e-6

    def edges(self, index: int, outputs: Any) -> tuple[Any, Any]:
        """Return a swap each way."""
        return np.array([2e-7, 6e-7]), np.array([2, 1])


def test_zero_dead_time_is_refused_under_any_controller() -> None:
    with pytest.raises(CircuitError, match="dead time is 0 s"):
        simulate(half_bridge(20.0), Swapping(), 2e-6, gates=1)


def test_capacitances_of_a_t_type_are_refused_by_name() -> None:
    """Of its inner pair one stays on, and the other's capacitance hangs behind that channel."""
    circuit = with_output_capacitance(t_type_circuit(TTypeParameters()), {"a_2": POLYGON})
    with pytest.raises(CircuitError, match="a_2: output capacitance of a switch back to back"):
        Engine(circuit)


def t_type_with_outer_capacitances() -> Circuit:
    outer = {f"{phase}_{n}": POLYGON for phase in "abc" for n in (1, 4)}
    return with_output_capacitance(t_type_circuit(TTypeParameters()), outer)


def test_capacitances_of_outer_t_type_devices_share_the_bus() -> None:
    """Off from the start: 400 V each of the 800 V, and only the load takes from the bus."""
    engine = Engine(t_type_with_outer_capacitances())
    memory = engine.start()
    first = engine.states(memory)
    assert [first[f"{leg}.oss"] for leg in ("a_1", "a_4", "c_4")] == pytest.approx([400.0] * 3)
    engine.advance(memory, NO_EDGES, 1e-9)
    p = TTypeParameters()
    load = 800.0 / p.dc.load_resistance_Ohm * 1e-9 / p.half_capacitance_F
    # their charge, 0.3 uC, would be 0.2 mV
    assert engine.states(memory)["upper"] == pytest.approx(400.0 - load, abs=1e-7)


def test_leg_of_a_t_type_swings_with_the_charge_of_both_devices() -> None:
    """From the midpoint up to the diode: charge over current, 4e-4 (the choke's falls by 2e-4)."""
    engine = Engine(t_type_with_outer_capacitances())
    tableau, p, current = engine.library.tableau, TTypeParameters(), 40.0
    gates = engine.library.circuit.gates
    inner = [sum(1 << gates.index(f"{k}_{n}") for n in (2, 3)) for k in "abc"]
    memory = engine.start(sum(inner))
    for k, i in (("a", current), ("b", -current / 2.0), ("c", -current / 2.0)):
        at = tableau.states.index(f"boost_{k}")
        memory.real[lay.S_STATES + at] = i / tableau.scale()[at]
    engine.store(memory, 0.0, 0, 100)
    engine.advance(memory, (np.array([1e-9]), np.array([inner[1] + inner[2]])), 40e-9)
    trace = trace_of(engine, memory)
    clamped = [
        t
        for t, k in zip(trace.event_time, trace.event_configuration, strict=True)
        if "a_1.body" in trace.configurations[k]
    ]
    # the channels' drop is gone already; the upper device ends at its diode's threshold
    first, drop = 2.0 * p.inner.r_on_Ohm * current, p.outer.body_voltage_V
    upper = 150e-12 * (200.0 - first) + 500e-12 * 150.0 + 2e-9 * (50.0 + drop)
    lower = 150e-12 * (400.0 - first + drop)
    assert clamped[0] - 1e-9 == pytest.approx((upper + lower) / current, rel=4e-4)


def test_loop_that_disagrees_is_called_one() -> None:
    """Discharged by hand beside a charged bus: no current is interrupted by that."""
    engine = Engine(t_type_with_outer_capacitances())
    memory = engine.start()
    for state in engine.library.layout.silent:
        memory.real[lay.S_STATES + state] = 0.0
    with pytest.raises(SwitchedRunError, match="capacitors in a loop disagree in voltage"):
        engine.advance(memory, NO_EDGES, 1e-9)


@pytest.mark.parametrize("where", ["input", "output"])
def test_capacitances_beside_an_esr_are_refused_by_name(where: str) -> None:
    circuit = half_bridge(20.0)
    rest = [e for e in circuit.elements if e.name not in ("bus", "choke")]
    if where == "input":
        rest += [
            VoltageSource("bus", "s", "0", BUS),
            Resistor("line", "s", "p", 0.1),
            Inductor("choke", "m", "0", 40e-6),
        ]
    else:
        rest += [
            VoltageSource("bus", "p", "0", BUS),
            Inductor("choke", "m", "o", 40e-6),
            Capacitor("out", "o", "0", 1e-5, 5e-3),
        ]
    engine = Engine(replace(circuit, elements=tuple(rest)))
    memory = engine.start(1)
    edges = np.array([1e-9]), np.array([0])
    if where == "input":
        with pytest.raises(CircuitError, match="charges through a resistance within"):
            engine.advance(memory, edges, 60e-9)
    else:  # the choke is between: nothing charges through the ESR
        engine.advance(memory, edges, 60e-9)


def test_no_steady_state_has_a_name() -> None:
    """A choke without resistance on a pulse that is never taken back: its current only grows."""
    circuit = Circuit(
        "pulse",
        (
            VoltageSource("bus", "p", "0", 400.0),
            Switch("high", "p", "m", "high", 1e-3, None),
            Diode("wheel", "0", "m"),
            Inductor("choke", "m", "0", 1e-5),
        ),
        (CurrentProbe("i", "choke"),),
        Nominal(400.0, 10.0, 1e-5),
    )
    edges = np.array([0.0, 5e-6]), np.array([1, 0])
    with pytest.raises(NotSettled, match="no steady state at a switching frequency of 100000 Hz"):
        settle(Engine(circuit), lambda: edges, 1e-5)
