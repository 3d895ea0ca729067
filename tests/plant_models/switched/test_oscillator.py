"""A timer whose period changes between control periods: edges of both legs, dead times, bounds."""

from typing import Any

import numpy as np
import pytest

from voltbench.plant_models.switched.modulation.legs import MAX_EDGES
from voltbench.plant_models.switched.modulation.modulator import ModulationError
from voltbench.plant_models.switched.modulation.oscillator import oscillator, oscillator_edges
from voltbench.plant_models.switched.topologies.llc import LlcParameters, llc_circuit

CIRCUIT = llc_circuit(LlcParameters())
LEGS = (("p1", "p2"), ("p3", "p4"))
DEAD, SPAN = 150e-9, 20e-6


def ran(commands: list[tuple[float, float]], **options: Any) -> tuple[Any, Any]:
    """Return all edges (s, words) of control periods with these periods (s) and duties."""
    timer = oscillator(CIRCUIT, LEGS, DEAD, SPAN, 3.3e-6, **options)
    time: list[float] = []
    words: list[int] = []
    edge_t, edge_g = np.zeros(MAX_EDGES), np.zeros(MAX_EDGES, np.int64)
    for k, (period, duty) in enumerate(commands):
        count = oscillator_edges(timer[0], period, duty, SPAN, edge_t, edge_g)
        assert count >= 0
        time += list(edge_t[:count] + k * SPAN)
        words += list(edge_g[:count])
    return np.array(time), np.array(words)


def turned_on(time: Any, words: Any, bit: int) -> Any:
    on = (words >> bit) & 1
    return time[1:][(on[1:] == 1) & (on[:-1] == 0)]


def test_constant_period_is_kept_across_control_periods() -> None:
    time, words = ran([(7e-6, 1.0)] * 40)  # 20 us is no multiple of 7 us
    for bit in range(4):
        # the timer counts in doubles: round-off only
        assert np.diff(turned_on(time, words, bit)) == pytest.approx(7e-6, abs=1e-16)
    assert (np.diff(time) > 0.0).all()


def test_no_leg_ever_has_both_devices_on_and_dead_times_are_kept() -> None:
    rng = np.random.default_rng(7)
    commands = [(rng.uniform(3.4e-6, 12e-6), rng.uniform(0.0, 1.0)) for _ in range(400)]
    time, words = ran(commands)
    for high, low in ((0, 1), (2, 3)):
        one, two = (words >> high) & 1, (words >> low) & 1
        assert not (one & two).any()
        for first, second in ((one, two), (two, one)):
            off = time[1:][(first[1:] == 0) & (first[:-1] == 1)]
            on = time[1:][(second[1:] == 1) & (second[:-1] == 0)]
            gaps = [t - off[off <= t].max() for t in on if (off <= t).any()]
            assert min(gaps) == pytest.approx(DEAD, rel=1e-6)


def test_command_acts_from_the_timers_next_period_on() -> None:
    time, words = ran([(7e-6, 1.0), (5e-6, 1.0), (5e-6, 1.0)])
    gaps = np.diff(turned_on(time, words, 0))
    # periods begin at 0, 7, 14 us under the first command; the one at 21 us is the first new one
    assert gaps == pytest.approx([*[7e-6] * 3, *[5e-6] * (len(gaps) - 3)])
    assert len(gaps) > 6


def test_inner_duty_is_the_pulse_between_the_legs() -> None:
    time, words = ran([(8e-6, 0.6)] * 20)
    a, b = turned_on(time, words, 0), turned_on(time, words, 2)
    later = b[b > a[0]]
    assert later[0] - a[0] == pytest.approx(0.6 * 4e-6, rel=1e-9)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"dead": 1e-6}, "dead time is 1e-06 s; allowed: 0 to below 8.25e-07 s"),
        ({"span": 1e-3}, "control period is 0.001 s; allowed: above 0"),
        ({"legs": (("p1", "q"),)}, "has no gate 'q'"),
    ],
)
def test_refused_by_name(change: dict[str, Any], says: str) -> None:
    given: dict[str, Any] = {"legs": LEGS, "dead": DEAD, "span": SPAN} | change
    with pytest.raises(ModulationError, match=says):
        oscillator(CIRCUIT, given["legs"], given["dead"], given["span"], 3.3e-6)
