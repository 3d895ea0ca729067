"""Margins against closed forms and against the poles of the closed loop."""

import cmath
import math
from dataclasses import replace

import control as ct
import numpy as np
import pytest

from voltbench.calibration.loops import Loop, from_system, margins
from voltbench.calibration.margins import charger_loops
from voltbench.plant_models import catalog
from voltbench.plant_models.charger_data import Charger

T = 1 / 20e3
CHARGER = catalog.load("dc150", Charger, "chargers")
LOOPS = charger_loops(CHARGER)


def delayed_integrator(alpha: float, turn: complex = 1.0) -> Loop:
    """Return alpha T/(z - 1) behind one period of delay; `turn` rotates the input."""
    A = np.array([[0, 0], [1, 1]], complex)
    return Loop("", alpha, T, A, np.array([turn, 0]), np.array([0, alpha * T], complex))


@pytest.mark.parametrize("bandwidth_Hz", [200.0, 800.0, 1600.0])
def test_margins_of_a_delayed_integrator(bandwidth_Hz: float) -> None:
    alpha = 2 * math.pi * bandwidth_Hz
    found = margins(delayed_integrator(alpha))
    # |L| = alpha T / (2 sin(w T/2)), arg L = -90 - 1.5 w T
    w = 2 / T * math.asin(alpha * T / 2)
    assert found.crossover_Hz == pytest.approx(w / (2 * math.pi), rel=1e-4)  # interpolation
    assert found.phase_margin_deg == pytest.approx(90 - math.degrees(1.5 * w * T), abs=0.02)
    at_180 = 2 * math.sin(math.pi / 6) / (alpha * T)  # 1.5 w T = 90 degrees
    assert found.gain_margin_dB == pytest.approx(20 * math.log10(at_180), abs=0.01)
    assert found.stable


@pytest.mark.parametrize("degrees", [-30.0, 30.0])
def test_a_complex_loop_is_judged_at_both_signs_of_the_frequency(degrees: float) -> None:
    alpha = 2 * math.pi * 400.0
    straight = margins(delayed_integrator(alpha)).phase_margin_deg
    turned = delayed_integrator(alpha, cmath.exp(1j * math.radians(degrees)))
    # complex A marks the loop as one whose two halves differ
    turned = replace(turned, A=turned.A + 1e-15j)
    found = margins(turned)
    assert straight is not None
    assert found.phase_margin_deg == pytest.approx(straight - 30.0, abs=0.02)


def test_an_unstable_loop_is_called_unstable() -> None:
    alpha = 2 * math.pi * 800.0
    up = margins(delayed_integrator(alpha)).gain_margin_dB
    assert up is not None
    assert margins(delayed_integrator(alpha * 10 ** (0.99 * up / 20))).stable
    assert not margins(delayed_integrator(alpha * 10 ** (1.01 * up / 20))).stable


def test_feed_through_is_refused() -> None:
    with pytest.raises(ValueError, match="feed-through"):
        from_system("direct", 1.0, ct.tf([1, 0.5], [1, -0.9], T))


def radius(loop: Loop) -> float:
    return float(np.abs(np.linalg.eigvals(loop.A - np.outer(loop.B, loop.C))).max())


@pytest.mark.parametrize("loop", LOOPS, ids=[f"{i} {x.name}" for i, x in enumerate(LOOPS)])
def test_at_the_gain_margin_a_pole_reaches_the_unit_circle(loop: Loop) -> None:
    found = margins(loop)
    assert found.stable
    assert radius(loop) < 1.0
    assert found.gain_margin_dB is not None
    inside, outside = (10 ** (s * found.gain_margin_dB / 20) for s in (0.98, 1.02))
    up = radius(replace(loop, B=loop.B * inside)), radius(replace(loop, B=loop.B * outside))
    down = radius(replace(loop, B=loop.B / inside)), radius(replace(loop, B=loop.B / outside))
    assert up[0] < 1.0 < up[1] or down[0] < 1.0 < down[1]


@pytest.mark.parametrize("loop", LOOPS, ids=[f"{i} {x.name}" for i, x in enumerate(LOOPS)])
def test_at_the_phase_margin_a_pole_reaches_the_unit_circle(loop: Loop) -> None:
    found = margins(loop)
    assert found.phase_margin_deg is not None
    crossed = []
    for sign in (1, -1):
        turn = [
            cmath.exp(1j * sign * math.radians(found.phase_margin_deg * s)) for s in (0.98, 1.02)
        ]
        inside, outside = (radius(replace(loop, B=loop.B * t)) for t in turn)
        crossed.append(inside < 1.0 < outside)
    assert any(crossed)


def test_the_slow_loops_are_far_from_the_fast_ones() -> None:
    by_name = {loop.name: margins(loop).crossover_Hz for loop in LOOPS}
    link, current = by_name["DC-link voltage"], by_name["current, between modules"]
    assert link is not None
    assert current is not None
    assert link < current / 3


def test_the_charger_has_the_margins_it_should() -> None:
    # 30 degrees and 6 dB are the least that is called robust (K. J. Astrom, T. Hagglund,
    # "Advanced PID Control", ISA 2006, section 4.6: 30 to 60 degrees, 2 to 5)
    for loop in LOOPS:
        found = margins(loop)
        assert found.phase_margin_deg is not None
        assert found.gain_margin_dB is not None
        assert found.phase_margin_deg > 30.0, loop
        assert found.gain_margin_dB > 6.0, loop
        assert found.modulus_margin > 0.5, loop


@pytest.mark.parametrize("rate_Hz", [10e3, 50e3])
def test_stable_at_the_other_control_rates(rate_Hz: float) -> None:
    assert all(loop.stable() for loop in charger_loops(CHARGER, rate_Hz))
