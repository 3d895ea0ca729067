"""Values of nested records by their dotted names, as the command line gives them."""

import math
from dataclasses import fields, is_dataclass, replace
from difflib import get_close_matches
from typing import Any

from voltbench.hil.errors import BadInput

POSITIVE = (
    "_Hz", "inductance_H", "capacitance_F", "turns_ratio", "divider", "_of_rate", "_per_s",
)  # fmt: skip
"""Endings of values that may be 0 only where they are by default."""


def values(record: Any, prefix: str = "") -> dict[str, Any]:
    """Return the values of a record by their dotted names."""
    found: dict[str, Any] = {}
    for f in fields(record):
        value = getattr(record, f.name)
        if is_dataclass(value):
            found |= values(value, f"{prefix}{f.name}.")
        else:
            found[prefix + f.name] = value
    return found


def pair(text: str) -> tuple[str, str]:
    """Return name and value of ``name=value``.

    Raises
    ------
    BadInput
        If there is no equals sign.
    """
    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals:
        raise BadInput(f"--set {text!r}; expected: name=value")
    return name, value


def unknown(name: str, known: list[str]) -> BadInput:
    """Return the error for a name nobody knows, with the nearest one."""
    near = get_close_matches(name, known, 1, 0.4)
    hint = f"nearest: {near[0]}; " if near else ""
    return BadInput(f"--set {name}: no such value; {hint}known: {', '.join(known)}")


def with_value(record: Any, name: str, value: str) -> Any:
    """Return a record with the value of a dotted name set from text.

    Raises
    ------
    BadInput
        If it is not a finite number in its range.
    """
    return _set(record, name, name, value)


def _set(record: Any, name: str, whole: str, value: str) -> Any:
    first, dot, rest = name.partition(".")
    before = getattr(record, first)
    if dot:
        return replace(record, **{first: _set(before, rest, whole, value)})
    try:
        number: float = int(value) if isinstance(before, int) else float(value)
    except ValueError:
        kind = "a whole number" if isinstance(before, int) else "a number"
        raise BadInput(f"{whole} = {value!r}; expected: {kind}") from None
    if not math.isfinite(number) or number < 0.0:
        raise BadInput(f"{whole} = {value}; allowed: 0 or above, finite")
    if number == 0 and before > 0 and first.endswith(POSITIVE):
        raise BadInput(f"{whole} = {value}; allowed: above 0")
    return replace(record, **{first: number})
