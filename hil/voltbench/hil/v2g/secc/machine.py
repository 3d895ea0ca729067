"""The charger's session machine: messages, measurements and time in; answers and requests out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from voltbench.control.session.over_voltage import ErrorOverVoltage
from voltbench.control.session.phases import SessionPhase
from voltbench.control.session.pilot import (
    CONNECTED_STATES,
    READY_STATES,
    PilotCommand,
    PilotReading,
    PilotState,
)
from voltbench.control.session.pilot_watch import PilotWatch
from voltbench.control.session.stage import StageReport, StageRequest
from voltbench.hil.v2g.dialect import ResponseCode
from voltbench.hil.v2g.events import Event, Source
from voltbench.hil.v2g.messages.app_protocol import SupportedAppProtocolReq
from voltbench.hil.v2g.messages.catalog import REQUEST_STEP, Step
from voltbench.hil.v2g.messages.enums import EvseNotification, EvseStatusCode, IsolationStatus
from voltbench.hil.v2g.messages.frame import NO_SESSION, TCP_CLOSED, Protocol, V2gMessage
from voltbench.hil.v2g.profiles import TimerProfile
from voltbench.hil.v2g.secc.ending import Ending
from voltbench.hil.v2g.secc.faults import stage_fault
from voltbench.hil.v2g.secc.handlers import Handlers, Reply
from voltbench.hil.v2g.secc.matching import EvseMatching
from voltbench.hil.v2g.secc.output import ENERGY_MODES, LIVE_MODES, OutputControl, OutputMode
from voltbench.hil.v2g.secc.pilot_drive import PilotDrive
from voltbench.hil.v2g.secc.responder import Responder
from voltbench.hil.v2g.secc.settings import SeccSettings
from voltbench.hil.v2g.slac import SlacState

INF = float("inf")


class SeccOutput(NamedTuple):
    """What the charger does next."""

    messages: list[V2gMessage]
    stage_request: StageRequest
    pilot: PilotCommand
    phase: SessionPhase
    next_deadline_s: float
    events: list[Event]


@dataclass(slots=True)
class _Pending:
    """A request that is being answered."""

    step: Step
    received_s: float
    ready_s: float
    reply: Reply
    prebuilt: V2gMessage | None = None


class Secc:
    """One charging session of a charger, from idle to unlocked.

    Call :meth:`advance` whenever a message arrives, the stage reports, the pilot
    changes or :attr:`SeccOutput.next_deadline_s` is reached; time never goes back.
    """

    def __init__(self, settings: SeccSettings) -> None:
        self.settings = settings
        self.phase = SessionPhase.IDLE
        self.drive = PilotDrive(settings.state_f_s, settings.state_f_reaction_s)
        self.output = OutputControl(settings)
        self.responder = Responder(settings)
        self.handlers = Handlers(self)
        self.profile: TimerProfile | None = None
        self.now_s = 0.0
        self.stage: StageReport
        self.ending: Ending | None = None
        self.finished = False
        self.session_id = NO_SESSION
        self.over_voltage: ErrorOverVoltage | None = None
        self.expected: frozenset[Step] = frozenset({Step.SUPPORTED_APP_PROTOCOL})
        self.stop_by_s = INF
        self.worst_latency_s = 0.0
        self._matching = EvseMatching(settings)
        self._watch = PilotWatch(settings.pilot_debounce_s)
        self._tcp_open = False
        self._tcp_close_s = INF
        self._give_up_s = INF
        self._setup_by_s = INF
        self._sequence_s = INF
        self._pending: _Pending | None = None
        self._safe_reported = False
        self._outgoing: list[V2gMessage] = []
        self._events: list[Event] = []
        self._rest: tuple[PilotReading, SeccOutput] | None = None
        """While energy flows and nothing is due: the pilot as it is, and what is said again."""

    # --- what the world calls -----------------------------------------------------

    def advance(
        self,
        now_s: float,
        pilot: PilotReading,
        stage: StageReport,
        incoming: Sequence[V2gMessage] = (),
    ) -> SeccOutput:
        """Take note of the time, the pilot, the stage's measurement and the messages."""
        self.now_s, self.stage = now_s, stage
        if self._rest is not None and not incoming and pilot is self._rest[0]:
            resting = self._keep_resting(self._rest[1])
            if resting is not None:
                return resting
        before = self._watch.update(now_s, pilot)
        if before is not None:
            self.event("pilot", state=self.pilot_state.value, before=before.value)
            self.drive.read(now_s, self.pilot_state)
            self._pilot_changed()
        self._watch_stage()
        for message in incoming:
            self._receive(message)
        self.output.advance(now_s, stage, self.drive.vehicle_open(now_s))
        self.handlers.follow_output()
        if self.phase in _MATCHING and not self.ending:
            self._match(None)
        self._answer()
        self._run_timers()
        messages, events = self._outgoing, self._events
        self._outgoing, self._events = [], []
        deadline_s = self._next_deadline_s()
        standing = self.output.request, self.pilot, self.phase, deadline_s
        self._rest = (pilot, SeccOutput([], *standing, [])) if self._may_rest() else None
        return SeccOutput(messages, *standing, events)

    def _may_rest(self) -> bool:
        """Whether only a message, a deadline, the pilot or the stage can change anything."""
        waiting = self._pending is not None and self._pending.reply.hold is not None
        delivering = self.output.mode is OutputMode.DELIVERING
        return delivering and self.ending is None and not waiting

    def _keep_resting(self, standing: SeccOutput) -> SeccOutput | None:
        """Look at the stage alone; None if there is more to do."""
        if self.now_s >= standing.next_deadline_s:
            return None
        self._watch_stage()
        over = self.over_voltage is not None and self.over_voltage.next_deadline_s < INF
        return None if over or self._rest is None else standing

    def request_stop(self, reason: str = "user_stop") -> None:
        """Ask the vehicle to stop, in the next response."""
        if self.stop_by_s == INF and self.ending is None:
            self.event("evse_stop_requested", reason=reason)
            self.responder.status_code = EvseStatusCode.SHUTDOWN
            self.responder.notification = EvseNotification.STOP_CHARGING
            self.stop_by_s = self.now_s + self.settings.stop_grace_s

    def emergency_stop(self, reason: str = "emergency_stop") -> None:
        """Block the gates now and tell the vehicle with the next response."""
        self.end(reason, SessionPhase.ERROR, EvseStatusCode.EMERGENCY_SHUTDOWN, emergency=True)

    def limit(self, current_A: float = INF, power_W: float = INF) -> None:
        """Set limits from outside; the vehicle hears of them with the next response."""
        self.responder.limit_current_A = current_A
        self.responder.limit_power_W = power_W

    @property
    def pilot(self) -> PilotCommand:
        """What the charger puts on the pilot now."""
        return self.drive.command

    @property
    def pilot_state(self) -> PilotState:
        """The vehicle's state as read from the pilot, debounced."""
        return self._watch.state

    # --- what the parts of the machine call ---------------------------------------

    def event(self, name: str, **detail: object) -> None:
        """Note an event, which ends any rest."""
        self._rest = None
        self._events.append(Event(self.now_s, Source.SECC, name, detail))

    def enter(self, phase: SessionPhase) -> None:
        """Go to a phase and note it; a machine that has ended stays where it is."""
        if phase is not self.phase and self.ending is None:
            self.phase = phase
            self.event("phase", phase=phase.value)

    def end(
        self,
        reason: str,
        phase: SessionPhase,
        code: EvseStatusCode = EvseStatusCode.NOT_READY,
        emergency: bool = False,
    ) -> None:
        """End the session early: gates off now, everything else follows in order."""
        if self.ending is not None:
            if emergency:
                self.output.stop(self.now_s, emergency=True)
            return
        self.responder.status_code = code
        self.enter(phase)
        self.ending = Ending.early(reason, phase)
        self.event("session_ended", **self.ending.to_json())
        fault = phase is SessionPhase.ERROR
        energised = self.output.mode in ENERGY_MODES
        self.output.stop(self.now_s, emergency)
        self._close_soon()
        # before energy flows, a vehicle is told by message first and by the pilot afterwards
        at_once = emergency or (fault and energised)
        self.drive.end(self.now_s if at_once else self._tcp_close_s, emergency or fault)
        self._drive_pilot()
        if self._pending is not None:
            self._pending.reply.fail(self.fail_code)
        elif reason in _PEER_GONE:
            self.close_tcp()

    def complete(self) -> None:
        """End the session in good order, after SessionStopRes."""
        if self.ending is None:
            self.enter(SessionPhase.SESSION_STOP)
            self.ending = Ending.normal()
            self.output.stop(self.now_s, emergency=False)
            self._close_soon()
            self.drive.end(self._tcp_close_s, unavailable=False)
            self._tcp_close_s = self.now_s + self.settings.linger_s
            self._sequence_s = INF

    @property
    def fail_code(self) -> ResponseCode:
        """FAILED in the dialect spoken."""
        assert self.responder.dialect is not None
        return self.responder.dialect.codes.FAILED

    def _close_soon(self) -> None:
        """Leave time for one more answer."""
        retain = 0.0 if self.profile is None else self.profile.timer.cp_oscillator_retain.value_s
        self._tcp_close_s = self.now_s + retain
        self._give_up_s = self.now_s + 2.0 * self.settings.discharge_timeout_s

    def close_tcp(self) -> None:
        """Close the connection."""
        if self._tcp_open:
            self._tcp_open = False
            self._sequence_s = INF
            self._outgoing.append(TCP_CLOSED)

    # --- pilot and stage ----------------------------------------------------------

    def _pilot_changed(self) -> None:
        state, mode = self.pilot_state, self.output.mode
        if self.ending is not None:
            return
        if self.phase is SessionPhase.IDLE:
            if state in CONNECTED_STATES:
                self.enter(SessionPhase.PLUGGED_IN)
                self.drive.communicate()
                self.event("pilot_drive", signal=self.drive.signal)
                self._matching.start(self.now_s)
        elif state not in CONNECTED_STATES:
            live = mode in LIVE_MODES
            code = EvseStatusCode.EMERGENCY_SHUTDOWN if live else EvseStatusCode.NOT_READY
            self.end(f"pilot_lost:{state.value}", SessionPhase.ABORTED, code, emergency=live)
        elif state not in READY_STATES and mode in LIVE_MODES:
            delivering = mode is OutputMode.DELIVERING
            asked_to = self.stop_by_s < INF and not delivering
            if mode is OutputMode.RAMPING_DOWN or asked_to:
                self.output.release(self.now_s)
            else:
                reason, code = "pilot_left_ready", EvseStatusCode.EMERGENCY_SHUTDOWN
                self.end(reason, SessionPhase.ABORTED, code, emergency=delivering)

    def _watch_stage(self) -> None:
        if self.ending is not None:
            return
        stage = self.stage
        if stage.fault is not None and self.phase is not SessionPhase.IDLE:
            meaning = stage_fault(stage.fault)
            if meaning.insulation:
                self.responder.isolation = IsolationStatus.FAULT
            self.end(f"stage_fault:{stage.fault}", SessionPhase.ERROR, meaning.code)
        elif self._insulation_lost():
            self.responder.isolation = IsolationStatus.FAULT
            self.end("insulation_fault", SessionPhase.ERROR, EvseStatusCode.MALFUNCTION)
        elif (
            self.over_voltage is not None
            and self.output.mode in (OutputMode.DELIVERING, OutputMode.RAMPING_DOWN)
            and self.over_voltage.exceeded(self.now_s, stage.output_voltage_V)
        ):
            self.end("over_voltage", SessionPhase.ERROR, EvseStatusCode.EMERGENCY_SHUTDOWN)

    def _insulation_lost(self) -> bool:
        """Whether the monitor reads a fault while the output is regulated (CC.4.1.5)."""
        reading = self.stage.insulation_resistance_Ohm
        limit = self.settings.cable_check.insulation_fault_Ohm
        return self.output.mode in ENERGY_MODES and reading is not None and reading < limit

    def _drive_pilot(self) -> None:
        """Let the pilot follow the end; it stays at F while the charger cannot serve."""
        stuck = self.ending is not None and self.ending.stuck
        if self.stage.fault is not None:
            self.drive.fail(self.now_s)
        if self.drive.advance(self.now_s, self.stage.fault is None and not stuck):
            self.event("pilot_drive", signal=self.drive.signal)

    # --- messages -----------------------------------------------------------------

    def _receive(self, message: V2gMessage) -> None:
        protocol = message.protocol
        if protocol is Protocol.SLAC or protocol is Protocol.SDP:
            if self.ending is None:
                self._match(message)
        elif protocol is Protocol.TCP:
            self._tcp_open = False
            self._tcp_close_s = INF
            self.event("tcp_closed_by_peer")
            self.end("connection_closed", SessionPhase.ABORTED)
        elif self._tcp_open:
            self._receive_request(message)

    def _match(self, message: V2gMessage | None) -> None:
        before = self._matching.state
        self._outgoing += self._matching.advance(self.now_s, message)
        if self._matching.discovering:
            self.enter(SessionPhase.SDP)
        state = self._matching.state
        if state is before:
            return
        if state is SlacState.FAILED:
            self.end(f"slac:{self._matching.slac.reason}", SessionPhase.ABORTED)
        elif state is SlacState.SOUNDING:
            self.enter(SessionPhase.SLAC)
        elif state is SlacState.MATCHED:
            heard = self._matching.slac.sounds_heard
            self.event("slac_matched", sounds=heard, attenuation_dB=self.settings.attenuation_dB)
            self._tcp_open = True
            default = self.settings.profile(self.settings.protocols[0])
            self._setup_by_s = self.now_s + default.timer.communication_setup_performance.value_s

    def _receive_request(self, message: V2gMessage) -> None:
        step = REQUEST_STEP.get(type(message.body))
        if step is None or not self._speaks(message, step):
            self.event("message_not_understood", message=message.name)
            self.end("message_not_understood", SessionPhase.ABORTED)
            self.close_tcp()
            return
        self._sequence_s = INF
        if step is Step.SUPPORTED_APP_PROTOCOL and step in self.expected:
            assert isinstance(message.body, SupportedAppProtocolReq)
            reply, answer = self.handlers.negotiate(message.body)
            ready = self.now_s + self.settings.latency_s(step)
            self._pending = _Pending(step, self.now_s, ready, reply, answer)
            return
        if self._pending is not None:  # a second request before the answer
            reply = self._refuse("FAILED_SequenceError", "sequence_error")
        else:
            reply = self._reply(message, step)
        ready = self.now_s + self.settings.latency_s(step)
        self._pending = _Pending(step, self.now_s, ready, reply)

    def _speaks(self, message: V2gMessage, step: Step) -> bool:
        dialect = self.responder.dialect
        if step is Step.SUPPORTED_APP_PROTOCOL:
            return dialect is None
        return dialect is not None and message.protocol is dialect.protocol

    def _reply(self, message: V2gMessage, step: Step) -> Reply:
        """Check session and sequence, then let the step's handler decide."""
        if self.ending is not None:
            return Reply(self.fail_code, close=True)
        if step is not Step.SESSION_SETUP and message.session_id != self.session_id:
            return self._refuse("FAILED_UnknownSession", "unknown_session")
        if step not in self.expected:
            return self._refuse("FAILED_SequenceError", "sequence_error")
        return self.handlers.handle(step, message.body)

    def _refuse(self, code: str, reason: str) -> Reply:
        assert self.responder.dialect is not None
        self.end(reason, SessionPhase.ABORTED)
        return Reply(self.responder.dialect.codes(code), close=True)

    def _answer(self) -> None:
        pending = self._pending
        if pending is None or self.now_s < pending.ready_s:
            return
        reply = pending.reply
        if reply.hold is not None and not reply.hold():
            return
        self._pending = None
        step = pending.step
        if not reply.close and reply.before is not None:
            reply.before()
        if pending.prebuilt is not None:
            self._outgoing.append(pending.prebuilt)
        else:
            dialect = self.responder.dialect
            assert dialect is not None
            body = self.responder.build(step, reply.code, self.stage)
            self._outgoing.append(V2gMessage(dialect.protocol, self.session_id, body))
        self._check_performance(step, self.now_s - pending.received_s)
        if reply.close:
            self.close_tcp()
            return
        self._sequence_s = self.now_s + self._sequence_timeout_s(step)
        if step is Step.SESSION_SETUP:
            self._setup_by_s = INF
        if reply.after is not None:
            reply.after()

    def _check_performance(self, step: Step, latency_s: float) -> None:
        profile = self.profile or self.settings.profile(self.settings.protocols[0])
        allowed = profile.performance_s(step)
        if latency_s > allowed + 1e-9:
            self.event(
                "performance_time_exceeded", step=step.value, latency_s=latency_s, limit_s=allowed
            )
        self.worst_latency_s = max(self.worst_latency_s, latency_s)

    def _sequence_timeout_s(self, step: Step) -> float:
        profile = self.profile or self.settings.profile(self.settings.protocols[0])
        return profile.sequence_timeout_s(step)

    # --- timers -------------------------------------------------------------------

    def _run_timers(self) -> None:
        now_s = self.now_s
        if self.ending is None:
            if now_s >= self._sequence_s:
                self.end("sequence_timeout", SessionPhase.ABORTED)
            elif now_s >= self._setup_by_s:
                self.end("communication_setup_timeout", SessionPhase.ABORTED)
            elif now_s >= self.stop_by_s and self.output.mode in LIVE_MODES:
                self.end("evse_stop_ignored", SessionPhase.ERROR, EvseStatusCode.SHUTDOWN)
        if self.ending is not None:
            self._wind_up()

    def _wind_up(self) -> None:
        """After the end: close the connection, move the pilot, report safe or stuck."""
        now_s, ending = self.now_s, self.ending
        assert ending is not None
        if now_s >= self._tcp_close_s and self._pending is None:
            self._tcp_close_s = INF
            self.close_tcp()
        safe = self.output.mode is OutputMode.SAFE
        if safe and not self._safe_reported:
            self._safe_reported = True
            voltage, current = self.stage.output_voltage_V, self.stage.output_current_A
            self.event("output_safe", voltage_V=voltage, current_A=current)
            if ending.good:
                self._force_phase(SessionPhase.UNLOCKED)
        if not ending.stuck and not safe and (self.output.stuck or now_s >= self._give_up_s):
            self.ending = ending.with_stuck_output()
            self.event("output_not_discharged", voltage_V=self.stage.output_voltage_V)
            self._force_phase(SessionPhase.ERROR)
            if not self.drive.failing:
                self.drive.fail(now_s)
        self._drive_pilot()
        closed = self.drive.settled and self._tcp_close_s == INF and self._pending is None
        self.finished = closed and (safe or (self.ending is not None and self.ending.stuck))

    def _force_phase(self, phase: SessionPhase) -> None:
        self.phase = phase
        self.event("phase", phase=phase.value)

    def _next_deadline_s(self) -> float:
        deadline = min(self.output.next_deadline_s, self._sequence_s, self._watch.next_deadline_s)
        pending = self._pending
        if pending is not None:
            at_s = pending.ready_s
            deadline = min(deadline, at_s if self.now_s < at_s else pending.reply.until_s)
        if self.ending is None:
            deadline = min(deadline, self._setup_by_s)
            if self.stop_by_s > self.now_s:
                deadline = min(deadline, self.stop_by_s)
            if self.over_voltage is not None:
                deadline = min(deadline, self.over_voltage.next_deadline_s)
            if self.phase in _MATCHING:
                deadline = min(deadline, self._matching.next_deadline_s)
        elif not self.finished:
            deadline = min(deadline, self.drive.next_deadline_s(self.now_s))
            if self._pending is None:
                deadline = min(deadline, self._tcp_close_s)
            if self._give_up_s > self.now_s:
                deadline = min(deadline, self._give_up_s)
        return deadline


_MATCHING = frozenset({SessionPhase.PLUGGED_IN, SessionPhase.SLAC, SessionPhase.SDP})
_PEER_GONE = frozenset({"sequence_timeout", "connection_closed", "communication_setup_timeout"})
