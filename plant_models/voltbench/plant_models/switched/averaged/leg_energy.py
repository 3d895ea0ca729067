"""What the edges of a leg cost and which charge they move, tabled for many operating points.

A leg's node goes from one rail to the other by moving the output charge of both its devices:
``Q(s u) + Q(u) - Q((1 - s) u)`` where s is how far it has come. What is missing when the gate
comes is closed hard. Energies as `losses.switching` takes them where the circuit carries
output capacitances, so that map and switched engine count alike.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voltbench.plant_models.device_energy import (
    off_energy,
    on_energy,
    oss_charge,
    oss_energy,
    recovery_energy,
)
from voltbench.plant_models.devices import Device
from voltbench.plant_models.switched.averaged.linear import Array
from voltbench.plant_models.switched.losses.switching import REFERENCE_C, SOFT_V

Rows = NDArray[np.int64]
CHARGES, SHARES, CURRENTS = 65, 33, 65
"""Points of the tables over charge, position of the node and current."""


@dataclass(frozen=True)
class LegEnergy:
    """Tables of one kind of leg, one row for each voltage between its rails.

    Attributes
    ----------
    voltage_V : Array
        Of each row.
    charge_C : Array
        That brings a leg over, both devices, of each row.
    share_of_charge : Array
        Position 0 ... 1 of the node over equal steps of charge.
    hard_J : Array
        Capacitive energy of closing, over equal steps of the node's position.
    overlap_J, off_J : Array
        Turn-on beyond its value at no current, and turn-off, over position and current; 25 degC.
    current_step_A : float
    """

    device: Device
    voltage_V: Array
    charge_C: Array
    share_of_charge: Array
    hard_J: Array
    overlap_J: Array
    off_J: Array
    current_step_A: float

    def share(self, row: Rows, charge: Array) -> Array:
        """Return where the node is (0 ... 1) after a charge (C)."""
        at = np.clip(charge / self.charge_C[row], 0.0, 1.0) * (CHARGES - 1)
        return _between(self.share_of_charge, row, at)

    def turn_on_J(self, row: Rows, share: Array, current: Array, junction_C: Array) -> Array:
        """Return the energy (J) of a channel that closes at a node's position and current (A).

        Zero within `SOFT_V` of the rail, as in the switched engine.
        """
        warm = 1.0 + self.device.switching.on_change_per_K * (junction_C - REFERENCE_C)
        at = np.clip(share, 0.0, 1.0) * (SHARES - 1)
        over = self._at_current(self.overlap_J, row, at, current)
        left = (1.0 - share) * self.voltage_V[row]
        hard = _between(self.hard_J, row, at) + np.maximum(over, 0.0) * warm
        return np.where(left > SOFT_V, hard, 0.0)

    def turn_off_J(self, row: Rows, share: Array, current: Array, junction_C: Array) -> Array:
        """Return the energy (J) of a channel that opens with a forward current (A).

        `share` of its rails' voltage is what it blocks before the partner closes.
        """
        warm = 1.0 + self.device.switching.off_change_per_K * (junction_C - REFERENCE_C)
        at = np.clip(share, 0.0, 1.0) * (SHARES - 1)
        found = self._at_current(self.off_J, row, at, current)
        blocks = share * self.voltage_V[row] > SOFT_V
        return np.where((current > 0.0) & blocks, found * warm, 0.0)

    def _at_current(self, table: Array, row: Rows, at: Array, current: Array) -> Array:
        """Return a table over position and current; beyond the last current its slope goes on."""
        low = np.clip(at.astype(np.int64), 0, SHARES - 2)
        part = at - low
        i = np.maximum(current, 0.0) / self.current_step_A
        column = np.clip(i.astype(np.int64), 0, CURRENTS - 2)
        rest = i - column
        ends = [
            (1.0 - rest) * table[row, k, column] + rest * table[row, k, column + 1]
            for k in (low, low + 1)
        ]
        found: Array = (1.0 - part) * ends[0] + part * ends[1]
        return found


def _between(table: Array, row: Rows, at: Array) -> Array:
    """Return a table's rows between its points; beyond the last one its slope goes on."""
    low = np.clip(at.astype(np.int64), 0, table.shape[1] - 2)
    part = at - low
    found: Array = (1.0 - part) * table[row, low] + part * table[row, low + 1]
    return found


def leg_energy(device: Device, parallel: int, voltage_V: Array, current_max_A: float) -> LegEnergy:
    """Return the tables of legs of a device, `parallel` in each position."""
    currents = np.linspace(0.0, current_max_A, CURRENTS)
    each = currents / parallel
    shares = np.linspace(0.0, 1.0, SHARES)
    off = np.array(
        [[parallel * off_energy(device, each, s * u) for s in shares] for u in voltage_V]
    )
    hard = np.array([[parallel * _closing(device, u, s) for s in shares] for u in voltage_V])
    overlap = [
        [parallel * _overlap(device, each, (1.0 - s) * u) for s in shares] for u in voltage_V
    ]
    charge = np.array([2.0 * parallel * oss_charge(device, u) for u in voltage_V])
    share = np.array([_share_curve(device, u) for u in voltage_V])
    step = float(currents[1])
    return LegEnergy(device, voltage_V, charge, share, hard, np.array(overlap), off, step)


def _share_curve(device: Device, u: float) -> Array:
    """Return the node's position over equal steps of the charge moved."""
    shares = np.linspace(0.0, 1.0, 2 * CHARGES - 1)
    held = np.array([oss_charge(device, s * u) for s in shares])
    moved = held + held[-1] - held[::-1]
    return np.interp(np.linspace(0.0, moved[-1], CHARGES), moved, shares)


def _closing(device: Device, u: float, share: float) -> float:
    """Return the energy lost when a device closes on ``(1 - share) u``: its own, the partner's."""
    left = (1.0 - share) * u
    behind = u - left
    charge = oss_charge(device, u) - oss_charge(device, behind)
    partner = u * charge - oss_energy(device, u) + oss_energy(device, behind)
    return oss_energy(device, left) + partner


def _overlap(device: Device, each: Array, u: float) -> Array:
    """Return turn-on and recovery (J) less the turn-on at no current, which is capacitive."""
    found = on_energy(device, each, u) + recovery_energy(device, each, u)
    return np.maximum(found - on_energy(device, np.zeros(1), u), 0.0)
