"""What a charging session came to: how it ended, by which timers, and what was measured."""

from dataclasses import asdict, dataclass
from typing import Any

from voltbench.control.session.cable_check import CableCheckResult
from voltbench.control.session.phases import SessionPhase
from voltbench.hil.v2g.evcc.contactors import ClosingFacts
from voltbench.hil.v2g.evcc.machine import Evcc
from voltbench.hil.v2g.secc.machine import Secc


@dataclass(frozen=True, slots=True)
class SessionResult:
    """Outcome of one session. Times in s from the start of the clock."""

    completed: bool
    """Both sides ended in good order and the inlet was unlocked."""
    protocol: str | None
    evse_timer_profile: str | None
    """Name of the timer profile; the two DIN sources disagree, so it belongs to the result."""
    ev_timer_profile: str | None
    evse_reason: str | None
    ev_reason: str | None
    mrec_code: int | None
    output_stuck: bool
    phase_times_s: dict[SessionPhase, float]
    current_demand_requests: int
    worst_response_s: float
    cable_check: CableCheckResult | None
    contactor_closing: ClosingFacts | None
    contactor_opening_current_A: float | None
    high_range: bool
    unlocked_s: float | None
    """When the locked inlet was released, after a good or a bad ending; None if it never was."""

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain data."""
        plain = asdict(self)
        plain["phase_times_s"] = {key.value: value for key, value in self.phase_times_s.items()}
        return plain


def session_result(
    secc: Secc,
    evcc: Evcc,
    phase_times_s: dict[SessionPhase, float],
    message_count: dict[str, int],
) -> SessionResult:
    """Collect the result of a pair of machines."""
    ending, dialect = secc.ending, secc.responder.dialect
    check = secc.output.cable_check
    spoken = evcc.dialect is not None
    return SessionResult(
        completed=ending is not None and ending.good and evcc.good and evcc.finished,
        protocol=None if dialect is None else dialect.protocol.value,
        evse_timer_profile=None if secc.profile is None else secc.profile.name,
        ev_timer_profile=evcc.profile.name if spoken else None,
        evse_reason=None if ending is None else ending.reason,
        ev_reason=evcc.ended,
        mrec_code=None if ending is None else ending.mrec,
        output_stuck=ending is not None and ending.stuck,
        phase_times_s=dict(phase_times_s),
        current_demand_requests=message_count.get("CurrentDemandReq", 0),
        worst_response_s=secc.worst_latency_s,
        cable_check=None if check is None else check.result,
        contactor_closing=evcc.contactors.closing,
        contactor_opening_current_A=evcc.contactors.opening_current_A,
        high_range=secc.output.high_range,
        unlocked_s=evcc.unlocked_s,
    )
