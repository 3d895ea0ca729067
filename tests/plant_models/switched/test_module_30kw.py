"""The whole module: its energy, and two linked circuits against the one exact circuit."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.closed_loop import ClosedLoop
from voltbench.plant_models.switched.elements import VoltageProbe
from voltbench.plant_models.switched.engine import Engine, Memory, trace_of
from voltbench.plant_models.switched.figures.power import stored_energy_J
from voltbench.plant_models.switched.linked import LinkedMemory, LinkedPair
from voltbench.plant_models.switched.losses.conduction import element_energy
from voltbench.plant_models.switched.losses.replay import replay
from voltbench.plant_models.switched.tableau import Array
from voltbench.plant_models.switched.topologies.module_30kw import (
    ModuleParameters,
    module_circuit,
    module_halves,
)
from voltbench.plant_models.switched.topologies.module_law import (
    halves_period,
    module_memory,
    module_period,
)

P = ModuleParameters()
PERIOD_S = 1.0 / P.vienna.switching_frequency_Hz
GRID = round(1.0 / P.vienna.grid_frequency_Hz / PERIOD_S)
"""Control periods in one of the grid."""
SETTLED, KEPT, PER_PERIOD = 200, 60, 100


@cache
def one_engine() -> Engine:
    return Engine(module_circuit(P))


@cache
def one_trace() -> dict[str, Array]:
    """Waveforms of the one circuit, `KEPT` periods after `SETTLED`."""
    engine = one_engine()
    memory, law = engine.start(), module_memory(P)
    loop = ClosedLoop(engine, module_period, PERIOD_S)
    loop.advance(memory, law, SETTLED)
    engine.store(memory, PERIOD_S / PER_PERIOD, KEPT * PER_PERIOD + 5, 0)
    loop.advance(memory, law, KEPT)
    trace = trace_of(engine, memory)
    return {name: trace[name] for name in trace.names}


@cache
def halves() -> tuple[Engine, Engine]:
    """Both circuits; the bridge also tells the voltage of its copy of the link."""
    first, second, _ = module_halves(P)
    second = replace(second, probes=(*second.probes, VoltageProbe("u_copy", "bus")))
    return Engine(first), Engine(second)


def linked(intervals: int) -> tuple[LinkedPair, LinkedMemory]:
    pair = LinkedPair(*halves(), module_halves(P)[2], halves_period, PERIOD_S, intervals)
    return pair, pair.start(37.0)


def keep(memory: LinkedMemory, periods: int) -> None:
    for engine, part in zip(halves(), (memory.first, memory.second), strict=True):
        engine.store(part, PERIOD_S / PER_PERIOD, periods * PER_PERIOD + 5, 0)


def error(intervals: int) -> dict[str, float]:
    """Rms difference of the linked circuits from the one, of each probe's rms."""
    pair, memory = linked(intervals)
    law = module_memory(P)
    pair.advance(memory, law, SETTLED)
    keep(memory, KEPT)
    pair.advance(memory, law, KEPT)
    found = {}
    for engine, part in zip(halves(), (memory.first, memory.second), strict=True):
        trace = trace_of(engine, part)
        for name in set(trace.names) & set(one_trace()):
            exact = one_trace()[name]
            count = min(len(exact), len(trace[name]))
            off = trace[name][:count] - exact[:count]
            found[name] = float(np.sqrt((off**2).mean() / (exact**2).mean()))
    return found


def unbalance(memory: Memory, law: tuple[object, ...], index: int, periods: int) -> float:
    """Run on from period `index`; return what energy is missing, of what the grid gave."""
    engine = one_engine()
    edge_t, edge_g = np.zeros(64), np.zeros(64, np.int64)
    before = stored_energy_J(engine.library.circuit, engine.states(memory))
    taken: dict[str, float] = {}
    for k in range(index, index + periods):
        memory.real[lay.S_BASE] = 0.0
        count = module_period(law, k, engine.outputs(memory), edge_t, edge_g)
        segments = replay(engine, memory, (edge_t[:count].copy(), edge_g[:count].copy()), PERIOD_S)
        for name, energy in element_energy(engine, segments).items():
            taken[name] = taken.get(name, 0.0) + energy
    stored = stored_energy_J(engine.library.circuit, engine.states(memory)) - before
    given = -sum(energy for name, energy in taken.items() if name.startswith("grid"))
    assert given > 0.0
    return abs(sum(taken.values()) + stored) / given


def test_energy_balances_while_the_currents_build_up() -> None:
    """Every element by its own voltage and current; allowed: round-off of the quadrature.

    The link gives most of the energy in these first periods.
    """
    assert unbalance(one_engine().start(), module_memory(P), 0, 20) < 1e-10


def test_energy_balances_all_over_a_grid_period() -> None:
    """A twelfth of the grid's period repeats itself in other phases: three stretches of it."""
    engine, law = one_engine(), module_memory(P)
    memory, loop = engine.start(), ClosedLoop(one_engine(), module_period, PERIOD_S)
    done = 0
    for at in range(GRID, GRID + GRID // 12, GRID // 36):
        loop.advance(memory, law, at - done)
        assert unbalance(memory, law, at, 3) < 1e-10, at
        memory.whole[lay.N_PERIOD] = done = at + 3


def test_linked_circuits_agree_with_the_one() -> None:
    """Held: a thousandth of the signal; the bridge's current has a mean its resistances set."""
    for name, off in error(2).items():
        assert off < 1e-3, name
        assert name == "i_l" or off < 1e-4, name


def test_linked_circuits_come_nearer_with_more_intervals() -> None:
    """First order at least, measured from 2 to 16 intervals: what pulses leave of a mean."""
    coarse, fine = error(2), error(16)
    for name in coarse:
        assert fine[name] < coarse[name] / 2.0, name
    assert fine["i_l"] < coarse["i_l"] / 8.0


def test_link_gives_what_the_bridge_takes() -> None:
    """Energy over the link as either circuit sees it.

    Charges are equal by construction. Voltages differ by the ripple within an interval, about
    0.1 V of 800 V, so 1e-4 is allowed for their product with the current.
    """
    pair, memory = linked(2)
    law = module_memory(P)
    pair.advance(memory, law, SETTLED)
    seen_by = np.zeros(2)
    span = PERIOD_S / 2
    for _ in range(KEPT):
        given = memory.given.copy()
        keep(memory, 1)
        pair.advance(memory, law, 1)
        first, second = map(trace_of, halves(), (memory.first, memory.second))
        u_link, u_copy = first["u_p"] + first["u_n"], second["u_copy"]
        for k in range(2):
            part = slice(k * PER_PERIOD // 2, (k + 1) * PER_PERIOD // 2)
            seen_by[0] += memory.drawn[k] * u_link[part].mean() * span
            seen_by[1] += given[k] * u_copy[part].mean() * span
        last = halves()[1].states(memory.second)["link"]
        seen_by[1] -= 0.25 * P.vienna.half_capacitance_F * (last**2 - u_copy[0] ** 2)
    assert seen_by[0] == pytest.approx(seen_by[1], rel=1e-4)
    assert seen_by[0] > 0.9 * KEPT * PERIOD_S * 30e3


def test_link_without_its_inputs_is_refused() -> None:
    first, second, link = module_halves(P)
    with pytest.raises(KeyError, match="the link asks for 'i_dab' and 'i_rectifier'"):
        LinkedPair(Engine(second), Engine(first), link, halves_period, PERIOD_S)
