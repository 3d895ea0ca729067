"""What the charger puts on the control pilot, from plug-in until after the end."""

from voltbench.control.session.pilot import (
    BLIND_STATES,
    PILOT_DIGITAL,
    PILOT_STEADY,
    PILOT_UNAVAILABLE,
    READY_STATES,
    PilotCommand,
    PilotState,
)

INF = float("inf")


class PilotDrive:
    """Drives the pilot; after a fault holds state F, during which the vehicle cannot be read.

    Parameters
    ----------
    hold_s : state F lasts this long, in s, and longer while the charger stays unavailable
    reaction_s : within this time of state E or F, in s, a vehicle opens its contactors
    """

    def __init__(self, hold_s: float, reaction_s: float) -> None:
        self.hold_s = hold_s
        self.reaction_s = reaction_s
        self.command: PilotCommand = PILOT_STEADY
        self._next: PilotCommand | None = None
        self._next_s = INF
        self._readable = PilotState.A
        self._blind_since_s = INF

    @property
    def settled(self) -> bool:
        """Whether nothing more will change on the pilot by itself."""
        return self._next is None

    @property
    def signal(self) -> str:
        """Name of what is driven: ``digital``, ``steady`` or ``unavailable`` (state F)."""
        if self.command.unavailable:
            return "unavailable"
        return "digital" if self.command.oscillating else "steady"

    @property
    def failing(self) -> bool:
        """Whether state F is signalled, or planned."""
        planned = self._next is not None and self._next.unavailable
        return self.command.unavailable or planned

    def communicate(self) -> None:
        """Ask for digital communication."""
        self.command = PILOT_DIGITAL

    def end(self, at_s: float, unavailable: bool) -> None:
        """Stop the oscillator at a time: with state F, or with a steady +12 V."""
        self._next = PILOT_UNAVAILABLE if unavailable else PILOT_STEADY
        self._next_s = at_s

    def fail(self, now_s: float) -> None:
        """Signal state F now, if it is not signalled yet."""
        if not self.command.unavailable:
            self.end(now_s, unavailable=True)

    def advance(self, now_s: float, available: bool) -> bool:
        """Do what is due; ``available``: the charger could serve again. Whether it changed."""
        if self._next is None or now_s < self._next_s:
            return False
        before, self.command = self.command, self._next
        self._next, self._next_s = None, INF
        if self.command.unavailable and not before.unavailable:
            self._next, self._next_s = PILOT_STEADY, now_s + self.hold_s
        elif before.unavailable and not available:
            self.command = before  # the fault is still there: state F stays
        return self.command is not before

    def read(self, now_s: float, state: PilotState) -> None:
        """Take note of the vehicle's state as it was read."""
        if state not in BLIND_STATES:
            self._readable = state
            self._blind_since_s = INF
        elif self._blind_since_s == INF:
            self._blind_since_s = now_s

    def vehicle_open(self, now_s: float) -> bool:
        """Whether the vehicle's contactors are open: it said so, or it had to by now."""
        return self._readable not in READY_STATES or now_s >= self._reacted_s

    def next_deadline_s(self, now_s: float) -> float:
        """Return when this wants to be advanced, in s."""
        reacted_s = self._reacted_s if self._reacted_s > now_s else INF
        return min(self._next_s, reacted_s)

    @property
    def _reacted_s(self) -> float:
        return self._blind_since_s + self.reaction_s
