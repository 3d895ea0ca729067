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

from voltbench.calibration.loops import Loop, from_system
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


@dataclass(frozen=True)
class SettledAt:
    """Where a loop settles."""

    current_A: float
    note: str


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
            m = [u / half * (w + zero) for w in wave]
            a, b, e = (i * w for w in wave)
            bridge_step(self.bridge[0], half, half, *m, a, b, e, T_j, T_j, out)
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
    return from_system(name, charger.control.derating_bandwidth_Hz, controller * sampled, note)


def heatsink_loop(
    charger: Charger, gains: np.void, loss: DeviceLoss, fan: float, air_degC: float
) -> Loop:
    """Return the loop that holds a module's heatsink; `fan` is the share of its air left."""
    t, T = charger.thermal, charger.protection.heatsink_derating_degC
    G = t.heatsink_still_W_per_K + fan * t.heatsink_fan_W_per_K
    T_j = T + 15.0
    i = _root(
        lambda i: loss.at(i, T_j) - G * (T - air_degC), 0.1, charger.rating.module_current_low_A
    )
    dP_di = (loss.at(1.02 * i, T_j) - loss.at(0.98 * i, T_j)) / (0.04 * i)
    dP_dT = (loss.at(i, T_j + 5.0) - loss.at(i, T_j - 5.0)) / 10.0
    C = t.heatsink_heat_capacity_J_per_K
    plant = ct.ss([[(dP_dT - G) / C]], [[dP_di / C]], [[1.0]], [[0.0]])
    note = f"fan {100 * fan:.0f} %, air {air_degC:g} degC: settles at {i:.0f} A a module"
    return _loop("derating, heatsink", charger, gains, "module_derating", plant, note)


def cable_loops(
    charger: Charger, gains: np.void, vehicle: VehiclePlant, ambient_degC: float
) -> list[Loop]:
    """Return the loops that hold the connector's contacts and the cable's conductor."""
    k, p = charger.cable, charger.protection
    heat = np.array([k.resistance_Ohm, k.pin_resistance_Ohm, vehicle.R_w / 2])
    capacity = np.array(
        [k.heat_capacity_J_per_K, k.pin_heat_capacity_J_per_K, k.inlet_heat_capacity_J_per_K]
    )
    pc, ip = k.pin_to_cable_W_per_K, k.inlet_to_pin_W_per_K
    G = np.array([[pc, -pc, 0.0], [-pc, pc + ip, -ip], [0.0, -ip, ip]])
    G += np.diag([k.conductance_W_per_K, k.pin_conductance_W_per_K, k.inlet_conductance_W_per_K])
    found = []
    for row, which, name, T_set in (
        (1, "pin_derating", "derating, contacts", p.pin_derating_degC),
        (0, "cable_derating", "derating, cable", p.cable_derating_degC),
    ):

        def settled(i: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            # copper: R = R_20 (1 + a (T - 20)) heats more as it warms
            slope = np.array([k.temperature_coefficient_per_K * heat[0] * i * i, 0.0, 0.0])
            M = G - np.diag(slope)
            at_ambient = heat * i * i + slope * (ambient_degC - 20.0)
            return M, np.linalg.solve(M, at_ambient), slope

        limit = charger.rating.current_max_A
        i = _root(
            lambda i, row=row, T=T_set: settled(i)[1][row] - (T - ambient_degC), 1.0, 3 * limit
        )
        M, rise, slope = settled(i)
        R = heat.copy()
        R[0] *= 1 + k.temperature_coefficient_per_K * (rise[0] + ambient_degC - 20.0)
        plant = ct.ss(
            -M / capacity[:, None], (2 * R * i / capacity)[:, None], np.eye(3)[[row]], [[0.0]]
        )
        beyond = "" if i < limit else ", beyond the rating"
        note = f"ambient {ambient_degC:g} degC: settles at {i:.0f} A{beyond}"
        found.append(_loop(name, charger, gains, which, plant, note))
    return found
