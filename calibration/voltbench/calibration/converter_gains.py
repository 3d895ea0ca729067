"""Gains of the DC-DC and totem-pole laws from bandwidths.

The laws' docstrings (``control.llc``, ``control.psfb``, ``control.totem_pole``,
``control.dab_shifts``) give the formulas and their sources.
"""

import math

import numpy as np

TWO_PI = 2.0 * math.pi
_LLC_SHARE = 0.1
"""Proportional part of the frequency control, of the inverse slope: no cross-over near the poles
that output capacitor and tank make."""
_DEAD_TIME_SHARE = 0.4
"""Of the reference: what dead times of a seventieth of the period add to a phase shift at a fifth
of the power, and some room."""
_FREQUENCY_LOOP_HZ = 2.0
"""Bandwidth of a single-phase synchronisation's frequency: a grid drifts, it does not jump."""


def llc_gains(
    llc: np.void, bandwidth_Hz: float, slope_V_per_Hz: float, f_min: float, f_max: float, u_0: float
) -> None:
    """Fill `LlcGains` for the steepest slope (V/Hz, positive) of output over frequency.

    `f_min`, `f_max` in Hz; `u_0` (V) is the output at f_max with full pulses, and makes the
    inner duty as steep as the frequency. The current's weight is the output's nominal
    resistance where the caller sets `r_i`.
    """
    llc["k_i"] = TWO_PI * bandwidth_Hz / slope_V_per_Hz
    llc["k_p"] = _LLC_SHARE / slope_V_per_Hz
    llc["f_min"], llc["f_max"], llc["f_duty"] = f_min, f_max, u_0 / slope_V_per_Hz


def psfb_gains(
    psfb: np.void,
    current_bandwidth_Hz: float,
    voltage_bandwidth_Hz: float,
    inductance_H: float,
    capacitance_F: float,
) -> None:
    """Fill the controllers of `PsfbGains`; the inductance is what the summed current sees."""
    alpha_c, alpha_u = TWO_PI * current_bandwidth_Hz, TWO_PI * voltage_bandwidth_Hz
    psfb["k_p"], psfb["k_i"] = alpha_c * inductance_H, alpha_c**2 * inductance_H / 10.0
    psfb["k_pv"], psfb["k_iv"] = alpha_u * capacitance_F, alpha_u**2 * capacitance_F / 4.0


def sync_gains(sync: np.void, frequency_Hz: float) -> None:
    """Fill `SyncGains` for a line of nominal `frequency_Hz`."""
    sync["k"], sync["gamma"] = math.sqrt(2.0), 2.0 * TWO_PI * _FREQUENCY_LOOP_HZ
    sync["omega_0"], sync["omega_range"] = TWO_PI * frequency_Hz, TWO_PI * 5.0


def totem_pole_gains(
    gains: np.void,
    current_bandwidth_of_rate: float,
    bus_bandwidth_Hz: float,
    inductance_H: float,
    capacitance_F: float,
    bus_voltage_V: float,
    line_Hz: float,
    T_s: float,
) -> None:
    """Fill the controllers of `TotemPoleGains`; the bus controller runs twice a line period."""
    gains["k_p"] = TWO_PI * current_bandwidth_of_rate / T_s * inductance_H
    gains["L"], gains["lead"] = inductance_H, 1.5 * T_s
    alpha, half = TWO_PI * bus_bandwidth_Hz, 0.5 / line_Hz
    gains["k_pv"] = alpha * capacitance_F * bus_voltage_V
    gains["k_iv"] = alpha**2 * capacitance_F * bus_voltage_V / 4.0 * half
    gains["k_r"] = capacitance_F * bus_voltage_V / half


def shift_gains(
    gains: np.void, frequency_Hz: float, inductance_H: float, turns_ratio: float, trim_Hz: float
) -> None:
    """Fill `ShiftGains` but for mode and floor."""
    gains["k_q"] = TWO_PI * frequency_Hz * inductance_H / turns_ratio
    gains["n"], gains["alpha_i"] = turns_ratio, TWO_PI * trim_Hz
    gains["x_share"] = _DEAD_TIME_SHARE
