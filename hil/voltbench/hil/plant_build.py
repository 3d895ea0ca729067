"""From data files to the arrays of the compiled loop."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voltbench.control.numerics.records import RecordArray, zeros
from voltbench.plant_models.ac_filter import ac_tables
from voltbench.plant_models.ac_network import resonances
from voltbench.plant_models.battery import open_circuit_voltage
from voltbench.plant_models.blocked_bridge import PARTS
from voltbench.plant_models.bridge_design import bridge_params
from voltbench.plant_models.charger_data import Charger
from voltbench.plant_models.dab_design import dab_params
from voltbench.plant_models.grid import Grid, grid_state
from voltbench.plant_models.output_network import (
    OutputNetwork,
    OutputTables,
    discretise_switches,
    output_tables,
)
from voltbench.plant_models.output_values import output_network
from voltbench.plant_models.plant_state import ModulePlant, PlantParams, PlantState
from voltbench.plant_models.slow_path import SlowState
from voltbench.plant_models.vehicle import VehiclePlant

SLOW_STEP_S = 1e-3


class UnsampledResonance(ValueError):
    """The control rate cannot sample the LCL filter's resonance."""


@dataclass
class Plant:
    """The plant as arrays of records, and what is needed to discretise it again."""

    charger: Charger
    vehicle: VehiclePlant
    grid: Grid
    T_s: float
    params: RecordArray
    state: RecordArray
    slow: RecordArray
    modules: RecordArray
    ac: RecordArray
    out: RecordArray
    ocv: NDArray[np.float64]
    T_hs_sensor: NDArray[np.float64]
    R_short: float = math.inf
    """Test load or fault across the inlet, ohm."""

    def output_network(self) -> OutputNetwork:
        """Return the output network at the present temperatures."""
        slow, battery = self.slow[0], self.slow[0]["battery"]
        ratio = self.vehicle.pack.resistance_ratio(
            100.0 * float(battery["soc"]), float(battery["temperature"])
        )
        warm = float(slow["cable"]["T_cable"])
        return output_network(self.charger, self.vehicle, ratio, warm, self.R_short)

    def discretise_output(self, switches: int | None = None) -> None:
        """Rebuild the output tables for the present temperatures and faults.

        While a switch configuration stays, only its own table is needed.
        """
        net, p = self.output_network(), self.params[0]
        if switches is None:
            self.out[:] = output_tables(net, self.T_s)
        else:
            discretise_switches(self.out, net, self.T_s, switches)
        cable = self.charger.cable
        for name, value in (
            ("C_o", net.C_o),
            ("R_o", net.R_o),
            ("R_bus", net.R_bus),
            ("L_f", net.L_f),
            ("R_f", net.R_f),
            ("R_bleed", net.R_bleed),
            ("C_bus", net.C_bus),
            ("R_discharge", net.R_discharge),
            ("G_discharge", 1 / net.R_discharge),
            ("L_c", net.L_c),
            ("R_contactor", self.charger.output.contactor_resistance_Ohm),
            ("R_pin", cable.pin_resistance_Ohm),
            (
                "R_cable",
                net.R_c - self.charger.output.contactor_resistance_Ohm - cable.pin_resistance_Ohm,
            ),
            ("C_in", net.C_in),
            ("G_leak", 1 / net.R_leak + 1 / net.R_short),
            ("R_w", net.R_w),
            ("R_0", net.R_0),
            ("R_1b", net.R_1),
            ("C_1b", net.C_1),
            ("R_2b", net.R_2),
            ("C_2b", net.C_2),
        ):
            p[name] = value

    def resistances_moved(self) -> bool:
        """Tell whether cable or battery resistance left its table by more than 0.2 %."""
        net, p = self.output_network(), self.params[0]
        out, cable = self.charger.output, self.charger.cable
        R_cable = net.R_c - out.contactor_resistance_Ohm - cable.pin_resistance_Ohm
        moved = abs(R_cable / p["R_cable"] - 1), abs(net.R_0 / p["R_0"] - 1)
        return bool(max(moved) > 0.002)


