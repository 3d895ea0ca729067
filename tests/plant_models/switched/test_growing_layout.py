"""An engine made for too few guards makes room as the run goes on, and says the same."""

from dataclasses import replace

import numpy as np
import pytest

from voltbench.control.numerics.records import fill
from voltbench.plant_models.switched.averaged.dab_formulas import DabShifts
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.closed_loop import ClosedLoop
from voltbench.plant_models.switched.engine import Engine
from voltbench.plant_models.switched.library import Library
from voltbench.plant_models.switched.modulation.converters import dab_phase_shift, llc_frequency
from voltbench.plant_models.switched.reduction import Modes
from voltbench.plant_models.switched.topologies.dab import DabParameters, dab_circuit
from voltbench.plant_models.switched.topologies.llc import LlcParameters, llc_circuit
from voltbench.plant_models.switched.topologies.t_type import TTypeParameters, t_type_circuit
from voltbench.plant_models.switched.topologies.vienna import ViennaParameters, vienna_circuit
from voltbench.plant_models.switched.topologies.vienna_law import ViennaLaw, vienna_period


def with_room(circuit: Circuit, guards: int | None) -> Engine:
    return Engine(replace(circuit, tables=replace(circuit.tables, guards=guards)))


@pytest.mark.parametrize("name", ["dab", "llc"])
def test_open_loop_grows(name: str) -> None:
    states = []
    references: tuple[float, ...]
    for guards in (1, None):
        if name == "dab":
            p = DabParameters(load_resistance_Ohm=200.0)  # light load: bridges lose their current
            circuit, shifts = dab_circuit(p, 380.0), DabShifts(0.02, 0.7, 0.9)
            gates = dab_phase_shift(circuit, p)
            references = (shifts.phi, shifts.duty_1, shifts.duty_2)
        else:
            q = LlcParameters()
            circuit = llc_circuit(q, 390.0)
            gates, references = llc_frequency(circuit, q), (0.6,)
        engine = with_room(circuit, guards)
        first = engine.library.layout.guards
        memory = engine.start()
        for _ in range(20):
            engine.advance(memory, gates.edges(*references), gates.period)
        assert (engine.library.layout.guards > first) == (guards == 1)
        states.append(engine.states(memory))
    # the same tables, summed in vectors of another length
    assert states[0] == pytest.approx(states[1], rel=1e-11, abs=1e-9)


def test_closed_loop_grows_and_a_second_run_starts_with_the_room() -> None:
    p = ViennaParameters()
    period = 1.0 / p.switching_frequency_Hz
    law = {
        "amplitude": p.grid_voltage_V * np.sqrt(2.0 / 3.0),
        "frequency": p.grid_frequency_Hz,
        "current": 40.0,
        "gain": 2.0,
        "period": period,
    }
    ends = []
    for guards in (1, None):
        engine = with_room(vienna_circuit(p), guards)
        loop = ClosedLoop(engine, vienna_period, period)
        for _ in range(2):
            memory = engine.start()
            loop.advance(memory, fill(ViennaLaw, **law)[0], 200)
            ends.append(engine.states(memory))
    for other in ends[1:]:
        assert ends[0] == pytest.approx(other, rel=1e-10, abs=1e-8)


def test_a_memory_from_before_the_growth_goes_on() -> None:
    p = DabParameters(load_resistance_Ohm=200.0)
    circuit = dab_circuit(p, 380.0)
    engine, gates = with_room(circuit, 4), dab_phase_shift(circuit, p)
    heavy = engine.start()
    pattern = [gates.edges(0.3, 1.0, 1.0) for _ in range(30)]
    for edges in pattern[:10]:
        engine.advance(heavy, edges, gates.period)
    light = engine.start()
    for _ in range(10):
        engine.advance(light, dab_phase_shift(circuit, p).edges(0.02, 0.7, 0.9), gates.period)
    for edges in pattern[10:]:
        engine.advance(heavy, edges, gates.period)
    alone = with_room(circuit, None)
    memory = alone.start()
    for edges in pattern:
        alone.advance(memory, edges, gates.period)
    assert engine.states(heavy) == pytest.approx(alone.states(memory), rel=1e-11, abs=1e-9)


def test_tables_begin_on_cache_lines_however_often_they_grow() -> None:
    """A load across two lines costs a quarter of the speed: the memory's start and each block's."""
    library = Library(t_type_circuit(TTypeParameters()))
    layout = library.layout
    for word in range(40):
        library.number(Modes(word, 0))
    assert library.tables.ctypes.data % 64 == 0
    blocks = (layout.ends, layout.jumps, layout.states, layout.out, layout.polynomials)
    assert all(offset % 8 == 0 for offset in (*blocks, layout.project, layout.stride))
    assert layout.project < layout.impulses < layout.stride
