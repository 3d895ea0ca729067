"""LLC and CLLC: first harmonics against stored results, and against their own time domain."""

import math

import numpy as np
import pytest

from voltbench.plant_models.switched.averaged.active_bridges import cllc_point
from voltbench.plant_models.switched.averaged.dab_formulas import DabShifts
from voltbench.plant_models.switched.averaged.diode_bridge import cllc_diode_point, llc_point
from voltbench.plant_models.switched.averaged.first_harmonic import (
    AC_LOAD,
    fundamental_point,
    llc_first_harmonic,
)
from voltbench.plant_models.switched.topologies.cllc import CllcParameters
from voltbench.plant_models.switched.topologies.llc import LlcParameters


def simscape_gain(frequency: float, resistance: float) -> float:
    """Return the gain of the Q 1, k 10 tank of the Simscape LLC design (standards E1.4)."""
    f_r, r_o, n_design, n = 100e3, 12.25, 375.0 / 350.0, 1.1
    ac = AC_LOAD * n_design**2 * r_o
    l_r = ac / (2.0 * math.pi * f_r)
    l_m = 9.0 * l_r
    c_r = 1.0 / ((2.0 * math.pi * f_r) ** 2 * l_r)
    s = 2j * math.pi * frequency
    series = s * 0.95 * l_r + 1.0 / (s * c_r) + 0.2e-3
    after = s * 0.05 * l_r / n**2 + 0.1e-3
    return fundamental_point(375.0, series, s * l_m, after, AC_LOAD * resistance, n).gain


@pytest.mark.parametrize(
    ("resistance", "f_max"), [(30.625, 198.08), (20.417, 163.54), (12.25, 138.59)]
)
def test_published_first_harmonic_limits(resistance: float, f_max: float) -> None:
    grid = np.linspace(10e3, 200e3, 100)
    gain = np.array([simscape_gain(float(f), resistance) for f in grid])
    found = grid[(grid >= 100e3) & (gain <= 0.75)][0]
    assert found / 1e3 == pytest.approx(f_max, abs=0.005)  # printed to 10 Hz
    assert not np.any(gain[grid < 100e3] >= 8.0 / 7.0)  # no f_min in all three rows


IDEAL = LlcParameters(
    resonant_resistance_Ohm=0.0,
    r_on_Ohm=0.0,
    rectifier_voltage_V=0.0,
    rectifier_resistance_Ohm=0.0,
    magnetising_inductance_H=200e-6,
)


def test_first_harmonic_is_exact_at_resonance_only() -> None:
    lc = IDEAL.resonant_inductance_H * IDEAL.resonant_capacitance_F
    resonance = 1.0 / (2.0 * math.pi * math.sqrt(lc))
    exact = llc_point(IDEAL, resonance).output_voltage_V
    # both half waves then are whole sine arcs: output is input over turns, whatever the load
    assert exact == pytest.approx(IDEAL.input_voltage_V / IDEAL.turns_ratio, rel=1e-6)
    assert llc_first_harmonic(IDEAL, resonance).output_voltage_V == pytest.approx(exact, rel=1e-6)
    for factor in (0.6, 1.6):
        harmonic = llc_first_harmonic(IDEAL, factor * resonance).output_voltage_V
        off = harmonic / llc_point(IDEAL, factor * resonance).output_voltage_V - 1.0
        assert 0.04 < abs(off) < 0.25  # the 10 to 20 % at worst that SLUP263 speaks of


@pytest.mark.parametrize("frequency", [100e3, 150e3, 220e3])
def test_lossless_tank_gives_what_it_takes(frequency: float) -> None:
    point = llc_point(IDEAL, frequency)
    assert point.input_power_W == pytest.approx(point.output_power_W, rel=1e-8)


def test_cllc_of_11_kW_at_resonance() -> None:
    p = CllcParameters()
    assert p.resonance_frequency_Hz == pytest.approx(73e3, rel=1e-3)
    for point in (
        cllc_point(p, 73e3, DabShifts(0.0)),
        cllc_diode_point(p, 73e3),
    ):
        # 750 V in, 600 V out less the drops of four devices, 11 kW; at least 97.2 % published,
        # which includes core and switching losses that these models leave out
        assert 588.0 < point.output_voltage_V < 600.0
        assert point.output_power_W == pytest.approx(11e3, rel=0.04)
        assert 0.972 < point.output_power_W / point.input_power_W < 1.0
        assert point.commutation_A[0] > 0.0  # zero-voltage switching by the magnetising current
