"""Gains from bandwidths: the formulas of the control laws, filled with a charger's data.

Every gain is one visible formula of a bandwidth (rad/s) and a model value; the laws'
docstrings give the sources. Margins of the resulting loops: ``calibration.margins``.
"""

import math

import numpy as np

from voltbench.calibration.front_end_gains import current_gains, link_gains, pll_gains
from voltbench.control.charger import ChargerGains
from voltbench.control.numerics.records import RecordArray, zeros
from voltbench.plant_models.charger_data import Charger

TWO_PI = 2 * math.pi


def charger_gains(
    charger: Charger, rate_Hz: float, grid_voltage_V: float, frequency_Hz: float
) -> RecordArray:
    """Return the gains record of a charger at a control rate, for a grid.

    Raises
    ------
    ValueError
        If a field of the record was left unset (a forgotten gain must not be zero).
    """
    made = zeros(ChargerGains)
    g = made[0]
    T_s = 1.0 / rate_Hz
    g["T_s"] = T_s
    _grid_side(charger, g, T_s, grid_voltage_V, frequency_Hz)
    _output_side(charger, g)
    _derating(charger, g)
    _limits(charger, g, rate_Hz, grid_voltage_V)
    _sequence(charger, g, rate_Hz)
    _sharing(charger, g)
    return made


def _grid_side(charger: Charger, g: np.void, T_s: float, U_g: float, f_g: float) -> None:
    c, f, link = charger.control, charger.front_end.filter.model(), charger.dc_link
    pll_gains(g["pll"], c.pll_bandwidth_Hz, TWO_PI * f_g, T_s)
    u_peak = U_g * math.sqrt(2 / 3)
    p_max = 1.2 * charger.rating.module_power_W
    pfc = g["pfc"]
    current_gains(pfc, c.current_bandwidth_of_rate, f.L_1, T_s)
    pfc["k_ff"] = c.feedforward_share
    pfc["C_f"] = f.C_f  # nothing to compensate behind a boost inductor
    link_gains(pfc, c.link_bandwidth_Hz, link.half_capacitance_F / 2, link.reference_min_V)
    pfc["p_max"] = p_max
    pfc["i_max"] = 1.25 * 2 * charger.rating.module_power_W / (3 * 0.85 * u_peak)
    pfc["k_np"], pfc["m0_max"] = 0.01, 0.2


def _output_side(charger: Charger, g: np.void) -> None:
    c, out, cell = charger.control, charger.output, charger.dcdc.cell
    dab = g["dab"]
    dab["k_phi"] = (
        2 * math.pi**2 * cell.switching_frequency_Hz * cell.series_inductance_H / cell.turns_ratio
    )
    dab["alpha_i"] = TWO_PI * c.trim_bandwidth_Hz
    dab["x_share"] = 0.15
    dab["phi_max"] = charger.dcdc.phase_shift_max_rad
    dab["n_d"] = cell.turns_ratio / c.dcdc_ratio_min
    dab["u_floor"] = 30.0
    C_total = charger.rating.modules * out.module_capacitance_F + out.bus_capacitance_F
    alpha_u = TWO_PI * c.output_bandwidth_Hz
    o = g["output"]
    o["k_p"], o["k_i"] = alpha_u * C_total, alpha_u**2 * C_total / 4
    alpha_b = TWO_PI * c.battery_bandwidth_Hz
    o["k_i_bat"] = alpha_b / c.battery_resistance_Ohm
    o["k_p_bat"] = 0.05 / c.battery_resistance_Ohm
    o["k_t"] = alpha_u
    o["u_slew"] = c.voltage_slew_V_per_s
    o["i_rise"], o["i_fall"] = c.current_rise_A_per_s, c.current_fall_A_per_s
    o["i_back"] = 0.01 * charger.rating.current_max_A
    g["n"] = cell.turns_ratio
    g["cells"], g["inv_cells"] = charger.dcdc.cells, 1 / charger.dcdc.cells


