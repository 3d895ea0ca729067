"""What the compiled loop leaves for the trace: a mains-cycle meter, rows, a full-rate ring.

The meter integrates over whole mains cycles at the charger's terminals: rms, active and
reactive power, the fundamental and from it the distortion of the current (all orders and
interharmonics the averaged model has). The averaged plant has no switching ripple: an LCL
filter keeps it from the grid, a boost inductor does not (``grid_ripple`` says how much).
"""

import math

import numpy as np
from numpy.typing import NDArray

from voltbench.control.charger import ChargerGains, ChargerState
from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.lanes import fields2, pack, set_fields2, total
from voltbench.control.numerics.records import RecordArray, f64, i32, i64, record
from voltbench.control.signals import Setpoints
from voltbench.plant_models.plant_state import PlantParams, PlantState
from voltbench.plant_models.slow_path import SlowState

_HALF_SQRT3 = 0.8660254037844386

RING = (
    "output_voltage_V",
    "output_current_A",
    "inlet_voltage_V",
    "battery_current_A",
    "dc_link_voltage_V",
    "dc_link_midpoint_V",
    "grid_voltage_a_V",
    "grid_current_a_A",
    "grid_current_b_A",
    "grid_current_c_A",
    "phase_shift_deg",
    "module1_output_current_A",
)
"""Signals of the full-rate ring, in its column order."""

COMMON = (
    "time_s",
    "output_voltage_V",
    "output_current_A",
    "output_power_W",
    "voltage_request_V",
    "current_request_A",
    "inlet_voltage_V",
    "battery_voltage_V",
    "battery_current_A",
    "soc_percent",
    "battery_temperature_degC",
    "dc_link_voltage_V",
    "dc_link_midpoint_V",
    "grid_voltage_V",
    "grid_current_A",
    "grid_power_W",
    "grid_reactive_power_var",
    "grid_power_factor",
    "grid_current_thd_percent",
    "phase_shift_deg",
    "current_limit_A",
    "cable_temperature_degC",
    "pin_temperature_degC",
    "inlet_temperature_degC",
    "ambient_temperature_degC",
    "insulation_resistance_Ohm",
    "loss_power_W",
    "charger_state",
    "fault_bits",
    "rating_limit_A",
    "modules_derating_percent",
    "pin_derating_percent",
    "cable_derating_percent",
)
MODULE = ("output_current_A", "junction_temperature_degC", "heatsink_temperature_degC")


def row_columns(modules: int) -> list[str]:
    """Return the names of the decimated row's columns."""
    return [*COMMON, *(f"module{j + 1}_{name}" for j in range(modules) for name in MODULE)]


@record
class Meter:
    """Sums over the present mains cycle, and results of the last whole one."""

    n: int = i32("periods summed")
    uu: float = f64("V^2")
    ii: float = f64("A^2", "mean of the phases")
    c_al: float = f64("V A", "alpha current against the source, in phase")
    c_be: float = f64("V A", "beta current against the source, in phase")
    s_al: float = f64("V A", "in quadrature")
    s_be: float = f64("V A", "in quadrature")
    p: float = f64("W")
    q: float = f64("var")
    u_rms: float = f64("V", "phase")
    i_rms: float = f64("A", "root of the phases' mean square")
    P: float = f64("W")
    Q: float = f64("var")
    pf: float = f64("1")
    thd: float = f64("1")
    energy: float = f64("J", "at the charger's grid terminals, since the start")
    theta: float = f64("rad", "source angle at the last period")


@record
class Observer:
    """Sums for the next row, and extremes that facts are made of."""

    decimate: int = i32("periods in a row")
    n: int = i32("periods summed")
    filled: int = i32("rows waiting in the buffer")
    at: int = i64("next line of the ring")
    u_out: float = f64("V")
    i_out: float = f64("A")
    p_out: float = f64("W")
    u_in: float = f64("V")
    i_bat: float = f64("A")
    u_dc: float = f64("V")
    u_mid: float = f64("V")
    phi: float = f64("rad")
    metered: float = f64("J", "output energy by the charger's own sensors")
    peak_power: float = f64("W", "largest row so far")
    u_out_max: float = f64("V", "largest instantaneous output voltage so far")
    over_limit: float = f64("V", "level whose excess is timed (0 = none)")
    over_now: int = i64("periods above it, running")
    over_longest: int = i64("longest run above it, periods")


