"""Switched LLC and CLLC: published first-harmonic limits, and what first harmonics leave out.

Published: stored results of the Simscape LLC design workflow (Q 1, k 10, three loads); TI
SLUP263 on the first-harmonic approximation (exact at resonance only, 10 to 20 % at worst);
REF-DAB11KIZSICSYS for the CLLC, whose tank is computed by the application note's method.
"""

import math
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np

from voltbench.hil.validation.row import ValidationRow, at_least, compare, within
from voltbench.hil.validation.section import Section
from voltbench.plant_models.switched.averaged.diode_bridge import llc_point
from voltbench.plant_models.switched.averaged.first_harmonic import (
    AC_LOAD,
    fundamental_point,
    llc_first_harmonic,
)
from voltbench.plant_models.switched.comparison import cllc_rows, llc_rows
from voltbench.plant_models.switched.topologies.cllc import CllcParameters
from voltbench.plant_models.switched.topologies.llc import LlcParameters

LIMITS = ((30.625, 198.08), (20.417, 163.54), (12.25, 138.59))
"""Load (Ohm) and published f_max (kHz)."""
SAG, BOOST = 0.75, 8.0 / 7.0
"""Gains that f_max and f_min stand for."""
FREQUENCIES = np.linspace(10e3, 200e3, 100)
"""The published grid (Hz)."""

IDEAL = LlcParameters(
    resonant_resistance_Ohm=0.0,
    r_on_Ohm=0.0,
    rectifier_voltage_V=0.0,
    rectifier_resistance_Ohm=0.0,
    magnetising_inductance_H=200e-6,
)
"""A tank without losses: what first harmonics describe."""
RESONANCE_Hz = 1.0 / (
    2.0 * math.pi * math.sqrt(IDEAL.resonant_inductance_H * IDEAL.resonant_capacitance_F)
)
FACTORS = (0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4, 1.6)
SWITCHED_FACTORS = (0.6, 0.8, 1.0, 1.2, 1.6)
"""Frequencies over the resonance; the switched circuit at these."""


class Gains(NamedTuple):
    """Output over input voltage, times the turns ratio."""

    harmonic: float
    exact: float


def harmonic_gain(frequency: float, resistance: float) -> float:
    """Return the gain of the Simscape tank: leakage split 0.95 to 0.05, ratio 11 to 10."""
    f_r, r_o, n_design, n = 100e3, 12.25, 375.0 / 350.0, 1.1
    l_r = AC_LOAD * n_design**2 * r_o / (2.0 * math.pi * f_r)
    c_r = 1.0 / ((2.0 * math.pi * f_r) ** 2 * l_r)
    s = 2j * math.pi * frequency
    series = s * 0.95 * l_r + 1.0 / (s * c_r) + 0.2e-3
    after = s * 0.05 * l_r / n**2 + 0.1e-3
    shunt = s * 9.0 * l_r
    return fundamental_point(375.0, series, shunt, after, AC_LOAD * resistance, n).gain


@cache
def gains(factor: float) -> Gains:
    """Return first harmonic and time domain of the ideal tank at a multiple of its resonance."""
    frequency = factor * RESONANCE_Hz
    scale = IDEAL.turns_ratio / IDEAL.input_voltage_V
    harmonic = llc_first_harmonic(IDEAL, frequency).output_voltage_V
    return Gains(scale * harmonic, scale * llc_point(IDEAL, frequency).output_voltage_V)


@cache
def switched_gain(factor: float) -> float:
    """Return the same from the switched circuit, with its dead time."""
    p = replace(IDEAL, r_on_Ohm=1e-6, rectifier_resistance_Ohm=1e-6)
    u_o = llc_rows(p, factor * RESONANCE_Hz)[0].switched
    return u_o * p.turns_ratio / p.input_voltage_V


def sections() -> list[Section]:
    """Return first harmonics against published limits, against time domain, and the CLLC."""
    return [_published(), _time_domain(), _cllc()]