def _derating(charger: Charger, g: np.void) -> None:
    """Set the loops that hold a temperature by lowering the current.

    Where a trip stands behind the loop, the proportional band ends at the trip,
    k_p = i_max/(T_trip - T_set): the limit is zero before anything trips. The lag of the
    sensors is known and taken out up to five times its corner. The integral
    brings the sensor to T_set within four thermal time constants, k_i = k_p/(4 tau), slow
    against the sensor, so it cannot hunt. The cable has no trip: there the bandwidth
    alpha_T and the gain near the set point, dT/di = 2 * 40 K/i_max (heat goes with i^2, 40 K
    above ambient), give k_i = alpha_T/(4 dT/di) and k_p = k_i tau.
    """
    t, cable, p = charger.thermal, charger.cable, charger.protection
    tau_hs = t.heatsink_heat_capacity_J_per_K / (t.heatsink_still_W_per_K + t.heatsink_fan_W_per_K)
    tau_pin = cable.pin_heat_capacity_J_per_K / cable.pin_conductance_W_per_K
    total = charger.rating.current_max_A
    for name, T_set, T_trip, i_max, tau in (
        ("module_derating", p.heatsink_derating_degC, p.heatsink_max_degC,
         charger.rating.module_current_low_A, tau_hs),
        ("pin_derating", p.pin_derating_degC, p.pin_max_degC, total, tau_pin),
    ):  # fmt: skip
        loop = g[name]
        loop["T_set"], loop["i_max"] = T_set, i_max
        loop["k_p"] = i_max / (T_trip - T_set)
        loop["k_i"] = loop["k_p"] / (4 * tau)
    alpha_T = TWO_PI * charger.control.derating_bandwidth_Hz
    tau_cable = cable.heat_capacity_J_per_K / cable.conductance_W_per_K
    loop = g["cable_derating"]
    loop["T_set"], loop["i_max"] = p.cable_derating_degC, total
    loop["k_i"] = alpha_T * total / (4 * 2 * 40.0)
    loop["k_p"] = loop["k_i"] * tau_cable
    for name in ("module_derating", "pin_derating", "cable_derating"):
        g[name]["tau_s"] = t.sensor_lag_s
        g[name]["tau_f"] = max(t.sensor_lag_s / 5.0, 0.1)


def _limits(charger: Charger, g: np.void, rate_Hz: float, U_g: float) -> None:
    p, limits = charger.protection, g["limits"]
    limits["u_dc_max"], limits["u_half_max"] = p.link_max_V, p.half_link_max_V
    limits["u_dc_min"], limits["i_g_max"] = p.link_min_V, p.grid_current_max_A
    limits["i_module_max"], limits["i_out_max"] = p.module_current_max_A, p.output_current_max_A
    limits["u_out_max"] = p.output_voltage_max_V
    limits["T_hs_max"], limits["T_pin_max"] = p.heatsink_max_degC, p.pin_max_degC
    limits["u_g_min"] = p.grid_min_of_nominal * U_g * math.sqrt(2 / 3)
    limits["n_fast"], limits["n_slow"] = p.fast_samples, max(round(p.slow_s * rate_Hz), 1)


def _sequence(charger: Charger, g: np.void, rate_Hz: float) -> None:
    r, link = charger.rating, charger.dc_link
    g["modules"], g["divider"] = r.modules, max(round(0.01 * rate_Hz), 1)
    g["u_dc_min"], g["u_dc_max"] = link.reference_min_V, link.reference_max_V
    g["u_dc_slew"] = charger.control.link_slew_V_per_s
    g["i_module_low"], g["i_module_high"] = r.module_current_low_A, r.module_current_high_A
    g["p_module"], g["p_total"], g["i_total"] = r.module_power_W, r.power_W, r.current_max_A
    g["n_bypass"], g["n_settled"] = round(0.06 * rate_Hz), round(0.02 * rate_Hz)
    g["n_rest"] = round(0.02 * rate_Hz)
    g["n_precharge_max"] = round(charger.control.precharge_timeout_s * rate_Hz)


def _sharing(charger: Charger, g: np.void) -> None:
    """Set how modules share: counts are in slow steps of `divider` interrupts."""
    c, s = charger.sharing, g["sharing"]
    slow_s = float(g["T_s"]) * int(g["divider"])
    s["ride_on"], s["shed"] = c.on_module_fault == "continue", c.shedding
    s["load_opt"], s["hysteresis"] = c.optimum_of_rating, c.hysteresis
    link = charger.dc_link
    # the rectified mains to the lowest reference, and 0.1 s to settle and take over load
    rise_V = max(link.reference_max_V - math.sqrt(2.0) * 0.9 * charger.grid.voltage_V, 0.0)
    s["t_wake"] = rise_V / charger.control.link_slew_V_per_s + 0.1
    s["i_slew"] = c.vehicle_ramp_A_per_s
    s["n_on"], s["n_off"] = round(c.least_on_s / slow_s), round(c.least_off_s / slow_s)
    droop, r = g["droop"], charger.rating
    droop["on"], droop["inv_modules"] = c.law == "droop", 1 / r.modules
    droop["R_low"] = c.droop_V / r.module_current_low_A
    droop["R_high"] = c.droop_V * charger.dcdc.cells / r.module_current_high_A
    droop["alpha_r"] = TWO_PI * c.restore_bandwidth_Hz
    s["rotate_s"] = round(3600.0 * c.rotate_h)