def build_plant(
    charger: Charger,
    vehicle: VehiclePlant,
    grid: Grid,
    soc: float,
    ambient_degC: float,
    rate_Hz: float,
) -> Plant:
    """Build the plant at rest: grid contactor open, everything cold and uncharged.

    Raises
    ------
    UnsampledResonance
        If the resonance of an LCL filter lies above half the control rate (a boost
        inductor has none).
    """
    T_s, n = 1.0 / rate_Hz, charger.rating.modules
    plant = Plant(
        charger=charger,
        vehicle=vehicle,
        grid=grid,
        T_s=T_s,
        params=zeros(PlantParams),
        state=zeros(PlantState),
        slow=zeros(SlowState),
        modules=zeros(ModulePlant, n),
        ac=_ac(charger, grid, rate_Hz),
        out=zeros(OutputTables),
        ocv=vehicle.pack.ocv_V,
        T_hs_sensor=np.full(n, ambient_degC),
    )
    _fill_params(plant)
    _fill_state(plant, soc, ambient_degC, rate_Hz)
    _fill_slow(plant, soc, ambient_degC)
    plant.discretise_output()
    return plant


def _ac(charger: Charger, grid: Grid, rate_Hz: float) -> RecordArray:
    f, n = charger.front_end.filter.model(), charger.rating.modules
    R_g, L_g = grid.impedance()
    highest = max(resonances(f, n, R_g, L_g))
    if highest >= rate_Hz / 2:
        raise UnsampledResonance(
            f"control rate = {rate_Hz / 1e3:g} kHz cannot sample the LCL resonance at "
            f"{highest / 1e3:.2f} kHz: at least {2 * highest / 1e3:.1f} kHz"
        )
    T = 1 / rate_Hz
    R_pre = R_g + charger.grid.precharge_resistance_Ohm
    # pre-charging and closed, then the same for the parts in which blocked bridges advance
    return np.concatenate(
        [ac_tables(f, n, R, L_g, h) for h in (T, T / PARTS) for R in (R_pre, R_g)]
    )


def _fill_params(plant: Plant) -> None:
    c, p = plant.charger, plant.params[0]
    fe, f = c.front_end, c.front_end.filter.model()
    p["T_s"], p["modules"], p["cells"] = plant.T_s, c.rating.modules, c.dcdc.cells
    p["bridge"], p["dab"] = bridge_params(fe.bridge)[0], dab_params(c.dcdc.cell)[0]
    p["C_half"], p["R_balance"] = c.dc_link.half_capacitance_F, c.dc_link.balance_resistance_Ohm
    p["P_control"], p["V_f"] = c.dc_link.control_supply_W, fe.diode_drop_V
    for name in ("L_1", "R_1", "C_f", "R_d", "L_2", "R_2"):
        p[name] = getattr(f, name)
    p["R_g"], p["L_g"] = plant.grid.impedance()
    p["inv_modules"], p["inv_cells"] = 1 / c.rating.modules, 1 / c.dcdc.cells
    p["T_C"], p["C_T"] = plant.T_s / p["C_half"], p["C_f"] / plant.T_s
    p["L_T"], p["G_balance"] = p["L_g"] / plant.T_s, 1 / p["R_balance"]
    p["R_pre"] = c.grid.precharge_resistance_Ohm
    _fill_thermal(plant)


