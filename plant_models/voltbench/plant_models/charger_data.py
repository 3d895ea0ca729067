"""What a charger file may contain: every field with its unit in the name and its range.

The AC filter (``front_end.filter``) and the two converter stages (``front_end.bridge``,
``dcdc.cell``) bring their own sections.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from voltbench.plant_models.ac_filter_data import AcFilterData
from voltbench.plant_models.bridge_design import BridgeDesign
from voltbench.plant_models.dab_design import DabCell

Positive = Annotated[float, Field(gt=0.0)]
NotNegative = Annotated[float, Field(ge=0.0)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Section(BaseModel):
    """One table of the file: immutable, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Rating(Section):
    """Nameplate."""

    power_W: Annotated[float, Field(gt=0.0, le=2e6)]
    voltage_min_V: Annotated[float, Field(ge=20.0, le=1500.0)]
    voltage_max_V: Annotated[float, Field(ge=60.0, le=1500.0)]
    low_range_max_V: Annotated[float, Field(ge=60.0, le=1500.0)]
    current_max_A: Annotated[float, Field(gt=0.0, le=3000.0)]
    modules: Annotated[int, Field(ge=1, le=64)]
    module_power_W: Positive
    module_current_low_A: Positive
    module_current_high_A: Positive

    @model_validator(mode="after")
    def _ordered(self) -> "Rating":
        if self.voltage_min_V >= self.voltage_max_V:
            raise ValueError(
                f"voltage_min_V = {self.voltage_min_V:g} V must be below "
                f"voltage_max_V = {self.voltage_max_V:g} V"
            )
        if not self.voltage_min_V < self.low_range_max_V <= self.voltage_max_V:
            raise ValueError(
                f"low_range_max_V = {self.low_range_max_V:g} V; allowed: above "
                f"{self.voltage_min_V:g} to {self.voltage_max_V:g} V"
            )
        return self


class GridConnection(Section):
    """Grid side of the cabinet."""

    voltage_V: Annotated[float, Field(ge=80.0, le=690.0)]
    frequency_Hz: Annotated[float, Field(ge=45.0, le=65.0)]
    precharge_resistance_Ohm: Positive
    contactor_delay_s: Annotated[float, Field(ge=0.001, le=0.5)]


class FrontEnd(Section):
    """AC filter and bridge of a module."""

    filter: AcFilterData
    diode_drop_V: Annotated[float, Field(ge=0.0, le=5.0)]
    bridge: BridgeDesign


class DcLink(Section):
    """Split DC link of a module and its control supply."""

    half_capacitance_F: Positive
    balance_resistance_Ohm: Positive
    reference_min_V: Annotated[float, Field(ge=100.0, le=1500.0)]
    reference_max_V: Annotated[float, Field(ge=100.0, le=1500.0)]
    control_supply_W: NotNegative


class DcDc(Section):
    """Isolated DC/DC cells of a module."""

    cells: Annotated[int, Field(ge=1, le=8)]
    phase_shift_max_rad: Annotated[float, Field(gt=0.0, le=1.5)]
    cell: DabCell


class Output(Section):
    """Output filters and contactors."""

    module_capacitance_F: Positive
    module_capacitor_resistance_Ohm: NotNegative
    """In series with the module's capacitor."""
    choke_inductance_H: Positive
    choke_resistance_Ohm: Positive
    bleed_resistance_Ohm: Positive
    bus_capacitance_F: Positive
    bus_capacitor_resistance_Ohm: NotNegative
    discharge_resistance_Ohm: Positive
    contactor_resistance_Ohm: NotNegative
    contactor_close_s: Annotated[float, Field(ge=0.0, le=1.0)]
    contactor_open_s: Annotated[float, Field(ge=0.0, le=1.0)]
    arc_voltage_V: Positive
    arc_growth_V_per_s: Positive
    arc_voltage_max_V: Positive


class Cable(Section):
    """Cable, contacts and their heat paths."""

    length_m: Positive
    resistance_Ohm: Positive
    inductance_H: Positive
    temperature_coefficient_per_K: NotNegative
    heat_capacity_J_per_K: Positive
    conductance_W_per_K: Positive
    pin_resistance_Ohm: Positive
    pin_heat_capacity_J_per_K: Positive
    pin_conductance_W_per_K: Positive
    pin_to_cable_W_per_K: NotNegative
    inlet_heat_capacity_J_per_K: Positive
    inlet_conductance_W_per_K: Positive
    inlet_to_pin_W_per_K: NotNegative
    assumed: str = ""


class InsulationData(Section):
    """Insulation of the charger's output and its monitor."""

    resistance_plus_Ohm: Positive
    resistance_minus_Ohm: Positive
    y_capacitance_F: Positive
    monitor_cycle_s: Positive
    monitor_range_Ohm: Positive
    fault_Ohm: Positive
    """A reading below trips the charger (IEC 61851-23:2023 CC.4.1.5 as cited by EVerest: 100e3)."""


class Thermal(Section):
    """Heat paths of a module outside its devices."""

    heatsink_heat_capacity_J_per_K: Positive
    heatsink_still_W_per_K: Positive
    heatsink_fan_W_per_K: NotNegative
    fan_start_degC: float
    fan_full_degC: float
    fan_power_W: NotNegative
    magnetics_heat_capacity_J_per_K: Positive
    magnetics_W_per_K: Positive
    air_rise_K: NotNegative
    case_to_sink_K_per_W: NotNegative
    sensor_lag_s: Positive


class SensorData(Section):
    """Data-sheet values of one kind of sensor."""

    full_scale: Positive
    bits: Annotated[int, Field(ge=6, le=24)]
    gain_tolerance: Annotated[float, Field(ge=0.0, le=0.2)]
    offset_tolerance: Annotated[float, Field(ge=0.0, le=0.2)]
    bipolar: bool = True


