"""Every message by protocol and schema name, and the step of the session it belongs to."""

from enum import StrEnum
from types import ModuleType

from voltbench.hil.v2g.messages import app_protocol, din, iso2
from voltbench.hil.v2g.messages.frame import Protocol
from voltbench.hil.v2g.messages.schema import element_name
from voltbench.hil.v2g.messages.wire import MessageError


class Step(StrEnum):
    """One request-response exchange, named as in ISO 15118-2 where dialects differ."""

    SUPPORTED_APP_PROTOCOL = "supported_app_protocol"
    SESSION_SETUP = "session_setup"
    SERVICE_DISCOVERY = "service_discovery"
    PAYMENT_SELECTION = "payment_selection"
    AUTHORIZATION = "authorization"
    CHARGE_PARAMETERS = "charge_parameters"
    CABLE_CHECK = "cable_check"
    PRE_CHARGE = "pre_charge"
    POWER_DELIVERY = "power_delivery"
    CURRENT_DEMAND = "current_demand"
    WELDING_DETECTION = "welding_detection"
    SESSION_STOP = "session_stop"


_STEMS = {
    Step.SESSION_SETUP: "SessionSetup",
    Step.SERVICE_DISCOVERY: "ServiceDiscovery",
    Step.PAYMENT_SELECTION: "PaymentServiceSelection",
    Step.AUTHORIZATION: "Authorization",
    Step.CHARGE_PARAMETERS: "ChargeParameterDiscovery",
    Step.CABLE_CHECK: "CableCheck",
    Step.PRE_CHARGE: "PreCharge",
    Step.POWER_DELIVERY: "PowerDelivery",
    Step.CURRENT_DEMAND: "CurrentDemand",
    Step.WELDING_DETECTION: "WeldingDetection",
    Step.SESSION_STOP: "SessionStop",
}
_DIN_STEMS = {
    Step.PAYMENT_SELECTION: "ServicePaymentSelection",
    Step.AUTHORIZATION: "ContractAuthentication",
}

REQUEST_STEP: dict[type, Step] = {app_protocol.SupportedAppProtocolReq: Step.SUPPORTED_APP_PROTOCOL}
"""Step of each request class."""
RESPONSE_STEP: dict[type, Step] = {
    app_protocol.SupportedAppProtocolRes: Step.SUPPORTED_APP_PROTOCOL
}
"""Step of each response class."""
BODIES: dict[Protocol, dict[str, type]] = {
    Protocol.SAP: {
        element_name(kind): kind
        for kind in (app_protocol.SupportedAppProtocolReq, app_protocol.SupportedAppProtocolRes)
    }
}


def _enter(protocol: Protocol, module: ModuleType, stems: dict[Step, str]) -> None:
    bodies = BODIES.setdefault(protocol, {})
    for step, stem in stems.items():
        for suffix, steps in (("Req", REQUEST_STEP), ("Res", RESPONSE_STEP)):
            kind: type = getattr(module, stem + suffix)
            steps[kind] = step
            bodies[element_name(kind)] = kind


_enter(Protocol.DIN, din, {**_STEMS, **_DIN_STEMS})
_enter(Protocol.ISO2, iso2, _STEMS)


def body_type(protocol: Protocol, name: str) -> type:
    """Return the declared class of a body by protocol and schema name.

    Raises
    ------
    MessageError
        If the protocol has no such message here.
    """
    try:
        return BODIES[protocol][name]
    except KeyError:
        raise MessageError(f"{protocol.value} has no message {name} here") from None
