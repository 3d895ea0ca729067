"""Loops measured on switched converters, held to averaged models with nothing fitted."""

from dataclasses import replace

import numpy as np
import pytest

from voltbench.calibration.analysis.bode import Bode, bode
from voltbench.calibration.analysis.response import MeasurementError
from voltbench.calibration.analysis.tune import TuneMissed, tune
from voltbench.calibration.switched_loops.dab_voltage import DabVoltage
from voltbench.calibration.switched_loops.front_end_current import FrontEndCurrent
from voltbench.calibration.switched_loops.llc_voltage import LlcVoltage
from voltbench.calibration.switched_loops.psfb_voltage import PsfbVoltage
from voltbench.calibration.switched_loops.tappable import LoopPlant
from voltbench.plant_models.switched.sampling import Adc, Sampling
from voltbench.plant_models.switched.topologies.ac_side import GridFilter
from voltbench.plant_models.switched.topologies.active_front_end import ActiveFrontEndParameters

LCL = GridFilter(
    inductance_H=500e-6, filter_capacitance_F=5e-6, filter_resistance_Ohm=3.0,
    grid_inductance_H=150e-6,
)  # fmt: skip
# name: plant, crossover by formula, and up to which frequency its model is held (Hz)
PLANTS: dict[str, tuple[LoopPlant, float, float]] = {
    "dab": (DabVoltage(), 1500.0, 16e3),
    "llc": (LlcVoltage(), 300.0, 5e3),
    "llc-above-resonance": (LlcVoltage(output_voltage_V=360.0), 300.0, 400.0),
    "psfb": (PsfbVoltage(), 1000.0, 4e3),
    "current": (FrontEndCurrent(), 2000.0, 16e3),
    "current-lcl": (FrontEndCurrent(ActiveFrontEndParameters(grid=LCL)), 2000.0, 16e3),
}


@pytest.fixture(scope="module", params=PLANTS)
def case(request: pytest.FixtureRequest) -> tuple[Bode, float]:
    plant, bandwidth, reach = PLANTS[request.param]
    return bode(plant, plant.formula(bandwidth, 55.0)), reach


def test_averaged_model_lies_on_the_points(case: tuple[Bode, float]) -> None:
    # half a decibel and two degrees, or what the point is known to where dead time, or a timer
    # that runs free, makes other frequencies answer too
    measured, reach = case
    size, turn = (np.abs(part) for part in measured.deviation())
    m = measured.measured
    here = (np.abs(m.frequency_Hz) < 1.05 * reach) & (np.abs(m.value) > 0.1)
    assert (size < np.maximum(0.5, 3.0 * 8.7 * m.uncertainty))[here].all()
    assert (turn < np.maximum(2.0, 3.0 * 57.3 * m.uncertainty))[here].all()
    assert here.sum() >= 10
    assert abs(m.omega).max() > 0.6 * np.pi / measured.model.T_s


def test_margins_agree(case: tuple[Bode, float]) -> None:
    measured, _ = case
    ours, model = measured.margins, measured.model_margins
    assert ours.crossover_Hz == pytest.approx(model.crossover_Hz, rel=0.02)
    assert ours.phase_margin_deg == pytest.approx(model.phase_margin_deg, abs=2.0)
    if model.gain_margin_dB is not None and model.gain_margin_dB < 16.0:  # within the points
        assert ours.gain_margin_dB == pytest.approx(model.gain_margin_dB, abs=0.6)


def test_a_wrong_delay_would_show() -> None:
    plant = DabVoltage()
    gains = plant.formula(1500.0, 55.0)
    honest = bode(plant, gains)
    late = replace(honest, model=DabVoltage(control_divider=3).model(gains))
    _, turn = late.deviation()
    assert np.abs(turn).max() > 10.0


def test_frd_goes_on_in_python_control() -> None:
    import control as ct

    plant = DabVoltage()
    found = bode(plant, plant.formula(1500.0, 55.0))
    # the usual margins by python-control from the points alone
    _, phase, _, crossover = ct.margin(found.frd)
    assert phase == pytest.approx(found.margins.phase_margin_deg, abs=2.0)
    assert crossover / (2 * np.pi) == pytest.approx(found.margins.crossover_Hz, rel=0.03)


@pytest.mark.parametrize("margin", [45.0, 55.0, 65.0])
def test_tuned_dab(margin: float) -> None:
    found = tune(DabVoltage(), 1500.0, margin)
    assert found.margins.phase_margin_deg == pytest.approx(margin, abs=3.0)
    assert found.margins.crossover_Hz == pytest.approx(1500.0, rel=0.1)
    assert found.gains.k_i > 0.0


def test_tuned_current() -> None:
    plant: LoopPlant = FrontEndCurrent()
    found = tune(plant, 2000.0, 55.0)
    assert found.margins.phase_margin_deg == pytest.approx(55.0, abs=3.0)
    assert found.margins.crossover_Hz == pytest.approx(2000.0, rel=0.1)


def test_what_cannot_be_reached() -> None:
    with pytest.raises(TuneMissed, match="computation and holding") as missed:
        tune(DabVoltage(), 9000.0, 60.0)
    assert missed.value.reached.margins.phase_margin_deg is not None


def test_injection_below_the_adc() -> None:
    plant = DabVoltage(sampling=Sampling(adc={"u_o": Adc(0.0, 500.0, 8)}))
    with pytest.raises(MeasurementError, match="ADC's noise"):
        bode(plant, plant.formula(1500.0, 55.0), peak=0.3)


def test_injection_beyond_the_linear_range() -> None:
    plant = DabVoltage()
    with pytest.raises(MeasurementError, match="linear range"):
        bode(plant, plant.formula(1500.0, 55.0), peak=300.0)


def test_a_12_bit_converter_still_shows_the_loop() -> None:
    ideal = DabVoltage()
    gains = ideal.formula(1500.0, 55.0)
    plant = replace(ideal, sampling=Sampling(adc={"u_o": Adc(0.0, 500.0, 12)}))
    found = bode(plant, gains, peak=2.0)
    assert np.isfinite(found.measured.quantisation_dB).all()
    assert found.margins.phase_margin_deg == pytest.approx(
        bode(ideal, gains).margins.phase_margin_deg, abs=2.0
    )


def test_a_seed_repeats() -> None:
    plant = DabVoltage()
    gains = plant.formula(1500.0, 55.0)
    one, other = (bode(plant, gains, seed=3).measured.value for _ in range(2))
    assert (one == other).all()
    assert (one != bode(plant, gains, seed=4).measured.value).any()
