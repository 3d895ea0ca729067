"""Charger and vehicle on one simulated clock, with the wire between them.

Event driven and deterministic: messages arrive after a latency, pilot changes are
seen at once, both machines are advanced at every event in the same order.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from voltbench.control.session.phases import SessionPhase, furthest
from voltbench.control.session.pilot import PilotCommand, PilotReading, pilot_reading
from voltbench.control.session.stage import (
    StageReport,
    StageRequest,
    VehicleReport,
    VehicleRequest,
)
from voltbench.hil.v2g.evcc.machine import Evcc
from voltbench.hil.v2g.evcc.settings import BmsLimits
from voltbench.hil.v2g.events import Event, Source
from voltbench.hil.v2g.interceptor import Interceptor
from voltbench.hil.v2g.messages.frame import Direction, V2gMessage
from voltbench.hil.v2g.result import SessionResult, session_result
from voltbench.hil.v2g.secc.machine import Secc

INF = float("inf")
_SAME_TIME_LIMIT = 100


class LinkStalledError(RuntimeError):
    """A machine asks to be advanced again and again without time passing."""


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """The wire. Times in s."""

    latency_to_evse_s: float = 0.001
    """Power-line link and network stack, one way. Unsourced."""
    latency_to_ev_s: float = 0.001
    max_step_s: float = 0.05
    """The bench is never asked to advance further than this in one go."""
    diode_present: bool = True

    def __post_init__(self) -> None:
        """Refuse times that cannot be."""
        for name in ("latency_to_evse_s", "latency_to_ev_s"):
            if not 0.0 <= getattr(self, name) < INF:
                raise ValueError(f"{name} {getattr(self, name)} s is not finite and at least 0 s")
        if not 0.0 < self.max_step_s < INF:
            raise ValueError(f"max_step_s {self.max_step_s} s is not finite and above 0 s")


@dataclass(frozen=True, slots=True)
class MessageEntry:
    """One message on the wire, for messages.jsonl."""

    time_s: float
    """When it was sent."""
    arrival_s: float | None
    """When it arrived; None if it was lost."""
    direction: Direction
    message: V2gMessage
    intercepted: bool

    def to_json(self) -> dict[str, Any]:
        """Return the entry as plain data."""
        plain: dict[str, Any] = {
            "time_s": self.time_s,
            "arrival_s": self.arrival_s,
            "direction": self.direction.value,
        }
        if self.intercepted:
            plain["intercepted"] = True
        plain.update(self.message.to_json())
        return plain


class LinkOutput(NamedTuple):
    """What both sides ask of their hardware now, and what was logged on the way."""

    stage_request: StageRequest
    vehicle_request: VehicleRequest
    phase: SessionPhase
    finished: bool
    messages: list[MessageEntry]
    events: list[Event]


class Link:
    """Pairs one charger machine and one vehicle machine.

    The bench loop is: ``t = link.next_deadline()``, advance the bench to ``t``, read
    it, ``link.advance_to(t, ...)``, write the requests.
    """

    def __init__(
        self,
        secc: Secc,
        evcc: Evcc,
        settings: LinkSettings | None = None,
        interceptor: Interceptor | None = None,
    ) -> None:
        self.secc = secc
        self.evcc = evcc
        self.settings = settings or LinkSettings()
        self.interceptor = interceptor
        self.now_s = 0.0
        self.phase = SessionPhase.IDLE
        self.phase_times_s: dict[SessionPhase, float] = {SessionPhase.IDLE: 0.0}
        """When the pair first reached each phase."""
        self.message_count: dict[str, int] = {}
        self._wire: list[tuple[float, int, Direction, V2gMessage]] = []
        self._serial = 0
        self._last_arrival_s = {Direction.TO_EVSE: 0.0, Direction.TO_EV: 0.0}
        self._secc_due_s = INF
        self._evcc_due_s = evcc.session.plug_in_s
        self._pilot_due_s = INF if interceptor is None else interceptor.next_change_s(-INF)
        self._stage_request = secc.output.request
        self._vehicle_request = VehicleRequest()
        self._pilot_key: tuple[PilotCommand, float | None] | None = None
        self._reading: PilotReading
        self._ev_reading: PilotReading
        self._read_pilot()
        self._messages: list[MessageEntry] = []
        self._events: list[Event] = []

    @property
    def finished(self) -> bool:
        """Whether both sides are done: output safe and inlet unlocked, or given up."""
        return self.secc.finished and self.evcc.finished

    def next_deadline(self) -> float:
        """Return the time of the next event, at most :attr:`LinkSettings.max_step_s` ahead."""
        return min(self._due_s(), self.now_s + self.settings.max_step_s)

    def advance_to(
        self, t_s: float, stage: StageReport, vehicle: VehicleReport, bms: BmsLimits
    ) -> LinkOutput:
        """Process everything due up to `t_s` with what the sensors measured then.

        Raises
        ------
        ValueError
            If time goes backwards.
        LinkStalledError
            If the machines do not come to rest.
        """
        if t_s < self.now_s:
            raise ValueError(f"t_s {t_s} s is before the link's time {self.now_s} s")
        self._messages, self._events = [], []
        same_time = 0
        settled = False
        while (due_s := self._due_s()) <= t_s or not settled:
            at_s = min(max(due_s, self.now_s), t_s)
            same_time = same_time + 1 if at_s == self.now_s else 0
            if same_time > _SAME_TIME_LIMIT:
                raise LinkStalledError(
                    f"no rest at {at_s} s: charger due {self._secc_due_s} s in {self.secc.phase}, "
                    f"vehicle due {self._evcc_due_s} s in {self.evcc.phase}"
                )
            self.now_s = at_s
            known = len(self._events)
            self._step(stage, vehicle, bms)
            # what happened may have consequences at once; a step without events has none
            settled = at_s == t_s or len(self._events) == known
        self.now_s = t_s
        return LinkOutput(
            self._stage_request,
            self._vehicle_request,
            self.phase,
            self.finished,
            self._messages,
            self._events,
        )

    def result(self) -> SessionResult:
        """Return what the session came to, including the timer profile used."""
        return session_result(self.secc, self.evcc, self.phase_times_s, self.message_count)

    def _due_s(self) -> float:
        due_s = min(self._secc_due_s, self._evcc_due_s, self._pilot_due_s)
        return min(due_s, self._wire[0][0]) if self._wire else due_s

    def _step(self, stage: StageReport, vehicle: VehicleReport, bms: BmsLimits) -> None:
        now_s, wire = self.now_s, self._wire
        to_evse: list[V2gMessage] = []
        to_ev: list[V2gMessage] = []
        while wire and wire[0][0] <= now_s:
            _, _, direction, message = heapq.heappop(wire)
            (to_evse if direction is Direction.TO_EVSE else to_ev).append(message)
        if now_s >= self._pilot_due_s:
            assert self.interceptor is not None
            self._pilot_due_s = self.interceptor.next_change_s(now_s)
            self._read_pilot()
        charger = self.secc.advance(now_s, self._reading, stage, to_evse)
        if charger.messages:
            self._send(charger.messages, Direction.TO_EV, self.settings.latency_to_ev_s)
        car = self.evcc.advance(now_s, self._ev_reading, vehicle, bms, to_ev)
        if car.messages:
            self._send(car.messages, Direction.TO_EVSE, self.settings.latency_to_evse_s)
        self._events += charger.events
        self._events += car.events
        self._secc_due_s, self._evcc_due_s = charger.next_deadline_s, car.next_deadline_s
        if charger.stage_request is not self._stage_request:
            self._note_stage(charger.stage_request)
        self._vehicle_request = car.vehicle_request
        resistance = car.vehicle_request.pilot_resistance_Ohm
        if (charger.pilot, resistance) != self._pilot_key:
            self._read_pilot()
            self._secc_due_s = self._evcc_due_s = now_s  # both see the change at once
        self._note_phase(furthest(charger.phase, car.phase))

    def _send(self, messages: Sequence[V2gMessage], direction: Direction, latency_s: float) -> None:
        for message in messages:
            name = message.name
            self.message_count[name] = self.message_count.get(name, 0) + 1
            if self.interceptor is None:
                self._put(message, direction, self.now_s + latency_s, False)
                continue
            deliveries = self.interceptor.on_message(self.now_s, direction, message)
            if not deliveries:
                lost = MessageEntry(self.now_s, None, direction, message, True)
                self._messages.append(lost)
            for one in deliveries:
                changed = one.message is not message or one.extra_delay_s > 0.0
                arrival = self.now_s + latency_s + one.extra_delay_s
                self._put(one.message, direction, arrival, changed)

    def _put(
        self, message: V2gMessage, direction: Direction, arrival_s: float, changed: bool
    ) -> None:
        arrival_s = max(arrival_s, self._last_arrival_s[direction])  # a stream keeps its order
        self._last_arrival_s[direction] = arrival_s
        self._serial += 1
        heapq.heappush(self._wire, (arrival_s, self._serial, direction, message))
        self._messages.append(MessageEntry(self.now_s, arrival_s, direction, message, changed))

    def _read_pilot(self) -> None:
        """Compute what both ends see of the pilot line."""
        vehicle = self._vehicle_request.pilot_resistance_Ohm
        command, diode = self.secc.pilot, self.settings.diode_present
        self._pilot_key = (command, vehicle)
        seen = vehicle
        if self.interceptor is not None:
            seen = self.interceptor.on_pilot(self.now_s, vehicle)
            command = self.interceptor.on_pilot_drive(self.now_s, command)
        self._reading = pilot_reading(command, seen, diode)
        cut = seen is None or vehicle is None
        self._ev_reading = PilotReading(0.0, 0.0, 0.0) if cut else self._reading

    def _note_stage(self, request: StageRequest) -> None:
        before, self._stage_request = self._stage_request, request
        if request.mode is not before.mode:
            self._note("stage_mode", mode=request.mode.name.lower())
        if request.output_contactors_closed is not before.output_contactors_closed:
            self._note("output_contactors", closed=request.output_contactors_closed)
        if request.discharge is not before.discharge:
            self._note("output_discharge", on=request.discharge)

    def _note(self, name: str, **detail: object) -> None:
        self._events.append(Event(self.now_s, Source.SECC, name, detail))

    def _note_phase(self, phase: SessionPhase) -> None:
        if phase is not self.phase:
            self.phase = phase
            self.phase_times_s.setdefault(phase, self.now_s)
            self._events.append(Event(self.now_s, Source.LINK, "phase", {"phase": phase.value}))
