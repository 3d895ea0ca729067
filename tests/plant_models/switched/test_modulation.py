"""Gate edges against what a modulator promises: mean, dead time, phase, grid, refusals."""

import cmath
import math

import numpy as np
import pytest

from voltbench.plant_models.switched.engine import Edges
from voltbench.plant_models.switched.modulation.converters import (
    cllc_frequency,
    dab_phase_shift,
    llc_frequency,
    t_type_pwm,
    totem_pole_pwm,
    two_level_pwm,
    vienna_pwm,
)
from voltbench.plant_models.switched.modulation.modulator import ModulationError, Modulator
from voltbench.plant_models.switched.topologies.active_front_end import (
    ActiveFrontEndParameters,
    active_front_end_circuit,
)
from voltbench.plant_models.switched.topologies.cllc import CllcParameters, cllc_circuit
from voltbench.plant_models.switched.topologies.dab import DabParameters, dab_circuit
from voltbench.plant_models.switched.topologies.llc import LlcParameters
from voltbench.plant_models.switched.topologies.llc_half_bridge import llc_half_bridge_circuit
from voltbench.plant_models.switched.topologies.t_type import TTypeParameters, t_type_circuit
from voltbench.plant_models.switched.topologies.totem_pole import (
    TotemPoleParameters,
    totem_pole_circuit,
)
from voltbench.plant_models.switched.topologies.vienna import ViennaParameters, vienna_circuit

ROUND_OFF = 1e-12
"""Of a period: sums of a few instants in double precision."""


def two_level(**options: float) -> tuple[Modulator, ActiveFrontEndParameters]:
    p = ActiveFrontEndParameters()
    return two_level_pwm(active_front_end_circuit(p), p, **options), p


def dab() -> tuple[Modulator, DabParameters]:
    p = DabParameters()
    return dab_phase_shift(dab_circuit(p), p), p


def shares(edges: Edges, start: int, period: float, gates: int) -> list[float]:
    """Return the share of the period each gate is on."""
    times = [0.0, *edges[0], period]
    words = [start, *edges[1]]
    return [
        sum(b - a for a, b, w in zip(times[:-1], times[1:], words, strict=True) if w >> k & 1)
        / period
        for k in range(gates)
    ]


def second_period(m: Modulator, *references: float) -> tuple[Edges, int]:
    """Return the edges of a period in steady operation, and the word before it."""
    m.edges(*references)
    start = int(m.state[0]["word"])
    return m.edges(*references), start


@pytest.mark.parametrize("duty", [0.0, 0.03, 0.31, 0.5, 0.92, 0.985, 1.0])
def test_devices_conduct_for_their_duty_less_the_dead_time(duty: float) -> None:
    m, p = two_level()
    edges, start = second_period(m, duty, 0.5, 0.5)
    high, low = shares(edges, start, m.period, 6)[:2]
    dead = p.dead_time_s / m.period
    switching = 0.0 < duty < 1.0
    assert high == pytest.approx(duty - dead * switching, abs=ROUND_OFF)
    assert low == pytest.approx(1.0 - duty - dead * switching, abs=ROUND_OFF)


def test_a_turn_on_behind_the_border_is_carried_into_the_next_period() -> None:
    m, p = two_level()
    duty = 1.0 - 1.5 * p.dead_time_s / m.period  # low for 1.5 dead times around the border
    (times, words), start = second_period(m, duty, 0.5, 0.5)
    assert not start & 0b11  # both off at the border
    on_again = times[np.nonzero(words >> 1 & 1)[0][0]]
    assert on_again == pytest.approx(0.25 * p.dead_time_s, rel=1e-9)


def test_partners_are_never_on_together_while_duties_wander() -> None:
    m, _ = two_level()
    random = np.random.default_rng(3)
    words = [w for _ in range(300) for w in m.edges(*random.uniform(0.02, 0.98, 3))[1].tolist()]
    assert all(not (w & (w >> 1) & 0b010101) for w in words)


@pytest.mark.parametrize("duty", [-0.01, 1.01, math.nan])
def test_duty_outside_its_range_is_refused(duty: float) -> None:
    m, _ = two_level()
    with pytest.raises(ModulationError, match=r"duty cycle of phase b is .*allowed: 0 to 1"):
        m.edges(0.5, duty, 0.5)


def test_pulse_within_the_dead_time_is_refused_or_dropped() -> None:
    m, p = two_level()
    duty = 0.9 * p.dead_time_s / m.period
    with pytest.raises(ModulationError, match=r"leg c_high / c_low .* dead time of 2e-07 s"):
        m.edges(0.5, 0.5, duty)
    m, _ = two_level(drop_short_pulses=True)
    edges, start = second_period(m, 0.5, 0.5, duty)
    assert shares(edges, start, m.period, 6)[4] == 0.0


def test_edges_lie_on_the_grid_of_the_timer() -> None:
    quantum = 5e-9
    m, _ = two_level(quantum_s=quantum)
    times, _ = m.edges(0.313, 0.5177, 0.9021)
    ticks = times / quantum
    assert ticks == pytest.approx(np.round(ticks), abs=1e-6)  # of a tick


