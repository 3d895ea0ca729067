"""Limits are data: one TOML file an edition, every value with clause, source and who checked it.

The files ship in ``limits/``. A laboratory that owns a standard gives its own files: a limit of
the same name replaces the shipped one, with `verified_by` saying who compared it with the text.
"""

import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from voltbench.hil.evidence.formula import FORMULAS, Session, UnknownSession, quantity

Comparison = Literal["max", "below", "min", "above", "range", "near"]
"""max <=, below <, min >=, above >, range lo..hi, near: within the tolerance of the value."""
Bound = float | tuple[float, float]


class _Data(BaseModel):
    """Strict about names: a misspelt field is an error, not a default."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Table(_Data):
    """A value by bands of a session quantity."""

    key: str
    up_to: Annotated[tuple[FiniteFloat, ...], Field(min_length=1)]
    value: tuple[FiniteFloat, ...]
    above: FiniteFloat
    default: FiniteFloat | None = None
    """Where the session does not know `key`; without it the verdict is inconclusive."""

    @model_validator(mode="after")
    def _bands(self) -> Self:
        """Bands must be as many as values, and rise."""
        if len(self.up_to) != len(self.value) or list(self.up_to) != sorted(set(self.up_to)):
            raise ValueError("up_to must rise and have as many entries as value")
        return self

    def of(self, session: Session) -> float:
        """Return the value of the session's band."""
        if self.key not in session and self.default is not None:
            return self.default
        at = quantity(session, self.key)
        for edge, value in zip(self.up_to, self.value, strict=True):
            if at <= edge:
                return value
        return self.above


class Choice(_Data):
    """A value by a word of the session."""

    key: str
    choice: dict[str, FiniteFloat]

    def of(self, session: Session) -> float:
        """Return the value for the session's word."""
        word = session.get(self.key)
        if word not in self.choice:
            known = ", ".join(self.choice)
            raise UnknownSession(f"the session's {self.key} is {word}, the limit knows {known}")
        return self.choice[str(word)]


class Formula(_Data):
    """A value by a named function."""

    formula: Literal[tuple(FORMULAS)]  # type: ignore[valid-type]
    numbers: dict[str, FiniteFloat] = {}

    def of(self, session: Session) -> float:
        """Return the value for the session."""
        return FORMULAS[self.formula](session, self.numbers)


class Scope(_Data):
    """When a limit applies: a session quantity within bounds."""

    key: str
    min: FiniteFloat = -1e300
    max: FiniteFloat = 1e300
    otherwise: str
    """What the verdict says outside the scope."""

    def excludes(self, session: Session) -> bool:
        """Whether the session is outside; an unknown quantity excludes nothing."""
        at = session.get(self.key)
        return isinstance(at, int | float) and not self.min <= at <= self.max


class Limit(_Data):
    """One limit."""

    fact: str
    name: str = ""
    """Name of the verdict; the fact's where only one limit judges it."""
    clause: str
    unit: str
    comparison: Comparison
    value: FiniteFloat | tuple[FiniteFloat, FiniteFloat] | None = None
    value_by: Table | Choice | Formula | None = None
    tolerance: Annotated[FiniteFloat, Field(ge=0)] = 0.0
    """Widens the limit, in its unit."""
    source: str
    unsourced: bool = False
    """No public source was found: the verdict stays informative."""
    verified_by: str = ""
    """Who compared the value with the standard's own text; empty: nobody."""
    required: bool = True
    """False: a run that says nothing about the fact gets no verdict."""
    applies_when: Scope | None = None
    note: str = ""
    edition: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Refuse a limit without value, or with contradicting statements."""
        if (self.value is None) == (self.value_by is None):
            raise ValueError("give either value or value_by")
        if isinstance(self.value, tuple) != (self.comparison == "range"):
            raise ValueError("value must be [low, high] with comparison range, else one number")
        if isinstance(self.value, tuple) and self.value[0] > self.value[1]:
            raise ValueError("value [low, high] must rise")
        if self.unsourced and self.verified_by:
            raise ValueError("verified_by and unsourced contradict each other")
        if self.comparison == "near" and not self.tolerance:
            raise ValueError("comparison near needs a tolerance above 0")
        return self

    @property
    def verified(self) -> bool:
        """Whether somebody compared the value with the standard's own text."""
        return bool(self.verified_by)

    def bound(self, session: Session) -> Bound:
        """Return the value for a session.

        Raises
        ------
        UnknownSession
            If it depends on a quantity the session does not hold.
        """
        if self.value_by is not None:
            return self.value_by.of(session)
        assert self.value is not None
        return self.value


class LimitFile(_Data):
    """All limits of one edition."""

    edition: str
    about: str
    limit: Annotated[tuple[Limit, ...], Field(min_length=1)]


class LimitError(ValueError):
    """A limit file cannot be used; one line says why."""


def _first(error: ValidationError, data: dict[str, Any]) -> str:
    """Return the first complaint in one line: which limit, which field, what is wrong."""
    complaints = error.errors(include_url=False)
    # a misspelt field is also a missing one: name the word that was written
    misspelt = [complaint for complaint in complaints if complaint["type"] == "extra_forbidden"]
    detail = (misspelt or complaints)[0]
    place = [str(part) for part in detail["loc"]]
    if len(place) > 1 and place[0] == "limit" and place[1].isdigit():
        entry = data["limit"][int(place[1])]
        given = entry.get("name") or entry.get("fact", "?") if isinstance(entry, dict) else "?"
        place[:2] = [f"limit {int(place[1]) + 1} ({given})"]
    shown = "" if isinstance(detail["input"], dict) else f", got {detail['input']!r}"
    return f"{' '.join(place)}: {detail['msg']}{shown}"


def load(path: Path) -> tuple[Limit, ...]:
    """Return the limits of one file.

    Raises
    ------
    LimitError
        With one line naming file, limit and field.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        file = LimitFile.model_validate(data)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LimitError(f"{path.name}: {error}") from None
    except ValidationError as error:
        raise LimitError(f"{path.name}: {_first(error, data)}") from None
    return tuple(
        limit.model_copy(update={"edition": file.edition, "name": limit.name or limit.fact})
        for limit in file.limit
    )


def shipped() -> list[Path]:
    """Return the limit files that come with voltbench, in a fixed order."""
    return sorted((Path(__file__).parent / "limits").glob("*.toml"))


def load_all(own: Sequence[Path] = ()) -> tuple[Limit, ...]:
    """Return the shipped limits, those in `own` replacing shipped ones of the same name."""
    limits: dict[str, Limit] = {}
    for path in shipped():
        _add(limits, load(path), path.name)
    for path in own:
        limits.update({limit.name: limit for limit in load(path)})
    return tuple(limits.values())


def _add(limits: dict[str, Limit], more: Iterable[Limit], file: str) -> None:
    """Add limits whose names must be new."""
    for limit in more:
        if limit.name in limits:
            raise LimitError(f"{file}: limit {limit.name} exists already")
        limits[limit.name] = limit
