"""Phase-shift modulation of full bridges: half waves of the legs, shifted within and between.

A bridge at inner duty D (0 ... 1) puts out a positive pulse of D half periods and, half a
period later, the negative one. The input bridge's positive pulse is centred in the middle of
the period, so no edge of a usual pattern crosses the period's border when the shift changes.
"""

import math

from voltbench.control.numerics.kernel import kernel
from voltbench.plant_models.switched.modulation.legs import LegTimes
from voltbench.plant_models.switched.modulation.pulses import constant, half_wave

PER_TURN = 1.0 / (2.0 * math.pi)


@kernel
def bridge_times(
    times: LegTimes, k: int, inner_duty: float, phase: float, period: float, quantum: float
) -> bool:
    """Set legs k and k + 1 of a full bridge; False where the inner duty is outside 0 ... 1.

    `phase` (rad) delays the fundamental of the bridge's voltage.
    """
    if not 0.0 <= inner_duty <= 1.0:
        return False
    centre = (0.5 + phase * PER_TURN) * period
    quarter = 0.25 * inner_duty * period
    half_wave(times, k, centre - quarter, period, quantum)
    half_wave(times, k + 1, centre + quarter, period, quantum)
    return True


@kernel
def dab_times(
    times: LegTimes, phi: float, duty_1: float, duty_2: float, period: float, quantum: float
) -> int:
    """Triple phase shift: fundamentals phi (rad, ±pi) apart, inner duties 0 ... 1 of each bridge.

    Both duties 1: single phase shift; one of them 1: extended phase shift. Returns 0, or
    1, 2, 3 where phi, duty_1 or duty_2 is outside its range.
    """
    if not -math.pi <= phi <= math.pi:
        return 1
    if not bridge_times(times, 0, duty_1, 0.0, period, quantum):
        return 2
    if not bridge_times(times, 2, duty_2, phi, period, quantum):
        return 3
    return 0


@kernel
def psfb_times(times: LegTimes, duty: float, period: float, quantum: float) -> int:
    """Phase-shifted full bridge at duty 0 ... 1; 0, or 1 where the duty is outside."""
    return 0 if bridge_times(times, 0, duty, 0.0, period, quantum) else 1


@kernel
def half_bridge_times(times: LegTimes, period: float, quantum: float) -> int:
    """One leg at half duty, for the half-bridge LLC; the period carries the reference."""
    half_wave(times, 0, 0.25 * period, period, quantum)
    return 0


@kernel
def resonant_times(times: LegTimes, phi: float, active: int, period: float, quantum: float) -> int:
    """Full bridge at the tank's input, and the CLLC's output bridge phi (rad) behind it.

    `active` 0 leaves the output bridge to its body diodes. Returns 0, or 1 where phi is
    outside ±pi.
    """
    if not -math.pi <= phi <= math.pi:
        return 1
    bridge_times(times, 0, 1.0, 0.0, period, quantum)
    if active:
        bridge_times(times, 2, 1.0, phi, period, quantum)
    else:
        constant(times, 2, -1, period)
        constant(times, 3, -1, period)
    return 0
