"""SLAC matching of ISO 15118-3 as timed steps: which charger is the cable plugged into.

Counts and timers: EVerest lib/everest/slac slac.hpp and qca/open-plc-utils@46c3506
slac.h unless a field says otherwise. Frames are typed objects; attenuation is one number.
"""

from dataclasses import dataclass
from enum import StrEnum

from voltbench.hil.v2g.messages.frame import Protocol, V2gMessage
from voltbench.hil.v2g.messages.matching import (
    AttenCharInd,
    AttenCharRsp,
    MnbcSoundInd,
    SlacMatchCnf,
    SlacMatchReq,
    SlacParmCnf,
    SlacParmReq,
    StartAttenCharInd,
)

INF = float("inf")


@dataclass(frozen=True, slots=True)
class SlacSettings:
    """Counts and times in s of both sides."""

    start_indications: int = 3
    """C_EV_START_ATTEN_CHAR_INDS."""
    sounds: int = 10
    """C_EV_MATCH_MNBC."""
    retries: int = 2
    """C_EV_MATCH_RETRY."""
    batch_interval_s: float = 0.040
    """TP_EV_batch_msg_interval, 20 to 50 ms."""
    sounding_timeout_s: float = 0.6
    """TT_EVSE_match_MNBC; announced as 6 x 100 ms."""
    attenuation_results_s: float = 1.2
    """TT_EV_atten_results."""
    response_timeout_s: float = 0.2
    """TT_match_response."""
    response_s: float = 0.005
    """The charger's own processing; performance limit 100 ms. Unsourced."""
    session_timeout_s: float = 10.0
    """TT_EVSE_match_session."""
    init_timeout_s: float = 40.0
    """TT_EVSE_SLAC_init, 20 to 50 s."""
    join_timeout_s: float = 12.0
    """TT_match_join."""
    join_s: float = 1.0
    """Time the modems take to join the network. Unsourced."""
    repetition_interval_s: float = 0.4
    """TT_matching_rate: pause before a failed match is repeated (secondary, open code)."""
    repetition_s: float = 10.0
    """TT_matching_repetition: no new attempt after this (secondary, open code)."""
    attenuation_limit_dB: float = 40.0
    """Weaker links belong to a neighbour; limit of pyslac 0.8.3."""

    def __post_init__(self) -> None:
        """Refuse a sound interval outside the standard's window."""
        if not 0.020 <= self.batch_interval_s <= 0.050:
            raise ValueError(f"batch_interval_s {self.batch_interval_s} s is outside 0.02..0.05 s")


class SlacState(StrEnum):
    """Where matching is, on either side."""

    IDLE = "idle"
    PARAMETERS = "parameters"
    SOUNDING = "sounding"
    ATTENUATION = "attenuation"
    MATCHING = "matching"
    JOINING = "joining"
    MATCHED = "matched"
    FAILED = "failed"


class SlacEv:
    """The vehicle's side: asks, sounds, judges the attenuation, matches, joins."""

    def __init__(self, settings: SlacSettings, mac: str) -> None:
        self.settings = settings
        self.state = SlacState.IDLE
        self.next_deadline_s = INF
        self.reason = ""
        self.attenuation_dB: float | None = None
        self._mac = mac
        self._give_up_s = INF
        self._tries = 0
        self._sent = 0
        self._joined_s = INF

    def start(self, now_s: float) -> None:
        """Begin matching now."""
        self._give_up_s = now_s + self.settings.repetition_s
        self._restart(now_s)

    def advance(self, now_s: float, incoming: list[object]) -> list[V2gMessage]:
        """Take what arrived, return what to send."""
        out: list[V2gMessage] = []
        for body in incoming:
            if self.state is SlacState.MATCHING and isinstance(body, AttenCharInd):
                out.append(_slac(AttenCharRsp(result=0)))  # the first one was lost
            self._receive(now_s, body)
        while now_s >= self.next_deadline_s:
            before = self.next_deadline_s
            out.extend(_slac(body) for body in self._due(now_s))
            if self.next_deadline_s == before:
                break
        return out

    def _receive(self, now_s: float, body: object) -> None:
        if self.state is SlacState.PARAMETERS and isinstance(body, SlacParmCnf):
            self._to(SlacState.SOUNDING, now_s)
        elif self.state is SlacState.ATTENUATION and isinstance(body, AttenCharInd):
            self.attenuation_dB = body.average_attenuation_dB
            if body.average_attenuation_dB > self.settings.attenuation_limit_dB:
                self._repeat(now_s, "attenuation")
            else:
                self._to(SlacState.MATCHING, now_s)
        elif self.state is SlacState.MATCHING and isinstance(body, SlacMatchCnf):
            self._to(SlacState.JOINING, now_s)
            late = self.settings.join_s > self.settings.join_timeout_s
            self._joined_s = now_s + self.settings.join_s
            self.next_deadline_s = now_s + self.settings.join_timeout_s if late else self._joined_s

    def _due(self, now_s: float) -> list[object]:
        if self.state is SlacState.PARAMETERS:
            return self._request(now_s, SlacParmReq(run_id=self._mac), "slac_parameters_timeout")
        if self.state is SlacState.SOUNDING:
            return self._sound(now_s)
        if self.state is SlacState.ATTENUATION:
            self._repeat(now_s, "attenuation_results_timeout")
        elif self.state is SlacState.MATCHING:
            bodies = self._request(now_s, SlacMatchReq(pev_mac=self._mac), "match_timeout")
            if bodies and self._tries == 1:
                bodies.insert(0, AttenCharRsp(result=0))
            return bodies
        elif self.state is SlacState.JOINING:
            joined = now_s >= self._joined_s
            self.reason = "" if joined else "join_timeout"
            self.state = SlacState.MATCHED if joined else SlacState.FAILED
            self.next_deadline_s = INF
        return []

    def _request(self, now_s: float, body: object, failure: str) -> list[object]:
        if self._tries > self.settings.retries:
            self._repeat(now_s, failure)
            return []
        self._tries += 1
        self.next_deadline_s = now_s + self.settings.response_timeout_s
        return [body]

    def _sound(self, now_s: float) -> list[object]:
        settings = self.settings
        number = self._sent
        self._sent += 1
        self.next_deadline_s = now_s + settings.batch_interval_s
        if number < settings.start_indications:
            timeout_ms = round(1000 * settings.sounding_timeout_s)
            return [StartAttenCharInd(sounds=settings.sounds, timeout_ms=timeout_ms)]
        remaining = settings.sounds - 1 - (number - settings.start_indications)
        if remaining == 0:
            self.state = SlacState.ATTENUATION
            self.next_deadline_s = now_s + settings.attenuation_results_s
        return [MnbcSoundInd(count=remaining)]

    def _repeat(self, now_s: float, reason: str) -> None:
        self.reason = reason
        if now_s + self.settings.repetition_interval_s >= self._give_up_s:
            self.state, self.next_deadline_s = SlacState.FAILED, INF
        else:
            self._restart(now_s + self.settings.repetition_interval_s)

    def _restart(self, at_s: float) -> None:
        self._to(SlacState.PARAMETERS, at_s)
        self._sent = 0

    def _to(self, state: SlacState, at_s: float) -> None:
        self.state, self._tries, self.next_deadline_s = state, 0, at_s


