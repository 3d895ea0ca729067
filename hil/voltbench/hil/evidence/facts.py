"""Facts: what a run measured and will be judged on, each with its uncertainty or a reason why not.

Facts come from plant quantities or sensors, never from what a message claimed.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Status = Literal["measured", "missing", "not_applicable"]


@dataclass(frozen=True)
class Fact:
    """One measured quantity; the name carries its unit as its last word."""

    name: str
    value: float | None
    unit: str
    uncertainty: float = 0.0
    """Half width of the interval that holds the true value (same unit)."""
    status: Status = "measured"
    reason: str = ""
    """Why it was not measured, or does not apply; may add a word to a measured value."""


class Facts:
    """The facts of one run and the session quantities on which limits depend.

    Examples
    --------
    >>> facts = Facts(profile="iso-15118-2:2014", ev_max_voltage_V=800.0)
    >>> facts.measure("unlock_voltage_V", 12.0, "V", uncertainty=1.5)
    >>> facts.missing("precharge_overshoot_V", "V", "the session ended before PreCharge")
    """

    def __init__(self, **session: float | str) -> None:
        self._facts: dict[str, Fact] = {}
        self._session: dict[str, float | str] = {}
        for key, value in session.items():
            self.session_is(key, value)

    def measure(
        self, name: str, value: float, unit: str, uncertainty: float = 0.0, reason: str = ""
    ) -> None:
        """Add a measured quantity.

        Parameters
        ----------
        value, uncertainty
            In `unit`. A value that is not finite is no measurement: use :meth:`missing`.

        Raises
        ------
        ValueError
            If the value is not finite, the uncertainty is negative, or the name is taken.
        """
        if not math.isfinite(value):
            raise ValueError(f"fact {name}: {value} {unit}, must be finite; else say it is missing")
        if not (math.isfinite(uncertainty) and uncertainty >= 0):
            raise ValueError(f"fact {name}: uncertainty {uncertainty} {unit}, must be 0 or more")
        self._add(Fact(name, float(value), unit, float(uncertainty), "measured", reason))

    def missing(self, name: str, unit: str, reason: str) -> None:
        """Say that a quantity should have been measured and was not."""
        self._add(Fact(name, None, unit, 0.0, "missing", reason))

    def not_applicable(self, name: str, unit: str, reason: str) -> None:
        """Say that the run had no such quantity (no emergency stop, so no ramp of one)."""
        self._add(Fact(name, None, unit, 0.0, "not_applicable", reason))

    def session_is(self, key: str, value: float | str) -> None:
        """Set a session quantity a limit may depend on (``ev_max_voltage_V``, ``profile``)."""
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"session {key}: {value}, must be finite")
        self._session[key] = value

    @property
    def session(self) -> Mapping[str, float | str]:
        """Session quantities."""
        return MappingProxyType(self._session)

    def get(self, name: str) -> Fact | None:
        """Return a fact, or None if the run said nothing about it."""
        return self._facts.get(name)

    def __iter__(self) -> Iterator[Fact]:
        """Yield the facts in the order they were added."""
        return iter(self._facts.values())

    def _add(self, fact: Fact) -> None:
        if fact.name in self._facts:
            raise ValueError(f"fact {fact.name}: given twice")
        if fact.unit not in ("1", "") and not fact.name.endswith(
            "_" + fact.unit.replace("/", "_per_")
        ):
            raise ValueError(f"fact {fact.name}: name must end in its unit, _{fact.unit}")
        if fact.value is None and not fact.reason:
            raise ValueError(f"fact {fact.name}: without a value it needs a reason")
        self._facts[fact.name] = fact
