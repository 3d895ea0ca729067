"""Ideal edges of single legs: centred pulses and shifted half waves, on the timer's grid."""

import math

from voltbench.control.numerics.kernel import kernel
from voltbench.plant_models.switched.modulation.legs import LegTimes


@kernel
def on_grid(time: float, quantum: float) -> float:
    """Return an instant (s) on the grid of the timer; quantum 0 is a continuous timer."""
    if quantum <= 0.0:
        return time
    return math.floor(time / quantum + 0.5) * quantum


@kernel
def centred(times: LegTimes, k: int, duty: float, period: float, quantum: float) -> bool:
    """Put a pulse of level 1 in the middle of the period; False where duty is outside 0 ... 1."""
    if not 0.0 <= duty <= 1.0:
        return False
    times.rise[k] = on_grid(0.5 * (1.0 - duty) * period, quantum)
    times.fall[k] = max(period - times.rise[k], times.rise[k])
    if times.rise[k] >= 0.5 * period:
        times.fall[k] = times.rise[k]
    return True


@kernel
def bordered(times: LegTimes, k: int, duty: float, period: float, quantum: float) -> bool:
    """Put level 1 around the period's border, half at each end; False for duty outside 0 ... 1."""
    if not 0.0 <= duty <= 1.0:
        return False
    half = on_grid(0.5 * duty * period, quantum)
    times.fall[k] = half
    times.rise[k] = period - half
    if half <= 0.0:
        times.rise[k] = 0.0
    elif half >= 0.5 * period:
        times.rise[k], times.fall[k] = 0.0, period
    return True


@kernel
def half_wave(times: LegTimes, k: int, start: float, period: float, quantum: float) -> None:
    """Level 1 for half a period from `start` (s, any), wrapped into the period."""
    rise = on_grid(start - math.floor(start / period) * period, quantum)
    if rise >= period:
        rise = 0.0
    half = on_grid(0.5 * period, quantum)
    fall = rise + half
    times.rise[k] = rise
    times.fall[k] = fall if fall <= period else fall - period


@kernel
def constant(times: LegTimes, k: int, level: int, period: float) -> None:
    """Hold level 0 or 1, or both devices off (-1), throughout the period."""
    times.rise[k] = -1.0 if level < 0 else 0.0
    times.fall[k] = period if level > 0 else 0.0
