"""Timer profiles: the protocols' timeouts and performance times, as data with sources.

The two public sources for DIN 70121 disagree; both are profiles, and the name of
the one used is part of a session's result.
"""

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any

from voltbench.hil.v2g.messages.catalog import Step
from voltbench.hil.v2g.messages.frame import Protocol

DIN_2014 = "din-70121:2014 (EcoG)"
DIN_2024 = "din-ts-70121:2024 (HotWire)"
ISO2 = "iso-15118-2:2014"

READY_TO_CHARGE_STARTS = ("session_setup", "pre_charge_done")


class ProfileError(ValueError):
    """A timer profile is unknown or its data are malformed."""


@dataclass(frozen=True, slots=True)
class Timing:
    """One time of a profile in s, with its source."""

    value_s: float
    source: str
    verified: bool = False
    """Whether somebody compared it with the standard's text."""


@dataclass(frozen=True, slots=True)
class Timers:
    """Timers over several messages (A5, A6 of the standards notes)."""

    sequence_timeout: Timing
    sequence_timeout_current_demand: Timing
    communication_setup_timeout: Timing
    communication_setup_performance: Timing
    ongoing_timeout: Timing
    ongoing_performance: Timing
    ready_to_charge_timeout: Timing
    cable_check_timeout: Timing
    cable_check_performance: Timing
    pre_charge_timeout: Timing
    pre_charge_performance: Timing
    cp_state_detection_timeout: Timing
    cp_oscillator_retain: Timing


@dataclass(frozen=True, slots=True)
class TimerProfile:
    """All protocol times of one dialect in one reading of its standard."""

    name: str
    protocol: Protocol
    note: str
    message_timeout: dict[Step, Timing]
    """Vehicle: from request to response."""
    message_performance: dict[Step, Timing]
    """Charger: from request to response."""
    timer: Timers
    ready_to_charge_start: str
    """``session_setup`` or ``pre_charge_done``; disputed."""

    def timeout_s(self, step: Step) -> float:
        """How long the vehicle waits for the response of a step, in s."""
        return self.message_timeout[step].value_s

    def performance_s(self, step: Step) -> float:
        """Within what time the charger answers the request of a step, in s."""
        return self.message_performance[step].value_s

    def sequence_timeout_s(self, step: Step) -> float:
        """How long the charger waits for the next request after answering a step, in s."""
        timer = self.timer
        chosen = timer.sequence_timeout
        if step is Step.CURRENT_DEMAND:
            chosen = timer.sequence_timeout_current_demand
        return chosen.value_s


def profile(name: str) -> TimerProfile:
    """Return a timer profile by name.

    Raises
    ------
    ProfileError
        If there is none of that name; the message lists the known ones.
    """
    known = load_profiles()
    if name not in known:
        raise ProfileError(f"timer profile {name!r} is unknown; known: {', '.join(sorted(known))}")
    return known[name]


@cache
def load_profiles() -> dict[str, TimerProfile]:
    """Return all timer profiles that come with this package."""
    text = files("voltbench.hil.v2g").joinpath("timer_profiles.toml").read_text("utf-8")
    return parse_profiles(text)


def parse_profiles(text: str) -> dict[str, TimerProfile]:
    """Read timer profiles from TOML.

    Raises
    ------
    ProfileError
        Naming profile, table and field that is missing, unknown or out of range.
    """
    return {name: _profile(name, table) for name, table in tomllib.loads(text).items()}


def _profile(name: str, table: dict[str, Any]) -> TimerProfile:
    timers = table.get("timer", {})
    names = {field.name for field in fields(Timers)}
    for wrong, word in ((names - timers.keys(), "misses"), (timers.keys() - names, "has unknown")):
        if wrong:
            raise ProfileError(f"timer profile {name}: [timer] {word} {min(wrong)}")
    start = table["start"]["ready_to_charge_timeout"]["value"]
    if start not in READY_TO_CHARGE_STARTS:
        allowed = ", ".join(READY_TO_CHARGE_STARTS)
        raise ProfileError(f"timer profile {name}: start {start!r} is none of {allowed}")
    return TimerProfile(
        name=name,
        protocol=Protocol(table["protocol"]),
        note=table["note"],
        message_timeout=_steps(name, table, "message_timeout_s"),
        message_performance=_steps(name, table, "message_performance_s"),
        timer=Timers(**{key: _timing(name, key, entry) for key, entry in timers.items()}),
        ready_to_charge_start=start,
    )


def _steps(name: str, table: dict[str, Any], key: str) -> dict[Step, Timing]:
    entries = dict(table[key])
    if "default" not in entries:
        raise ProfileError(f"timer profile {name}: [{key}] misses default")
    default = _timing(name, f"{key}.default", entries.pop("default"))
    result = dict.fromkeys(Step, default)
    for step, entry in entries.items():
        if step not in set(Step):
            raise ProfileError(f"timer profile {name}: [{key}] has unknown step {step}")
        result[Step(step)] = _timing(name, f"{key}.{step}", entry)
    return result


def _timing(name: str, where: str, entry: dict[str, Any]) -> Timing:
    value = entry.get("value")
    if not isinstance(value, float | int) or not value > 0.0:
        raise ProfileError(f"timer profile {name}: {where} = {value} s is not above 0 s")
    if not entry.get("source"):
        raise ProfileError(f"timer profile {name}: {where} has no source")
    return Timing(float(value), entry["source"], bool(entry.get("verified", False)))
