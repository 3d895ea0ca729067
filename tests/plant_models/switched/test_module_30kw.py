"""The whole module: two linked circuits against the one exact circuit."""

import pytest

from voltbench.plant_models.switched.closed_loop import ClosedLoop
from voltbench.plant_models.switched.engine import Engine
from voltbench.plant_models.switched.linked import LinkedPair
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


def test_linked_circuits_agree_with_the_one() -> None:
    """Allowed: what the ripple they do not see of each other does, 0.5 A of 40 A at once."""
    engine = Engine(module_circuit(P))
    memory = engine.start()
    ClosedLoop(engine, module_period, PERIOD_S).advance(memory, module_memory(P), 60)
    whole = engine.states(memory)
    first, second, link = module_halves(P)
    engines = Engine(first), Engine(second)
    pair = LinkedPair(*engines, link, halves_period, PERIOD_S, 2)
    halves = pair.start(37.0)
    pair.advance(halves, module_memory(P), 60)
    states = {**engines[0].states(halves.first), **engines[1].states(halves.second)}
    for name, value in whole.items():
        assert states[name] == pytest.approx(value, abs=0.5), name


def test_link_without_its_inputs_is_refused() -> None:
    first, second, link = module_halves(P)
    with pytest.raises(KeyError, match="the link asks for 'i_dab' and 'i_rectifier'"):
        LinkedPair(Engine(second), Engine(first), link, halves_period, PERIOD_S)
