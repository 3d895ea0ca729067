"""What crosses between charger and vehicle: one message with its protocol and session id."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from voltbench.hil.v2g.messages.enums import FaultCode
from voltbench.hil.v2g.messages.schema import Element, Text, element, element_name, to_json


class Protocol(StrEnum):
    """Which grammar a message belongs to."""

    SLAC = "SLAC"
    SDP = "SDP"
    TCP = "TCP"
    SAP = "supportedAppProtocol"
    DIN = "DIN 70121"
    ISO2 = "ISO 15118-2"


class Direction(StrEnum):
    """Who sent a message."""

    TO_EVSE = "EV->EVSE"
    TO_EV = "EVSE->EV"


@element("Notification")
class Notification:
    """Remark in a message header."""

    fault_code: Annotated[FaultCode, Element("FaultCode")]
    fault_message: Annotated[str | None, Element("FaultMsg", Text(64))] = None


@element("TcpClosed")
class TcpClosed:
    """The sender closed the connection (end of stream on a socket)."""


NO_SESSION = "0000000000000000"
"""Session id of a vehicle that opens a new session."""


@dataclass(frozen=True, slots=True)
class V2gMessage:
    """One message: grammar, session id in upper-case hexadecimal, body."""

    protocol: Protocol
    session_id: str
    """Empty for protocols without a V2G header."""
    body: object
    notification: Notification | None = None

    @property
    def name(self) -> str:
        """Schema name of the body."""
        return element_name(type(self.body))

    def to_json(self) -> dict[str, Any]:
        """Return protocol, name, session id and fields as plain data."""
        plain: dict[str, Any] = {"protocol": self.protocol.value, "message": self.name}
        if self.session_id:
            plain["session_id"] = self.session_id
        if self.notification is not None:
            plain["notification"] = to_json(self.notification)
        plain["fields"] = to_json(self.body)
        return plain


TCP_CLOSED = V2gMessage(Protocol.TCP, "", TcpClosed())
