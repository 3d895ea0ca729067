"""Control pilot of IEC 61851-1: the circuit's voltages, and the states read from them.

The charger drives +-12 V through 1 kOhm; the vehicle loads the positive half
wave through a diode with a resistance that tells its state. Values: IEC 61851-1
as given by esp32-evse (resistances), OpenEVSE (levels), Fluke FEV300 manual p. 12
and EVerest Charger.cpp (duty cycle).
"""

from dataclasses import dataclass
from enum import StrEnum

from voltbench.control.session.sourced import UNSOURCED, Sourced

SOURCE_VOLTAGE_V = 12.0
SOURCE_RESISTANCE_Ohm = 1000.0
DIODE_DROP_V = 0.7
"""Silicon diode of the vehicle's pilot circuit; makes 9, 6 and 3 V of the resistances below."""
RESISTANCE_B_Ohm = 2740.0
RESISTANCE_C_Ohm = 882.0
RESISTANCE_D_Ohm = 246.0
DIGITAL_DUTY_percent = 5.0
"""Duty cycle that says: digital communication required."""


class PilotState(StrEnum):
    """Vehicle states A to F; UNDEFINED between the bands."""

    A = "A"
    """Nothing connected."""
    B = "B"
    """Vehicle connected, not ready."""
    C = "C"
    """Vehicle ready."""
    D = "D"
    """Vehicle ready, ventilation required."""
    E = "E"
    """Pilot shorted to PE or not driven, or the vehicle's diode missing."""
    F = "F"
    """Charger not available."""
    UNDEFINED = "undefined"


READY_STATES = frozenset({PilotState.C, PilotState.D})
CONNECTED_STATES = frozenset({PilotState.B, PilotState.C, PilotState.D})
BLIND_STATES = frozenset({PilotState.E, PilotState.F, PilotState.UNDEFINED})
"""States in which the charger cannot read the vehicle's resistance."""


@dataclass(frozen=True, slots=True)
class PilotBand:
    """Voltage band of the positive half wave in which a state is read."""

    state: PilotState
    low_V: float
    high_V: float
    source: str = UNSOURCED


PILOT_BANDS = (
    PilotBand(PilotState.A, 11.4, 12.6),
    PilotBand(PilotState.B, 8.36, 9.56),
    PilotBand(PilotState.C, 5.48, 6.49),
    PilotBand(PilotState.D, 2.62, 3.25),
    PilotBand(PilotState.E, -1.0, 1.0),
    PilotBand(PilotState.F, -12.6, -11.4),
)
"""Tolerance bands; unsourced, so a verdict that rests on them is informative."""

DIODE_LEVEL_V = -11.0
"""The negative half wave of an intact circuit is unloaded: below this (unsourced)."""


@dataclass(frozen=True, slots=True)
class PilotCommand:
    """What the charger puts on the pilot.

    ``duty_percent`` between 0 and 100 is PWM at 1 kHz, 100 is a steady +12 V
    (no charging) and 0 a steady -12 V (state F). A driver without supply puts
    nothing on the line, whatever the duty cycle: state E.
    """

    duty_percent: float
    powered: bool = True

    def __post_init__(self) -> None:
        """Refuse a duty cycle that no oscillator makes."""
        if not 0.0 <= self.duty_percent <= 100.0:
            raise ValueError(f"duty_percent {self.duty_percent} % is outside 0..100 %")

    @property
    def oscillating(self) -> bool:
        """Whether the 1 kHz oscillator runs."""
        return self.powered and 0.0 < self.duty_percent < 100.0

    @property
    def unavailable(self) -> bool:
        """Whether this is state F."""
        return self.powered and self.duty_percent == 0.0


PILOT_STEADY = PilotCommand(100.0)
PILOT_DIGITAL = PilotCommand(DIGITAL_DUTY_percent)
PILOT_UNAVAILABLE = PilotCommand(0.0)
"""State F: the charger is not available."""
PILOT_UNPOWERED = PilotCommand(0.0, powered=False)
"""The charger's pilot driver has lost its supply."""

STATE_F_MIN = Sourced(0.3, "s", "IEC 61851-1 Table A.5", "EVerest/EVerest@aa8113f")
"""State F after a fault lasts at least this long."""
STEP_EF_MIN = Sourced(4.0, "s", "T_step_EF, IEC 61851-1 or ISO 15118-3", "secondary open code")
STEP_EF_MAX = Sourced(8.0, "s", "T_step_EF, IEC 61851-1 or ISO 15118-3", "secondary open code")
"""Bounds of a step through state E or F that every vehicle notices."""


@dataclass(frozen=True, slots=True)
class PilotReading:
    """What is measured on the pilot line: levels of both half waves and the duty cycle."""

    high_V: float
    low_V: float
    duty_percent: float


def pilot_reading(
    command: PilotCommand, resistance_Ohm: float | None, diode_present: bool = True
) -> PilotReading:
    """Compute the pilot voltages of a charger and a vehicle.

    Parameters
    ----------
    command
        What the charger drives.
    resistance_Ohm
        Vehicle's resistance from pilot to PE behind its diode; None while unplugged,
        0 for a pilot shorted to PE (the short bypasses the diode).
    diode_present
        False for a vehicle, or a cheating resistor, without diode.
    """
    if not command.powered:
        return PilotReading(0.0, 0.0, 0.0)
    high = _loaded(SOURCE_VOLTAGE_V, resistance_Ohm, diode_present)
    low = _loaded(-SOURCE_VOLTAGE_V, resistance_Ohm, diode_present)
    if command.duty_percent == 0.0:
        return PilotReading(low, low, 0.0)
    if command.duty_percent == 100.0:
        return PilotReading(high, high, 100.0)
    return PilotReading(high, low, command.duty_percent)


def _loaded(source_V: float, resistance_Ohm: float | None, diode_present: bool) -> float:
    if resistance_Ohm is None:
        return source_V
    if resistance_Ohm < 0.0:
        raise ValueError(f"pilot resistance_Ohm {resistance_Ohm} Ohm is below 0 Ohm")
    if resistance_Ohm == 0.0:
        return 0.0
    if diode_present and source_V < 0.0:
        return source_V
    drop = DIODE_DROP_V if diode_present else 0.0
    return drop + (source_V - drop) * resistance_Ohm / (SOURCE_RESISTANCE_Ohm + resistance_Ohm)


def classify(reading: PilotReading) -> PilotState:
    """Read the state from the levels: a loaded negative half wave is state E (no diode)."""
    for band in PILOT_BANDS:
        if band.low_V <= reading.high_V <= band.high_V:
            break
    else:
        return PilotState.UNDEFINED
    oscillating = 0.0 < reading.duty_percent < 100.0
    if oscillating and reading.low_V > DIODE_LEVEL_V:
        return PilotState.E
    return band.state


def digital_communication(duty_percent: float) -> bool:
    """Whether a duty cycle asks for digital communication (3 to 7 %)."""
    return 3.0 <= duty_percent <= 7.0


def duty_current_A(duty_percent: float) -> float | None:
    """Return the AC current limit a duty cycle stands for, None where it stands for none."""
    if 8.0 <= duty_percent < 10.0:
        return 6.0
    if 10.0 <= duty_percent <= 85.0:
        return 0.6 * duty_percent
    if 85.0 < duty_percent <= 96.0:
        return 2.5 * (duty_percent - 64.0)
    return 80.0 if 96.0 < duty_percent <= 97.0 else None
