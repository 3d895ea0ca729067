"""Closed forms of the lossless dual active bridge: single, extended and triple phase shift.

A full bridge at inner duty D puts out the mean of two square waves, ``(1 - D) pi/2`` before
and after its centre. Whatever is bilinear in the two bridges' waves, as power and mean
squares are, is therefore the mean of four single-phase-shift values at shifted angles, exact
for every combination of the three shifts and free of case distinctions.

Sources: single phase shift, De Doncker et al., doi:10.1109/28.67533; the modes of triple
phase shift that the mean of four reproduces, Krismer and Kolar, doi:10.1109/TPEL.2011.2157976.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class DabShifts:
    """Phase shift between the bridges' fundamentals (rad) and both inner duties (0 ... 1)."""

    phi: float
    duty_1: float = 1.0
    duty_2: float = 1.0

    def __post_init__(self) -> None:
        """Refuse duties outside their range."""
        for name in ("duty_1", "duty_2"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} is {getattr(self, name):g}; allowed: 0 to 1")

    @property
    def halves(self) -> tuple[float, float]:
        """Return how far the square waves of each bridge lie from its centre (rad)."""
        return 0.5 * math.pi * (1.0 - self.duty_1), 0.5 * math.pi * (1.0 - self.duty_2)


def wrap(angle: float) -> float:
    """Return an angle within -pi ... pi."""
    return math.remainder(angle, 2.0 * math.pi)


def triangle(angle: float) -> float:
    """Return the unit triangle whose slope is the unit square wave: -1 at 0, +1 at pi."""
    return 2.0 * abs(wrap(angle)) / math.pi - 1.0


def _overlap(angle: float) -> float:
    """Return the mean product of two unit triangles an angle apart: 1/3 at 0, -1/3 at pi."""
    delta = abs(wrap(angle)) / math.pi
    return 1.0 / 3.0 - delta * delta * (2.0 - 4.0 / 3.0 * delta)


def dab_power(
    u_1: float, u_2: float, turns_ratio: float, inductance: float, frequency: float, s: DabShifts
) -> float:
    """Return the transferred power (W), positive from port 1 to port 2.

    `u_1`, `u_2` in V, `inductance` in H as seen from port 1, `frequency` in Hz.
    """
    half_1, half_2 = s.halves
    total = 0.0
    for a in (-half_1, half_1):
        for b in (-half_2, half_2):
            angle = wrap(s.phi + a + b)
            total += angle * (math.pi - abs(angle))
    scale = turns_ratio * u_1 * u_2 / (2.0 * math.pi**2 * frequency * inductance)
    return 0.25 * scale * total


def dab_rms_current(
    u_1: float, u_2: float, turns_ratio: float, inductance: float, frequency: float, s: DabShifts
) -> float:
    """Return the rms current of the series inductance (A), seen from port 1."""
    half_1, half_2 = s.halves
    flux_1, flux_2 = 0.25 * u_1 / frequency, 0.25 * turns_ratio * u_2 / frequency
    square_1 = 0.5 * (_overlap(0.0) + _overlap(2.0 * half_1))
    square_2 = 0.5 * (_overlap(0.0) + _overlap(2.0 * half_2))
    product = 0.25 * sum(
        _overlap(s.phi + a + b) for a in (-half_1, half_1) for b in (-half_2, half_2)
    )
    square = flux_1**2 * square_1 + flux_2**2 * square_2 - 2.0 * flux_1 * flux_2 * product
    return math.sqrt(max(square, 0.0)) / inductance


def dab_current(
    angle: float,
    u_1: float,
    u_2: float,
    turns_ratio: float,
    inductance: float,
    frequency: float,
    s: DabShifts,
) -> float:
    """Return the inductor current (A) `angle` (rad) after bridge 1's centred rising edge."""
    half_1, half_2 = s.halves
    flux_1, flux_2 = 0.25 * u_1 / frequency, 0.25 * turns_ratio * u_2 / frequency
    one = 0.5 * (triangle(angle - half_1) + triangle(angle + half_1))
    behind = angle - s.phi
    two = 0.5 * (triangle(behind - half_2) + triangle(behind + half_2))
    return (flux_1 * one - flux_2 * two) / inductance


@dataclass(frozen=True)
class CommutationCurrents:
    """Currents (A, seen from port 1) at the rising edges of the four legs.

    Positive: the current brings the leg over by itself (zero-voltage switching). `a` is the
    leg that starts a bridge's positive pulse, `b` the one that ends it.
    """

    a_1: float
    b_1: float
    a_2: float
    b_2: float


def dab_commutation(
    u_1: float, u_2: float, turns_ratio: float, inductance: float, frequency: float, s: DabShifts
) -> CommutationCurrents:
    """Return the commutation currents of all legs; half-wave symmetry gives the other edges."""
    half_1, half_2 = s.halves

    def current(angle: float) -> float:
        return dab_current(angle, u_1, u_2, turns_ratio, inductance, frequency, s)

    return CommutationCurrents(
        a_1=-current(half_1),
        b_1=-current(-half_1),
        a_2=current(s.phi + half_2),
        b_2=current(s.phi - half_2),
    )
