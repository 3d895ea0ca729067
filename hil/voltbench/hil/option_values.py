"""Numbers typed by a user: one reader with units and ranges, one line when it refuses."""

import math
import re

from voltbench.hil.errors import BadInput


class OptionError(BadInput):
    """A command-line value is wrong: field, value, unit, allowed range."""


_SCALE = {"k": 1e3, "M": 1e6}


def number(field: str, text: str, unit: str, low: float, high: float) -> float:
    """Read a number, with or without its unit, within `low` to `high`.

    Raises
    ------
    OptionError
        One line naming field, value, unit and allowed range.
    """
    allowed = f"allowed: {low:g} to {high:g} {unit}".rstrip()
    bare = text.strip()
    if unit and bare.lower().endswith(unit.lower()):
        bare = bare[: -len(unit)].strip()
    try:
        value = float(bare)
    except ValueError:
        raise OptionError(f"{field} = {text!r} is not a number; {allowed}") from None
    if not (math.isfinite(value) and low <= value <= high):
        raise OptionError(f"{field} = {value:g} {unit}".rstrip() + f"; {allowed}")
    return value


def scaled_number(field: str, text: str, unit: str, low: float, high: float) -> float:
    """Read a number that may carry k or M before its unit: ``20kHz``, ``20000``, ``20 kHz``.

    Raises
    ------
    OptionError
        One line naming field, value, unit and allowed range.
    """
    match = re.fullmatch(rf"(.*?)\s*([kM])(?:{unit})?", text.strip(), re.IGNORECASE)
    if match is None:
        return number(field, text, unit, low, high)
    scale = _SCALE["k" if match[2] in "kK" else "M"]
    try:
        return number(field, repr(float(match[1]) * scale), unit, low, high)
    except ValueError:
        allowed = f"allowed: {low:g} to {high:g} {unit}"
        raise OptionError(f"{field} = {text!r} is not a number; {allowed}") from None


def whole_number(field: str, text: str, low: int, high: int) -> int:
    """Read a whole number within `low` to `high`.

    Raises
    ------
    OptionError
        One line naming field, value and allowed range.
    """
    try:
        value = int(text.strip())
    except ValueError:
        raise OptionError(
            f"{field} = {text!r} is not a whole number; allowed: {low} to {high}"
        ) from None
    if not low <= value <= high:
        raise OptionError(f"{field} = {value}; allowed: {low} to {high}")
    return value
