"""The switching ripple of a boost-inductor front end against a whole mains cycle of pulses."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from voltbench.plant_models import catalog
from voltbench.plant_models.charger_data import Charger
from voltbench.plant_models.grid_ripple import grid_ripple_A, ripple_note, ripple_rms

PEAK_V, F_HZ, L_H = 400.0 * math.sqrt(2 / 3), 40e3, 500e-6


def pulsed_phase_voltages(u_dc: float, samples: int) -> NDArray[np.float64]:
    """Return bridge voltages to the load's star point, natural sampling, 50 Hz; (3, samples)."""
    t = np.arange(samples) / samples / 50.0
    angle = 2 * np.pi * 50.0 * t - 2 * np.pi / 3 * np.arange(3)[:, None]
    m = 2 * PEAK_V / u_dc * np.cos(angle)
    m = m - 0.5 * (m.max(axis=0) + m.min(axis=0))
    triangle = 2 * np.abs((t * F_HZ) % 1.0 - 0.5)
    level = np.where(m > triangle, 1.0, 0.0) - np.where(m < triangle - 1.0, 1.0, 0.0)
    leg = 0.5 * u_dc * level
    star: NDArray[np.float64] = leg - leg.mean(axis=0)
    return star


@pytest.mark.parametrize("u_dc", [680.0, 740.0, 810.0])
def test_ripple_is_the_spectrum_around_the_switching_frequency(u_dc: float) -> None:
    """Each line of the voltage's spectrum over omega L; everything above 10 kHz is ripple."""
    samples = 800 * 1000
    lines = np.abs(np.fft.rfft(pulsed_phase_voltages(u_dc, samples)[0])) * math.sqrt(2) / samples
    f = 50.0 * np.arange(lines.size)
    high = f > 10e3
    expected = math.sqrt(np.sum((lines[high] / (2 * np.pi * f[high] * L_H)) ** 2))
    # regular against natural sampling of the reference: 1 %
    assert ripple_rms(PEAK_V, u_dc, F_HZ, L_H) == pytest.approx(expected, rel=0.02)


def test_ripple_falls_with_inductance_and_frequency() -> None:
    base = ripple_rms(PEAK_V, 740.0, F_HZ, L_H)
    assert ripple_rms(PEAK_V, 740.0, 2 * F_HZ, L_H) == pytest.approx(base / 2)
    assert ripple_rms(PEAK_V, 740.0, F_HZ, 3 * L_H) == pytest.approx(base / 3)


def test_the_user_is_told_where_there_is_no_capacitor() -> None:
    boost, lcl = (catalog.load(name, Charger, "chargers") for name in ("dc22", "dc150"))
    assert grid_ripple_A(lcl) is None
    assert ripple_note(lcl) == ""
    found = grid_ripple_A(boost)
    assert found == pytest.approx(0.36, abs=0.01)  # 1 % of 31.8 A, as its file says
    assert ripple_note(boost).endswith("up to 0.36 A rms a phase at 40 kHz")
