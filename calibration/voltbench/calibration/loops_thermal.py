"""Open loops of thermal derating: heatsink of a module, connector contacts, cable.

Each loop is linearised where it settles: at its set temperature and the current whose
heat the path carries off there. Near that point dT/di is small while the current is large
and grows as it falls, so a loop that must hold little current (blocked fan, hot contacts)
is the hard case. The sensor's lag and the loop's own, slow sampling are inside; the heat
path's rise of resistance with temperature is too. Not in the loops: the Foster networks
of the junctions (the heatsink's mass is 10^3 times theirs).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import control as ct
import numpy as np

from voltbench.calibration.loops import Array, Loop, from_system
from voltbench.control.numerics.records import zeros
from voltbench.plant_models.bridge import BridgeOut, bridge_step
from voltbench.plant_models.bridge_design import bridge_params
from voltbench.plant_models.charger_data import Charger
from voltbench.plant_models.dab import dab_step
from voltbench.plant_models.dab_design import dab_params, phase_shift_for_current
from voltbench.plant_models.dcdc_stage import DcDcOut
from voltbench.plant_models.discretise import zero_order_hold
from voltbench.plant_models.vehicle import VehiclePlant

_OUTPUT_V = 400.0
"""Output voltage at which the heatsink's loss is evaluated, low range."""


class DeviceLoss:
    """Loss into a module's heatsink over its output current, from the converter models."""

    def __init__(self, charger: Charger) -> None:
        self.charger = charger
        self.bridge, self.dab = (
            bridge_params(charger.front_end.bridge),
            dab_params(charger.dcdc.cell),
        )
        self.bridge_out, self.dab_out = zeros(BridgeOut), zeros(DcDcOut)

    def at(self, i: float, T_j: float) -> float:
        """Return the loss in W at a module current and a junction temperature."""
        c = self.charger
        u_dc = min(
            max(c.dcdc.cell.turns_ratio * _OUTPUT_V, c.dc_link.reference_min_V),
            c.dc_link.reference_max_V,
        )
        phi = phase_shift_for_current(c.dcdc.cell, u_dc, i / c.dcdc.cells)
        d = self.dab_out[0]
        dab_step(self.dab[0], u_dc, _OUTPUT_V, phi, T_j, T_j, d)
        devices = sum(float(d[k]) for k in ("P_cond_1", "P_cond_2", "P_sw_1", "P_sw_2"))
        u = c.grid.voltage_V * math.sqrt(2.0 / 3.0)
        return c.dcdc.cells * devices + self._bridge(u, 2 * _OUTPUT_V * i / (3 * u), u_dc, T_j)

    def _bridge(self, u: float, i: float, u_dc: float, T_j: float) -> float:
        """Return the bridge's loss averaged over a mains cycle at peak voltage and current."""
        total, half, out = 0.0, u_dc / 2, self.bridge_out[0]
        angles = 2 * math.pi * (np.arange(24) + 0.5) / 24
        for angle in angles:
            wave = [math.cos(angle - k * 2 * math.pi / 3) for k in range(3)]
            zero = -0.5 * (max(wave) + min(wave))
            d_a, d_b, d_c = (u / half * (w + zero) for w in wave)
            a, b, c = (i * w for w in wave)
            bridge_step(self.bridge[0], half, half, d_a, d_b, d_c, a, b, c, T_j, T_j, out)
            names = ("P_cond_outer", "P_cond_inner", "P_sw_outer", "P_sw_inner")
            total += sum(float(out[k]) for k in names)
        return total / len(angles)


def _root(f: Callable[[float], float], low: float, high: float) -> float:
    """Return where the rising function f passes zero, by bisection."""
    if f(low) > 0.0 or f(high) < 0.0:
        raise ValueError("the derating loop has no working point in the current's range")
    for _ in range(60):
        mid = 0.5 * (low + high)
        low, high = (mid, high) if f(mid) < 0.0 else (low, mid)
    return 0.5 * (low + high)


def _settled(f: Callable[[float], float], least: float, most: float) -> float:
    """Return the current at which heat and cooling meet, or the nearest that the loop governs.

    A heatsink may stay below its set point at any current, or above it even at the least
    (where a change of the current changes no heat: 1.25 of it has an effect).
    """
    if f(most) < 0.0:
        return most
    return min(1.25 * least, most) if f(least) > 0.0 else _root(f, least, most)


def _loop(
    name: str, charger: Charger, gains: np.void, which: str, plant: ct.StateSpace, note: str
) -> Loop:
    """Return controller, heat path and sensor as one loop, sampled every `divider` periods."""
    dt = float(gains["T_s"]) * int(gains["divider"])
    k_p, k_i = float(gains[which]["k_p"]), float(gains[which]["k_i"])
    lag = charger.thermal.sensor_lag_s
    chain = ct.ss([[-1 / lag]], [[1 / lag]], [[1.0]], [[0.0]]) * plant
    end = zero_order_hold(chain.A, chain.B, dt).end
    n = len(chain.A)
    sampled = ct.ss(end[:, :n], end[:, n:], chain.C, chain.D, dt)
    controller = ct.ss(ct.tf([k_p, dt * k_i - k_p], [1, -1], dt))
    # only the cable's gains come from a bandwidth, the others from the band below their trip
    asked = charger.control.derating_bandwidth_Hz if which == "cable_derating" else None
    return from_system(name, asked, controller * sampled, note)