@plant_kernel
def _sum_pairs(p: PlantParams, x: PlantState, m: Meter) -> None:
    """Add a period's sums with alpha and beta as a pair: faster, but slower beside lanes."""
    g = x.grid
    i = fields2(x, "im_g_al")
    u = pack((g.e_al, g.e_be)) - p.R_g * i - p.L_T * fields2(x, "di_g_al")
    power = 1.5 * total(u * i)  # terminal voltage: exact mean over the period
    m.energy += power * p.T_s
    m.uu += 0.5 * total(u * u)
    m.ii += 0.5 * total(i * i)
    set_fields2(m, "c_al", fields2(m, "c_al") + i * g.re[0])
    set_fields2(m, "s_al", fields2(m, "s_al") + i * g.im[0])
    m.p += power
    m.q += 1.5 * total(u * pack((-x.im_g_be, x.im_g_al)))


@plant_kernel
def _sum_axes(p: PlantParams, x: PlantState, m: Meter) -> None:
    """Add the same sums axis by axis."""
    g = x.grid
    i_al = x.im_g_al
    i_be = x.im_g_be
    slope = p.L_T  # terminal voltage: exact mean over the period
    u_al = g.e_al - p.R_g * i_al - slope * x.di_g_al
    u_be = g.e_be - p.R_g * i_be - slope * x.di_g_be
    power = 1.5 * (u_al * i_al + u_be * i_be)
    m.energy += power * p.T_s
    m.uu += 0.5 * (u_al * u_al + u_be * u_be)
    m.ii += 0.5 * (i_al * i_al + i_be * i_be)
    m.c_al += i_al * g.re[0]
    m.s_al += i_al * g.im[0]
    m.c_be += i_be * g.re[0]
    m.s_be += i_be * g.im[0]
    m.p += power
    m.q += 1.5 * (u_be * i_al - u_al * i_be)


@plant_kernel
def meter_step(p: PlantParams, x: PlantState, m: Meter, modules: int) -> None:
    """Meter one period at the grid terminals; `modules` only chooses the faster of two sums."""
    if x.grid_closed == 0:
        m.P = 0.0
        m.Q = 0.0
        m.i_rms = 0.0
        m.pf = 0.0
        m.thd = 0.0
        m.n = 0
        m.theta = x.grid.theta
        return
    g = x.grid
    m.n += 1
    if modules == 1:
        _sum_pairs(p, x, m)
    else:
        _sum_axes(p, x, m)
    if g.theta < m.theta and m.n > 3:
        inv = 1.0 / m.n
        m.u_rms = math.sqrt(m.uu * inv)
        m.i_rms = math.sqrt(m.ii * inv)
        m.P = m.p * inv
        m.Q = m.q * inv
        apparent = 3.0 * m.u_rms * m.i_rms
        m.pf = m.P / apparent if apparent > 0.0 else 0.0
        scale = g.re[0] * g.re[0] + g.im[0] * g.im[0]
        first = (m.c_al * m.c_al + m.s_al * m.s_al + m.c_be * m.c_be + m.s_be * m.s_be) * inv
        first *= inv / scale
        rest = m.ii * inv - first
        m.thd = math.sqrt(max(rest, 0.0) / first) if first > 1e-12 else 0.0
        m.n = 0
        m.uu = 0.0
        m.ii = 0.0
        m.c_al = 0.0
        m.s_al = 0.0
        m.c_be = 0.0
        m.s_be = 0.0
        m.p = 0.0
        m.q = 0.0
    m.theta = g.theta


