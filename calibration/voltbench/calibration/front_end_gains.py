"""Gains of the front-end laws from bandwidths, for an averaged charger and a switched bridge.

The laws' docstrings (``control.pll``, ``control.pfc``) give the sources of the formulas.
"""

import math

import numpy as np

TWO_PI = 2 * math.pi


def pll_gains(pll: np.void, bandwidth_Hz: float, omega_0: float, T_s: float) -> None:
    """Fill `PllGains`: both poles at the bandwidth, amplitude filter of 5 ms; omega_0 in rad/s."""
    alpha_pll = TWO_PI * bandwidth_Hz
    pll["k_p"], pll["k_i"] = 2 * alpha_pll, alpha_pll**2
    pll["omega_0"], pll["x_max"] = omega_0, TWO_PI * 5.0
    pll["a_u"] = T_s / 0.005


def current_gains(pfc: np.void, bandwidth_of_rate: float, L: float, T_s: float) -> None:
    """Fill the current control of `PfcGains` for an inductance (H) and a control period (s)."""
    alpha_c = TWO_PI * bandwidth_of_rate / T_s
    pfc["k_p"], pfc["k_i"], pfc["L_1"] = alpha_c * L, alpha_c**2 * L / 10, L
    pfc["lead"] = 1.5 * T_s


def link_gains(pfc: np.void, bandwidth_Hz: float, C: float, u_0: float) -> None:
    """Fill the link control of `PfcGains` for the link's capacitance (F) at u_0 (V)."""
    alpha_dc = TWO_PI * bandwidth_Hz
    pfc["k_pv"], pfc["k_iv"] = alpha_dc * C * u_0, alpha_dc**2 * C * u_0 / 4
