"""What session and power stage tell each other: measured values up, requests down.

The session never sees a set-point come back: a :class:`StageReport` holds only
what sensors measured. One pair of types serves the simulated and the real bench.
Reports are tuples with names: they are made at every step of the session.
"""

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import NamedTuple


class StageMode(IntEnum):
    """What the power stage is asked to do."""

    OFF = 0
    """Gates blocked, DC link released."""
    READY = 1
    """DC link charged and regulated, output off."""
    RUN = 2
    """Output regulated to the requested voltage within the requested current and power."""


@dataclass(frozen=True)
class StageRequest:
    """What the charger's session asks of its power stage (units in the names).

    The short-circuit test of the cable check needs no field of its own: its stimulus is an
    ordinary low voltage within a small current, and the sensors tell the loop's resistance.
    """

    mode: StageMode = StageMode.OFF
    voltage_V: float = 0.0
    current_A: float = 0.0
    power_W: float = 0.0
    voltage_trip_V: float = 0.0
    """Emergency over-voltage trip of this session; 0 = the rating's."""
    battery_connected: bool = False
    """The vehicle closed its contactors: regulate against a battery, not a capacitor."""
    high_range: bool = False
    """Series connection of the module outputs; may change only while the output is off."""
    output_contactors_closed: bool = False
    discharge: bool = False
    """Connect the discharge resistor across the output."""
    insulation_monitor_on: bool = False
    emergency_stop: bool = False

    def but(self, **changes: object) -> "StageRequest":
        """Return a copy with some fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]


class StageReport(NamedTuple):
    """What the charger's own sensors measured, and what the stage can do now."""

    output_voltage_V: float
    """On the cable side of the output contactors."""
    output_current_A: float
    insulation_resistance_Ohm: float | None
    """Lower of the two poles to PE; None until the monitor has a valid reading."""
    link_ready: bool
    """DC link within its regulation window; RUN can start."""
    output_contactors_closed: bool
    available_voltage_max_V: float
    available_voltage_min_V: float
    available_current_A: float
    """After rating and thermal derating, at the present voltage."""
    available_power_W: float
    current_limited: bool
    voltage_limited: bool
    power_limited: bool
    fault: str | None
    """Name of the latched fault, None while healthy."""


@dataclass(frozen=True)
class VehicleRequest:
    """What the vehicle's session asks of the vehicle's own hardware."""

    contactors_closed: bool = False
    pilot_resistance_Ohm: float | None = None
    """Between control pilot and PE: 2740 (B), 882 (C), 246 (D), None = unplugged."""
    inlet_locked: bool = False
    current_request_A: float = 0.0


class VehicleReport(NamedTuple):
    """What the vehicle's own sensors measured."""

    inlet_voltage_V: float
    battery_voltage_V: float
    battery_current_A: float
    """Positive while charging."""
    soc_percent: float
    battery_temperature_degC: float
    inlet_temperature_degC: float
    contactors_closed: bool