@plant_kernel
def observe(
    x: PlantState,
    modules: RecordArray,
    cmd: RecordArray,
    o: Observer,
    ring: NDArray[np.float32],
) -> None:
    """Sum for the next row and write the full-rate ring."""
    s = x.out.x
    m = modules[0]
    u_out = x.u_bus if x.contactor.closed else s[4]
    u_dc = m.u_p + m.u_n
    o.n += 1
    o.u_out += u_out
    o.i_out += s[3]
    o.p_out += u_out * s[3]
    o.u_in += s[4]
    o.i_bat += x.i_bat
    o.u_dc += u_dc
    o.u_mid += m.u_p - m.u_n
    o.phi += cmd[0].phi
    o.u_out_max = max(o.u_out_max, u_out)
    if o.over_limit > 0.0:
        o.over_now = o.over_now + 1 if u_out > o.over_limit else 0
        o.over_longest = max(o.over_longest, o.over_now)
    at = o.at
    o.at += 1
    if o.at >= ring.shape[0]:
        o.at = 0
    a = m.ac
    ring[at, 0] = u_out
    ring[at, 1] = s[3]
    ring[at, 2] = s[4]
    ring[at, 3] = x.i_bat
    ring[at, 4] = u_dc
    ring[at, 5] = m.u_p - m.u_n
    ring[at, 6] = a.uc_al
    ring[at, 7] = x.i_g_al
    ring[at, 8] = -0.5 * x.i_g_al + _HALF_SQRT3 * x.i_g_be
    ring[at, 9] = -0.5 * x.i_g_al - _HALF_SQRT3 * x.i_g_be
    ring[at, 10] = cmd[0].phi * 57.29577951308232
    ring[at, 11] = m.out.i_f


@plant_kernel
def row_step(
    p: PlantParams,
    x: PlantState,
    slow: SlowState,
    modules: RecordArray,
    gains: ChargerGains,
    control: ChargerState,
    control_modules: RecordArray,
    ref: Setpoints,
    meter: Meter,
    o: Observer,
    rows: NDArray[np.float64],
    k: int,
) -> None:
    """Write a row when enough periods are summed; the host empties the buffer in time."""
    if o.n < o.decimate or o.filled >= rows.shape[0]:
        return
    inv = 1.0 / o.n
    r = rows[o.filled]
    o.filled += 1
    r[0] = k * p.T_s
    r[1] = o.u_out * inv
    r[2] = o.i_out * inv
    r[3] = o.p_out * inv
    r[4] = ref.u_o_ref
    r[5] = ref.i_o_ref
    r[6] = o.u_in * inv
    r[7] = x.ocv + x.out.x[5] + x.out.x[6] + p.R_0 * x.i_bat
    r[8] = o.i_bat * inv
    r[9] = 100.0 * slow.battery.soc
    r[10] = slow.battery.temperature
    r[11] = o.u_dc * inv
    r[12] = o.u_mid * inv
    r[13] = meter.u_rms
    r[14] = meter.i_rms
    r[15] = meter.P
    r[16] = meter.Q
    r[17] = meter.pf
    r[18] = 100.0 * meter.thd
    r[19] = o.phi * inv * 57.29577951308232
    r[20] = min(control.i_rating, control.i_thermal)
    r[21] = slow.cable.T_cable
    r[22] = slow.cable.T_pin
    r[23] = slow.cable.T_inlet
    r[24] = slow.ambient
    r[25] = slow.insulation.reading if slow.insulation.valid else np.nan
    r[26] = slow.P_loss
    r[27] = control.phase
    r[28] = control.protection.faults
    r[29] = control.i_rating
    r[30] = 100.0 * control.i_modules / (gains.module_derating.i_max * gains.modules)
    r[31] = 100.0 * control.pin.i_lim / gains.pin_derating.i_max
    r[32] = 100.0 * control.cable.i_lim / gains.cable_derating.i_max
    at = 33
    for j in range(len(modules)):
        th = modules[j].thermal
        r[at] = modules[j].out.i_f
        r[at + 1] = max(max(th.T_j[0], th.T_j[1]), max(th.T_j[2], th.T_j[3]))
        r[at + 2] = th.T_hs
        at += 3
    o.peak_power = max(o.peak_power, r[3])
    o.n = 0
    o.u_out = 0.0
    o.i_out = 0.0
    o.p_out = 0.0
    o.u_in = 0.0
    o.i_bat = 0.0
    o.u_dc = 0.0
    o.u_mid = 0.0
    o.phi = 0.0
