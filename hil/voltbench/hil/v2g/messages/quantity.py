"""Physical values: a float in SI units that remembers its form on the wire.

PhysicalValueType carries a 16-bit number, a power of ten from -3 to 3 and a unit.
What a machine sends is rounded to that grid *before* it is sent, so that a session
exchanging objects and one exchanging bytes see the same numbers.
"""

from math import isfinite

_SCALE = {-3: 1000.0, -2: 100.0, -1: 10.0}
SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}
"""Time units of the schema; real cars send remaining times in minutes."""
VALUE_MIN, VALUE_MAX = -(2**15), 2**15 - 1


class Quantity(float):
    """A float in V, A, W, Wh or s; ``number * 10**multiplier`` of ``unit`` on the wire."""

    __slots__ = ("multiplier", "number", "unit")
    multiplier: int
    number: int
    unit: str | None

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by wire form."""
        return (wire_value, (self.multiplier, self.unit, self.number))


def wire_value(multiplier: int, unit: str | None, number: int) -> Quantity:
    """Build the quantity a wire form stands for.

    Raises
    ------
    ValueError
        If the multiplier or the number is outside the schema's range.
    """
    if not -3 <= multiplier <= 3:
        raise ValueError(f"Multiplier {multiplier} is outside -3..3")
    if not VALUE_MIN <= number <= VALUE_MAX:
        raise ValueError(f"Value {number} is outside {VALUE_MIN}..{VALUE_MAX}")
    scaled = number / _SCALE[multiplier] if multiplier < 0 else float(number * 10**multiplier)
    made = Quantity(scaled * SECONDS.get(unit or "", 1.0))
    made.multiplier, made.unit, made.number = multiplier, unit, number
    return made


def volts(value_V: float) -> Quantity:
    """Return a voltage on a grid of 0.1 V, the resolution real cars and chargers use."""
    return _rounded(value_V, "V", -1)


def amperes(value_A: float) -> Quantity:
    """Return a current on a grid of 0.1 A."""
    return _rounded(value_A, "A", -1)


def watts(value_W: float) -> Quantity:
    """Return a power on the finest grid its size allows: 1 W up to 32767 W, then 10 W, ..."""
    return _rounded(value_W, "W", 0)


def watt_hours(value_Wh: float) -> Quantity:
    """Return an energy on the finest grid its size allows, 1 Wh at best."""
    return _rounded(value_Wh, "Wh", 0)


def seconds(value_s: float) -> Quantity:
    """Return a time on the finest grid its size allows, 1 s at best."""
    return _rounded(value_s, "s", 0)


def _rounded(value: float, unit: str, multiplier: int) -> Quantity:
    if not isfinite(value):
        raise ValueError(f"{value} {unit} cannot be sent: not a finite number")
    while True:
        scaled = value * _SCALE[multiplier] if multiplier < 0 else value / 10**multiplier
        number = round(scaled)
        if VALUE_MIN <= number <= VALUE_MAX:
            return wire_value(multiplier, unit, number)
        multiplier += 1
        if multiplier > 3:
            limit = VALUE_MAX * 1000
            raise ValueError(f"{value} {unit} cannot be sent: outside {-limit}..{limit} {unit}")
