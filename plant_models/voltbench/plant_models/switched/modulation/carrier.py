"""Carrier modulation: duty cycles and modulating signals to ideal edges, period by period.

All kernels return 0, or 1 + k where the reference of phase k is outside its range.
"""

from voltbench.control.numerics.kernel import kernel
from voltbench.plant_models.switched.modulation.legs import LegTimes
from voltbench.plant_models.switched.modulation.pulses import bordered, centred, constant


@kernel
def two_level_times(
    times: LegTimes, d_a: float, d_b: float, d_c: float, period: float, quantum: float
) -> int:
    """Centre the pulses of three half bridges; duty cycles 0 ... 1 of the upper devices."""
    if not centred(times, 0, d_a, period, quantum):
        return 1
    if not centred(times, 1, d_b, period, quantum):
        return 2
    if not centred(times, 2, d_c, period, quantum):
        return 3
    return 0


@kernel
def _t_type_phase(times: LegTimes, k: int, m: float, period: float, quantum: float) -> bool:
    """Compare m (-1 ... 1) with two carriers in phase: the upper pair, then the lower."""
    upper: bool = centred(times, 2 * k, max(m, 0.0), period, quantum)
    lower: bool = bordered(times, 2 * k + 1, max(-m, 0.0), period, quantum)
    return upper and lower


@kernel
def t_type_times(
    times: LegTimes, m_a: float, m_b: float, m_c: float, period: float, quantum: float
) -> int:
    """Edges of three T-type legs; m is the mean phase voltage over half the bus, -1 ... 1.

    Phase disposition: both carriers have their peaks at the period's border. Leg 2k is the
    pair `_1`, `_3`, leg 2k + 1 the pair `_4`, `_2`.
    """
    if not _t_type_phase(times, 0, m_a, period, quantum):
        return 1
    if not _t_type_phase(times, 1, m_b, period, quantum):
        return 2
    if not _t_type_phase(times, 2, m_c, period, quantum):
        return 3
    return 0


@kernel
def _vienna_phase(times: LegTimes, k: int, m: float, period: float, quantum: float) -> bool:
    """Tie the phase to the midpoint for 1 - |m| of the period: its carriers are in phase too."""
    if m >= 0.0:
        return bordered(times, k, 1.0 - m, period, quantum)
    return centred(times, k, 1.0 + m, period, quantum)


@kernel
def vienna_times(
    times: LegTimes, m_a: float, m_b: float, m_c: float, period: float, quantum: float
) -> int:
    """Edges of three Vienna switches; m is the mean phase voltage over half the bus, -1 ... 1."""
    if not _vienna_phase(times, 0, m_a, period, quantum):
        return 1
    if not _vienna_phase(times, 1, m_b, period, quantum):
        return 2
    if not _vienna_phase(times, 2, m_c, period, quantum):
        return 3
    return 0


@kernel
def totem_pole_times(times: LegTimes, m: float, period: float, quantum: float) -> int:
    """Edges of fast leg 0 and slow leg 1; m is mean bridge voltage over the bus, -1 ... 1.

    The slow leg is low for m >= 0, and high below, where the fast leg makes up the difference.
    """
    positive = m >= 0.0
    constant(times, 1, 0 if positive else 1, period)
    return 0 if centred(times, 0, m if positive else 1.0 + m, period, quantum) else 1


@kernel
def totem_pole_legs(times: LegTimes, way: int, duty: float, period: float, quantum: float) -> int:
    """Edges of fast leg 0 at a duty 0 ... 1; slow leg 1 low (way 1), high (-1), all off (0)."""
    if way == 0:
        constant(times, 0, -1, period)
        constant(times, 1, -1, period)
        return 0
    constant(times, 1, 0 if way > 0 else 1, period)
    return 0 if centred(times, 0, duty, period, quantum) else 1
