"""Gate edges of one period from the ideal edges of each leg: dead time, memory, order.

A device turns off at the leg's ideal edge, its partner on a dead time later. A turn-on that
falls behind the period's end is carried into the next one, so pulses may straddle the border
and the pattern may change from period to period.

A pulse that is not longer than the dead time never turns its device on. That is refused, or
with `drop` let pass as the hardware does.
"""

from typing import Any

from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.records import Vector, f64, i32, record

MAX_LEGS = 6
MAX_EDGES = 64
"""Room for all edges of a period: off, on and carried on, three changes for each leg."""
NEVER = -1.0
SAME = 1e-13
"""Of a period: edges no further apart are one; the halves of a pattern differ by round-off."""
OFF = -1
"""Level of a leg with both devices off."""


@record
class LegBank:
    """Legs of a converter; bits in the gate word, -1 where a device has no gate."""

    count: int = i32("legs in use")
    high: Vector = i32("bit of the device that is on at level 1", shape=(MAX_LEGS,))
    low: Vector = i32("bit of the device that is on at level 0", shape=(MAX_LEGS,))
    dead: Vector = f64("s", "dead time", (MAX_LEGS,))
    drop: int = i32("1: drop pulses within the dead time, 0: refuse them")


@record
class LegTimes:
    """Ideal edges of one period.

    ``rise < fall``: level 1 between them. ``rise > fall``: level 1 outside. Equal: level 0
    throughout; 0 and the period: level 1 throughout; rise `NEVER`: both devices off.
    """

    rise: Vector = f64("s", "start of level 1", (MAX_LEGS,))
    fall: Vector = f64("s", "end of level 1", (MAX_LEGS,))


@record
class LegState:
    """What a period leaves to the next. Bits of other switches in `word` stay as they are."""

    word: int = i32("gate word")
    level: Vector = i32("level of each leg, -1 off", shape=(MAX_LEGS,))
    turn_on: Vector = f64("s", "when the device of the level turns on, -1: it is on", (MAX_LEGS,))


@kernel
def leg_edges(
    bank: LegBank, times: LegTimes, state: LegState, period: float, edge_t: Any, edge_g: Any
) -> int:
    """Write the edges of one period (s from its start, gate words); return their number.

    `edge_t` and `edge_g` have room for `MAX_EDGES`. Returns -1 - leg where a pulse of that
    leg is not longer than its dead time and `drop` is 0.
    """
    count = 0
    for k in range(bank.count):
        count = _one_leg(bank, times, state, period, edge_t, edge_g, k, count)
        if count < 0:
            return count
    _sort(edge_t, edge_g, count)
    word = state.word
    kept = 0
    for n in range(count):
        at, mask = edge_t[n], 1 << (edge_g[n] >> 1)
        word = word | mask if edge_g[n] & 1 else word & ~mask
        if kept > 0 and at - edge_t[kept - 1] <= SAME * period:
            edge_g[kept - 1] = word
        else:
            edge_t[kept] = at
            edge_g[kept] = word
            kept += 1
    state.word = word
    return kept


@kernel
def _one_leg(
    bank: LegBank,
    times: LegTimes,
    state: LegState,
    period: float,
    edge_t: Any,
    edge_g: Any,
    k: int,
    count: int,
) -> int:
    """Append the switchings of leg k; return the new count, or -1 - k for a short pulse."""
    rise, fall = times.rise[k], times.fall[k]
    level = state.level[k]
    turn_on = state.turn_on[k]
    starting = level == OFF  # a leg that wakes within a pulse may miss that one
    if rise == NEVER:
        first, at_1, at_2 = OFF, period, period
    else:
        outside = rise > fall
        first = 1 if outside or (rise <= 0.0 and fall > 0.0) else 0
        at_1 = fall if first == 1 else rise
        at_2 = rise if outside else fall
        if first == 1 and not outside:
            at_2 = period
        if rise == fall:
            at_1, at_2 = period, period
    for n in range(3):
        at = 0.0
        to = first
        if n == 1:
            at, to = at_1, 1 - first
        if n == 2:
            at, to = at_2, first
        if at >= period or to == level or (n > 0 and first == OFF):
            continue
        if turn_on >= 0.0:
            if turn_on < at:
                count = _append(edge_t, edge_g, count, turn_on, _device(bank, k, level), 1)
            elif to != OFF and bank.drop == 0 and not starting:
                return -1 - k
            starting = False
        if level != OFF:
            count = _append(edge_t, edge_g, count, at, _device(bank, k, level), 0)
        level = to
        turn_on = at + bank.dead[k] if to != OFF else NEVER
    if turn_on >= 0.0:
        if turn_on < period:
            count = _append(edge_t, edge_g, count, turn_on, _device(bank, k, level), 1)
            turn_on = NEVER
        else:
            turn_on -= period
    state.level[k] = level
    state.turn_on[k] = turn_on
    return count


@kernel
def _device(bank: LegBank, k: int, level: int) -> int:
    """Return the bit of the device that carries a level."""
    bit: int = bank.high[k] if level == 1 else bank.low[k]
    return bit


@kernel
def _append(edge_t: Any, edge_g: Any, count: int, at: float, bit: int, on: int) -> int:
    """Append one switching as time and code (bit, on or off); devices without a gate have none."""
    if bit < 0:
        return count
    edge_t[count] = at
    edge_g[count] = 2 * bit + on
    return count + 1


@kernel
def _sort(edge_t: Any, edge_g: Any, count: int) -> None:
    """Sort in place by time; stable, so what happens at one instant keeps its order."""
    for n in range(1, count):
        at, code = edge_t[n], edge_g[n]
        k = n - 1
        while k >= 0 and edge_t[k] > at:
            edge_t[k + 1] = edge_t[k]
            edge_g[k + 1] = edge_g[k]
            k -= 1
        edge_t[k + 1] = at
        edge_g[k + 1] = code