class SlacEvse:
    """The charger's side: counts sounds, reports attenuation, hands over the key."""

    def __init__(self, settings: SlacSettings, mac: str, attenuation_dB: float) -> None:
        self.settings = settings
        self.state = SlacState.IDLE
        self.next_deadline_s = INF
        self.reason = ""
        self.sounds_heard = 0
        self._mac = mac
        self._attenuation_dB = attenuation_dB
        self._answer: tuple[object, SlacState] | None = None
        self._tries = 0

    def start(self, now_s: float) -> None:
        """Wait for the first request of a vehicle just plugged in."""
        self.state = SlacState.PARAMETERS
        self.next_deadline_s = now_s + self.settings.init_timeout_s

    def advance(self, now_s: float, incoming: list[object]) -> list[V2gMessage]:
        """Take what arrived, return what to send."""
        for body in incoming:
            self._receive(now_s, body)
        if now_s < self.next_deadline_s:
            return []
        return [_slac(body) for body in self._due(now_s)]

    def _receive(self, now_s: float, body: object) -> None:
        settings = self.settings
        if self.state is SlacState.IDLE:
            return
        if isinstance(body, SlacParmReq):  # also restarts a match that the vehicle repeats
            self.sounds_heard = 0
            timeout_ms = round(1000 * settings.sounding_timeout_s)
            answer = SlacParmCnf(run_id=body.run_id, sounds=settings.sounds, timeout_ms=timeout_ms)
            self._prepare(now_s, answer, SlacState.SOUNDING)
        elif self.state is SlacState.SOUNDING and isinstance(body, StartAttenCharInd):
            self.next_deadline_s = now_s + settings.sounding_timeout_s
        elif self.state is SlacState.SOUNDING and isinstance(body, MnbcSoundInd):
            self.sounds_heard += 1
            if self.sounds_heard == settings.sounds:
                self._enter_attenuation(now_s + settings.response_s)
        elif self.state is SlacState.ATTENUATION and isinstance(body, AttenCharRsp):
            self.state = SlacState.MATCHING
            self.next_deadline_s = now_s + settings.session_timeout_s
        elif isinstance(body, SlacMatchReq) and self.state in (
            SlacState.MATCHING,
            SlacState.MATCHED,
        ):
            confirm = SlacMatchCnf(evse_mac=self._mac, network_id=self._mac + "01")
            self._prepare(now_s, confirm, SlacState.MATCHED)

    def _due(self, now_s: float) -> list[object]:
        settings = self.settings
        if self._answer is not None:
            body, self.state = self._answer
            self._answer = None
            waits = self.state is SlacState.SOUNDING
            self.next_deadline_s = now_s + settings.session_timeout_s if waits else INF
            return [body]
        if self.state is SlacState.SOUNDING:
            if self.sounds_heard:  # some sounds were lost: report what was heard
                self._enter_attenuation(now_s)
            else:
                return self._fail("no_sounds")
        if self.state is SlacState.ATTENUATION:
            if self._tries > settings.retries:
                return self._fail("attenuation_response_timeout")
            self._tries += 1
            self.next_deadline_s = now_s + settings.response_timeout_s
            heard, average = self.sounds_heard, self._attenuation_dB
            return [AttenCharInd(sounds=heard, average_attenuation_dB=average)]
        if self.state is SlacState.MATCHING:
            return self._fail("match_session_timeout")
        return self._fail("slac_init_timeout") if self.state is SlacState.PARAMETERS else []

    def _prepare(self, now_s: float, body: object, after: SlacState) -> None:
        self._answer = (body, after)
        self.next_deadline_s = now_s + self.settings.response_s

    def _enter_attenuation(self, at_s: float) -> None:
        self.state, self._tries, self.next_deadline_s = SlacState.ATTENUATION, 0, at_s

    def _fail(self, reason: str) -> list[object]:
        self.state, self.reason, self.next_deadline_s = SlacState.FAILED, reason, INF
        return []


def _slac(body: object) -> V2gMessage:
    return V2gMessage(Protocol.SLAC, "", body)
