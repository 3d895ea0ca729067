"""Half bridges and full bridges as ports: the bounds of their voltages, the current of a rail.

A closed channel ties the leg to its rail; the diode to the other rail, in the device that is
off, still conducts where the channel's drop takes the midpoint past that rail (a shorted bus).
"""

from voltbench.hil.benchmarking.switched.by_hand.ports import ReferenceFailed
from voltbench.plant_models.switched.topologies.device import Transistor

Bounds = tuple[float, float]
DIAGONALS = {0b1001: 1, 0b0110: -1, 0: 0}
"""Gates of a full bridge that switches as one, and the side of its voltage."""


def _parallel(v: float, current: float, diode_v: float, device: Transistor) -> float:
    """Return the midpoint of a channel, alone at `v`, beside a diode whose threshold is there."""
    if min(device.r_on_Ohm, device.body_resistance_Ohm) <= 0.0:
        raise ReferenceFailed("a channel and a diode conduct to both rails, one without resistance")
    rail = v - device.r_on_Ohm * current
    on, body = 1.0 / device.r_on_Ohm, 1.0 / device.body_resistance_Ohm
    return (current + on * rail + body * diode_v) / (on + body)


def leg(word: int, high: int, low: int, bus: float, current: float, device: Transistor) -> Bounds:
    """Return the bounds of a leg's midpoint; `current` flows into it, `high`, `low` are bits."""
    drop = device.body_voltage_V
    if word >> high & 1:
        v = bus + device.r_on_Ohm * current
        v = _parallel(v, current, -drop, device) if v < -drop else v
        return v, v
    if word >> low & 1:
        v = device.r_on_Ohm * current
        v = _parallel(v, current, bus + drop, device) if v > bus + drop else v
        return v, v
    slope = device.body_resistance_Ohm * current
    return -drop + slope, bus + drop + slope


def bridge(word: int, first: int, bus: float, current: float, device: Transistor) -> Bounds:
    """Return the bounds of a full bridge whose legs switch as one diagonal.

    Bits from `first`: high and low of leg one, high and low of leg two; `current` flows into
    leg one and out of leg two.
    """
    _side(word, first)
    low_1, high_1 = leg(word, first, first + 1, bus, current, device)
    low_2, high_2 = leg(word, first + 2, first + 3, bus, -current, device)
    return low_1 - high_2, high_1 - low_2


def _side(word: int, first: int) -> int:
    bits = word >> first & 15
    if bits not in DIAGONALS:
        raise ReferenceFailed(f"gates {bits:04b} of a full bridge are no diagonal")
    return DIAGONALS[bits]


def upper_rail(
    word: int, high: int, low: int, mode: int, bus: float, current: float, device: Transistor
) -> float:
    """Return the part (A) of a leg's current that flows into the upper rail."""
    v = leg(word, high, low, bus, current, device)[0]
    drop, body = device.body_voltage_V, device.body_resistance_Ohm
    if word >> high & 1:
        return current if v >= -drop else current - (v + drop) / body
    if word >> low & 1:
        return 0.0 if v <= bus + drop else (v - bus - drop) / body
    return current if mode == 1 else 0.0


def bridge_rail(
    word: int, first: int, mode: int, bus: float, current: float, device: Transistor
) -> float:
    """Return the current (A) that a full bridge (see `bridge`) brings to its upper rail."""
    one = upper_rail(word, first, first + 1, mode, bus, current, device)
    return one + upper_rail(word, first + 2, first + 3, -mode, bus, -current, device)
