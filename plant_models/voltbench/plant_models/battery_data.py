"""What a battery file holds (the cell's curves) and what a vehicle says about its pack."""

from functools import cache
from typing import Annotated

from pydantic import Field, model_validator

from voltbench.plant_models.catalog_files import load
from voltbench.plant_models.data_group import (
    Celsius,
    Closed,
    Group,
    Number,
    Percent,
    Positive,
    check_table,
    interpolate,
    mean,
)

REFERENCE_DEGC = 25.0


class OpenCircuitVoltage(Group):
    """Cell voltage at rest and 25 degC over state of charge."""

    soc_percent: tuple[Percent, ...]
    cell_voltage_V: tuple[Annotated[float, Field(strict=True, ge=1, le=5)], ...]

    @model_validator(mode="after")
    def _table(self) -> "OpenCircuitVoltage":
        soc, voltage = self.soc_percent, self.cell_voltage_V
        check_table("soc_percent", soc, "cell_voltage_V", voltage, (0, 100))
        check_table("cell_voltage_V", voltage, "soc_percent", soc)
        return self


class Entropy(Group):
    """Change of the open-circuit voltage with temperature."""

    soc_percent: tuple[Percent, ...]
    coefficient_V_per_K: tuple[Annotated[float, Field(strict=True, ge=-5e-3, le=5e-3)], ...]

    @model_validator(mode="after")
    def _table(self) -> "Entropy":
        values = self.coefficient_V_per_K
        check_table("soc_percent", self.soc_percent, "coefficient_V_per_K", values, (0, 100))
        return self


class ResistanceOverTemperature(Group):
    """Resistance relative to the one at 25 degC."""

    temperature_degC: tuple[Celsius, ...]
    ratio: tuple[Positive, ...]

    @model_validator(mode="after")
    def _table(self) -> "ResistanceOverTemperature":
        check_table("temperature_degC", self.temperature_degC, "ratio", self.ratio)
        at_reference = interpolate(REFERENCE_DEGC, self.temperature_degC, self.ratio)
        if abs(at_reference - 1) > 0.01:
            raise ValueError(f"ratio at 25 degC = {at_reference:g}; allowed: 0.99 to 1.01")
        return self


class ResistanceOverSoc(Group):
    """Resistance relative to the one at 50 % state of charge."""

    soc_percent: tuple[Percent, ...]
    ratio: tuple[Positive, ...]

    @model_validator(mode="after")
    def _table(self) -> "ResistanceOverSoc":
        check_table("soc_percent", self.soc_percent, "ratio", self.ratio, (0, 100))
        return self


class CellCurves(Closed):
    """A battery file: the curves of a cell, without its size."""

    title: str
    chemistry: str
    open_circuit_voltage: OpenCircuitVoltage
    entropy: Entropy
    resistance_over_temperature: ResistanceOverTemperature
    resistance_over_soc: ResistanceOverSoc


@cache
def cell_curves(name: str) -> CellCurves:
    """Return a battery file of the catalog (or a user's own, by path).

    Raises
    ------
    CatalogError
        One line: file, field, value, unit, allowed range.
    """
    return load(name, CellCurves, "batteries")


class Impedance(Group):
    """The pack at 25 degC and 50 % state of charge: R_0 and two RC pairs in series."""

    series_resistance_Ohm: Annotated[float, Field(strict=True, gt=0, le=10)]
    fast_resistance_Ohm: Annotated[float, Field(strict=True, gt=0, le=10)]
    fast_time_constant_s: Annotated[float, Field(strict=True, ge=0.05, le=60)]
    slow_resistance_Ohm: Annotated[float, Field(strict=True, gt=0, le=10)]
    slow_time_constant_s: Annotated[float, Field(strict=True, ge=1, le=10_000)]


class PackThermal(Group):
    """The pack as one mass with one path to a coolant held at ambient temperature."""

    heat_capacity_J_per_K: Annotated[float, Field(strict=True, ge=1e3, le=1e7)]
    thermal_resistance_to_ambient_K_per_W: Annotated[float, Field(strict=True, ge=1e-4, le=10)]
    coolant: str


class Battery(Group):
    """A vehicle's battery. State of charge is the one the car displays, 0..100 % usable.

    The displayed 0 and 100 % are taken as the ends of the cell's table; `ocv_offset_V`
    (per cell) shifts the table so that it meets a rest voltage this car announced.
    """

    usable_energy_kWh: Annotated[float, Field(strict=True, ge=1, le=2000)]
    series_cells: Annotated[int, Field(strict=True, ge=10, le=400)]
    ocv_table: str
    ocv_offset_V: Annotated[float, Field(strict=True, ge=-0.3, le=0.3)] = 0.0
    impedance: Impedance
    thermal: PackThermal

    @property
    def cell(self) -> CellCurves:
        """The curves of the cell."""
        return cell_curves(self.ocv_table)

    @property
    def capacity_Ah(self) -> float:
        """Usable charge: usable energy over the mean open-circuit voltage."""
        table = self.cell.open_circuit_voltage
        mean_V = mean(table.soc_percent, table.cell_voltage_V) + self.ocv_offset_V
        return 1e3 * self.usable_energy_kWh / (self.series_cells * mean_V)

    def open_circuit_voltage_V(
        self, soc_percent: Number, temperature_degC: float = REFERENCE_DEGC
    ) -> float:
        """Return the pack's rest voltage in V."""
        ocv, entropy = self.cell.open_circuit_voltage, self.cell.entropy
        cell_V = interpolate(soc_percent, ocv.soc_percent, ocv.cell_voltage_V) + self.ocv_offset_V
        slope = interpolate(soc_percent, entropy.soc_percent, entropy.coefficient_V_per_K)
        return self.series_cells * (cell_V + slope * (temperature_degC - REFERENCE_DEGC))

    def resistance_ratio(self, soc_percent: float, temperature_degC: float) -> float:
        """Return every resistance of the pack relative to 25 degC and 50 %."""
        hot, charge = self.cell.resistance_over_temperature, self.cell.resistance_over_soc
        by_soc = interpolate(soc_percent, charge.soc_percent, charge.ratio)
        return by_soc * interpolate(temperature_degC, hot.temperature_degC, hot.ratio)
