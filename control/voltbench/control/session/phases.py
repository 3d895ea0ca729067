"""The phases of a charging session, in the order a good session passes them."""

from enum import StrEnum


class SessionPhase(StrEnum):
    """Name of a session phase; definition order is the order in time."""

    IDLE = "idle"
    PLUGGED_IN = "plugged_in"
    SLAC = "slac"
    SDP = "sdp"
    SESSION_SETUP = "session_setup"
    SERVICE_DISCOVERY = "service_discovery"
    PAYMENT_SELECTION = "payment_selection"
    AUTHORIZATION = "authorization"
    CHARGE_PARAMETERS = "charge_parameters"
    CABLE_CHECK = "cable_check"
    PRE_CHARGE = "pre_charge"
    CONTACTORS_CLOSING = "contactors_closing"
    POWER_DELIVERY = "power_delivery"
    CURRENT_DEMAND = "current_demand"
    RAMP_DOWN = "ramp_down"
    WELDING_DETECTION = "welding_detection"
    SESSION_STOP = "session_stop"
    UNLOCKED = "unlocked"
    ABORTED = "aborted"
    """Ended early because of the peer, a timer or the pilot."""
    ERROR = "error"
    """Ended early because of a fault on this side."""


PHASE_ORDER = {phase: position for position, phase in enumerate(SessionPhase)}
"""Position of each phase in time; the two bad endings come last."""


def furthest(a: SessionPhase, b: SessionPhase) -> SessionPhase:
    """Return the later of two phases: what the pair of charger and vehicle has reached."""
    return a if PHASE_ORDER[a] >= PHASE_ORDER[b] else b
