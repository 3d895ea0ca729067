"""The map of a full-bridge LLC by frequency.

Every point is the periodic solution in the time domain whose output current is the wanted one,
on the side of the gain's peak where the law (`control.llc`) works. Below the current that the
highest frequency leaves, the law shortens its pulses: that is not a point of this map.
"""

import numpy as np

from voltbench.calibration.analysis.maps.dab_map import HOTTEST_C, bridge_table, resistance
from voltbench.calibration.analysis.maps.design import LlcDesign
from voltbench.calibration.analysis.maps.llc_orbit import LlcOrbits, Orbit
from voltbench.calibration.analysis.maps.operating_map import (
    CURRENT,
    FREQUENCY_MAX,
    FREQUENCY_MIN,
    TEMPERATURE,
    MapError,
    OperatingMap,
    Texts,
    grid,
)
from voltbench.calibration.analysis.maps.rectifier import bridge_loss_W, junction_C
from voltbench.plant_models.switched.averaged.commutation import Commutation, commute
from voltbench.plant_models.switched.averaged.linear import Array

ROUNDS = 8
SETTLED_K = 0.1
CONDUCTS = 1e-6
"""Of the current's scale: above it the diodes conduct when the bridge switches."""


def llc_map(design: LlcDesign, voltage_V: Array, current_A: Array) -> OperatingMap:
    """Return the map over output voltages (V) and currents (A).

    Raises
    ------
    MapError
        If an axis or a value of the design has no meaning.
    """
    d, p = design, design.parameters
    if not 0.0 < d.frequency_min_Hz < d.frequency_max_Hz:
        raise MapError(
            f"frequency_min_Hz = {d.frequency_min_Hz:g} Hz; allowed: above 0, below "
            f"frequency_max_Hz = {d.frequency_max_Hz:g} Hz"
        )
    for name in ("dead_time_s", "magnetising_inductance_H"):
        if not getattr(p, name) > 0.0:
            raise MapError(f"{name} = {getattr(p, name):g}; allowed: above 0")
    u, i = grid(voltage_V, current_A)
    values, reason = _Case(design, u, i).solve()
    shape = (len(voltage_V), len(current_A))
    return OperatingMap(
        "llc",
        "frequency",
        p.input_voltage_V,
        voltage_V,
        current_A,
        {name: v.reshape(shape) for name, v in values.items()},
        reason.reshape(shape),
        {
            FREQUENCY_MAX: f"less than {d.frequency_max_Hz / 1e3:g} kHz still gives",
            FREQUENCY_MIN: f"more than {d.frequency_min_Hz / 1e3:g} kHz or the gain's peak gives",
            CURRENT: f"input winding above {d.input_rms_max_A:g} A rms",
            TEMPERATURE: f"a junction above {d.cooling.junction_max_C:g} degC",
        },
    )


