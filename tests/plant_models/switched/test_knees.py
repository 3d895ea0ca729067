"""Several knees in a segment: which are watched, and that the earliest is found whoever looks."""

import numpy as np
import pytest

from voltbench.plant_models.switched import costs, search_source
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.elements import OutputCapacitance
from voltbench.plant_models.switched.engine import Engine, trace_of
from voltbench.plant_models.switched.library import Library
from voltbench.plant_models.switched.modulation.converters import dab_phase_shift
from voltbench.plant_models.switched.nonideal import with_output_capacitance
from voltbench.plant_models.switched.tableau import Array, build_tableau
from voltbench.plant_models.switched.topologies.dab import DabParameters
from voltbench.plant_models.switched.topologies.llc import LlcParameters, llc_circuit

PERIODS = 6
P = DabParameters()
CIRCUIT = costs.variants(P)["and C_oss, 4 pieces"]


def run(circuit: Circuit) -> tuple[Engine, Array, Array]:
    gates = dab_phase_shift(circuit, P)
    engine = Engine(circuit)
    memory = engine.start()
    engine.store(memory, 50e-9, 8000, 20000)
    for _ in range(PERIODS):
        engine.advance(memory, gates.edges(0.08, 1.0, 1.0), gates.period)
    trace = trace_of(engine, memory)
    return engine, trace.outputs[:, : int(PERIODS * gates.period / 50e-9)], trace.event_time


def test_same_waveform_without_early_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start and soft legs, knees several in a segment: 1e-11 of the signals, round-off."""
    _, looked, events = run(CIRCUIT)
    monkeypatch.setattr(search_source, "LOOK", 0.0)
    _, searched, others = run(CIRCUIT)
    size = np.abs(searched).max(axis=1)
    assert (np.abs(looked - searched).max(axis=1) < 1e-11 * size).all()
    assert len(events) == len(others)


def test_only_the_knees_of_the_piece_are_watched() -> None:
    """Eight polygons of three knees: at most two of each are guards, beside the diodes."""
    engine, _, _ = run(CIRCUIT)
    knees = len(build_tableau(CIRCUIT).knees)
    diodes = len(engine.library.tableau.valves)
    assert knees == 24
    seen = [sum(k >= diodes for g in r.guard_diodes for k in g) for r in engine.library.reduced]
    live = [8 - len(r.held) for r in engine.library.reduced]
    assert max(seen) > 0
    assert all(s <= 2 * n for s, n in zip(seen, live, strict=True))


def test_tables_span_one_cell_with_output_capacitances() -> None:
    """The search of a part of a segment knows no other, whatever the circuit declares."""
    plain = llc_circuit(LlcParameters(), 390.0)
    assert Library(plain).layout.cells > 1
    polygon = OutputCapacitance((50.0,), (1e-9, 2e-10))
    assert Library(with_output_capacitance(plain, {"p": polygon})).layout.cells == 1
