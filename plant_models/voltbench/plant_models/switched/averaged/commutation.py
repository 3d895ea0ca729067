"""The dead time of legs followed with their output charge, for many operating points at once.

From the ideal instant on, the helping current h moves the charge q of both devices,

    h' = drift + pull s,   q' = h,   0 <= q <= Q,

with s(q) how far the node has come; at either end a body diode holds it while the current goes
on. Position and current are stepped leapfrog. What of it is left when the gate comes decides
between zero-voltage and hard switching; the mean of what was missing is the edge's delay.
Charge against energy as the criterion: Kasper et al., doi:10.1109/TPEL.2015.2496274.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voltbench.plant_models.switched.averaged.leg_energy import LegEnergy, Rows
from voltbench.plant_models.switched.averaged.linear import Array
from voltbench.plant_models.switched.losses.switching import SOFT_V

STEPS = 48
"""In the dead time; the ring of leakage and output charge lasts several times as long."""


@dataclass(frozen=True)
class Commutation:
    """How one edge of many operating points went.

    Attributes
    ----------
    delay_s : Array
        Volt-second delay of the edge after its ideal instant.
    share : Array
        Position of the node when the gate comes: 1 is zero-voltage switching.
    left_V : Array
        Voltage that the channel closes on.
    start_A : Array
        Current that the opening channel turns off.
    current_A : Array
        Forward current of the channel that closes (negative: its body diode conducts).
    margin : Array
        Soft edges (1 and above): the charge that the current can move in the dead time over the
        charge needed. Hard ones: how far the node had come when the gate came (0 to 1), or, where
        the current flows the wrong way throughout, the charge it starts out to move (negative).
    diode_J : Array
        Heat of the body diodes.
    idle_A2s : Array
        Square of the current over the dead time, in which no channel of the leg conducts.
    """

    delay_s: Array
    share: Array
    left_V: Array
    start_A: Array
    current_A: Array
    margin: Array
    diode_J: Array
    idle_A2s: Array


def commute(
    legs: LegEnergy,
    row: Rows,
    current: Array,
    slopes: tuple[Array, Array],
    others: Sequence[tuple[Array, Array]],
    dead_time_s: float,
    diode: tuple[float, float],
    beyond: tuple[Array, Array, Array] | None = None,
) -> Commutation:
    """Follow a leg through its dead time.

    Parameters
    ----------
    legs, row
        Tables, and the row of each operating point.
    current
        Helping current at the ideal instant (A).
    slopes
        Of the helping current (A/s): with the node at its start, and what its whole way adds.
    others
        Edges of other legs: when after the ideal instant (s; negative: none within the dead
        time), and what they add to the slope (A/s).
    dead_time_s
        Dead time (s).
    diode
        Threshold (V) and slope (Ohm) of the body diodes.
    beyond
        A rectifier that lets the load's inductance in: at or below a helping current (A) the
        slope is this drift and pull instead, and not above zero.
    """
    drift, pull = slopes
    step = dead_time_s / STEPS
    need = legs.charge_C[row]
    h, q = current.copy(), np.zeros_like(current)
    share = np.zeros_like(current)
    free, most = np.zeros_like(current), np.zeros_like(current)
    missing, heat = np.zeros_like(current), np.zeros_like(current)
    square = np.zeros_like(current)
    for k in range(STEPS):
        slope = drift + pull * share
        if beyond is not None:
            slow = np.minimum(beyond[1] + beyond[2] * share, 0.0)
            slope = np.where(h <= beyond[0], slow, slope)
        for when, adds in others:
            slope = slope + np.where((when >= 0.0) & ((k + 0.5) * step >= when), adds, 0.0)
        h = h + step * slope
        square += step * h * h
        free = np.maximum(free + step * h, 0.0)
        most = np.maximum(most, free)
        wanted = q + step * h
        held = (wanted < 0.0) | (wanted > need)
        heat += np.where(held, step * np.abs(h) * (diode[0] + diode[1] * np.abs(h)), 0.0)
        q = np.clip(wanted, 0.0, need)
        before, share = share, legs.share(row, q)
        missing += step * (1.0 - 0.5 * (before + share))
    left = (1.0 - share) * legs.voltage_V[row]
    margin = _margin(most / need, dead_time_s * current / need, share, left <= SOFT_V)
    return Commutation(missing, share, left, current, -h, margin, heat, square)


def _margin(moved: Array, asked: Array, share: Array, soft: NDArray[np.bool_]) -> Array:
    """Return the margin: the surplus of a soft edge, how far a hard one came, or its deficit."""
    hard = np.where(moved > 0.0, np.minimum(share, 0.99), np.minimum(asked, 0.0))
    return np.where(soft, np.maximum(moved, 1.0), hard)
