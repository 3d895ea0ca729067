"""Application protocol handshake (supportedAppProtocol), common to all dialects."""

from typing import Annotated

from voltbench.hil.v2g.messages.enums import AppProtocolCode
from voltbench.hil.v2g.messages.schema import (
    UNSIGNED_BYTE,
    UNSIGNED_INT,
    Element,
    Integer,
    Text,
    element,
)

_NAMESPACE = Text(100)
_PRIORITY = Integer(1, 20)


@element("AppProtocol")
class AppProtocol:
    """One protocol the vehicle offers; priority 1 is its first choice."""

    namespace: Annotated[str, Element("ProtocolNamespace", _NAMESPACE)]
    version_major: Annotated[int, Element("VersionNumberMajor", UNSIGNED_INT)]
    version_minor: Annotated[int, Element("VersionNumberMinor", UNSIGNED_INT)]
    schema_id: Annotated[int, Element("SchemaID", UNSIGNED_BYTE)]
    priority: Annotated[int, Element("Priority", _PRIORITY)]


@element("supportedAppProtocolReq")
class SupportedAppProtocolReq:
    """Protocols the vehicle offers."""

    protocols: Annotated[tuple[AppProtocol, ...], Element("AppProtocol", max_occurs=20)]


@element("supportedAppProtocolRes")
class SupportedAppProtocolRes:
    """The charger's choice; no schema id when nothing fits (V2G-DC-226)."""

    response_code: Annotated[AppProtocolCode, Element("ResponseCode")]
    schema_id: Annotated[int | None, Element("SchemaID", UNSIGNED_BYTE)] = None
