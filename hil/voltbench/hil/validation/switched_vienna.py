"""The switched Vienna rectifier: rms current of its switches against the closed formula.

Published: the mean square of a sinusoidal current weighted with the duty 1 - M |sin|, without
ripple, I sqrt(1/2 - 4 M / (3 pi)); Kolar and Friedli, doi:10.1109/TPEL.2012.2197867.
"""

import math
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np

from voltbench.hil.validation.row import compare
from voltbench.hil.validation.section import Section
from voltbench.plant_models.switched.averaged.bridge_legs import vienna_switch_rms
from voltbench.plant_models.switched.elements import CurrentProbe
from voltbench.plant_models.switched.engine import Edges, Engine
from voltbench.plant_models.switched.front_end_runs import vienna_case
from voltbench.plant_models.switched.steady import measure
from voltbench.plant_models.switched.tableau import Array
from voltbench.plant_models.switched.topologies.vienna import ViennaParameters

GRID_VOLTAGES_V = (320.0, 360.0, 400.0, 440.0)
"""Line to line, rms; the modulation follows, at a bus of 800 V."""
SAMPLES = 97
"""In a switching period; prime, so that edges do not fall on the samples in step."""
PEAK_A = 60.0
GAIN = 0.3
"""Share of a current error removed within a period."""


class Stress(NamedTuple):
    """One run: what the formula takes, and what the switch carried."""

    peak_A: float
    modulation: float
    switch_rms_A: float


@cache
def stress(grid_voltage_V: float) -> Stress:
    """Run two grid periods with little ripple and a stiff midpoint; measure the second."""
    p = ViennaParameters(
        grid_voltage_V=grid_voltage_V, boost_inductance_H=1e-3, half_capacitance_F=0.1
    )
    case = vienna_case(p, PEAK_A)
    probes = (*case.switched.probes, CurrentProbe("i_s", "s_a"))
    engine = Engine(replace(case.switched, probes=probes))
    memory, period = engine.start(), case.modulator.period
    per_grid = round(1.0 / (p.grid_frequency_Hz * period))
    signals: list[float] = []

    def edges() -> Edges:
        m = _signals(p, len(signals) * period, period, engine.outputs(memory))
        signals.append(float(m[0]))
        return case.modulator.edges(*m.tolist())

    for _ in range(per_grid):
        engine.advance(memory, edges(), period)
    means = measure(engine, memory, edges, period, per_grid, SAMPLES)
    turn = np.exp(-2j * math.pi * np.arange(per_grid) / per_grid)
    modulation = 2.0 * abs((np.array(signals[-per_grid:]) * turn).mean())
    return Stress(math.sqrt(2.0) * means.rms("i_a"), modulation, means.rms("i_s"))


def _signals(p: ViennaParameters, t: float, period: float, y: Array) -> Array:
    """Return sinusoidal modulation (no third harmonic, as the formula has it) for the current."""
    omega, lag = 2.0 * math.pi * p.grid_frequency_Hz, np.arange(3) * 2.0 * math.pi / 3.0
    wave = np.sin(omega * t - lag)
    wanted = p.grid_voltage_V * math.sqrt(2.0 / 3.0) * np.sin(omega * (t + 0.5 * period) - lag)
    wanted -= omega * p.boost_inductance_H * PEAK_A * np.cos(omega * t - lag)
    wanted -= GAIN * p.boost_inductance_H / period * (PEAK_A * wave - y[:3])
    way = np.sign(wave)
    signals: Array = way * np.clip(way * 2.0 * wanted / (y[3] + y[4]), 0.0, 1.0)
    return signals


def section() -> Section:
    """Return the comparison over modulation."""
    rows = []
    for u in GRID_VOLTAGES_V:
        found = stress(u)
        published = vienna_switch_rms(found.peak_A, found.modulation)
        rows.append(
            compare(
                f"switch rms current, M = {found.modulation:.3f}",
                published,
                found.switch_rms_A,
                "A",
                3e-3 * published,
                f"{u:g} V grid, {found.peak_A:.2f} A peak",
            )
        )
    return Section(
        title="Switched Vienna rectifier: rms current of the switches",
        kind="validation",
        basis="I sqrt(1/2 - 4 M / (3 pi)), sinusoidal current in phase with the modulation, no "
        "ripple; Kolar and Friedli, doi:10.1109/TPEL.2012.2197867. Ours: the switched circuit "
        "at 70 kHz, 800 V bus, 1 mH, stiff midpoint, under its current law.",
        rows=tuple(rows),
        residuals=(
            "The rest is ripple and the few degrees between current and modulation that the "
            "boost inductor's voltage takes.",
        ),
    )
