"""The charger before TCP: SLAC, then SDP."""

from voltbench.hil.v2g.messages.frame import Protocol, V2gMessage
from voltbench.hil.v2g.sdp import SdpEvse
from voltbench.hil.v2g.secc.settings import SeccSettings
from voltbench.hil.v2g.slac import SlacEvse, SlacState


class EvseMatching:
    """Both steps with one deadline."""

    def __init__(self, settings: SeccSettings) -> None:
        self.slac = SlacEvse(settings.slac, settings.mac, settings.attenuation_dB)
        self.sdp = SdpEvse(settings.response_s)
        self.discovering = False
        """An SDP request has come."""

    def start(self, now_s: float) -> None:
        """Wait for the first request of a vehicle just plugged in."""
        self.slac.start(now_s)

    @property
    def state(self) -> SlacState:
        """Where SLAC is."""
        return self.slac.state

    @property
    def next_deadline_s(self) -> float:
        """When matching wants to be advanced at the latest, in s."""
        return min(self.slac.next_deadline_s, self.sdp.next_deadline_s)

    def advance(self, now_s: float, message: V2gMessage | None) -> list[V2gMessage]:
        """Take a message or just the time, return what to send."""
        protocol = None if message is None else message.protocol
        out: list[V2gMessage] = []
        if protocol is Protocol.SLAC or now_s >= self.slac.next_deadline_s:
            heard = [message.body] if message is not None and protocol is Protocol.SLAC else []
            out += self.slac.advance(now_s, heard)
        if protocol is Protocol.SDP or now_s >= self.sdp.next_deadline_s:
            self.discovering = True
            heard = [message.body] if message is not None and protocol is Protocol.SDP else []
            out += self.sdp.advance(now_s, heard)
        return out