def _published() -> Section:
    rows = []
    for load, f_max in LIMITS:
        gain = np.array([harmonic_gain(float(f), load) for f in FREQUENCIES])
        found = FREQUENCIES[(FREQUENCIES >= 100e3) & (gain <= SAG)][0] / 1e3
        below = int(np.count_nonzero(gain[FREQUENCIES < 100e3] >= BOOST))
        rows.append(compare(f"f_max, {load:g} Ohm", f_max, found, "kHz", 5e-3, "printed to 10 Hz"))
        rows.append(
            compare(
                f"grid points that reach f_min's gain, {load:g} Ohm",
                0.0,
                below,
                "",
                0.0,
                "published: none",
            )
        )
    return Section(
        title="LLC: first harmonics against stored results",
        kind="validation",
        basis="Simscape `EstimateLLCConverterResonantTankParameters.m`, Q 1, k 10, 100 kHz, "
        "375 V to 350 V, 12.25 Ohm, ratio 11:10, leakage 0.95 / 0.05; 100 points 10 to 200 kHz.",
        rows=tuple(rows),
    )


def _time_domain() -> Section:
    off = {f: 100.0 * (gains(f).harmonic / gains(f).exact - 1.0) for f in FACTORS}
    worst = max(off, key=lambda f: abs(off[f]))
    rows: list[ValidationRow] = [
        compare(
            "first harmonic's error at resonance", 0.0, off[1.0], "%", 1e-4, "exact there: SLUP263"
        ),
        within(
            f"first harmonic's largest error (at {worst:g} f_r)",
            10.0,
            20.0,
            abs(off[worst]),
            "%",
            "SLUP263; depends on tank and load",
        ),
    ]
    for f in SWITCHED_FACTORS:
        exact = gains(f).exact
        rows.append(
            compare(
                f"gain at {f:g} f_r: switched against half-period solution",
                exact,
                switched_gain(f),
                "",
                1e-3 * exact,
                f"first harmonic: {gains(f).harmonic:.4f}, {off[f]:+.2f} %",
            )
        )
    return Section(
        title="LLC: first harmonics are exact at resonance only",
        kind="validation",
        basis="800 V, n 2, L_r 20 uH, C_r 56.3 nF, L_m 200 uH, 14.5 Ohm, no losses. First "
        "harmonic against the exact half period (resonant arcs, located commutations) and "
        "the switched circuit (dead time 150 ns).",
        rows=tuple(rows),
        not_matched=(
            "First harmonic off resonance, in % of the output voltage: "
            + ", ".join(f"{off[f]:+.2f} at {f:g} f_r" for f in FACTORS)
            + ". Between the resonances and in discontinuous conduction the rectifier's voltage "
            "is not a square wave in phase with a sine.",
        ),
        figures=("validation_llc_first_harmonic.png",),
    )


def _cllc() -> Section:
    p = CllcParameters()
    u_o, out, taken, _ = (row.switched for row in cllc_rows(p, 73e3))
    return Section(
        title="Switched CLLC: 11 kW at resonance",
        kind="validation",
        basis="Infineon REF-DAB11KIZSICSYS: 750 V to 600 V, 73 kHz, 11 kW, at least 97.2 %; tank "
        "27.12 uH, 175.3 nF, L_m 120.66 uH, n 1.25, mirrored; channels 30 mOhm, series "
        "resistance 30 / 20 mOhm, dead time 150 ns.",
        rows=(
            compare("resonance", 73.0, p.resonance_frequency_Hz / 1e3, "kHz", 0.1, "two digits"),
            compare("output voltage", 600.0, u_o, "V", 12.0, "2 %: drops of four channels"),
            compare("output power", 11e3, out, "W", 440.0, "4 %: square of the voltage"),
            at_least(
                "efficiency",
                97.2,
                100.0 * out / taken,
                "%",
                0.0,
                "conduction only: core and switching losses are not in it",
            ),
        ),
    )
