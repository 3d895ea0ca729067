"""How a charger's session ended, with the common fault code where one exists."""

from dataclasses import dataclass, replace
from typing import Any

from voltbench.control.session.phases import SessionPhase
from voltbench.hil.v2g.secc.faults import mrec_code


@dataclass(frozen=True, slots=True)
class Ending:
    """Reason and quality of an ending."""

    reason: str
    phase: SessionPhase
    good: bool
    mrec: int | None = None
    stuck: bool = False
    """The output stayed above 60 V: welded contactors or a broken discharge resistor."""

    @classmethod
    def normal(cls) -> "Ending":
        """Return the ending after SessionStop."""
        return cls("session_stop", SessionPhase.SESSION_STOP, good=True)

    @classmethod
    def early(cls, reason: str, phase: SessionPhase) -> "Ending":
        """Return an ending before SessionStop."""
        return cls(reason, phase, good=False, mrec=mrec_code(reason))

    def with_stuck_output(self) -> "Ending":
        """Return the same ending with an output that could not be discharged."""
        return replace(self, good=False, stuck=True)

    def to_json(self) -> dict[str, Any]:
        """Return the ending as plain data."""
        return {"reason": self.reason, "phase": self.phase.value, "mrec": self.mrec}
