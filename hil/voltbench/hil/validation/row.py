"""One line of the validation page: a published number against ours."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ValidationRow:
    """A published quantity, our value, and whether they agree within the stated tolerance."""

    name: str
    published: float
    ours: float
    unit: str
    difference: float
    tolerance: float
    ok: bool
    note: str


def compare(
    name: str, published: float, ours: float, unit: str, tolerance: float, note: str = ""
) -> ValidationRow:
    """Return the row of two values in the same unit; `tolerance` is absolute."""
    difference = ours - published
    ok = abs(difference) <= tolerance
    return ValidationRow(name, published, ours, unit, difference, tolerance, ok, note)


def within(
    name: str, low: float, high: float, ours: float, unit: str, note: str = ""
) -> ValidationRow:
    """Return the row of a published range: its middle, with half its width as tolerance."""
    text = f"published {low:g} to {high:g} {unit}"
    return compare(
        name,
        0.5 * (low + high),
        ours,
        unit,
        0.5 * (high - low),
        f"{text}; {note}" if note else text,
    )


def at_most(
    name: str, published: float, ours: float, unit: str, tolerance: float, note: str = ""
) -> ValidationRow:
    """Return the row of a value that may be better (lower) than the published one, not worse.

    For properties of a charger's design where ours is a different design: the difference is
    stated, and only an excess above `tolerance` fails.
    """
    difference = ours - published
    text = f"lower is allowed; {note}" if note else "lower is allowed"
    return ValidationRow(
        name, published, ours, unit, difference, tolerance, difference <= tolerance, text
    )


def at_least(
    name: str, published: float, ours: float, unit: str, tolerance: float, note: str = ""
) -> ValidationRow:
    """Return the row of a published minimum: only a shortfall above `tolerance` fails."""
    difference = ours - published
    text = f"published as a minimum; {note}" if note else "published as a minimum"
    ok = difference >= -tolerance
    return ValidationRow(name, published, ours, unit, difference, tolerance, ok, text)
