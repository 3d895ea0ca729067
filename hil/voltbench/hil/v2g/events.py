"""What happened in a session besides messages: one record each, for events.jsonl."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Source(StrEnum):
    """Which side an event belongs to."""

    SECC = "secc"
    EVCC = "evcc"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Event:
    """One event; the detail's keys carry their units."""

    time_s: float
    source: Source
    name: str
    detail: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the event as plain data."""
        return {
            "time_s": self.time_s,
            "source": self.source.value,
            "event": self.name,
            **self.detail,
        }
