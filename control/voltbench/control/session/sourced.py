"""A number that knows where it comes from."""

from dataclasses import dataclass

UNSOURCED = "unsourced"
"""Source of values known from general practice only: informative, never a pass or fail."""


@dataclass(frozen=True, slots=True)
class Sourced:
    """One limit or constant with its unit, clause and source.

    ``verified`` says whether somebody compared it with the standard's own text;
    ``source`` is :data:`UNSOURCED` where no public source was found.
    """

    value: float
    unit: str
    clause: str
    source: str
    verified: bool = False

    @property
    def is_sourced(self) -> bool:
        """Whether a public source names this value."""
        return self.source != UNSOURCED