def test_t_type_gates_follow_the_sign_of_the_signal() -> None:
    p = TTypeParameters()
    m = t_type_pwm(t_type_circuit(p), p)
    edges, start = second_period(m, 0.7, -0.4, 0.0)
    on = shares(edges, start, m.period, 12)
    dead = p.dead_time_s / m.period
    expected = [0.7 - dead, 0.3 - dead, 1.0, 0.0]  # phase a: _1, _3, _2, _4
    expected += [0.0, 1.0, 0.6 - dead, 0.4 - dead]
    expected += [0.0, 1.0, 1.0, 0.0]
    assert on == pytest.approx(expected, abs=ROUND_OFF)


def test_vienna_switch_is_on_for_the_rest_of_the_signal() -> None:
    p = ViennaParameters()
    m = vienna_pwm(vienna_circuit(p), p)
    edges, start = second_period(m, 0.7, -0.4, 0.0)
    assert shares(edges, start, m.period, 3) == pytest.approx([0.3, 0.6, 1.0], abs=ROUND_OFF)


def test_totem_pole_waits_the_slow_dead_time_across_periods() -> None:
    p = TotemPoleParameters()
    m = totem_pole_pwm(totem_pole_circuit(p), p)
    for _ in range(3):
        m.edges(0.1)
    assert m.state[0]["word"] >> 3 & 1
    found = []
    for n in range(4):
        times, words = m.edges(-0.1)
        found += [n * m.period + t for t, w in zip(times, words, strict=True) if w >> 2 & 1]
    assert found[0] == pytest.approx(p.slow_dead_time_s, rel=1e-9)


def bridge_phasor(edges: Edges, start: int, period: float, bits: tuple[int, int]) -> complex:
    """Return the fundamental of a bridge's voltage as its gates set it (dead time is 0)."""
    times = [0.0, *edges[0], period]
    total = 0.0 + 0.0j
    for a, b, word in zip(times[:-1], times[1:], [start, *edges[1]], strict=True):
        level = (word >> bits[0] & 1) - (word >> bits[1] & 1)
        turn = -2j * math.pi / period
        total += level * (cmath.exp(turn * b) - cmath.exp(turn * a)) / turn
    return 2.0 * total / period


@pytest.mark.parametrize("phi", [-1.5, -0.3, 0.0, 0.4, 1.57])
@pytest.mark.parametrize(("duty_1", "duty_2"), [(1.0, 1.0), (0.6, 1.0), (0.35, 0.8)])
def test_dab_fundamentals_are_the_quasi_square_waves_of_the_references(
    phi: float, duty_1: float, duty_2: float
) -> None:
    p = DabParameters(dead_time_s=0.0)
    m = dab_phase_shift(dab_circuit(p), p)
    edges, start = second_period(m, phi, duty_1, duty_2)
    one = bridge_phasor(edges, start, m.period, (0, 2))
    two = bridge_phasor(edges, start, m.period, (4, 6))
    assert abs(one) == pytest.approx(4.0 / math.pi * math.sin(duty_1 * math.pi / 2.0), rel=1e-9)
    assert abs(two) == pytest.approx(4.0 / math.pi * math.sin(duty_2 * math.pi / 2.0), rel=1e-9)
    assert cmath.phase(one / two) == pytest.approx(phi, abs=1e-9)


def test_dab_shift_may_change_its_sign_from_one_period_to_the_next() -> None:
    m, _ = dab()
    for phi in (0.4, -0.4, 0.01, -0.01, 1.2, -1.2):
        m.edges(phi, 1.0, 1.0)


def test_dab_refusals_name_what_is_wrong() -> None:
    m, _ = dab()
    with pytest.raises(ModulationError, match=r"inner duty of the output bridge is 1\.2"):
        m.edges(0.3, 1.0, 1.2)
    with pytest.raises(ModulationError, match="phase shift"):
        m.edges(4.0, 1.0, 1.0)
    p = DabParameters(dead_time_s=6e-6)
    with pytest.raises(ModulationError, match="leg p1 / p2"):
        dab_phase_shift(dab_circuit(p), p).edges(0.3, 1.0, 1.0)


def test_frequency_modulation_takes_its_period_from_the_call() -> None:
    p = LlcParameters()
    m = llc_frequency(llc_half_bridge_circuit(p), p, quantum_s=2e-9)
    m.edges(period=1.0 / 130e3)
    start = int(m.state[0]["word"])
    period = round(1.0 / 130e3 / 2e-9) * 2e-9
    on = shares(m.edges(period=1.0 / 130e3), start, period, 2)
    assert on == pytest.approx([0.5 - p.dead_time_s / period] * 2, abs=2e-9 / period)
    with pytest.raises(ModulationError, match="period is -1"):
        m.edges(period=-1.0)


def test_idle_output_bridge_of_the_cllc_gets_no_gate() -> None:
    p = CllcParameters()
    m = cllc_frequency(cllc_circuit(p), p)
    edges, start = second_period(m, 0.0, 0.0)
    assert shares(edges, start, m.period, 8)[4:] == [0.0] * 4
    edges, start = second_period(m, 0.2, 1.0)
    assert min(shares(edges, start, m.period, 8)[4:]) > 0.45
