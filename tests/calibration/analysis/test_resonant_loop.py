"""The resonant current loop measured on the switched converter, held to its averaged model."""

from dataclasses import replace

import numpy as np
import pytest

from voltbench.calibration.analysis.bode import bode
from voltbench.calibration.switched_loops.front_end_resonant import FrontEndResonant
from voltbench.calibration.switched_loops.grid_laws import GridLawSettings
from voltbench.plant_models.switched.topologies.ac_side import GridFilter
from voltbench.plant_models.switched.topologies.active_front_end import ActiveFrontEndParameters

# resonance at 10.5 kHz without any resistance: the loop exists by its active damping alone
UNDAMPED = GridFilter(inductance_H=500e-6, filter_capacitance_F=2e-6, grid_inductance_H=150e-6)
SETTINGS = GridLawSettings(sync="adaptive", damping_ratio=0.1, feedforward_share=0.0)
PLANT = FrontEndResonant(ActiveFrontEndParameters(grid=UNDAMPED), SETTINGS)


def test_measured_loop_lies_on_the_model_with_active_damping() -> None:
    # from 500 Hz: at 100 Hz of the turning frame the negative sequence's gain is beyond measuring
    found = bode(PLANT, PLANT.formula(2000.0, 55.0), low_Hz=500.0)
    size, turn = (np.abs(part) for part in found.deviation())
    m = found.measured
    here = (np.abs(m.frequency_Hz) < 16.8e3) & (np.abs(m.value) > 0.1)
    # half a decibel and two degrees up to a third of the rate, nothing fitted
    assert (size < 0.5)[here].all()
    assert (turn < 2.0)[here].all()
    assert here.sum() >= 10
    assert found.margins.phase_margin_deg == pytest.approx(
        found.model_margins.phase_margin_deg, abs=2.0
    )


def test_model_is_unstable_without_damping() -> None:
    gains = PLANT.formula(2000.0, 55.0)
    assert PLANT.model(gains).stable()
    assert not replace(PLANT, settings=replace(SETTINGS, damping_ratio=0.0)).model(gains).stable()


def test_what_the_model_does_not_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="grid_inductance_H is 0 H"):
        FrontEndResonant()
    with pytest.raises(ValueError, match="'srf'"):
        FrontEndResonant(ActiveFrontEndParameters(grid=UNDAMPED), GridLawSettings(sync="srf"))
