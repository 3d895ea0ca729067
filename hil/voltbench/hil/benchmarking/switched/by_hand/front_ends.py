"""Two-level front end, T-type and totem pole."""

import math
from dataclasses import dataclass

import numpy as np

from voltbench.hil.benchmarking.switched.by_hand.legs import (
    LOWER,
    MIDDLE,
    UPPER,
    Path,
    bounds,
    half_bridge,
    into,
    leg,
)
from voltbench.hil.benchmarking.switched.by_hand.ports import Array, Modes
from voltbench.plant_models.switched.topologies.active_front_end import ActiveFrontEndParameters
from voltbench.plant_models.switched.topologies.t_type import TTypeParameters
from voltbench.plant_models.switched.topologies.totem_pole import TotemPoleParameters


def grid(amplitude: float, frequency: float, t: float) -> Array:
    """Return the three phase voltages (V)."""
    angle = 2.0 * math.pi * frequency * t
    phases: Array = amplitude * np.sin(angle - 2.0 * math.pi / 3.0 * np.arange(3))
    return phases


@dataclass(frozen=True)
class TwoLevel:
    """States i_a, i_b, i_c, u_dc; ports: the legs. The grid's star floats."""

    p: ActiveFrontEndParameters

    def currents(self, x: Array) -> Array:
        """Return the currents into the legs."""
        return x[:3]

    def bounds(self, t: float, x: Array, word: int) -> tuple[Array, Array]:
        """Return the bounds of the legs."""
        found = [leg(word, 2 * k, 2 * k + 1, x[3], x[k], self.p.device) for k in range(3)]
        return np.array([b[0] for b in found]), np.array([b[1] for b in found])

    def slopes(self, t: float, x: Array, word: int, modes: Modes, v: Array) -> Array:
        """Return the derivatives."""
        g = self.p.grid
        over = grid(g.amplitude_V, g.grid_frequency_Hz, t) - g.resistance_Ohm * x[:3] - v
        legs = [half_bridge(word, 2 * k, 2 * k + 1, x[3], self.p.device) for k in range(3)]
        up = sum(into(UPPER, legs[k], x[k], modes[k]) for k in range(3))
        d_u = (up - x[3] / self.p.dc.load_resistance_Ohm) / self.p.bus_capacitance_F
        slopes: Array = np.append((over - over.mean()) / g.inductance_H, d_u)
        return slopes

    def outputs(self, t: float, x: Array) -> Array:
        """Return i_a, i_b, i_c, u_dc."""
        return x


@dataclass(frozen=True)
class TType:
    """States: grid currents, filter capacitors, converter currents, u_p, u_n; ports: the legs.

    Bits of a leg: outer to plus, inner from the phase, inner from the midpoint, outer to minus.
    """

    p: TTypeParameters

    def currents(self, x: Array) -> Array:
        """Return the currents into the legs."""
        return x[6:9]

    def _leg(self, word: int, x: Array, k: int) -> list[Path]:
        """Return the paths of a leg; the midpoint's pair blocks where only one of it is on."""
        p = self.p
        upper, out_on, in_on, lower = (word >> (4 * k + b) & 1 for b in range(4))
        drop, slope = p.outer.body_voltage_V, p.outer.body_resistance_Ohm
        threshold, r_on = p.inner.body_voltage_V, p.inner.r_on_Ohm
        paths = [
            Path(UPPER, x[9], p.outer.r_on_Ohm) if upper else Path(UPPER, x[9] + drop, slope, 1),
            Path(LOWER, -x[10], p.outer.r_on_Ohm)
            if lower
            else Path(LOWER, -x[10] - drop, slope, -1),
        ]
        if out_on and in_on:
            paths.append(Path(MIDDLE, 0.0, 2.0 * r_on))
        elif out_on or in_on:
            side = 1 if out_on else -1
            both = r_on + p.inner.body_resistance_Ohm
            paths.append(Path(MIDDLE, side * threshold, both, side))
        return paths

    def bounds(self, t: float, x: Array, word: int) -> tuple[Array, Array]:
        """Return the bounds of the legs."""
        found = [bounds(self._leg(word, x, k), x[6 + k]) for k in range(3)]
        return np.array([b[0] for b in found]), np.array([b[1] for b in found])

    def slopes(self, t: float, x: Array, word: int, modes: Modes, v: Array) -> Array:
        """Return the derivatives; each star floats, so the mean voltage drives no current."""
        p, g = self.p, self.p.grid
        i_g, u_f, i = x[:3], x[3:6], x[6:9]
        middle = u_f + g.filter_resistance_Ohm * (i_g - i)
        e = grid(g.amplitude_V, g.grid_frequency_Hz, t)
        line = e - g.grid_resistance_Ohm * i_g - middle
        boost = middle - g.resistance_Ohm * i - v
        legs = [self._leg(word, x, k) for k in range(3)]
        load = (x[9] + x[10]) / p.dc.load_resistance_Ohm
        up = sum(into(UPPER, legs[k], i[k], modes[k]) for k in range(3))
        down = -sum(into(LOWER, legs[k], i[k], modes[k]) for k in range(3))
        slopes: Array = np.concatenate([
            (line - line.mean()) / g.grid_inductance_H,
            (i_g - i) / g.filter_capacitance_F,
            (boost - boost.mean()) / g.inductance_H,
            np.array([up - load, down - load]) / p.half_capacitance_F,
        ])  # fmt: skip
        return slopes

    def outputs(self, t: float, x: Array) -> Array:
        """Return i_a, i_b, i_c, u_p, u_n."""
        return x[6:11]


@dataclass(frozen=True)
class TotemPole:
    """States i_l, u_dc; ports: fast leg, slow leg."""

    p: TotemPoleParameters

    def currents(self, x: Array) -> Array:
        """Return the currents into the legs."""
        return np.array([x[0], -x[0]])

    def bounds(self, t: float, x: Array, word: int) -> tuple[Array, Array]:
        """Return the bounds of the legs."""
        fast = leg(word, 0, 1, x[1], x[0], self.p.fast)
        slow = leg(word, 2, 3, x[1], -x[0], self.p.slow)
        return np.array([fast[0], slow[0]]), np.array([fast[1], slow[1]])

    def _line(self, t: float) -> float:
        p = self.p
        angle = 2.0 * math.pi * p.grid_frequency_Hz * t
        return p.grid_voltage_V * math.sqrt(2.0) * math.sin(angle)

    def slopes(self, t: float, x: Array, word: int, modes: Modes, v: Array) -> Array:
        """Return the derivatives."""
        p = self.p
        up = into(UPPER, half_bridge(word, 0, 1, x[1], p.fast), x[0], modes[0])
        up += into(UPPER, half_bridge(word, 2, 3, x[1], p.slow), -x[0], modes[1])
        return np.array([
            (self._line(t) - p.resistance_Ohm * x[0] - v[0] + v[1]) / p.inductance_H,
            (up - x[1] / p.dc.load_resistance_Ohm) / p.bus_capacitance_F,
        ])  # fmt: skip

    def outputs(self, t: float, x: Array) -> Array:
        """Return i_l, u_dc, u_g."""
        return np.array([x[0], x[1], self._line(t)])
