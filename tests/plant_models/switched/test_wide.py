"""The wide tables against the others, which are held to integrations by hand."""

import numpy as np
import pytest

from voltbench.plant_models.switched import costs, library
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.engine import Engine, trace_of
from voltbench.plant_models.switched.modulation.converters import dab_phase_shift
from voltbench.plant_models.switched.tableau import Array, build_tableau
from voltbench.plant_models.switched.topologies.dab import DabParameters

PERIODS = 6
P = DabParameters()
CIRCUIT = costs.variants(P)["and C_oss, 4 pieces"]


def run(circuit: Circuit, phi: float) -> tuple[Engine, Array, Array]:
    gates = dab_phase_shift(circuit, P)
    engine = Engine(circuit)
    memory = engine.start()
    engine.store(memory, 50e-9, 8000, 20000)
    for _ in range(PERIODS):
        engine.advance(memory, gates.edges(phi, 1.0, 1.0), gates.period)
    trace = trace_of(engine, memory)
    return engine, trace.outputs[:, : int(PERIODS * gates.period / 50e-9)], trace.event_time


@pytest.mark.parametrize("phi", [0.08])
def test_same_waveform(phi: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start and soft legs, knees several in a cell: 1e-9 of the signals, round-off of 6 periods."""
    engine, wide, events = run(CIRCUIT, phi)
    assert engine.library.layout.wide
    monkeypatch.setattr(library, "WIDE_FROM", 99)
    engine, plain, others = run(CIRCUIT, phi)
    assert not engine.library.layout.wide
    size = np.abs(plain).max(axis=1)
    assert (np.abs(wide - plain).max(axis=1) < 1e-9 * size).all()
    assert len(events) == len(others)


def test_only_the_knees_of_the_piece_are_watched() -> None:
    """Eight polygons of three knees: at most two of each are guards, beside the diodes."""
    engine, _, _ = run(CIRCUIT, 0.08)
    knees = len(build_tableau(CIRCUIT).knees)
    diodes = len(engine.library.tableau.valves)
    assert knees == 24
    seen = [sum(k >= diodes for g in r.guard_diodes for k in g) for r in engine.library.reduced]
    live = [8 - len(r.held) for r in engine.library.reduced]
    assert max(seen) > 0
    assert all(s <= 2 * n for s, n in zip(seen, live, strict=True))
