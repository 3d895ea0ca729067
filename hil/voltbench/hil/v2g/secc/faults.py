"""What a fault of the power stage means to the vehicle and to the operator.

Severities: IEC 61851-23:2023 Table CC.10 (over-current: emergency shutdown; isolation:
error shutdown) and 6.3.1.106.2 (over-voltage: emergency). Codes: ChargeX MREC Rev 5.
As implemented by EVerest/EVerest@aa8113f (ErrorHandling.cpp, over_voltage_monitor.yaml),
which names no more codes than these; a fault without one there has none here. The codes
say over-current and over-voltage without a place: faults at grid, link and modules carry
them too. Severities without a source (all but the three above) are unsourced.
"""

from dataclasses import dataclass

from voltbench.hil.v2g.messages.enums import EvseStatusCode

_EMERGENCY, _ERROR = EvseStatusCode.EMERGENCY_SHUTDOWN, EvseStatusCode.MALFUNCTION

MREC_OVER_CURRENT = 4
MREC_OVER_VOLTAGE = 5
MREC_AUTHORIZATION = 9
MREC_CABLE_CHECK = 11
MREC_INSULATION = 22


@dataclass(frozen=True, slots=True)
class FaultMeaning:
    """How a fault is told: status code, common code, isolation status."""

    code: EvseStatusCode = _ERROR
    mrec: int | None = None
    insulation: bool = False
    """The isolation status becomes Fault."""


STAGE_FAULTS = {
    "LINK_OVERVOLTAGE": FaultMeaning(mrec=MREC_OVER_VOLTAGE),
    "LINK_UNDERVOLTAGE": FaultMeaning(),
    "GRID_OVERCURRENT": FaultMeaning(mrec=MREC_OVER_CURRENT),
    "OUTPUT_OVERVOLTAGE": FaultMeaning(_EMERGENCY, MREC_OVER_VOLTAGE),
    "OUTPUT_OVERCURRENT": FaultMeaning(_EMERGENCY, MREC_OVER_CURRENT),
    "MODULE_OVERTEMPERATURE": FaultMeaning(),
    "CONNECTOR_OVERTEMPERATURE": FaultMeaning(),
    "INSULATION": FaultMeaning(mrec=MREC_INSULATION, insulation=True),
    "EMERGENCY_STOP": FaultMeaning(_EMERGENCY),
    "GRID_LOST": FaultMeaning(),
    "PRECHARGE_TIMEOUT": FaultMeaning(),
    "MODULE_OVERCURRENT": FaultMeaning(mrec=MREC_OVER_CURRENT),
}
"""By the names of ``voltbench.control.signals.Fault``."""

SESSION_FAULTS = {
    "over_voltage": FaultMeaning(_EMERGENCY, MREC_OVER_VOLTAGE),
    "authorization_timeout": FaultMeaning(mrec=MREC_AUTHORIZATION),
    "cable_check": FaultMeaning(mrec=MREC_CABLE_CHECK, insulation=True),
    "insulation_fault": FaultMeaning(mrec=MREC_INSULATION, insulation=True),
}
"""What the session itself finds, by the first word of the ending's reason."""

_UNKNOWN = FaultMeaning()


def stage_fault(name: str) -> FaultMeaning:
    """Return what a stage's fault means; one of unknown name is a malfunction without code."""
    return STAGE_FAULTS.get(name, _UNKNOWN)


def mrec_code(reason: str) -> int | None:
    """Return the MREC code of an ending's reason, None where the source gives none.

    >>> mrec_code("stage_fault:OUTPUT_OVERCURRENT"), mrec_code("cable_check:insulation_fault")
    (4, 22)
    """
    kind, _, detail = reason.partition(":")
    if kind == "stage_fault":
        return stage_fault(detail).mrec
    return SESSION_FAULTS.get(detail, SESSION_FAULTS.get(kind, _UNKNOWN)).mrec