class _Case:
    """One map while it is made."""

    def __init__(self, design: LlcDesign, u: Array, i: Array) -> None:
        self.design, self.u, self.i = design, u, i
        self.core = design.core.core()
        p = design.parameters
        self.table = bridge_table(design.input, np.array([p.input_voltage_V]))
        self.orbits: dict[float, tuple[LlcOrbits, list[Orbit]]] = {}
        for v in np.unique(u):
            row = LlcOrbits(p, float(v), self.core.steinmetz_alpha)
            row.channel(float(resistance(p.device, np.array([design.cooling.sink_C]))[0]))
            scanned = row.scan(design.frequency_min_Hz, design.frequency_max_Hz)
            self.orbits[float(v)] = row, scanned

    def solve(self) -> tuple[dict[str, Array], Texts]:
        """Return values and reasons; what has no orbit has no values."""
        d, p = self.design, self.design.parameters
        found = [self._orbit(u, i, None) for u, i in zip(self.u, self.i, strict=True)]
        there = np.array([o is not None for o in found])
        u, i = self.u[there], self.i[there]
        hot = np.full(len(u), d.cooling.sink_C)
        orbits = [o for o in found if o is not None]
        for _ in range(ROUNDS):
            r_on = resistance(p.device, hot)
            orbits = [self._orbit(*at) or old for *at, old in zip(u, i, r_on, orbits, strict=True)]
            values = self._values(orbits, u, i, r_on, hot)
            warmer = np.minimum(values["input_junction_C"], HOTTEST_C) - hot
            hot = hot + warmer
            if not len(hot) or np.abs(warmer).max() < SETTLED_K:
                break
        reason = np.array([self._beyond(*at) for at in zip(self.u, self.i, strict=True)])
        reason = reason.astype("U24")
        here = np.full(len(u), "", dtype="U24")
        here[values["junction_C"] > d.cooling.junction_max_C] = TEMPERATURE
        here[values["input_rms_A"] > d.input_rms_max_A] = CURRENT
        reason[there] = here
        whole = {name: np.full(len(self.u), np.nan) for name in values}
        for name, value in values.items():
            whole[name][there] = value
        return whole, reason

    def _beyond(self, u: float, i: float) -> str:
        """Return which end of the frequency range a point lies beyond, if it does."""
        _, scanned = self.orbits[float(u)]
        most = scanned and scanned[0].output_current_A > i
        return FREQUENCY_MAX if most else FREQUENCY_MIN

    def _orbit(self, u: float, i: float, r_on: float | None) -> Orbit | None:
        row, scanned = self.orbits[float(u)]
        if r_on is not None:
            row.channel(float(r_on))
        return row.at_current(scanned, float(i))

    def _values(
        self, orbits: list[Orbit], u: Array, i: Array, r_on: Array, hot: Array
    ) -> dict[str, Array]:
        d, p = self.design, self.design.parameters
        o = {
            name: np.array([getattr(x, name) for x in orbits])
            for name in Orbit.__dataclass_fields__
            if name != "start"
        }
        f, rms = o["frequency_Hz"], o["rms_A"]
        edge, leg = self._edges(orbits, u, hot)
        rectifier = bridge_loss_W(p.rectifier, i, o["output_rms_A"])
        bridge = 2.0 * r_on * rms**2 + 4.0 * f * (leg.diode_J - r_on * leg.idle_A2s)
        switching = 4.0 * f * edge
        copper = p.resonant_resistance_Ohm * rms**2
        turn = (self.core.turns * self.core.area_m2) ** self.core.steinmetz_alpha
        swing = np.array([self.core.swing_factor(2.0 * float(x)) for x in o["flux_Vs"]])
        core = 2.0 * f * swing * o["slope"] / turn
        loss = bridge + rectifier + switching + copper + core
        input_C = d.cooling.sink_C + 0.25 * (bridge + switching) * d.input.heat_path(d.cooling)
        diode_C = junction_C(rectifier, d.rectifier, d.cooling)
        return {
            "efficiency_percent": 100.0 * u * i / (u * i + loss),
            "junction_C": np.maximum(input_C, diode_C),
            "zvs_margin": leg.margin,
            "output_power_W": u * i,
            "loss_W": loss,
            "conduction_W": bridge + rectifier,
            "switching_W": switching,
            "core_W": core,
            "copper_W": copper,
            "input_junction_C": input_C,
            "rectifier_junction_C": diode_C,
            "turn_on_V": leg.left_V,
            "input_rms_A": rms,
            "output_rms_A": o["output_rms_A"],
            "frequency_Hz": f,
        }

    def _edges(self, orbits: list[Orbit], u: Array, hot: Array) -> tuple[Array, Commutation]:
        """Return the switching energy of an edge (J), and how it went."""
        p = self.design.parameters
        scale = self.orbits[float(self.u[0])][0].scale
        start = np.array([o.start for o in orbits]).reshape(-1, 3) * scale
        u_c, i, i_m = start.T
        conducts = np.abs(i - i_m) > CONDUCTS * scale[1]
        L = p.resonant_inductance_H
        inductance = np.where(conducts, L, L + p.magnetising_inductance_H)
        v = np.where(conducts, np.sign(i - i_m) * p.turns_ratio * u, 0.0)
        row = np.zeros(len(i), np.int64)
        drift = (p.input_voltage_V + u_c + v) / inductance
        pull = -2.0 * p.input_voltage_V / inductance
        diode = (p.body_voltage_V, p.body_resistance_Ohm)
        leg = commute(self.table, row, -i, (drift, pull), (), p.dead_time_s, diode)
        energy = self.table.turn_on_J(row, leg.share, leg.current_A, hot)
        energy = energy + self.table.turn_off_J(row, leg.share, leg.start_A, hot)
        return energy, leg
