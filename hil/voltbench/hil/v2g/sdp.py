"""SDP: the vehicle asks on the link for the charger's endpoint (ISO 15118-2, DIN 70121)."""

from dataclasses import dataclass

from voltbench.hil.v2g.messages.frame import Protocol, V2gMessage
from voltbench.hil.v2g.messages.matching import SdpReq, SdpRes

INF = float("inf")


@dataclass(frozen=True, slots=True)
class SdpSettings:
    """Counts and times in s."""

    response_timeout_s: float = 0.25
    """V2G2-159; EcoG timeouts.py."""
    max_requests: int = 50
    """V2G2-161; secondary (open code)."""
    connect_s: float = 0.02
    """From the response to an open TCP connection. Unsourced."""


class SdpEv:
    """Asks until a charger answers, then connects."""

    def __init__(self, settings: SdpSettings) -> None:
        self.settings = settings
        self.next_deadline_s = INF
        self.connected = False
        self.failed = False
        self.requests = 0
        self._found = False

    def start(self, now_s: float) -> None:
        """Send the first request now."""
        self.next_deadline_s = now_s

    def advance(self, now_s: float, incoming: list[object]) -> list[V2gMessage]:
        """Take what arrived, return what to send."""
        for body in incoming:
            if isinstance(body, SdpRes) and not self._found:
                self._found = True
                self.next_deadline_s = now_s + self.settings.connect_s
        if now_s < self.next_deadline_s:
            return []
        if self._found or self.requests >= self.settings.max_requests:
            self.connected, self.failed = self._found, not self._found
            self.next_deadline_s = INF
            return []
        self.requests += 1
        self.next_deadline_s = now_s + self.settings.response_timeout_s
        return [V2gMessage(Protocol.SDP, "", SdpReq(tls=False))]


class SdpEvse:
    """Answers every request with the charger's endpoint."""

    PORT = 49152
    """First of the range 49152 to 65535."""

    def __init__(self, response_s: float) -> None:
        self.next_deadline_s = INF
        self._response_s = response_s

    def advance(self, now_s: float, incoming: list[object]) -> list[V2gMessage]:
        """Take what arrived, return what to send."""
        if incoming:
            self.next_deadline_s = now_s + self._response_s
        if now_s < self.next_deadline_s:
            return []
        self.next_deadline_s = INF
        return [V2gMessage(Protocol.SDP, "", SdpRes(port=self.PORT, tls=False))]
