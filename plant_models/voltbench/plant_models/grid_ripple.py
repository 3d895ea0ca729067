"""Switching ripple that a boost-inductor front end sends into the grid.

The plant is averaged over a switching period, so none of its currents, distortions or power
factors holds this ripple. Behind an LCL filter hardly any of it reaches the grid; behind a
boost inductor all of it does. Here it is computed once from the pulses themselves:
three-level legs with both triangular carriers in phase, centred zero sequence, a stiff
grid (the grid's own inductance makes it less) and no path for the common mode.
"""

import math

import numpy as np
from numpy.typing import NDArray

from voltbench.plant_models.ac_filter_data import BoostInductorData
from voltbench.plant_models.charger_data import Charger

_ANGLES, _SAMPLES = 360, 1000
"""In a mains cycle, and in a switching period: 0.1 % of the result."""

Array = NDArray[np.float64]


def grid_ripple_A(charger: Charger) -> float | None:
    """Return the rms ripple in A of a phase of the whole charger, None behind an LCL filter.

    The largest over the range of the link voltage, at nominal grid voltage, with the
    carriers of all modules in step.
    """
    found, link = charger.front_end.filter, charger.dc_link
    if not isinstance(found, BoostInductorData):
        return None
    peak_V = charger.grid.voltage_V * math.sqrt(2 / 3)
    f, L = charger.front_end.bridge.switching_frequency_Hz, found.converter_inductance_H
    each = max(
        ripple_rms(peak_V, u_dc, f, L) for u_dc in (link.reference_min_V, link.reference_max_V)
    )
    return charger.rating.modules * each


def ripple_note(charger: Charger) -> str:
    """Return what to say where grid currents are shown, nothing behind an LCL filter."""
    ripple = grid_ripple_A(charger)
    if ripple is None:
        return ""
    f_kHz = charger.front_end.bridge.switching_frequency_Hz / 1e3
    return (
        f"without the switching ripple of the boost inductors: up to {ripple:.2g} A rms "
        f"a phase at {f_kHz:g} kHz"
    )


def ripple_rms(peak_V: float, u_dc: float, f: float, L: float) -> float:
    """Return the rms ripple in A of one phase of one module.

    Parameters
    ----------
    peak_V : amplitude of the bridge's phase voltage, V
    u_dc : DC-link voltage, V
    f : switching frequency, Hz
    L : inductance of a phase, H
    """
    theta = 2 * np.pi * (np.arange(_ANGLES) + 0.5) / _ANGLES
    shift = 2 * np.pi / 3 * np.arange(3)
    m = 2 * peak_V / u_dc * np.cos(theta[:, None] - shift)
    m -= 0.5 * (m.min(axis=1) + m.max(axis=1))[:, None]
    excess = _pulses(m) - m[:, :, None]
    excess -= excess.mean(axis=1, keepdims=True)  # the common mode has no path
    current = np.cumsum(excess, axis=2)
    current -= current.mean(axis=2, keepdims=True)
    return float(np.sqrt(np.mean(current**2))) * 0.5 * u_dc / (L * f * _SAMPLES)


def _pulses(m: Array) -> Array:
    """Return the legs' levels (-1, 0, 1) over a switching period; m is (angle, phase)."""
    carrier = np.abs(2 * (np.arange(_SAMPLES) + 0.5) / _SAMPLES - 1)
    upper = m[:, :, None] > carrier
    lower = m[:, :, None] < carrier - 1
    return upper.astype(float) - lower
