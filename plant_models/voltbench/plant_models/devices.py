"""Power semiconductors as data files: resistance, switching energies, charge, heat path.

A file holds what its source prints, per device, at the source's temperature and gate
resistance; what had to be assumed stands in its `assumed` text. See `device_energy` for
how energies are continued in current and voltage.
"""

from itertools import pairwise
from typing import Annotated, NamedTuple, Self, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from voltbench.plant_models.catalog_files import load, names
from voltbench.plant_models.foster import FosterNetwork, foster_network

Positive = Annotated[float, Field(gt=0.0)]
NotNegative = Annotated[float, Field(ge=0.0)]
Celsius = Annotated[float, Field(ge=-60.0, le=250.0)]


class ThermalGroup(NamedTuple):
    """Devices of one kind that share a loss: Foster pairs of one device, and their number."""

    R_K_per_W: tuple[float, ...]
    tau_s: tuple[float, ...]
    devices: int


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


P = TypeVar("P", bound=_Part)


class OnResistance(_Part):
    """Typical on-resistance against junction temperature."""

    temperature_degC: Annotated[tuple[Celsius, ...], Field(min_length=3)]
    resistance_Ohm: Annotated[tuple[Positive, ...], Field(min_length=3)]

    @model_validator(mode="after")
    def _same_length(self) -> Self:
        return _matched(self, ("temperature_degC", "resistance_Ohm"))


class OutputCapacitance(_Part):
    """Energy stored in the output capacitance against drain voltage."""

    voltage_V: Annotated[tuple[Positive, ...], Field(min_length=2)]
    energy_J: Annotated[tuple[Positive, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _same_length(self) -> Self:
        return _matched(self, ("voltage_V", "energy_J"))


class BodyDiode(_Part):
    """Third-quadrant drop with the channel off (dead time), as knee and slope."""

    drop_V: Annotated[float, Field(ge=0.0, le=10.0)]
    resistance_Ohm: NotNegative


class EnergyTable(_Part):
    """Switching energies at one voltage."""

    voltage_V: Positive
    current_A: Annotated[tuple[Positive, ...], Field(min_length=2)]
    on_J: Annotated[tuple[Positive, ...], Field(min_length=2)]
    off_J: Annotated[tuple[Positive, ...], Field(min_length=2)]
    recovery_J: tuple[NotNegative, ...] = ()

    @model_validator(mode="after")
    def _same_length(self) -> Self:
        extra = ("recovery_J",) if self.recovery_J else ()
        return _matched(self, ("current_A", "on_J", "off_J", *extra))


class Switching(_Part):
    """Double-pulse energies at 25 degC and how they change."""

    gate_resistance_Ohm: NotNegative
    on_change_per_K: Annotated[float, Field(ge=-0.01, le=0.02)]
    off_change_per_K: Annotated[float, Field(ge=-0.01, le=0.02)]
    on_voltage_exponent: Annotated[float, Field(ge=0.0, le=3.0)] | None = None
    off_voltage_exponent: Annotated[float, Field(ge=0.0, le=3.0)] | None = None
    table: Annotated[tuple[EnergyTable, ...], Field(min_length=1, max_length=2)]

    @model_validator(mode="after")
    def _voltage_law(self) -> Self:
        given = (self.on_voltage_exponent, self.off_voltage_exponent)
        if len(self.table) == 1 and None in given:
            raise ValueError("one energy table: on_voltage_exponent and off_voltage_exponent too")
        if len(self.table) == 2 and given != (None, None):
            raise ValueError("two energy tables set the voltage exponents: leave them out")
        if len(self.table) == 2 and self.table[0].voltage_V >= self.table[1].voltage_V:
            raise ValueError("energy tables must come in order of rising voltage_V")
        return self


class Device(_Part):
    """One packaged transistor (or half of a module), as its file describes it."""

    part: str
    source: str
    assumed: str
    voltage_rating_V: Positive
    thermal_resistance_K_per_W: Positive
    foster_shape: str
    on_resistance: OnResistance
    output_capacitance: OutputCapacitance
    body_diode: BodyDiode
    switching: Switching

    def resistance_coefficients(self) -> tuple[float, float, float]:
        """Return r_0, r_1, r_2 (ohm, ohm/K, ohm/K^2): least-squares parabola from 25 degC."""
        rise = np.array(self.on_resistance.temperature_degC) - 25.0
        r_2, r_1, r_0 = np.polyfit(rise, self.on_resistance.resistance_Ohm, 2)
        return float(r_0), float(r_1), float(r_2)

    def thermal_group(self, devices: int) -> ThermalGroup:
        """Return the heat path of `devices` devices: the named shape, scaled to this R_th."""
        shape: FosterNetwork = foster_network(self.foster_shape)
        scale = self.thermal_resistance_K_per_W / sum(shape.resistance_K_per_W)
        return ThermalGroup(
            tuple(scale * R for R in shape.resistance_K_per_W), shape.time_constant_s, devices
        )


def _matched(part: P, fields: tuple[str, ...]) -> P:
    """Refuse lists of different length and axes that do not rise."""
    lengths = {name: len(getattr(part, name)) for name in fields}
    if len(set(lengths.values())) > 1:
        raise ValueError(", ".join(f"{k} has {v}" for k, v in lengths.items()) + ": lengths differ")
    axis = getattr(part, fields[0])
    if any(b <= a for a, b in pairwise(axis)):
        raise ValueError(f"{fields[0]} must rise")
    return part


def load_device(name_or_path: str) -> Device:
    """Return a device of the catalog, or of a TOML file of the user's.

    Raises
    ------
    CatalogError
        One line: file, field, value, unit, allowed range; or the nearest known name.
    """
    return load(name_or_path, Device, "devices")


def device_names() -> list[str]:
    """Return the names of the catalog's devices."""
    return names("devices")
