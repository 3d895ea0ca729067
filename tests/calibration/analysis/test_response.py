"""The estimator on loops whose response is known in closed form."""

from typing import Any

import numpy as np
import pytest

from voltbench.calibration.analysis.multisine import Multisine, multisine
from voltbench.calibration.analysis.response import MeasurementError, check, estimate

T_S = 20e-6
GAIN = 0.2


def record(
    sine: Multisine, peak: float, lsb: float = 0.0, bend: float = 0.0, turn: complex = 1.0
) -> tuple[Any, Any]:
    """Return injection and samples of x(k+1) = x(k) - GAIN y, y = x + d, an integrator."""
    injected, sampled = [], []
    for drawing in range(len(sine.phases)):
        d = sine.period(drawing, peak)
        x, xs = 0j, []
        for k in range(4 * sine.length):
            read = x.real if not lsb else np.round(x.real / lsb) * lsb
            read = read + 1j * x.imag
            xs.append(read)
            y = read + d[k % sine.length]
            x = x - GAIN * turn * (y + bend * y**3)
        injected.append(d)
        sampled.append(xs[-sine.length :])
    return np.array(injected), np.array(sampled)


@pytest.fixture(scope="module")
def sine() -> Multisine:
    return multisine(T_S, 1000.0, 16e3, 8, drawings=3)


def test_integrator(sine: Multisine) -> None:
    found = estimate(sine, *record(sine, 1.0), two_sided=False)
    exact = GAIN / (np.exp(1j * found.omega * T_S) - 1.0)
    np.testing.assert_allclose(found.value, exact, rtol=1e-9)
    np.testing.assert_allclose(found.coherence, 1.0, atol=1e-9)
    assert found.uncertainty.max() < 1e-9
    check(found, "V", 1.0)


def test_complex_loop_on_both_sides(sine: Multisine) -> None:
    turn = np.exp(0.3j)
    found = estimate(sine, *record(sine, 1.0, turn=turn), two_sided=True)
    exact = GAIN * turn / (np.exp(1j * found.omega * T_S) - 1.0)
    np.testing.assert_allclose(found.value, exact, rtol=1e-9)
    assert (found.omega < 0.0).sum() == (found.omega > 0.0).sum()
    assert (np.diff(found.omega) > 0.0).all()


def test_below_the_converters_step(sine: Multisine) -> None:
    lsb = 1.0
    found = estimate(sine, *record(sine, 0.05, lsb), two_sided=False, lsb=lsb)
    with pytest.raises(MeasurementError, match="ADC's noise"):
        check(found, "V", 0.05)


def test_bent_characteristic(sine: Multisine) -> None:
    # the cubic part is as large as the linear one at the peak
    found = estimate(sine, *record(sine, 1.0, bend=2.0), two_sided=False)
    with pytest.raises(MeasurementError, match="linear range"):
        check(found, "V", 1.0)


def test_drawings_that_disagree(sine: Multisine) -> None:
    injected, sampled = record(sine, 1.0)
    sampled[1] *= -1.0  # as if the loop had changed its sign
    found = estimate(sine, injected, sampled, two_sided=False)
    with pytest.raises(MeasurementError, match="coherence"):
        check(found, "V", 1.0)
