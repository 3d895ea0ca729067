"""Faults between charger and vehicle: messages dropped, delayed or replaced, a pilot that wiggles.

An interceptor sees every message when it is sent and the vehicle's pilot resistance
whenever it is read; the base class lets everything pass.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from voltbench.control.session.pilot import PilotCommand
from voltbench.hil.v2g.messages.frame import Direction, V2gMessage

INF = float("inf")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message that will arrive, and how much later than usual."""

    message: V2gMessage
    extra_delay_s: float = 0.0


class Interceptor:
    """Lets everything pass; override what a fault needs."""

    def on_message(
        self, now_s: float, direction: Direction, message: V2gMessage
    ) -> Sequence[Delivery]:
        """Return what arrives instead of a message: nothing, itself, another, several."""
        del now_s, direction
        return (Delivery(message),)

    def on_pilot(self, now_s: float, resistance_Ohm: float | None) -> float | None:
        """Return the resistance the charger's pilot sees instead of the vehicle's."""
        del now_s
        return resistance_Ohm

    def on_pilot_drive(self, now_s: float, command: PilotCommand) -> PilotCommand:
        """Return what the charger's pilot driver really puts on the line."""
        del now_s
        return command

    def next_change_s(self, now_s: float) -> float:
        """Return when :meth:`on_pilot` or :meth:`on_pilot_drive` next changes by itself."""
        del now_s
        return INF


@dataclass(slots=True)
class Match:
    """Which messages a fault hits: by name, from a time on, after some, at most so many."""

    name: str | None = None
    direction: Direction | None = None
    from_s: float = 0.0
    skip: int = 0
    count: float = INF

    def hits(self, now_s: float, direction: Direction, message: V2gMessage) -> bool:
        """Whether this message is hit; counts the ones that were."""
        if now_s < self.from_s or self.direction not in (None, direction):
            return False
        if self.name is not None and message.name != self.name:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.count <= 0:
            return False
        self.count -= 1
        return True


@dataclass(slots=True)
class Drop(Interceptor):
    """Messages that never arrive."""

    match: Match

    def on_message(
        self, now_s: float, direction: Direction, message: V2gMessage
    ) -> Sequence[Delivery]:
        """Drop what is hit."""
        return () if self.match.hits(now_s, direction, message) else (Delivery(message),)


@dataclass(slots=True)
class Delay(Interceptor):
    """Messages that arrive late; those behind them in the same direction wait too."""

    match: Match
    delay_s: float

    def on_message(
        self, now_s: float, direction: Direction, message: V2gMessage
    ) -> Sequence[Delivery]:
        """Delay what is hit."""
        hit = self.match.hits(now_s, direction, message)
        return (Delivery(message, self.delay_s if hit else 0.0),)


@dataclass(slots=True)
class Replace(Interceptor):
    """Messages that arrive as something else."""

    match: Match
    change: Callable[[V2gMessage], V2gMessage]

    def on_message(
        self, now_s: float, direction: Direction, message: V2gMessage
    ) -> Sequence[Delivery]:
        """Replace what is hit."""
        hit = self.match.hits(now_s, direction, message)
        return (Delivery(self.change(message) if hit else message),)


@dataclass(slots=True)
class PilotFault(Interceptor):
    """The charger's pilot sees another resistance in an interval; None is a broken wire."""

    start_s: float
    end_s: float
    resistance_Ohm: float | None

    def on_pilot(self, now_s: float, resistance_Ohm: float | None) -> float | None:
        """Override the resistance inside the interval."""
        return self.resistance_Ohm if self.start_s <= now_s < self.end_s else resistance_Ohm

    def next_change_s(self, now_s: float) -> float:
        """Return the next end of the interval."""
        return min((t for t in (self.start_s, self.end_s) if t > now_s), default=INF)


@dataclass(slots=True)
class PilotDriverFault(Interceptor):
    """The charger's pilot driver does something else in an interval: stuck, or without supply."""

    start_s: float
    end_s: float
    command: PilotCommand

    def on_pilot_drive(self, now_s: float, command: PilotCommand) -> PilotCommand:
        """Override the command inside the interval."""
        return self.command if self.start_s <= now_s < self.end_s else command

    def next_change_s(self, now_s: float) -> float:
        """Return the next end of the interval."""
        return min((t for t in (self.start_s, self.end_s) if t > now_s), default=INF)


@dataclass(slots=True)
class Chain(Interceptor):
    """Several faults one after the other."""

    faults: list[Interceptor] = field(default_factory=list)

    def on_message(
        self, now_s: float, direction: Direction, message: V2gMessage
    ) -> Sequence[Delivery]:
        """Pass every delivery of one fault on to the next."""
        deliveries: list[Delivery] = [Delivery(message)]
        for fault in self.faults:
            passed: list[Delivery] = []
            for one in deliveries:
                for made in fault.on_message(now_s, direction, one.message):
                    passed.append(Delivery(made.message, one.extra_delay_s + made.extra_delay_s))
            deliveries = passed
        return deliveries

    def on_pilot(self, now_s: float, resistance_Ohm: float | None) -> float | None:
        """Apply every fault's override in turn."""
        for fault in self.faults:
            resistance_Ohm = fault.on_pilot(now_s, resistance_Ohm)
        return resistance_Ohm

    def on_pilot_drive(self, now_s: float, command: PilotCommand) -> PilotCommand:
        """Apply every fault's override in turn."""
        for fault in self.faults:
            command = fault.on_pilot_drive(now_s, command)
        return command

    def next_change_s(self, now_s: float) -> float:
        """Return the next change of any fault."""
        return min((fault.next_change_s(now_s) for fault in self.faults), default=INF)
