"""A charger file's words for the AC filter of a module: ``[front_end.filter]``, by `type`."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from voltbench.plant_models.ac_network import BoostInductor, LclFilter

Positive = Annotated[float, Field(gt=0.0)]
NotNegative = Annotated[float, Field(ge=0.0)]


class _Filter(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    converter_inductance_H: Positive
    converter_resistance_Ohm: NotNegative
    """Winding, and core at mains frequency."""


class LclData(_Filter):
    """Inductor, damped capacitor, inductor."""

    type: Literal["lcl"]
    filter_capacitance_F: Positive
    damping_resistance_Ohm: NotNegative
    grid_inductance_H: Positive
    grid_resistance_Ohm: NotNegative

    def model(self) -> LclFilter:
        """Return the filter with the symbols of the models."""
        return LclFilter(
            L_1=self.converter_inductance_H,
            R_1=self.converter_resistance_Ohm,
            C_f=self.filter_capacitance_F,
            R_d=self.damping_resistance_Ohm,
            L_2=self.grid_inductance_H,
            R_2=self.grid_resistance_Ohm,
        )


class BoostInductorData(_Filter):
    """One inductor a phase; the grid's impedance is all there is behind it."""

    type: Literal["boost_inductor"]
    voltage_filter_Hz: Annotated[float, Field(ge=500.0, le=100e3)]
    """Corner of the RC filter in front of the sampling of the terminal voltage."""

    def model(self) -> BoostInductor:
        """Return the inductor with the symbols of the models."""
        return BoostInductor(
            L_1=self.converter_inductance_H,
            R_1=self.converter_resistance_Ohm,
            f_u=self.voltage_filter_Hz,
        )


AcFilterData = Annotated[LclData | BoostInductorData, Field(discriminator="type")]
