"""The vehicle's electrical side as the plant sees it, and its BMS, from its data file."""

from dataclasses import dataclass

import numpy as np

from voltbench.plant_models.battery import OCV_POINTS, Pack
from voltbench.plant_models.vehicle_data import Vehicle


@dataclass(frozen=True)
class VehiclePlant:
    """Battery, inlet and wiring of one vehicle (SI units)."""

    data: Vehicle
    pack: Pack
    L_w: float  # H, wiring loop
    R_w: float  # ohm, inlet contacts, contactors and wiring, loop
    contact_share: float  # of R_w, in the contacts
    C_in: float  # F, pole to pole at the inlet, Y capacitors in series included
    y_capacitance_F: float  # each pole to PE
    insulation_Ohm: float  # each pole to PE
    auxiliary_W: float  # taken from the battery while charging
    contactor_s: tuple[float, float]  # closing and opening delay
    temperature_degC: float  # battery at the start


def vehicle_plant(vehicle: Vehicle, temperature_degC: float) -> VehiclePlant:
    """Return the plant's view of a vehicle whose battery starts at a temperature."""
    inlet, habits = vehicle.inlet, vehicle.session
    return VehiclePlant(
        data=vehicle,
        pack=_pack(vehicle, temperature_degC),
        L_w=inlet.wiring_inductance_H,
        R_w=inlet.contact_resistance_Ohm + inlet.wiring_resistance_Ohm,
        contact_share=inlet.contact_resistance_Ohm
        / max(inlet.contact_resistance_Ohm + inlet.wiring_resistance_Ohm, 1e-12),
        C_in=inlet.capacitance_F + inlet.y_capacitance_F / 2,
        y_capacitance_F=max(inlet.y_capacitance_F, 1e-9),
        insulation_Ohm=inlet.insulation_resistance_Ohm,
        auxiliary_W=inlet.auxiliary_power_W,
        contactor_s=(habits.contactor_close_time_s, habits.contactor_open_time_s),
        temperature_degC=temperature_degC,
    )


def _pack(vehicle: Vehicle, temperature_degC: float) -> Pack:
    b = vehicle.battery
    soc = np.linspace(0.0, 100.0, OCV_POINTS)
    z = b.impedance
    return Pack(
        capacity_C=3600.0 * b.capacity_Ah,
        ocv_V=np.array([b.open_circuit_voltage_V(s, temperature_degC) for s in soc]),
        R_0=z.series_resistance_Ohm,
        R_1=z.fast_resistance_Ohm,
        tau_1=z.fast_time_constant_s,
        R_2=z.slow_resistance_Ohm,
        tau_2=z.slow_time_constant_s,
        resistance_ratio=b.resistance_ratio,
        heat_capacity=b.thermal.heat_capacity_J_per_K,
        R_th=b.thermal.thermal_resistance_to_ambient_K_per_W,
    )


@dataclass(frozen=True)
class BatteryManagement:
    """What the vehicle's BMS allows: charge curve, temperature, cell voltage.

    The charge curve is a power; the request is a current, from the measured voltage. Near
    the top, the current is lowered so that the pack's terminals stay below their limit:
    the last measurement gives the margin, the pack's resistance the current that uses it.
    """

    vehicle: Vehicle
    temperature_start_degC: float

    def current_A(
        self, soc_percent: float, voltage_V: float, current_A: float, temperature_degC: float
    ) -> float:
        """Return the largest charging current the pack may take now, in A."""
        limits, battery = self.vehicle.limits, self.vehicle.battery
        asked = limits.requested_current_A or limits.maximum_current_A
        by_heat = limits.maximum_current_A * limits.derating.at(temperature_degC)
        by_curve = self.vehicle.charge_curve.power_W(soc_percent) / max(voltage_V, 1.0)
        if limits.maximum_power_W is not None:
            by_curve = min(by_curve, limits.maximum_power_W / max(voltage_V, 1.0))
        ratio = battery.resistance_ratio(soc_percent, temperature_degC)
        margin = limits.maximum_voltage_V - 1.0 - voltage_V  # 1 V: the resolution of messages
        by_voltage = current_A + margin / (battery.impedance.series_resistance_Ohm * ratio)
        return max(min(asked, by_heat, by_curve, by_voltage), 0.0)
