"""Half bridges and full bridges as ports: the bounds of their voltages."""

from voltbench.plant_models.switched.topologies.device import Transistor

Bounds = tuple[float, float]


def leg(word: int, high: int, low: int, bus: float, current: float, device: Transistor) -> Bounds:
    """Return the bounds of a leg's midpoint; `current` flows into it, `high`, `low` are bits."""
    if word >> high & 1:
        v = bus + device.r_on_Ohm * current
        return v, v
    if word >> low & 1:
        v = device.r_on_Ohm * current
        return v, v
    drop, slope = device.body_voltage_V, device.body_resistance_Ohm * current
    return -drop + slope, bus + drop + slope


def bridge(word: int, first: int, bus: float, current: float, device: Transistor) -> Bounds:
    """Return the bounds of a full bridge whose legs switch as one diagonal.

    Bits from `first`: high and low of leg one, high and low of leg two; `current` flows into
    leg one and out of leg two.
    """
    bits = word >> first & 15
    if bits:
        sides = {0b1001: 1.0, 0b0110: -1.0}
        v = sides[bits] * bus + 2.0 * device.r_on_Ohm * current
        return v, v
    drop = bus + 2.0 * device.body_voltage_V
    slope = 2.0 * device.body_resistance_Ohm * current
    return -drop + slope, drop + slope


def tied(word: int, high: int, low: int, mode: int) -> bool:
    """Return whether a leg's current flows into the upper rail."""
    if word >> high & 1:
        return True
    return not word >> low & 1 and mode == 1