def _fill_thermal(plant: Plant) -> None:
    c, th = plant.charger.thermal, plant.params[0]["thermal"]
    fe, cell = plant.charger.front_end.bridge, plant.charger.dcdc.cell
    groups = (*fe.thermal_groups(), *cell.thermal_groups())
    for g, group in enumerate(groups):
        th["R"][g] = group.R_K_per_W
        th["decay"][g] = [math.exp(-SLOW_STEP_S / tau) for tau in group.tau_s]
        th["devices"][g] = group.devices * (plant.charger.dcdc.cells if g >= 2 else 1)
        th["R_cs"][g] = c.case_to_sink_K_per_W
    th["C_hs"], th["G_still"] = c.heatsink_heat_capacity_J_per_K, c.heatsink_still_W_per_K
    th["G_fan"], th["P_fan"] = c.heatsink_fan_W_per_K, c.fan_power_W
    th["T_fan_on"], th["T_fan_full"] = c.fan_start_degC, c.fan_full_degC
    th["C_mag"], th["G_mag"] = c.magnetics_heat_capacity_J_per_K, c.magnetics_W_per_K


def _fill_state(plant: Plant, soc: float, ambient: float, rate_Hz: float) -> None:
    c, x = plant.charger, plant.state[0]
    x["grid"] = grid_state(plant.grid, plant.T_s)[0]
    x["grid_delay"] = max(round(c.grid.contactor_delay_s * rate_Hz), 1)
    x["ocv"] = open_circuit_voltage(plant.ocv, soc)
    x["i_aux"] = plant.vehicle.auxiliary_W / x["ocv"]
    out = c.output
    own = (out.contactor_close_s, out.contactor_open_s)
    for name, (close, part) in (("contactor", own), ("vehicle", plant.vehicle.contactor_s)):
        k = x[name]
        k["n_close"], k["n_open"] = round(close * rate_Hz), round(part * rate_Hz)
        k["u_arc"], k["arc_max"] = out.arc_voltage_V, out.arc_voltage_max_V
        k["i_min"] = 0.5
        k["arc_slope"] = out.arc_growth_V_per_s / rate_Hz
    for j, m in enumerate(plant.modules):
        th = m["thermal"]
        th["T_air"] = ambient + j * c.thermal.air_rise_K
        th["T_hs"] = th["T_mag"] = th["T_j"] = th["T_j_max"] = th["T_air"]
    plant.T_hs_sensor[:] = plant.modules["thermal"]["T_hs"]


def _fill_slow(plant: Plant, soc: float, ambient: float) -> None:
    c, v, s = plant.charger, plant.vehicle, plant.slow[0]
    b = s["battery"]
    b["soc"], b["ocv"], b["temperature"] = soc, plant.state[0]["ocv"], v.temperature_degC
    b["capacity"], b["C_th"], b["G_th"] = v.pack.capacity_C, v.pack.heat_capacity, 1 / v.pack.R_th
    i = s["insulation"]
    i["R_p"], i["R_n"] = c.insulation.resistance_plus_Ohm, c.insulation.resistance_minus_Ohm
    i["C_p"] = i["C_n"] = c.insulation.y_capacitance_F
    i["R_p_ev"] = i["R_n_ev"] = v.insulation_Ohm
    i["C_p_ev"] = i["C_n_ev"] = v.y_capacitance_F
    i["t_cycle"], i["R_range"] = c.insulation.monitor_cycle_s, c.insulation.monitor_range_Ohm
    i["lowest"] = math.inf
    i["R_fault"] = c.insulation.fault_Ohm
    cable, k = c.cable, s["cable"]
    k["T_cable"] = k["T_pin"] = k["T_inlet"] = ambient
    k["C_cable"], k["G_cable"] = cable.heat_capacity_J_per_K, cable.conductance_W_per_K
    k["C_pin"], k["G_pin"] = cable.pin_heat_capacity_J_per_K, cable.pin_conductance_W_per_K
    k["G_pin_cable"] = cable.pin_to_cable_W_per_K
    k["C_inlet"], k["G_inlet"] = cable.inlet_heat_capacity_J_per_K, cable.inlet_conductance_W_per_K
    k["G_inlet_pin"] = cable.inlet_to_pin_W_per_K
    s["contact_share"] = v.contact_share
    s["ambient"], s["sensor_lag"] = ambient, c.thermal.sensor_lag_s
    s["T_pin_sensor"] = s["T_cable_sensor"] = ambient
