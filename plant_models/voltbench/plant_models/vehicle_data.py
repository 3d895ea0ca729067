"""What a vehicle file holds: battery, limits, charge curve, session habits, inlet."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from voltbench.plant_models.battery_data import Battery
from voltbench.plant_models.data_group import (
    Celsius,
    Closed,
    Factor,
    Group,
    Percent,
    check_table,
    interpolate,
)

Voltage = Annotated[float, Field(strict=True, ge=20, le=1500)]
Current = Annotated[float, Field(strict=True, ge=1, le=3000)]
Resistance = Annotated[float, Field(strict=True, ge=0, le=1)]


class Derating(Group):
    """Share of the maximum current the vehicle asks for, over battery temperature."""

    temperature_degC: tuple[Celsius, ...]
    factor: tuple[Factor, ...]

    @model_validator(mode="after")
    def _table(self) -> "Derating":
        check_table("temperature_degC", self.temperature_degC, "factor", self.factor)
        return self

    def at(self, temperature_degC: float) -> float:
        """Return the factor 0..1 at a battery temperature."""
        return interpolate(temperature_degC, self.temperature_degC, self.factor)


class Limits(Group):
    """What the vehicle announces to the charger."""

    maximum_voltage_V: Voltage
    minimum_voltage_V: Voltage
    maximum_current_A: Current
    requested_current_A: Current | None = None
    """Largest current it asks for, where seen to be below the announced one."""
    maximum_power_W: Annotated[float, Field(strict=True, ge=100, le=5e6)] | None = None
    """None: the vehicle announces no power limit."""
    derating: Derating

    @model_validator(mode="after")
    def _ordered(self) -> "Limits":
        if self.minimum_voltage_V >= self.maximum_voltage_V:
            raise ValueError(
                f"minimum_voltage_V = {self.minimum_voltage_V:g} V; "
                f"allowed: below maximum_voltage_V = {self.maximum_voltage_V:g} V"
            )
        return self


class ChargeCurve(Group):
    """Power at the inlet over state of charge, when the charger is not the limit."""

    soc_percent: tuple[Percent, ...]
    power_kW: tuple[Annotated[float, Field(strict=True, gt=0, le=5000)], ...]

    @model_validator(mode="after")
    def _table(self) -> "ChargeCurve":
        check_table("soc_percent", self.soc_percent, "power_kW", self.power_kW, (0, 100))
        return self

    def power_W(self, soc_percent: float) -> float:
        """Return the power in W at a state of charge."""
        return 1e3 * interpolate(soc_percent, self.soc_percent, self.power_kW)


class SessionHabits(Group):
    """How this vehicle behaves in a session."""

    protocols: Annotated[tuple[Literal["din", "iso2"], ...], Field(min_length=1, max_length=2)]
    """In the vehicle's order of priority."""
    evccid: Annotated[str, Field(pattern="^[0-9A-F]{12}$")]
    current_demand_period_s: Annotated[float, Field(strict=True, ge=0.02, le=2)]
    """Between successive CurrentDemandReq."""
    current_ramp_A_per_s: Annotated[float, Field(strict=True, ge=0.5, le=500)]
    """Of its own request, rising."""
    precharge_target: Literal["battery_voltage"] = "battery_voltage"
    """Target of PreCharge: the battery's voltage behind the open contactors."""
    precharge_current_A: Annotated[float, Field(strict=True, ge=0, le=2)]
    """EVTargetCurrent during PreCharge; the standards allow at most 2 A."""
    precharge_tolerance_V: Annotated[float, Field(strict=True, ge=1, le=20)]
    """It closes its contactors when inlet and battery differ by less."""
    precharge_timeout_s: Annotated[float, Field(strict=True, ge=1, le=60)]
    """Patience in PreCharge; the protocol's timer ends it earlier if that is shorter."""
    cable_check_timeout_s: Annotated[float, Field(strict=True, ge=5, le=120)]
    contactor_close_time_s: Annotated[float, Field(strict=True, ge=0.005, le=3)]
    contactor_open_time_s: Annotated[float, Field(strict=True, ge=0.005, le=3)]

    @model_validator(mode="after")
    def _each_protocol_once(self) -> "SessionHabits":
        if len(set(self.protocols)) < len(self.protocols):
            given = ", ".join(self.protocols)
            raise ValueError(f"protocols = {given}; allowed: din and iso2, each at most once")
        return self


class Inlet(Group):
    """Everything between the connector's contacts and the battery."""

    contact_resistance_Ohm: Resistance
    """Both contacts together, at the vehicle's side of the connector."""
    wiring_resistance_Ohm: Resistance
    """Loop, with contactors and fuse."""
    wiring_inductance_H: Annotated[float, Field(strict=True, gt=0, le=1e-3)]
    capacitance_F: Annotated[float, Field(strict=True, gt=0, le=1e-3)]
    """Pole to pole, on the charger's side of the vehicle's contactors."""
    y_capacitance_F: Annotated[float, Field(strict=True, ge=0, le=1e-4)]
    """Each pole to protective earth."""
    insulation_resistance_Ohm: Annotated[float, Field(strict=True, ge=1e3, le=1e9)]
    """Each pole to protective earth."""
    auxiliary_power_W: Annotated[float, Field(strict=True, ge=0, le=20e3)]
    """Taken by the vehicle from its battery's terminals while charging."""


class Vehicle(Closed):
    """A vehicle, as its file describes it."""

    title: str
    battery: Battery
    limits: Limits
    charge_curve: ChargeCurve
    session: SessionHabits
    inlet: Inlet

    @model_validator(mode="after")
    def _battery_fits_limits(self) -> "Vehicle":
        full, empty = (self.battery.open_circuit_voltage_V(soc) for soc in (100, 0))
        limits = self.limits
        if limits.maximum_voltage_V < full:
            raise ValueError(
                f"limits.maximum_voltage_V = {limits.maximum_voltage_V:g} V is below the "
                f"battery's voltage at 100 %; allowed: from {full:.1f} to 1500 V"
            )
        if limits.minimum_voltage_V > empty:
            raise ValueError(
                f"limits.minimum_voltage_V = {limits.minimum_voltage_V:g} V is above the "
                f"battery's voltage at 0 %; allowed: from 20 to {empty:.1f} V"
            )
        return self

    def origins(self) -> dict[str, str]:
        """Return each group of values with ``source`` or ``assumed``: where it comes from."""
        groups: dict[str, Group] = {
            "battery": self.battery,
            "impedance": self.battery.impedance,
            "thermal": self.battery.thermal,
            "limits": self.limits,
            "derating": self.limits.derating,
            "charge curve": self.charge_curve,
            "session": self.session,
            "inlet": self.inlet,
        }
        return {name: "source" if group.source else "assumed" for name, group in groups.items()}
