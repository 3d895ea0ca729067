"""Paths of a leg against Kirchhoff on paper; and the points of the grid that need them."""

import pytest

from voltbench.hil.benchmarking.switched.by_hand.converters import by_hand, largest_difference
from voltbench.hil.benchmarking.switched.by_hand.legs import (
    LOWER,
    UPPER,
    Path,
    bounds,
    half_bridge,
    into,
    settle,
)
from voltbench.hil.benchmarking.switched.by_hand.ports import ReferenceFailed
from voltbench.hil.benchmarking.switched.exact import reference
from voltbench.hil.benchmarking.switched.grid import grid
from voltbench.hil.benchmarking.switched.tried import ALLOWED
from voltbench.plant_models.switched.topologies.device import Transistor

DEVICE = Transistor(r_on_Ohm=30e-3, body_voltage_V=3.0, body_resistance_Ohm=10e-3)
HIGH, LOW, OFF = 0b01, 0b10, 0b00


def test_the_lower_diode_helps_the_upper_channel_of_a_shorted_bus() -> None:
    """200 A out of the midpoint, bus at 0 V: the channel alone would put it at -6 V."""
    paths = half_bridge(HIGH, 0, 1, 0.0, DEVICE)
    v, (channel, diode) = settle(-200.0, paths)
    # (0 - v) / 30 mOhm + (-3 V - v) / 10 mOhm = 200 A
    assert v == pytest.approx((-200.0 - 3.0 / 10e-3) / (1.0 / 30e-3 + 1.0 / 10e-3))
    assert channel == pytest.approx(v / 30e-3)
    assert channel + diode == pytest.approx(-200.0)
    assert into(UPPER, paths, -200.0, 2) == pytest.approx(channel)
    assert into(LOWER, paths, -200.0, 2) == pytest.approx(diode)


def test_a_bus_that_stands_keeps_the_other_diode_out() -> None:
    paths = half_bridge(LOW, 0, 1, 400.0, DEVICE)
    assert list(bounds(paths, 200.0)) == pytest.approx([6.0, 6.0])
    assert into(UPPER, paths, 200.0, 2) == 0.0


def test_an_open_leg_has_two_bounds() -> None:
    paths = half_bridge(OFF, 0, 1, 400.0, DEVICE)
    assert bounds(paths, 0.0) == (-3.0, 403.0)
    assert list(bounds(paths, 10.0)) == pytest.approx([-3.0, 403.1])
    assert into(UPPER, paths, 10.0, 1) == pytest.approx(10.0)
    assert into(UPPER, paths, 0.0, 0) == 0.0


def test_paths_without_resistance_are_refused_together() -> None:
    with pytest.raises(ReferenceFailed, match="without resistance"):
        settle(10.0, [Path(UPPER, 0.0, 0.0), Path(LOWER, -1.0, 10e-3, 1)])


@pytest.mark.parametrize(
    "name",
    [
        # the other rail's diode conducts beside a channel
        "cllc: 73 kHz, phi 0.3, active 1, 0 V, 0.01 Ohm",
        # a rectifier stops and starts again within 22 ns
        "llc_half_bridge: 150 kHz, duty 1, 400 V, 10000 Ohm",
    ],
)
def test_points_that_asked_for_more_than_one_path(name: str) -> None:
    point = next(p for p in grid() if p.name == name)
    sample = point.duration / 300.0
    assert largest_difference(reference(point, sample), by_hand(point, sample)) < ALLOWED
