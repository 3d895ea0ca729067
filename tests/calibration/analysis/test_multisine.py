"""Excitation: tones where asked, nothing where distortion is looked for."""

import numpy as np
import pytest

from voltbench.calibration.analysis.multisine import multisine


def test_energy_lies_on_the_tones_alone() -> None:
    sine = multisine(20e-6, 100.0, 16e3, 25, drawings=3)
    for k in range(3):
        spectrum = np.abs(np.fft.rfft(sine.period(k, 2.0)))
        assert np.abs(sine.period(k, 2.0)).max() == pytest.approx(2.0)
        tones = spectrum[sine.tones]
        assert tones.std() < 1e-9 * tones.mean()
        spectrum[sine.tones] = 0.0
        assert spectrum.max() < 1e-9 * tones.mean()


def test_quiet_lines_hold_no_tone() -> None:
    sine = multisine(20e-6, 100.0, 16e3, 25, drawings=2)
    assert not np.isin(sine.quiet, sine.tones).any()
    assert (sine.tones % 2 == 1).all()
    assert (sine.quiet % 2 == 0).any()  # an even-order nonlinearity answers there


def test_line_harmonics_fall_on_neither() -> None:
    sine = multisine(20e-6, 100.0, 16e3, 25, drawings=2, avoid_Hz=50.0)
    step = 1.0 / (sine.length * sine.T_s)
    cycles = 50.0 / step
    assert cycles == pytest.approx(round(cycles))
    for lines in (sine.tones, sine.quiet):
        assert (lines % round(cycles) != 0).all()


def test_low_peak_is_chosen() -> None:
    # 25 equal sines in the worst phases have a crest factor of sqrt(2 * 25) = 7.1
    sine = multisine(20e-6, 100.0, 16e3, 25, drawings=1)
    values = sine.period(0, 1.0)
    assert 1.0 / np.sqrt((values**2).mean()) < 3.2


@pytest.mark.parametrize(
    ("low", "high", "points", "says"),
    [(0.0, 1e3, 5, "low"), (2e3, 1e3, 5, "low"), (10.0, 3e4, 5, "25000 Hz"), (10.0, 1e3, 1, "2")],
)
def test_refusals(low: float, high: float, points: int, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        multisine(20e-6, low, high, points)
