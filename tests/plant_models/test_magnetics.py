"""Core loss: the generalised equation must give Steinmetz back for a sine."""

import numpy as np
import pytest

from voltbench.plant_models.magnetics import Core, steinmetz_fit


def test_a_sine_gives_the_steinmetz_loss() -> None:
    c = Core(
        area_m2=4e-4,
        volume_m3=6e-5,
        turns=12,
        steinmetz_k=0.155,
        steinmetz_alpha=1.62,
        steinmetz_beta=2.43,
    )
    f, peak = 100e3, 0.12
    theta = 2 * np.pi * (np.arange(100_000) + 0.5) / 100_000
    u = c.turns * c.area_m2 * peak * 2 * np.pi * f * np.cos(theta)
    rate = float(np.mean([c.slope_factor(v) for v in u[::10]]))
    loss = c.swing_factor(2 * peak * c.turns * c.area_m2) * rate
    steinmetz = c.volume_m3 * 0.155 * f**1.62 * peak**2.43
    assert loss == pytest.approx(steinmetz, rel=1e-4)  # sampling of the sine
    # a triangle of the same peak loses less: its slope is even
    square = c.square_wave_loss(4 * f * c.turns * c.area_m2 * peak, f)
    assert 0.85 * steinmetz < square < steinmetz


def test_fit_recovers_its_own_law() -> None:
    f = [50e3, 100e3, 200e3, 200e3]
    B = [0.2, 0.1, 0.05, 0.15]
    P = [3.0 * x**1.4 * y**2.3 for x, y in zip(f, B, strict=True)]
    assert steinmetz_fit(f, B, P) == pytest.approx((3.0, 1.4, 2.3))
