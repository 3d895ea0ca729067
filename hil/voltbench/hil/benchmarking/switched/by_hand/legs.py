"""Legs as ports: the paths from a midpoint to its rails, and the voltage they hold together.

A path is a closed channel, which conducts both ways, or a diode. A closed channel does not end
the say of the diodes to other rails: where its drop takes the midpoint past such a rail (a
shorted bus), they conduct beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from voltbench.hil.benchmarking.switched.by_hand.ports import ReferenceFailed
from voltbench.plant_models.switched.topologies.device import Transistor

Bounds = tuple[float, float]
LOWER, MIDDLE, UPPER = -1, 0, 1
"""Rails."""
TRIES = 20


@dataclass(frozen=True)
class Path:
    """A way for the current that flows into a midpoint.

    Attributes
    ----------
    rail : int
        Where it leads.
    voltage, resistance : float
        Midpoint's voltage where the current is zero (V), and its slope (Ohm).
    side : int
        0: conducts both ways; 1: a diode that conducts above its voltage; -1: below.
    """

    rail: int
    voltage: float
    resistance: float
    side: int = 0


Paths = Sequence[Path]


def half_bridge(word: int, high: int, low: int, bus: float, device: Transistor) -> list[Path]:
    """Return the paths of a leg between 0 and `bus` (V); `high`, `low` are its gates' bits.

    A closed channel shunts its own body diode.
    """
    drop, slope = device.body_voltage_V, device.body_resistance_Ohm
    up, down = word >> high & 1, word >> low & 1
    return [
        Path(UPPER, bus, device.r_on_Ohm) if up else Path(UPPER, bus + drop, slope, 1),
        Path(LOWER, 0.0, device.r_on_Ohm) if down else Path(LOWER, -drop, slope, -1),
    ]


def settle(current: float, paths: Paths) -> tuple[float, list[float]]:
    """Return the midpoint's voltage (V) under a current (A) into it, and the current of each path.

    Raises
    ------
    ReferenceFailed
        If no set of conducting paths agrees with its voltage, or two without resistance would
        share the current.
    """
    closed = [path.side == 0 for path in paths]
    active = closed if any(closed) else _first(current, paths)
    for _ in range(TRIES):
        v = _voltage(current, [p for p, on in zip(paths, active, strict=True) if on])
        found = [p.side == 0 or p.side * (v - p.voltage) > 0.0 for p in paths]
        # a single diode at its threshold carries what little there is
        if found == active or (sum(active) == 1 and not any(found)):
            pairs = zip(paths, active, strict=True)
            return v, [_share(v, p, current) if on else 0.0 for p, on in pairs]
        active = found
    raise ReferenceFailed(f"the paths of a leg do not settle at {current:g} A")


def _first(current: float, paths: Paths) -> list[bool]:
    """Return the one diode that the current meets first."""
    side = 1 if current > 0.0 else -1 if current < 0.0 else paths[0].side
    ways = [k for k, p in enumerate(paths) if p.side == side]
    first = min(ways, key=lambda k: side * paths[k].voltage)
    return [k == first for k in range(len(paths))]


def _voltage(current: float, paths: Paths) -> float:
    stiff = [p for p in paths if p.resistance <= 0.0]
    if stiff and len(paths) > 1:
        raise ReferenceFailed("two paths of a leg conduct, one of them without resistance")
    if len(paths) == 1:
        return paths[0].voltage + paths[0].resistance * current
    conductance = sum(1.0 / p.resistance for p in paths)
    return (current + sum(p.voltage / p.resistance for p in paths)) / conductance


def _share(v: float, path: Path, current: float) -> float:
    return (v - path.voltage) / path.resistance if path.resistance > 0.0 else current


def bounds(paths: Paths, current: float) -> Bounds:
    """Return the bounds of a midpoint's voltage; equal where a channel is closed."""
    if any(p.side == 0 for p in paths):
        v = settle(current, paths)[0]
        return v, v
    low = min(current, 0.0), [p for p in paths if p.side < 0]
    high = max(current, 0.0), [p for p in paths if p.side > 0]
    return _limit(*low, -1), _limit(*high, 1)


def _limit(current: float, paths: Paths, side: int) -> float:
    nearest = min(side * p.voltage for p in paths)
    return settle(current, paths)[0] if current else side * nearest


def into(rail: int, paths: Paths, current: float, mode: int) -> float:
    """Return the current (A) that a leg brings to a rail; `mode` as a port's, where it is open."""
    if not any(p.side == 0 for p in paths):
        if mode == 0:
            return 0.0
        paths = [p for p in paths if p.side == mode]
        current = mode * max(mode * current, 0.0)
    shares = settle(current, paths)[1]
    return sum(s for s, p in zip(shares, paths, strict=True) if p.rail == rail)


def leg(word: int, high: int, low: int, bus: float, current: float, device: Transistor) -> Bounds:
    """Return the bounds of a half bridge's midpoint under a current (A) into it."""
    return bounds(half_bridge(word, high, low, bus, device), current)


@dataclass(frozen=True)
class Bridge:
    """A full bridge whose legs switch as one diagonal.

    Bits from `first`: high and low of leg one, high and low of leg two. Its current flows into
    leg one and out of leg two.
    """

    word: int
    first: int
    bus: float
    device: Transistor

    def _legs(self) -> tuple[list[Path], list[Path]]:
        bits = self.word >> self.first & 15
        if bits not in (0b1001, 0b0110, 0):
            raise ReferenceFailed(f"gates {bits:04b} of a full bridge are no diagonal")
        one, two = self.first, self.first + 2
        return (
            half_bridge(self.word, one, one + 1, self.bus, self.device),
            half_bridge(self.word, two, two + 1, self.bus, self.device),
        )

    def bounds(self, current: float) -> Bounds:
        """Return the bounds of the voltage from leg one to leg two."""
        one, two = self._legs()
        (low_1, high_1), (low_2, high_2) = bounds(one, current), bounds(two, -current)
        return low_1 - high_2, high_1 - low_2

    def into_bus(self, current: float, mode: int) -> float:
        """Return the current (A) into the upper rail."""
        one, two = self._legs()
        return into(UPPER, one, current, mode) + into(UPPER, two, -current, -mode)
