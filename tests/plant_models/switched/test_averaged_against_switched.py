"""The standing sweep: averaged models against the switched circuits of the same records."""

import math
from dataclasses import replace

import numpy as np
import pytest

from voltbench.plant_models.switched.averaged.active_bridges import NoSteadyState, dab_point
from voltbench.plant_models.switched.averaged.bridge_legs import vienna_switch_rms
from voltbench.plant_models.switched.averaged.dab_formulas import DabShifts
from voltbench.plant_models.switched.averaged.psfb import psfb_point
from voltbench.plant_models.switched.comparison import ALLOWED_PERCENT
from voltbench.plant_models.switched.elements import CurrentProbe
from voltbench.plant_models.switched.engine import Engine
from voltbench.plant_models.switched.front_end_runs import vienna_case
from voltbench.plant_models.switched.steady import measure
from voltbench.plant_models.switched.sweep import SweepPoint, standing_points
from voltbench.plant_models.switched.topologies.ac_side import DcSide
from voltbench.plant_models.switched.topologies.dab import DabParameters
from voltbench.plant_models.switched.topologies.psfb import PsfbParameters
from voltbench.plant_models.switched.topologies.vienna import ViennaParameters


@pytest.mark.parametrize("point", list(standing_points()), ids=lambda p: p.name)
def test_averaged_holds_against_switched(point: SweepPoint) -> None:
    rows = point.compare()
    off = [
        f"{r.quantity}: averaged {r.averaged:.5g}, switched {r.switched:.5g} {r.unit}"
        for r in rows
        if not r.holds
    ]
    assert not off, f"{point.name}, more than {ALLOWED_PERCENT} %: {'; '.join(off)}"


def test_vienna_switch_current_follows_the_published_formula() -> None:
    # little ripple and a stiff midpoint, as the formula has it
    p = ViennaParameters(boost_inductance_H=1e-3, half_capacitance_F=0.1)
    peak, per_grid = 60.0, 1400
    case = vienna_case(p, peak)
    engine = Engine(
        replace(case.switched, probes=(*case.switched.probes, CurrentProbe("i_s", "s_a")))
    )
    memory, period = engine.start(), case.modulator.period
    amplitude = p.grid_voltage_V * math.sqrt(2.0 / 3.0)
    omega, gain = 2.0 * math.pi * 50.0, 0.3 * p.boost_inductance_H / period
    signals: list[float] = []

    def edges() -> tuple[np.ndarray, np.ndarray]:
        k = len(signals)
        lag = np.arange(3) * 2.0 * math.pi / 3.0
        y = engine.outputs(memory)
        wave = np.sin(omega * k * period - lag)
        error = peak * wave - y[:3]
        drop = omega * p.boost_inductance_H * peak * np.cos(omega * k * period - lag)
        wanted = amplitude * np.sin(omega * (k + 0.5) * period - lag) - drop - gain * error
        m = np.sign(wave) * np.clip(np.sign(wave) * 2.0 * wanted / (y[3] + y[4]), 0.0, 1.0)
        signals.append(float(m[0]))
        return case.modulator.edges(*m.tolist())

    for _ in range(2 * per_grid):
        engine.advance(memory, edges(), period)
    signals.clear()
    means = measure(engine, memory, edges, period, per_grid, 20)
    turn = np.exp(-2j * math.pi * np.arange(per_grid) / per_grid)
    modulation = 2.0 * abs((np.array(signals) * turn).mean())
    current = math.sqrt(2.0) * means.rms("i_a")
    # 0.3 %: what ripple is left, and 5 degrees between signal and current
    assert means.rms("i_s") == pytest.approx(vienna_switch_rms(current, modulation), rel=3e-3)


def test_a_point_outside_a_model_is_refused_by_name() -> None:
    with pytest.raises(NoSteadyState, match="filter current is discontinuous"):
        psfb_point(PsfbParameters(dc=DcSide(load_resistance_Ohm=400.0)), 0.3)
    with pytest.raises(NoSteadyState, match="output's body diodes conduct"):
        dab_point(DabParameters(), DabShifts(-0.3))
    with pytest.raises(NoSteadyState, match=r"duty is 1\.2"):
        psfb_point(PsfbParameters(), 1.2)
    with pytest.raises(NoSteadyState, match="takes the whole duty"):
        psfb_point(PsfbParameters(leakage_inductance_H=300e-6), 0.1)