def heatsink_loop(
    charger: Charger, gains: np.void, loss: DeviceLoss, fan: float, air_degC: float
) -> Loop:
    """Return the loop that holds a module's heatsink; `fan` is the share of its air left.

    Where nothing would derate at that temperature of the air, at the nearest where it does.
    """
    t, T = charger.thermal, charger.protection.heatsink_derating_degC
    G = t.heatsink_still_W_per_K + fan * t.heatsink_fan_W_per_K
    T_j = T + 15.0
    most = charger.rating.module_current_low_A
    # below some current the cells lose soft switching and less current is no less heat
    least = min(np.linspace(0.05, 1.0, 20) * most, key=lambda i: loss.at(i, T_j))
    i = _settled(lambda i: loss.at(i, T_j) - G * (T - air_degC), least, most)
    air_degC = T - loss.at(i, T_j) / G  # as given, or where the loop begins to act
    dP_di = (loss.at(1.02 * i, T_j) - loss.at(0.98 * i, T_j)) / (0.04 * i)
    dP_dT = (loss.at(i, T_j + 5.0) - loss.at(i, T_j - 5.0)) / 10.0
    C = t.heatsink_heat_capacity_J_per_K
    plant = ct.ss([[(dP_dT - G) / C]], [[dP_di / C]], [[1.0]], [[0.0]])
    note = f"fan {100 * fan:.0f} %, air {air_degC:.0f} degC: {i:.0f} A a module"
    return _loop("derating, heatsink", charger, gains, "module_derating", plant, note)


@dataclass(frozen=True)
class CablePath:
    """Heat paths of cable, contacts and inlet: C T' = P(i) - G (T - T_ambient)."""

    G: Array
    C: Array
    R_20: Array
    """ohm at 20 degC; the cable's copper rises with its temperature."""
    coefficient: float
    ambient_degC: float

    def at(self, i: float) -> tuple[Array, Array]:
        """Return conductances with the copper's rise, and the temperatures, at a current.

        Beyond the current of thermal runaway there is no temperature: infinite.
        """
        slope = np.array([self.coefficient * self.R_20[0] * i * i, 0.0, 0.0])
        M: Array = self.G - np.diag(slope)
        if np.linalg.eigvalsh(M).min() <= 0.0:
            return M, np.full(3, math.inf)
        heat = self.R_20 * i * i + slope * (self.ambient_degC - 20.0)
        return M, np.asarray(self.ambient_degC + np.linalg.solve(M, heat), np.float64)

    def plant(self, row: int, i: float) -> ct.StateSpace:
        """Return the path from the current to one temperature, around a settled current."""
        M, T = self.at(i)
        R = self.R_20.copy()
        R[0] *= 1.0 + self.coefficient * (T[0] - 20.0)
        B = (2.0 * R * i / self.C)[:, None]
        made: ct.StateSpace = ct.ss(-M / self.C[:, None], B, np.eye(3)[[row]], [[0.0]])
        return made


def cable_path(charger: Charger, vehicle: VehiclePlant, ambient_degC: float) -> CablePath:
    """Return the heat paths of a charger's cable in a vehicle's inlet."""
    k = charger.cable
    pc, ip = k.pin_to_cable_W_per_K, k.inlet_to_pin_W_per_K
    between = np.array([[pc, -pc, 0.0], [-pc, pc + ip, -ip], [0.0, -ip, ip]])
    to_air = [k.conductance_W_per_K, k.pin_conductance_W_per_K, k.inlet_conductance_W_per_K]
    return CablePath(
        G=between + np.diag(to_air),
        C=np.array(
            [k.heat_capacity_J_per_K, k.pin_heat_capacity_J_per_K, k.inlet_heat_capacity_J_per_K]
        ),
        R_20=np.array([k.resistance_Ohm, k.pin_resistance_Ohm, vehicle.R_w / 2]),
        coefficient=k.temperature_coefficient_per_K,
        ambient_degC=ambient_degC,
    )


def cable_loops(
    charger: Charger, gains: np.void, vehicle: VehiclePlant, ambient_degC: float
) -> list[Loop]:
    """Return the loops that hold the connector's contacts and the cable's conductor."""
    p, path = charger.protection, cable_path(charger, vehicle, ambient_degC)
    limit = charger.rating.current_max_A
    return [
        _cable_loop(charger, gains, path, row, which, T_set, limit)
        for row, which, T_set in (
            (1, "pin_derating", p.pin_derating_degC),
            (0, "cable_derating", p.cable_derating_degC),
        )
    ]


def _cable_loop(
    charger: Charger,
    gains: np.void,
    path: CablePath,
    row: int,
    which: str,
    T_set: float,
    limit: float,
) -> Loop:
    i = _root(lambda i: float(path.at(i)[1][row]) - T_set, 1.0, 10.0 * limit)
    beyond = "" if i < limit else ", beyond the rating"
    note = f"ambient {path.ambient_degC:g} degC: {i:.0f} A{beyond}"
    name = "derating, contacts" if row == 1 else "derating, cable"
    return _loop(name, charger, gains, which, path.plant(row, i), note)
