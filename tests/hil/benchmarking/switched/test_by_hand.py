"""The engine against hand-written equations under DOP853 with events, topology by topology.

DAB, full-bridge LLC and Vienna have theirs in tests/plant_models/switched/test_against_dop853.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from voltbench.hil.benchmarking.switched import cases
from voltbench.hil.benchmarking.switched.by_hand.converters import by_hand, largest_difference
from voltbench.hil.benchmarking.switched.cases import Case
from voltbench.hil.benchmarking.switched.exact import reference
from voltbench.plant_models.switched.topologies.totem_pole import TotemPoleParameters

SAMPLE = 0.3e-6
TOLERANCE = 1e-6  # of each signal's largest value; the integrator's own error is below 1e-8


@pytest.mark.parametrize(
    "make",
    [
        lambda: cases.half_bridge_llc(60e-6),
        lambda: cases.cllc(80e-6),
        lambda: cases.psfb(60e-6),
        lambda: cases.psfb(60e-6, True),
        lambda: cases.two_level(150e-6),
        lambda: cases.t_type(60e-6),
        lambda: cases.totem_pole(200e-6),
    ],
    ids=["llc half bridge", "cllc", "psfb", "current doubler", "two-level", "t-type", "totem pole"],
)
def test_engine_equals_equations_by_hand(make: Callable[[], Case]) -> None:
    case = make()
    exact, reference_ = reference(case, SAMPLE), by_hand(case, SAMPLE)
    assert reference_.shape[1] > 150
    assert largest_difference(exact, reference_) < TOLERANCE


def test_a_wrong_value_shows() -> None:
    case = cases.totem_pole(60e-6)
    wrong = replace(TotemPoleParameters(), inductance_H=300.01e-6)
    reference_ = by_hand(replace(case, parameters=wrong), SAMPLE)
    assert largest_difference(reference(case, SAMPLE), reference_) > TOLERANCE
