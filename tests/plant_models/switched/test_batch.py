"""Batches in lockstep: every lane against the single engine, diode events included."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.batch.batch import Batch
from voltbench.plant_models.switched.batch.corners import (
    batch_of,
    dab_corners,
    simulate_batch,
    sweep_dabs,
)
from voltbench.plant_models.switched.batch.pattern import Pattern, pattern_of
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.engine import Engine, simulate
from voltbench.plant_models.switched.errors import CircuitError
from voltbench.plant_models.switched.modulation.converters import dab_phase_shift, llc_frequency
from voltbench.plant_models.switched.modulation.fixed import Fixed
from voltbench.plant_models.switched.topologies.dab import DabParameters, dab_circuit
from voltbench.plant_models.switched.topologies.llc import LlcParameters, llc_circuit

PERIODS = 120
OF_SIGNAL = 1e-6
"""The issue's limit, of each state's largest value in the run; found: 1e-11."""


def _patterns(controls: Sequence[Fixed]) -> Pattern:
    edges = [control.edges(0, np.zeros(0)) for control in controls]
    return pattern_of(edges, [c.period for c in controls], controls[0].start_word)


def _alone(circuit: Circuit, control: Fixed, periods: int) -> tuple[dict[str, float], int]:
    engine = Engine(circuit)
    memory = engine.start(control.start_word)
    for index in range(periods):
        engine.advance(memory, control.edges(index, np.zeros(0)), control.period)
    return engine.states(memory), int(memory.whole[lay.N_EVENTS])


def _hold(circuits: Sequence[Circuit], controls: Sequence[Fixed], periods: int) -> int:
    """Compare every design with the single engine; return the diode events of the batch."""
    batch = Batch(circuits, _patterns(controls))
    batch.run(periods)
    states = batch.states()
    for k, (circuit, control) in enumerate(zip(circuits, controls, strict=True)):
        alone, _ = _alone(circuit, control, periods)
        for name, value in alone.items():
            unit = circuit.nominal.current  # A; voltages are held to as many V, of 400
            assert states[name][k] == pytest.approx(value, abs=OF_SIGNAL * unit), (k, name)
    return batch.work()[0]


def _phase_shifted(circuit: Circuit, p: DabParameters, periods: float) -> Fixed:
    return Fixed(dab_phase_shift(circuit, p), 2.0 * np.pi * periods, 1.0, 1.0)


def _dabs(count: int, light: bool) -> tuple[list[Circuit], list[Fixed]]:
    random = np.random.default_rng(7)
    p = DabParameters()
    circuits, controls = [], []
    for x in np.linspace(0.0, 1.0, count):
        load = 30.0 * 12.0**x if light else 12.0 + 10.0 * x
        phase = 0.014 - 0.004 * x if light else 0.06 + 0.04 * x
        inductance = float(random.uniform(30e-6, 50e-6))
        q = replace(p, load_resistance_Ohm=load, leakage_inductance_H=inductance)
        circuits.append(dab_circuit(q, 380.0))
        controls.append(_phase_shifted(circuits[-1], q, phase))
    return circuits, controls


def test_every_lane_of_dabs_from_start_up() -> None:
    assert _hold(*_dabs(11, light=False), PERIODS) > 0


def test_every_lane_of_dabs_whose_current_ends_within_the_dead_time() -> None:
    events = _hold(*_dabs(13, light=True), PERIODS)
    assert events > 13 * PERIODS  # mid-dead-time events in most lanes and periods


def test_every_lane_of_llcs_at_frequencies_of_their_own() -> None:
    p = LlcParameters()
    circuits, controls = [], []
    for x in np.linspace(0.0, 1.0, 10):
        q = replace(p, load_resistance_Ohm=14.5 + 30.0 * x)
        circuits.append(llc_circuit(q, 390.0))
        gates = llc_frequency(circuits[-1], q)
        controls.append(Fixed(gates, 1.0, period=1.0 / (120e3 + 70e3 * x)))
    assert _hold(circuits, controls, PERIODS) > 10 * PERIODS


def test_two_threads_give_the_same_numbers() -> None:
    circuits, controls = _dabs(24, light=True)
    one, two = (Batch(circuits, _patterns(controls)) for _ in range(2))
    one.run(PERIODS)
    two.run(PERIODS, threads=2)
    for name, values in one.states().items():
        # rounding only: a segment repeated after a new configuration may go another way
        np.testing.assert_allclose(values, two.states()[name], rtol=1e-10, atol=1e-10)


def test_recorded_probes_are_the_engines() -> None:
    circuits, controls = _dabs(3, light=False)
    batch = Batch(circuits, _patterns(controls))
    batch.run(5)
    waves = batch.record(2)
    engine = Engine(circuits[1])
    memory = engine.start(controls[1].start_word)
    for index in range(7):
        engine.advance(memory, controls[1].edges(index, np.zeros(0)), controls[1].period)
    now = engine.outputs(memory)
    assert waves["i_l"][-1, 1] == pytest.approx(now[0], abs=1e-6)  # A, of 20
    assert waves["u_o"][-1, 1] == pytest.approx(now[1], abs=1e-5)  # V, of 380
    assert waves.time[-1, 1] == pytest.approx(2.0 * controls[1].period)


def test_a_current_between_round_off_and_impulse_finds_its_diode() -> None:
    circuits, _ = _dabs(1, light=True)
    engine = Engine(circuits[0])
    memory = engine.start(0)
    # 3 uA left in the output bridge as all gates open: too much to call zero, with nowhere to go
    memory.real[lay.S_STATES : lay.S_STATES + 3] = 9.85619331e-02, 9.85618605e-02, 0.4538
    memory.whole[lay.N_CONFIG] = 0
    engine.advance(memory, (np.zeros(0), np.zeros(0, np.int64)), 1e-7)
    assert 1.0 < engine.states(memory)["leakage"] < 2.0


def test_refuses_other_topologies_and_orders_of_edges() -> None:
    circuits, controls = _dabs(2, light=False)
    pattern = _patterns(controls)
    with pytest.raises(CircuitError, match=r"design 1 .* a batch has one topology"):
        Batch([circuits[0], llc_circuit(LlcParameters())], pattern)
    with pytest.raises(ValueError, match="pattern is of 2 designs; circuits: 1"):
        Batch(circuits[:1], pattern)
    other = _phase_shifted(circuits[1], DabParameters(), -0.05)
    with pytest.raises(ValueError, match="design 1 has other gate words"):
        _patterns([controls[0], other])


def test_plans_hold_in_steady_operation_and_keep_the_engines_numbers() -> None:
    """Once settled, no step is worked out anew, and a thousand periods later nothing is off."""
    circuits, controls = _dabs(8, light=True)
    batch = batch_of(circuits, controls)
    batch.run(1000)
    _, worked_out = batch.work()
    batch.run(200)
    assert batch.work()[1] == worked_out
    states = batch.states()
    for k in (0, 3, 7):
        alone, _ = _alone(circuits[k], controls[k], 1200)
        for name, value in alone.items():
            unit = circuits[k].nominal.current
            assert states[name][k] == pytest.approx(value, abs=OF_SIGNAL * unit), (k, name)


def test_corners_of_a_dab_are_the_engines() -> None:
    corners = dab_corners(9)
    figures = sweep_dabs(corners, phase_rad=0.5, periods=20)
    p = corners[4]
    circuit = dab_circuit(p, 380.0)
    control = Fixed(dab_phase_shift(circuit, p), 0.5, 1.0, 1.0)
    trace = simulate(circuit, control, 20.0 * control.period, sample=5e-9)
    tail = trace.time >= 19.0 * control.period
    assert figures[4, 0] == pytest.approx(trace["u_o"][-1], rel=1e-5)  # one sample of ripple
    # the peak falls between samples 5 ns apart, at up to 30 A/us
    assert figures[4, 1] == pytest.approx(np.abs(trace["i_l"][tail]).max(), abs=0.15)


def test_refuses_counts_that_do_not_fit() -> None:
    circuits, controls = _dabs(2, light=False)
    with pytest.raises(ValueError, match="2 circuits and 1 controls"):
        batch_of(circuits, controls[:1])
    with pytest.raises(ValueError, match="keep: 5 periods; allowed: 1 to the 3"):
        simulate_batch(circuits, controls, 3, keep=5)
    with pytest.raises(ValueError, match="threads: 0; allowed: 1 or more"):
        batch_of(circuits, controls).run(1, threads=0)
