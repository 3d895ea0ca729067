"""Gains of the further grid-side laws from bandwidths, damping ratios and the filter's values.

The laws' docstrings (``control.dsogi``, ``control.grid_sync``, ``control.pr_current``,
``control.capacitor_feedback``, ``control.neutral_point``) derive the formulas and give sources.
"""

import math

import numpy as np

from voltbench.calibration.front_end_gains import pll_gains

TWO_PI = 2.0 * math.pi
_DEEPEST = 0.1
"""Least |sin(x/2) cos(2 x)|: nearer to an eighth of the rate no gain of either sign damps."""


def sync_gains(
    sync: np.void, kind: int, pll_Hz: float, frequency_loop_Hz: float, omega_0: float, T_s: float
) -> None:
    """Fill `GridSyncGains` but for its handling of a loss; omega_0 in rad/s."""
    sync["kind"] = kind
    pll_gains(sync["pll"], pll_Hz, omega_0, T_s)
    dsogi = sync["dsogi"]
    dsogi["k"] = math.sqrt(2.0)
    dsogi["gamma"] = math.sqrt(2.0) * TWO_PI * frequency_loop_Hz
    dsogi["omega_0"], dsogi["omega_range"] = omega_0, TWO_PI * 5.0


def loss_gains(sync: np.void, u_hold: float, T_s: float) -> None:
    """Fill how `GridSyncGains` handles a loss below u_hold (V).

    Power is taken away after 200 us, the angle followed 5 ms after the return (the amplitude's
    filter), the current's share grows within 20 ms.
    """
    sync["u_hold"], sync["r_lost"], sync["eps_max"] = u_hold, 0.7, 0.5
    sync["n_lost"], sync["n_back"] = round(200e-6 / T_s), round(5e-3 / T_s)
    sync["rise"] = T_s / 20e-3


def pr_gains(pr: np.void, bandwidth_of_rate: float, L: float, T_s: float, harmonics: bool) -> None:
    """Fill `PrGains` for an inductance (H) and a control period (s)."""
    alpha_c = TWO_PI * bandwidth_of_rate / T_s
    pr["k_p"] = alpha_c * L
    pr["k_1"] = 2.0 * alpha_c**2 * L / 10.0
    pr["k_5"] = pr["k_7"] = 0.5 * pr["k_1"] if harmonics else 0.0
    pr["lead"] = 1.5 * T_s


def damping_gain(zeta: float, L_1: float, L_2: float, C_f: float, T_s: float) -> float:
    """Return k_ad of `CapacitorGains`: L_1 at the converter, L_2 at the grid (H), C_f (F).

    Raises
    ------
    ValueError
        If the resonance lies where the sampled difference cannot damp, or beyond half the rate.
    """
    if zeta == 0.0:
        return 0.0
    omega = math.sqrt((L_1 + L_2) / (L_1 * L_2 * C_f))
    x = omega * T_s
    turn = math.sin(0.5 * x) * math.cos(2.0 * x)
    if not (0.0 < x < math.pi and abs(turn) > _DEEPEST):
        raise ValueError(
            f"LCL resonance is {omega / TWO_PI:.0f} Hz; allowed for active damping at "
            f"{1.0 / T_s:g} Hz: below half of it and away from an eighth and three eighths of it"
        )
    return zeta * omega**2 * L_1 * C_f / turn


def neutral_gains(
    neutral: np.void, bandwidth_Hz: float, third_share: float, half_C: float, i_min: float
) -> None:
    """Fill `NeutralGains`; half_C (F) of one half of the link, i_min (A) the least slope."""
    neutral["k_np"], neutral["k_3"] = TWO_PI * bandwidth_Hz * half_C, third_share
    neutral["i_min"], neutral["m0_max"] = i_min, 0.2
