"""What a user of another simulator chooses, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass

ENOUGH, WRONG = 0.01, 0.05
"""Errors (rms, of each probe's rms): within the first counts, beyond the second is wrong."""


@dataclass(frozen=True)
class Setting:
    """A name for the page, and the simulator's own arguments."""

    name: str
    arguments: Mapping[str, float | str | bool]


@dataclass(frozen=True)
class Raced:
    """What a simulator did with one case.

    Attributes
    ----------
    setting : str
        Fastest setting within 1 %; empty: none.
    speed : float
        Of that setting (x real time).
    error : float
        Of that setting, or the smallest of any where none is within 1 %.
    tried, failed, wrong : int
        Settings; those that stopped, refused or took too long; those over 5 % off.
    """

    setting: str
    speed: float
    error: float
    tried: int
    failed: int
    wrong: int


@dataclass(frozen=True)
class Outcome:
    """One run: its error and speed (x real time); `failure` is empty where it ended."""

    setting: Setting
    error: float = float("inf")
    speed: float = 0.0
    failure: str = ""


def best(outcomes: list[Outcome]) -> Raced:
    """Return the fastest outcome within 1 % and the counts."""
    ended = [o for o in outcomes if not o.failure]
    good = [o for o in ended if o.error <= ENOUGH]
    counts = len(outcomes), len(outcomes) - len(ended), sum(not o.error <= WRONG for o in ended)
    if not good:
        return Raced("", 0.0, min((o.error for o in ended), default=float("inf")), *counts)
    first = max(good, key=lambda o: o.speed)
    return Raced(first.setting.name, first.speed, first.error, *counts)
