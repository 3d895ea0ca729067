"""Steps and impedances of switched converters, held to averaged models with nothing fitted."""

import numpy as np
import pytest

from voltbench.calibration.analysis.impedance import output_impedance, stable_beside
from voltbench.calibration.analysis.step import Step, step
from voltbench.calibration.switched_loops.dab_voltage import DabVoltage
from voltbench.calibration.switched_loops.front_end_current import FrontEndCurrent
from voltbench.calibration.switched_loops.psfb_voltage import PsfbVoltage
from voltbench.calibration.switched_loops.tappable import LoopPlant, PiGains

DAB, PSFB, GRID = DabVoltage(), PsfbVoltage(), FrontEndCurrent()


@pytest.mark.parametrize(
    ("plant", "bandwidth", "kind", "size"),
    [
        (DAB, 1500.0, "reference", 4.0),
        (DAB, 1500.0, "load", 5.0),
        (PSFB, 1000.0, "load", 4.0),
        (GRID, 2000.0, "reference", 3.0),
    ],
)
def test_steps_follow_the_averaged_model(
    plant: LoopPlant, bandwidth: float, kind: str, size: float
) -> None:
    found = step(plant, plant.formula(bandwidth, 55.0), size, kind)  # type: ignore[arg-type]
    # 1 % of the answer at this size: what is left is curvature of the converter
    off = np.abs(found.value - found.model).max()
    assert off < 0.012 * np.abs(found.model).max()
    assert np.abs(found.value[found.time < 0.0]).max() < 2e-3 * np.abs(found.model).max()
    assert found.settling_time_s is not None


def test_figures_of_a_known_step() -> None:
    # first order: 10 to 90 % in ln 9 time constants, 2 % after ln 50
    time = np.arange(-10.0, 1000.0) * 1e-5
    value = 3.0 * (1.0 - np.exp(-np.maximum(time, 0.0) / 1e-3))
    found = Step("first order", "reference", 3.0, "V", time, value, value)
    assert found.rise_time_s == pytest.approx(1e-3 * np.log(9.0), abs=2e-5)
    assert found.settling_time_s == pytest.approx(1e-3 * np.log(50.0), abs=2e-5)
    assert found.overshoot_percent == 0.0
    assert found.peak_deviation is None


@pytest.mark.parametrize(("plant", "bandwidth"), [(DAB, 1500.0), (PSFB, 1000.0)])
def test_output_impedance(plant: LoopPlant, bandwidth: float) -> None:
    found = output_impedance(plant, plant.formula(bandwidth, 55.0), 1.0)
    ratio = found.value / found.modelled(found.omega)
    assert np.abs(20 * np.log10(np.abs(ratio))).max() < 0.2
    assert np.abs(np.degrees(np.angle(ratio))).max() < 2.0
    # the worst impedance of a load step: what the current of a step falls over
    assert 0.1 < np.abs(found.value).max() < 10.0


def test_a_constant_power_load_beside_a_source() -> None:
    found = output_impedance(DAB, DAB.formula(1500.0, 55.0), 1.0)
    worst = np.abs(found.value).max()
    # |Z Y| < 1 everywhere is enough; at 1.3/max|Z| the negative conductance wins
    small = np.full(len(found.omega), -0.5 / worst, complex)
    large = np.full(len(found.omega), -1.3 / worst, complex)
    assert stable_beside(found, small)[0]
    assert stable_beside(found, small)[1] > 0.4
    assert not stable_beside(found, large)[0]


def test_refusals() -> None:
    with pytest.raises(ValueError, match="no load to step"):
        step(GRID, GRID.formula(2000.0, 55.0), 3.0, "load")
    with pytest.raises(ValueError, match="not 0"):
        step(DAB, DAB.formula(1500.0, 55.0), 0.0)
    with pytest.raises(ValueError, match="unstable"):
        step(DAB, PiGains(50.0, 1.0), 1.0)
    with pytest.raises(ValueError, match="peak_A"):
        output_impedance(DAB, DAB.formula(1500.0, 55.0), 0.0)
    with pytest.raises(ValueError, match="no output"):
        output_impedance(GRID, GRID.formula(2000.0, 55.0), 1.0)
