"""Mean voltage and rail current of one leg over a switching period, dead time and drops included.

Currents are positive into the leg. The dead time counts by what the current does at the two
edges: flowing into the leg it holds the upper level until the other device turns on, flowing
out it leaves it at once; where the ripple turns it between the edges the errors cancel.
Source of the idea: Jeong and Park, doi:10.1109/41.88903.
"""

import math
from dataclasses import dataclass

from voltbench.plant_models.switched.topologies.device import Rectifier, Transistor


@dataclass(frozen=True)
class LegMean:
    """What a leg does in the mean of a period.

    Attributes
    ----------
    voltage_V : float
        At the phase node, against the lower rail (two levels) or the midpoint (three).
    upper_A, lower_A : float
        Current given to the upper rail, and taken from the lower one.
    """

    voltage_V: float
    upper_A: float
    lower_A: float


def _sign(value: float) -> float:
    return 1.0 if value > 0.0 else -1.0 if value < 0.0 else 0.0


def effective_duty(duty: float, current: float, half_ripple: float, dead_share: float) -> float:
    """Return the share of the period at the upper level.

    `half_ripple` is how far the current lies above its mean when the level rises, and below
    it when the level falls; `dead_share` the dead time over the period.
    """
    if not 0.0 < duty < 1.0:
        return duty
    stays = 1.0 if current - half_ripple > 0.0 else 0.0
    comes_late = 1.0 if current + half_ripple < 0.0 else 0.0
    return min(max(duty + dead_share * (stays - comes_late), 0.0), 1.0)


def two_level_leg(
    duty: float, current: float, half_ripple: float, dead_share: float, u_dc: float, d: Transistor
) -> LegMean:
    """Return the mean of a half bridge on a bus of `u_dc` (V)."""
    share = effective_duty(duty, current, half_ripple, dead_share)
    body = 2.0 * dead_share if 0.0 < duty < 1.0 else 0.0
    drop = (1.0 - body) * d.r_on_Ohm * current
    drop += body * (d.body_voltage_V * _sign(current) + d.body_resistance_Ohm * current)
    return LegMean(share * u_dc + drop, share * current, (share - 1.0) * current)


def t_type_leg_mean(
    m: float,
    current: float,
    half_ripple: float,
    dead_share: float,
    u_p: float,
    u_n: float,
    outer: Transistor,
    inner: Transistor,
) -> LegMean:
    """Return the mean of a T-type leg; `u_p`, `u_n` are its half buses (V, both positive)."""
    way = 1.0 if m >= 0.0 else -1.0
    i = way * current  # a negative half period is a positive one with everything reversed
    share = effective_duty(abs(m), i, half_ripple, dead_share)
    body = dead_share * 2.0 if 0.0 < abs(m) < 1.0 else 0.0
    out, mid = share, 1.0 - share - body
    out = max(out - (body if i > 0.0 else 0.0), 0.0)
    mid = max(mid + (body if i > 0.0 else 0.0), 0.0)
    drop = (out * outer.r_on_Ohm + mid * 2.0 * inner.r_on_Ohm) * i
    if i > 0.0:
        drop += body * (outer.body_voltage_V + outer.body_resistance_Ohm * i)
    else:
        series = inner.r_on_Ohm + inner.body_resistance_Ohm
        drop += body * (series * i - inner.body_voltage_V)
    half_bus = u_p if way > 0.0 else u_n
    voltage = way * (share * half_bus + drop)
    upper = share * current if way > 0.0 else 0.0
    lower = -share * current if way < 0.0 else 0.0
    return LegMean(voltage, upper, lower)


def vienna_leg_mean(
    m: float, current: float, u_p: float, u_n: float, r_on_Ohm: float, diode: Rectifier
) -> LegMean:
    """Return the mean of a Vienna leg: its switch off for |m| of the period.

    The diode that conducts meanwhile is the current's choice, whatever the sign of m.
    """
    share = abs(m)
    way = _sign(current)
    half_bus = u_p if current > 0.0 else u_n
    rail = way * (half_bus + diode.forward_voltage_V) + diode.resistance_Ohm * current
    voltage = share * rail + (1.0 - share) * r_on_Ohm * current
    upper = share * current if current > 0.0 else 0.0
    lower = -share * current if current < 0.0 else 0.0
    return LegMean(voltage, upper, lower)


def vienna_switch_rms(peak_current: float, modulation: float) -> float:
    """Return the rms current (A) of a Vienna switch without ripple.

    `modulation` is the phase voltage's amplitude over half the bus, sinusoidal and in phase
    with the current: the mean square of the current weighted with the duty 1 - M |sin|.

    Raises
    ------
    ValueError
        If the modulation is outside 0 ... 1.
    """
    if not 0.0 <= modulation <= 1.0:
        raise ValueError(f"modulation is {modulation:g}; allowed: 0 to 1")
    return peak_current * math.sqrt(0.5 - 4.0 * modulation / (3.0 * math.pi))
