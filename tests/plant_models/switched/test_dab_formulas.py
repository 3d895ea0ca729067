"""Closed forms of the dual active bridge against published figures and brute-force waveforms."""

import math
from itertools import product

import numpy as np
import pytest

from voltbench.plant_models.switched.averaged.active_bridges import dab_point
from voltbench.plant_models.switched.averaged.dab_formulas import (
    DabShifts,
    dab_commutation,
    dab_power,
    dab_rms_current,
)
from voltbench.plant_models.switched.topologies.dab import DabParameters

TIDA_010054 = (800.0, 500.0, 1.6, 35e-6, 100e3)
"""TIDUES0F table 2-1: volts, volts, turns, H, Hz."""


def test_power_and_switching_current_of_tida_010054() -> None:
    shifts = DabShifts(math.radians(22.5))
    # the guide states 10 kW at 0.40 rad (23 deg, rounded) and 14.3 A at all switchings
    assert dab_power(*TIDA_010054, shifts) == pytest.approx(10e3, rel=0.01)
    currents = dab_commutation(*TIDA_010054, shifts)
    for leg in ("a_1", "b_1", "a_2", "b_2"):
        assert getattr(currents, leg) == pytest.approx(14.3, abs=0.05)
    # 13.5 A rms in the guide, which rounds its phase shift
    assert dab_rms_current(*TIDA_010054, shifts) == pytest.approx(13.5, rel=0.02)


@pytest.mark.parametrize("d", [0.4, 0.7, 1.0, 1.3, 2.0])
def test_single_phase_shift_over_the_published_formulas(d: float) -> None:
    u_1, n, inductance, f = 800.0, 1.6, 35e-6, 100e3
    u_2 = d * u_1 / n
    for phi in np.linspace(0.02, 0.5 * math.pi, 25):
        shifts = DabShifts(float(phi))
        published = n * u_1 * u_2 * phi * (math.pi - phi) / (2.0 * math.pi**2 * f * inductance)
        assert dab_power(u_1, u_2, n, inductance, f, shifts) == pytest.approx(published, rel=1e-12)
        soft = dab_commutation(u_1, u_2, n, inductance, f, shifts)
        assert (soft.a_1 > 0.0) == (phi > (1.0 - 1.0 / d) * math.pi / 2.0)
        assert (soft.a_2 > 0.0) == (phi > (1.0 - d) * math.pi / 2.0)


def waveform(angle: np.ndarray, duty: float) -> np.ndarray:
    """Return a bridge's voltage over its port's: pulse of `duty` half periods, centred at pi/2."""
    centre = np.cos(angle - 0.5 * math.pi)
    return np.where(np.abs(centre) > math.cos(0.5 * math.pi * duty), np.sign(centre), 0.0)


@pytest.mark.parametrize(
    ("phi", "duty_1", "duty_2"),
    list(product([-1.2, 0.1, 0.6, 2.0], [0.3, 0.75, 1.0], [0.5, 1.0])),
)
def test_triple_phase_shift_against_integrated_waveforms(
    phi: float, duty_1: float, duty_2: float
) -> None:
    u_1, u_2, n, inductance, f = 800.0, 420.0, 1.6, 35e-6, 100e3
    count = 400_000
    angle = (np.arange(count) + 0.5) * 2.0 * math.pi / count
    v_1 = u_1 * waveform(angle, duty_1)
    v_2 = n * u_2 * waveform(angle - phi, duty_2)
    current = np.cumsum(v_1 - v_2) / (count * f * inductance)
    current -= current.mean()
    s = DabShifts(phi, duty_1, duty_2)
    step = 3e-5 * u_1 / (4.0 * f * inductance)  # edges fall between the integration's steps
    assert dab_power(u_1, u_2, n, inductance, f, s) == pytest.approx(
        float((v_1 * current).mean()), abs=u_1 * step
    )
    assert dab_rms_current(u_1, u_2, n, inductance, f, s) == pytest.approx(
        float(np.sqrt((current**2).mean())), abs=step
    )


def test_exact_point_tends_to_the_closed_form_without_losses() -> None:
    p = DabParameters(
        leakage_resistance_Ohm=0.0,
        r_on_1_Ohm=0.0,
        r_on_2_Ohm=0.0,
        magnetising_inductance_H=1.0,
        dead_time_s=0.0,
    )
    for shifts in (DabShifts(0.5), DabShifts(0.4, 0.6, 0.9)):
        point = dab_point(p, shifts)
        closed = dab_power(
            p.input_voltage_V,
            point.output_voltage_V,
            p.turns_ratio,
            p.leakage_inductance_H,
            p.switching_frequency_Hz,
            shifts,
        )
        # 1 H of magnetising inductance still draws some 1e-5 of the current
        assert point.output_power_W == pytest.approx(closed, rel=1e-4)
        assert point.input_power_W == pytest.approx(point.output_power_W, rel=1e-9)


def test_inner_duty_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match=r"duty_2 is 1\.1; allowed: 0 to 1"):
        DabShifts(0.3, 1.0, 1.1)
