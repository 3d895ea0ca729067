"""Switching energies and output charge of a device at any current and voltage.

Current: linear between and beyond the printed points (never clamped above). Below the
lowest printed current the straight line ends at what the capacitances alone take: turn-on
carries the partner's charge (Q_oss u - E_oss), turn-off stores E_oss.
Voltage: a power law through the two printed voltages, its exponent taken at each current;
with one printed voltage the file gives the exponent. Both reach beyond their points (a
T-type commutates at half the link, 400 V, below the 600 V table): an extrapolation.
"""

import numpy as np
from numpy.typing import NDArray

from voltbench.plant_models.devices import Device

Array = NDArray[np.float64]


def oss_energy(device: Device, u: float) -> float:
    """Return the energy in the output capacitance at u (V), J: power law between points."""
    v, e = _oss_points(device)
    k = int(np.clip(np.searchsorted(v, u) - 1, 0, len(v) - 2))
    exponent = np.log(e[k + 1] / e[k]) / np.log(v[k + 1] / v[k])
    return float(e[k] * (u / v[k]) ** exponent) if u > 0.0 else 0.0


def oss_charge(device: Device, u: float) -> float:
    """Return the charge in the output capacitance at u (V), C: the integral of dE/v."""
    if u <= 0.0:
        return 0.0
    v, e = _oss_points(device)
    total, lower = 0.0, 0.0
    for k in range(len(v) - 1):
        upper = u if k == len(v) - 2 else min(u, v[k + 1])
        if upper <= lower:
            break
        n = np.log(e[k + 1] / e[k]) / np.log(v[k + 1] / v[k])
        a = e[k] / v[k] ** n * n / (n - 1.0)
        total += a * (upper ** (n - 1.0) - lower ** (n - 1.0))
        lower = upper
    return float(total)


def on_energy(device: Device, i: Array, u: float) -> Array:
    """Return the turn-on energy at currents i >= 0 (A) and u (V), J."""
    floor = oss_charge(device, u) * u - oss_energy(device, u)
    return _energy(device, "on_J", device.switching.on_voltage_exponent, i, u, floor)


def off_energy(device: Device, i: Array, u: float) -> Array:
    """Return the turn-off energy at currents i >= 0 (A) and u (V), J."""
    floor = oss_energy(device, u)
    return _energy(device, "off_J", device.switching.off_voltage_exponent, i, u, floor)


def recovery_energy(device: Device, i: Array, u: float) -> Array:
    """Return the energy in the recovering diode itself, J (zero where none is published).

    The recovery current also passes the transistor that turns on; that part is in `on_energy`.
    """
    if not all(t.recovery_J for t in device.switching.table):
        return np.zeros_like(i)
    return _energy(device, "recovery_J", device.switching.on_voltage_exponent, i, u, 0.0)


def dead_time_energy(device: Device, i: Array, u: float, dead_time_s: float) -> Array:
    """Return the diode's conduction energy in one dead time, J.

    The diode conducts once the current has moved the charge of both devices of the leg.
    """
    diode = device.body_diode
    left = np.maximum(dead_time_s - 2.0 * oss_charge(device, u) / np.maximum(i, 1e-9), 0.0)
    return (diode.drop_V + diode.resistance_Ohm * i) * i * left


def _oss_points(device: Device) -> tuple[Array, Array]:
    c = device.output_capacitance
    return np.array(c.voltage_V), np.array(c.energy_J)


def _line(x: Array, points_x: Array, points_y: Array) -> Array:
    """Interpolate linearly, continuing the end segments."""
    k = np.clip(np.searchsorted(points_x, x) - 1, 0, len(points_x) - 2)
    slope = (points_y[k + 1] - points_y[k]) / (points_x[k + 1] - points_x[k])
    return np.asarray(points_y[k] + slope * (x - points_x[k]))


def _energy(
    device: Device, field: str, exponent: float | None, i: Array, u: float, floor: float
) -> Array:
    if u <= 0.0:
        return np.zeros_like(i)
    first, *others = [
        (np.array(t.current_A), np.array(getattr(t, field)), t.voltage_V)
        for t in device.switching.table
    ]
    x, y, u_1 = first
    law: Array | float = exponent or 0.0
    for x_2, y_2, u_2 in others:
        inside = np.clip(i, x[0], x[-1])
        law = np.log(_line(inside, x_2, y_2) / _line(inside, x, y)) / np.log(u_2 / u_1)
    scale = (u / u_1) ** law
    lowest = y[0] * scale  # the floor never lifts small currents above the first printed one
    return np.where(
        i < x[0],
        np.maximum(_line(i, x, y) * scale, np.minimum(floor, lowest)),
        _line(i, x, y) * scale,
    )
