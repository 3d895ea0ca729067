"""The vehicle's session machine: messages, measurements and time in; requests out."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from voltbench.control.session.limits import STOP_CURRENT, may_unlock
from voltbench.control.session.phases import SessionPhase
from voltbench.control.session.pilot import (
    PilotReading,
    PilotState,
    RESISTANCE_B_Ohm,
    RESISTANCE_C_Ohm,
    digital_communication,
)
from voltbench.control.session.pilot_watch import PilotWatch
from voltbench.control.session.stage import VehicleReport, VehicleRequest
from voltbench.hil.v2g.dialect import Dialect
from voltbench.hil.v2g.evcc.contactors import ContactorGuard
from voltbench.hil.v2g.evcc.demand import Demand
from voltbench.hil.v2g.evcc.settings import BmsLimits, VehicleSession
from voltbench.hil.v2g.evcc.steps import Steps
from voltbench.hil.v2g.events import Event, Source
from voltbench.hil.v2g.messages.catalog import RESPONSE_STEP, Step
from voltbench.hil.v2g.messages.frame import NO_SESSION, TCP_CLOSED, Protocol, V2gMessage
from voltbench.hil.v2g.profiles import TimerProfile
from voltbench.hil.v2g.sdp import SdpEv
from voltbench.hil.v2g.slac import SlacEv, SlacState

INF = float("inf")


class EvccOutput(NamedTuple):
    """What the vehicle does next."""

    messages: list[V2gMessage]
    vehicle_request: VehicleRequest
    phase: SessionPhase
    next_deadline_s: float
    events: list[Event]


class Evcc:
    """One charging session of a vehicle, from unplugged to unlocked.

    Call :meth:`advance` whenever a message arrives, the vehicle reports, the pilot
    changes or :attr:`EvccOutput.next_deadline_s` is reached; time never goes back.
    """

    def __init__(self, session: VehicleSession) -> None:
        self.session = session
        self.phase = SessionPhase.IDLE
        self.dialect: Dialect | None = None
        self.profile: TimerProfile = session.profile(session.protocols[0])
        self.session_id = NO_SESSION
        self.now_s = 0.0
        self.vehicle: VehicleReport
        self.bms: BmsLimits
        self.demand = Demand(session)
        self.contactors = ContactorGuard(session)
        self.steps = Steps(self)
        self.ended: str | None = None
        """Reason of the ending, None while the session runs."""
        self.good = False
        self.finished = False
        self.unlocked_s: float | None = None
        """When the locked inlet was released, whatever the ending; None if it never was."""
        self.stop_reason: str | None = None
        self.sent_s = -INF
        """Time of the last request."""
        self.timers: dict[str, float] = {}
        """Running timers over several messages: name and deadline."""
        self._request = VehicleRequest()
        self._next: tuple[float, Callable[[], None]] | None = (
            session.plug_in_s,
            self._plug_in,
        )
        self._awaiting: Step | None = None
        self._response_by_s = INF
        self._tcp_open = False
        self._digital = False
        self._raw_digital = False
        self._pwm_seen_s = 0.0
        self._pilot = PilotWatch(session.pwm_detection_s)
        self._forced_open_s = INF
        self._unlock_by_s = INF
        self._slac = SlacEv(session.slac, session.evcc_id)
        self._sdp = SdpEv(session.sdp)
        self._outgoing: list[V2gMessage] = []
        self._events: list[Event] = []
        self._rest: tuple[PilotReading, EvccOutput] | None = None
        """While energy flows and nothing is due: the pilot as it is, and what is said again."""

    # --- what the world calls -----------------------------------------------------

    def advance(
        self,
        now_s: float,
        pilot: PilotReading,
        vehicle: VehicleReport,
        bms: BmsLimits,
        incoming: Sequence[V2gMessage] = (),
    ) -> EvccOutput:
        """Take note of the time, the pilot, the vehicle's measurement and the messages."""
        self.now_s, self.vehicle, self.bms = now_s, vehicle, bms
        if self._rest is not None and not incoming and pilot is self._rest[0]:
            resting = self._keep_resting(self._rest[1])
            if resting is not None:
                return resting
        self._watch_pilot(pilot)
        for message in incoming:
            self._receive(message)
        if self.ended is None:
            self._run_timers()
        if self.ended is None:
            self.steps.follow_vehicle()
        if self.phase in _MATCHING:
            self._match([])
        while self._next is not None and now_s >= self._next[0]:
            action = self._next[1]
            self._next = None
            action()
        if self.ended is not None:
            self._wind_up()
        messages, events = self._outgoing, self._events
        self._outgoing, self._events = [], []
        standing = self._request, self.phase, self._next_deadline_s()
        self._rest = (pilot, EvccOutput([], *standing, [])) if self._may_rest() else None
        return EvccOutput(messages, *standing, events)

    def _may_rest(self) -> bool:
        """Whether only a message, a deadline, the pilot or the vehicle can change anything."""
        return self.phase is SessionPhase.CURRENT_DEMAND and self.ended is None

    def _keep_resting(self, standing: EvccOutput) -> EvccOutput | None:
        """Look at the vehicle alone; None if there is more to do."""
        if self.now_s >= standing.next_deadline_s:
            return None
        self.steps.follow_vehicle()
        return None if self._rest is None else standing

    def request_stop(self, reason: str = "driver_stop") -> None:
        """Stop in good order at the next opportunity."""
        if self.stop_reason is None and self.ended is None:
            self.stop_reason = reason
            self.event("stop_requested", reason=reason)

    # --- what the parts of the machine call ---------------------------------------

    def event(self, name: str, **detail: object) -> None:
        """Note an event, which ends any rest."""
        self._rest = None
        self._events.append(Event(self.now_s, Source.EVCC, name, detail))

    def enter(self, phase: SessionPhase) -> None:
        """Go to a phase and note it."""
        if phase is not self.phase:
            self.phase = phase
            self.event("phase", phase=phase.value)

    def later(self, at_s: float, action: Callable[[], None]) -> None:
        """Plan the vehicle's next action; there is only ever one."""
        self._next = (at_s, action)

    def plan(self, step: Step, at_s: float) -> None:
        """Plan to send the request of a step."""
        self._next = (at_s, lambda: self.transmit(step, self.steps.build(step)))

    def transmit(self, step: Step, body: object) -> None:
        """Send a request and wait for its response."""
        protocol, session_id = Protocol.SAP, ""
        if self.dialect is not None:
            protocol, session_id = self.dialect.protocol, self.session_id
        self._outgoing.append(V2gMessage(protocol, session_id, body))
        self.sent_s = self.now_s
        self._awaiting = step
        self._response_by_s = self.now_s + self.session.timeout_s(step, self.profile)

    def hardware(
        self,
        contactors_closed: bool | None = None,
        pilot_resistance_Ohm: float | None = None,
        inlet_locked: bool | None = None,
        current_request_A: float | None = None,
    ) -> None:
        """Change what is asked of the vehicle's own hardware; None leaves a field alone."""
        old = self._request
        new = VehicleRequest(
            old.contactors_closed if contactors_closed is None else contactors_closed,
            old.pilot_resistance_Ohm if pilot_resistance_Ohm is None else pilot_resistance_Ohm,
            old.inlet_locked if inlet_locked is None else inlet_locked,
            old.current_request_A if current_request_A is None else current_request_A,
        )
        if new.contactors_closed != old.contactors_closed:
            self.event("contactors", closed=new.contactors_closed)
        if new.inlet_locked != old.inlet_locked:
            self.event("inlet_lock", locked=new.inlet_locked)
        self._request = new

    @property
    def ready(self) -> bool:
        """Whether the pilot says ready (state C)."""
        return self._request.pilot_resistance_Ohm == RESISTANCE_C_Ohm

    def end(self, reason: str, phase: SessionPhase) -> None:
        """Give up: no more current wanted, pilot to B, contactors and lock follow in order."""
        if self.ended is not None:
            return
        self.ended = reason
        self.enter(phase)
        self.event("session_ended", reason=reason, phase=phase.value)
        plugged = self._request.pilot_resistance_Ohm is not None
        self.hardware(
            pilot_resistance_Ohm=RESISTANCE_B_Ohm if plugged else None, current_request_A=0.0
        )
        self._stand_down()
        if self._tcp_open:
            self._tcp_open = False
            self._outgoing.append(TCP_CLOSED)

    def complete(self) -> None:
        """End in good order, after SessionStopRes."""
        self.ended, self.good = self.stop_reason or "session_stop", True
        self._tcp_open = False
        self._outgoing.append(TCP_CLOSED)
        self._stand_down()

    def _stand_down(self) -> None:
        self._next, self._awaiting, self._response_by_s = None, None, INF
        self.timers.clear()
        self._forced_open_s = self.now_s + self.session.forced_open_s
        self._unlock_by_s = self.now_s + self.session.unlock_timeout_s

    # --- before TCP ---------------------------------------------------------------

    def _plug_in(self) -> None:
        self.hardware(pilot_resistance_Ohm=RESISTANCE_B_Ohm)
        self.enter(SessionPhase.PLUGGED_IN)

    def _watch_pilot(self, reading: PilotReading) -> None:
        before = self._pilot.update(self.now_s, reading)
        if before is not None and self._request.pilot_resistance_Ohm is not None:
            state = self._pilot.state
            self.event("pilot", state=state.value, before=before.value)
            if state is PilotState.F and self.ended is None:
                self.end("pilot_state:F", SessionPhase.ABORTED)
        self._watch_oscillator(reading)

    def _watch_oscillator(self, reading: PilotReading) -> None:
        digital = digital_communication(reading.duty_percent) and reading.high_V > 0.0
        if digital is not self._raw_digital:
            self._raw_digital = digital
            self._pwm_seen_s = self.now_s + self.session.pwm_detection_s
        if digital is self._digital or self.now_s < self._pwm_seen_s:
            return
        self._digital = digital
        self.event("pilot_duty", duty_percent=reading.duty_percent)
        if digital and self.phase is SessionPhase.PLUGGED_IN and self.ended is None:
            self.later(self.now_s + self.session.wake_s, self._start_slac)
        elif not digital and self.ended is None and self.phase not in _PWM_OPTIONAL:
            self.end("pilot_duty_lost", SessionPhase.ABORTED)

    def _start_slac(self) -> None:
        self.enter(SessionPhase.SLAC)
        self._slac.start(self.now_s)
        self._match([])

    def _match(self, messages: list[V2gMessage]) -> None:
        slac = [m.body for m in messages if m.protocol is Protocol.SLAC]
        sdp = [m.body for m in messages if m.protocol is Protocol.SDP]
        self._outgoing += self._slac.advance(self.now_s, slac)
        if self.phase is SessionPhase.SLAC:
            if self._slac.state is SlacState.MATCHED:
                self.event("slac_matched", attenuation_dB=self._slac.attenuation_dB)
                self.enter(SessionPhase.SDP)
                limit = self.profile.timer.communication_setup_timeout.value_s
                self.timers["communication_setup_timeout"] = self.now_s + limit
                self._sdp.start(self.now_s)
            elif self._slac.state is SlacState.FAILED:
                self.end(f"slac:{self._slac.reason}", SessionPhase.ABORTED)
                return
        self._outgoing += self._sdp.advance(self.now_s, sdp)
        if self._sdp.failed:
            self.end("sdp_no_response", SessionPhase.ABORTED)
        elif self._sdp.connected and self.phase is SessionPhase.SDP:
            self._tcp_open = True
            self.enter(SessionPhase.SESSION_SETUP)
            self.transmit(Step.SUPPORTED_APP_PROTOCOL, self.steps.offer())

    # --- messages -----------------------------------------------------------------

    def _receive(self, message: V2gMessage) -> None:
        protocol = message.protocol
        if protocol is Protocol.SLAC or protocol is Protocol.SDP:
            if self.phase in _MATCHING:
                self._match([message])
        elif protocol is Protocol.TCP:
            if self._tcp_open:
                self._tcp_open = False
                self.end("connection_closed", SessionPhase.ABORTED)
        elif self._tcp_open:
            self._receive_response(message)

    def _receive_response(self, message: V2gMessage) -> None:
        step = RESPONSE_STEP.get(type(message.body))
        speaks = self.dialect is None or message.protocol is self.dialect.protocol
        if step is None or step is not self._awaiting or not speaks:
            self.end(f"unexpected_message:{message.name}", SessionPhase.ABORTED)
            return
        if step is Step.SESSION_SETUP:
            self.session_id = message.session_id
        elif step is not Step.SUPPORTED_APP_PROTOCOL and message.session_id != self.session_id:
            self.end("unknown_session", SessionPhase.ABORTED)
            return
        self._awaiting, self._response_by_s = None, INF
        self.steps.handle(step, message.body)

    def _run_timers(self) -> None:
        if self.now_s >= self._response_by_s:
            assert self._awaiting is not None
            self.end(f"message_timeout:{self._awaiting.value}", SessionPhase.ABORTED)
            return
        if self.timers:
            name, deadline = min(self.timers.items(), key=lambda item: item[1])
            if self.now_s >= deadline:
                self.end(name, SessionPhase.ABORTED)

    # --- the end ------------------------------------------------------------------

    def _wind_up(self) -> None:
        """After the end: open the contactors when the current allows it, then unlock."""
        vehicle = self.vehicle
        if self._request.contactors_closed:
            forced = self.now_s >= self._forced_open_s
            if self.contactors.may_open(vehicle, forced):
                if abs(vehicle.battery_current_A) >= STOP_CURRENT.value:
                    self.event("opened_under_load", current_A=vehicle.battery_current_A)
                self.hardware(contactors_closed=False)
            return
        if self.finished:
            return
        opened = not vehicle.contactors_closed
        if opened and may_unlock(vehicle.inlet_voltage_V, vehicle.battery_current_A):
            self.event("unlock", inlet_voltage_V=vehicle.inlet_voltage_V)
            if self._request.inlet_locked:
                self.unlocked_s = self.now_s
            self.hardware(inlet_locked=False)
            if self.good:
                self.enter(SessionPhase.UNLOCKED)
            self.finished = True
        elif self.now_s >= self._unlock_by_s:
            self.event("not_unlocked", inlet_voltage_V=vehicle.inlet_voltage_V)
            self.good = False
            self.enter(SessionPhase.ERROR)
            self.finished = True

    def _next_deadline_s(self) -> float:
        deadline = min(self._response_by_s, self._pilot.next_deadline_s)
        if self._next is not None and self._next[0] < deadline:
            deadline = self._next[0]
        if self.timers:
            deadline = min(deadline, min(self.timers.values()))
        if self._raw_digital is not self._digital:
            deadline = min(deadline, self._pwm_seen_s)
        if self.phase in _MATCHING:
            deadline = min(deadline, self._slac.next_deadline_s, self._sdp.next_deadline_s)
        if self.ended is not None and not self.finished:
            if self._request.contactors_closed and self._forced_open_s > self.now_s:
                deadline = min(deadline, self._forced_open_s)
            deadline = min(deadline, max(self._unlock_by_s, self.now_s))
        return deadline


_MATCHING = frozenset({SessionPhase.SLAC, SessionPhase.SDP})
_PWM_OPTIONAL = frozenset({SessionPhase.PLUGGED_IN, SessionPhase.SESSION_STOP})
"""The charger stops its oscillator by itself after SessionStop."""