class Sensors(Section):
    """Every kind of sensor of the charger."""

    grid_voltage: SensorData
    grid_current: SensorData
    link_voltage: SensorData
    output_voltage: SensorData
    module_current: SensorData
    output_current: SensorData


class Control(Section):
    """Bandwidths and ramps that the gains are made from."""

    rate_Hz: Annotated[float, Field(ge=10e3, le=50e3)]
    pll_bandwidth_Hz: Positive
    current_bandwidth_of_rate: Annotated[float, Field(gt=0.0, le=0.1)]
    feedforward_share: Share
    link_bandwidth_Hz: Positive
    trim_bandwidth_Hz: Positive
    dcdc_ratio_min: Annotated[float, Field(gt=0.0, le=1.0)]
    output_bandwidth_Hz: Positive
    battery_bandwidth_Hz: Positive
    battery_resistance_Ohm: Positive
    derating_bandwidth_Hz: Positive
    voltage_slew_V_per_s: Positive
    current_rise_A_per_s: Positive
    current_fall_A_per_s: Positive
    link_slew_V_per_s: Positive
    precharge_timeout_s: Positive


class Protection(Section):
    """Trip levels."""

    link_max_V: Positive
    half_link_max_V: Positive
    link_min_V: Positive
    grid_current_max_A: Positive
    module_current_max_A: Positive
    output_current_max_A: Positive
    output_voltage_max_V: Positive
    heatsink_max_degC: Positive
    heatsink_derating_degC: Positive
    pin_max_degC: Positive
    pin_derating_degC: Positive
    cable_derating_degC: Positive
    grid_min_of_nominal: Share
    fast_samples: Annotated[int, Field(ge=1, le=100)]
    slow_s: Positive


class Sharing(Section):
    """How parallel modules share the current, and how many of them run."""

    law: Literal["master", "droop"] = "master"
    """One reference for all modules, or each of them by its own voltage sensor."""
    droop_V: Annotated[float, Field(ge=1.0, le=100.0)] = 25.0
    """Fall of the voltage at a module's rated current, cells in parallel."""
    restore_bandwidth_Hz: Annotated[float, Field(gt=0.0, le=5.0)] = 0.5
    """With which the charger makes up for that fall."""
    on_module_fault: Literal["trip", "continue"] = "trip"
    """Whether a module that faults alone takes the charger with it, or the others go on."""
    shedding: bool = False
    """Park modules that the load does not need."""
    optimum_of_rating: Annotated[float, Field(gt=0.0, le=1.0)] = 0.45
    """Most efficient load of one module, of its rating at the output voltage."""
    hysteresis: Annotated[float, Field(ge=0.0, le=0.5)] = 0.1
    """Half the band around the current at which one module more loses the same."""
    vehicle_ramp_A_per_s: Annotated[float, Field(ge=0.0, le=1000.0)] = 20.0
    """Fastest ramp of a vehicle's requests for which modules are awake in time (twice that of
    the fastest recorded session, E1.9)."""
    least_on_s: Annotated[float, Field(ge=0.0, le=3600.0)] = 10.0
    least_off_s: Annotated[float, Field(ge=0.0, le=3600.0)] = 10.0
    rotate_h: Annotated[float, Field(gt=0.0, le=1000.0)] = 24.0
    """Difference in hours of operation at which a parked module takes over."""


class Charger(Section):
    """A charger, as its file describes it."""

    name: str
    source: str
    rating: Rating
    grid: GridConnection
    front_end: FrontEnd
    dc_link: DcLink
    dcdc: DcDc
    output: Output
    cable: Cable
    insulation: InsulationData
    thermal: Thermal
    sensors: Sensors
    control: Control
    protection: Protection
    sharing: Sharing = Sharing()

    @model_validator(mode="after")
    def _consistent(self) -> "Charger":
        """Refuse values that contradict each other, naming both."""
        r, link, p, t = self.rating, self.dc_link, self.protection, self.thermal
        each = r.module_power_W * r.modules
        for low, low_name, high, high_name, unit in (
            (link.reference_min_V, "dc_link.reference_min_V", link.reference_max_V,
             "dc_link.reference_max_V", "V"),
            (link.reference_max_V, "dc_link.reference_max_V", p.link_max_V,
             "protection.link_max_V", "V"),
            (p.link_min_V, "protection.link_min_V", link.reference_min_V,
             "dc_link.reference_min_V", "V"),
            (r.current_max_A, "rating.current_max_A", p.output_current_max_A,
             "protection.output_current_max_A", "A"),
            (r.voltage_max_V, "rating.voltage_max_V", p.output_voltage_max_V,
             "protection.output_voltage_max_V", "V"),
            (p.output_voltage_max_V, "protection.output_voltage_max_V",
             self.sensors.output_voltage.full_scale, "sensors.output_voltage.full_scale", "V"),
            (p.heatsink_derating_degC, "protection.heatsink_derating_degC", p.heatsink_max_degC,
             "protection.heatsink_max_degC", "degC"),
            (p.pin_derating_degC, "protection.pin_derating_degC", p.pin_max_degC,
             "protection.pin_max_degC", "degC"),
            (t.fan_start_degC, "thermal.fan_start_degC", t.fan_full_degC,
             "thermal.fan_full_degC", "degC"),
            (0.999 * r.power_W, "rating.power_W", each, "rating.module_power_W x modules", "W"),
        ):  # fmt: skip
            if low >= high:
                raise ValueError(
                    f"{low_name} = {low:g} {unit}; allowed: below {high_name} = {high:g} {unit}"
                )
        return self
