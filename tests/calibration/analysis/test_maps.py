"""Maps: reach and its reasons against formulas, orbits against the model of single points."""

from dataclasses import replace

import numpy as np
import pytest

from voltbench.calibration.analysis.maps.catalog import MAPS
from voltbench.calibration.analysis.maps.dab_map import dab_map
from voltbench.calibration.analysis.maps.design import Cooling, DabDesign, LlcDesign, PsfbDesign
from voltbench.calibration.analysis.maps.llc_map import llc_map
from voltbench.calibration.analysis.maps.llc_orbit import LlcOrbits
from voltbench.calibration.analysis.maps.map_plot import boundary
from voltbench.calibration.analysis.maps.operating_map import (
    CURRENT,
    DUTY,
    FREQUENCY_MAX,
    FREQUENCY_MIN,
    PHASE_SHIFT,
    TEMPERATURE,
    MapError,
)
from voltbench.calibration.analysis.maps.psfb_map import psfb_map
from voltbench.plant_models.switched.averaged.dab_formulas import DabShifts, dab_power
from voltbench.plant_models.switched.averaged.diode_bridge import llc_point

VOLTAGE_V = np.array([250.0, 400.0, 480.0])


def test_a_dab_reaches_as_far_as_its_phase_shift() -> None:
    """The lossless power at the largest shift; losses and dead time move it by under 4 %."""
    d = replace(DabDesign(), input_rms_max_A=1e3)
    current = np.linspace(0.0, 60.0, 61)
    found = dab_map(d, VOLTAGE_V, current)
    p = d.parameters
    for k, u in enumerate(VOLTAGE_V):
        most = dab_power(
            p.input_voltage_V, u, p.turns_ratio, p.leakage_inductance_H,
            p.switching_frequency_Hz, DabShifts(d.phase_shift_max_rad),
        ) / u  # fmt: skip
        reached = current[found.reached[k]].max()
        assert reached == pytest.approx(most, rel=0.04)
        assert set(found.reason[k, current > 1.04 * most]) == {PHASE_SHIFT}


def test_the_shifts_are_those_of_the_wanted_power() -> None:
    """Lossless power of the map's own triple shifts: 3 %, losses and dead time."""
    found = dab_map(DabDesign(), VOLTAGE_V, np.array([10.0, 30.0]), "triple")
    lossless = dab_power(800.0, 400.0, 2.0, 40e-6, 100e3, _shifts(found.point(1, 1)))
    assert lossless == pytest.approx(400.0 * 30.0, rel=0.03)


def _shifts(point: dict[str, float]) -> DabShifts:
    return DabShifts(
        point["phase_shift_rad"], point["inner_duty_input"], point["inner_duty_output"]
    )


def test_limits_name_themselves() -> None:
    current = np.array([0.0, 20.0, 40.0])
    tight = replace(DabDesign(), input_rms_max_A=8.0)
    assert dab_map(tight, VOLTAGE_V, current).reason[1, 1] == CURRENT
    hot = replace(DabDesign(), cooling=Cooling(sink_C=80.0, junction_max_C=93.0))
    found = dab_map(hot, VOLTAGE_V, current)
    assert found.reason[1, 2] == TEMPERATURE
    assert found.reached[1, 1]
    short = psfb_map(PsfbDesign(), np.array([300.0, 560.0]), current)
    assert short.reached[0].all()
    assert set(short.reason[1, 1:]) == {DUTY}  # without a load any pulse charges it


def test_an_llc_leaves_low_voltages_at_light_load_to_shorter_pulses() -> None:
    """Above the resonance it cannot go to no load; above u/n it can, where the tank boosts."""
    found = llc_map(LlcDesign(), np.array([250.0, 450.0, 900.0]), np.array([0.0, 5.0, 35.0]))
    assert found.reason.tolist() == [
        [FREQUENCY_MAX, FREQUENCY_MAX, ""],
        [""] * 3,
        ["", FREQUENCY_MIN, FREQUENCY_MIN],
    ]
    assert np.isnan(found.values["loss_W"][0, 0])
    assert found.values["efficiency_percent"][1, 0] == 0.0
    assert found.values["frequency_Hz"][0, 2] > 150e3 > found.values["frequency_Hz"][1, 2]


@pytest.mark.parametrize("frequency", [110e3, 145e3, 200e3])
def test_orbits_of_an_llc_against_matrix_exponentials(frequency: float) -> None:
    """Current into the voltage that the other model finds: 1e-4, straight pieces of 1/240."""
    p = LlcDesign().parameters
    one = llc_point(p, frequency)
    found = LlcOrbits(p, one.output_voltage_V, 1.4).settled(frequency, np.zeros(3))
    assert found is not None
    assert found.output_current_A == pytest.approx(one.output_current_A, rel=2e-4)
    assert found.rms_A == pytest.approx(one.input_rms_A, rel=1e-4)
    start = found.start[1] * 800.0 * np.sqrt(p.resonant_capacitance_F / p.resonant_inductance_H)
    assert -start == pytest.approx(one.commutation_A[0], rel=1e-4)


def test_a_warmer_sink_costs_more() -> None:
    """Channel resistance and switching energies rise with the junctions."""
    axes = np.array([300.0, 400.0]), np.array([10.0, 30.0])
    for mapped in MAPS.values():
        design = mapped.design()
        cold = mapped.make(design, *axes)
        warm = mapped.make(replace(design, cooling=Cooling(sink_C=100.0)), *axes)
        assert (warm.values["loss_W"] > cold.values["loss_W"])[cold.reached].all()
        assert (warm.values["junction_C"] > 100.0)[cold.reached].all()


def test_the_boundary_runs_between_the_points() -> None:
    found = llc_map(LlcDesign(), np.array([250.0, 450.0]), np.array([0.0, 20.0, 40.0]))
    x, y = boundary(found)
    inside = [v for v in x if v is not None], [v for v in y if v is not None]
    assert min(inside[0]) == -10.0
    assert set(inside[1]) <= {150.0, 350.0, 550.0}


@pytest.mark.parametrize(
    ("voltage", "current", "says"),
    [([400.0, 300.0], [0.0], "must rise"), ([400.0], [-1.0], "0 A or above"), ([], [1.0], "list")],
)
def test_axes_are_checked(voltage: list[float], current: list[float], says: str) -> None:
    with pytest.raises(MapError, match=says):
        dab_map(DabDesign(), np.array(voltage), np.array(current))
