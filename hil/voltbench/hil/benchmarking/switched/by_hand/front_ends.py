"""Two-level front end, T-type and totem pole."""

import math
from dataclasses import dataclass

import numpy as np

from voltbench.hil.benchmarking.switched.by_hand.legs import Bounds, leg, upper_rail
from voltbench.hil.benchmarking.switched.by_hand.ports import Array, Modes, ReferenceFailed
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
        device = self.p.device
        up = sum(
            upper_rail(word, 2 * k, 2 * k + 1, modes[k], x[3], x[k], device) for k in range(3)
        )
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

    def _leg(self, word: int, x: Array, k: int) -> Bounds:
        p, i = self.p, float(x[6 + k])
        upper, out_on, in_on, lower = (word >> (4 * k + b) & 1 for b in range(4))
        outer, inner = p.outer.body_voltage_V, p.inner.body_voltage_V
        both = out_on and in_on
        least = -inner if in_on and not both else -x[10] - outer
        most = inner if out_on and not both else x[9] + outer
        if upper or lower or both:
            rail = (x[9] if upper else -x[10]) if upper or lower else 0.0
            v = rail + (p.outer.r_on_Ohm if upper or lower else 2.0 * p.inner.r_on_Ohm) * i
            if not least <= v <= most:
                raise ReferenceFailed(f"leg {k} at {v:g} V: a diode conducts beside the channel")
            return v, v
        slope = p.outer.body_resistance_Ohm * i
        middle = (p.inner.r_on_Ohm + p.inner.body_resistance_Ohm) * i
        low = least + (middle if in_on else slope)
        high = most + (middle if out_on else slope)
        return low, high

    def bounds(self, t: float, x: Array, word: int) -> tuple[Array, Array]:
        """Return the bounds of the legs."""
        found = [self._leg(word, x, k) for k in range(3)]
        return np.array([b[0] for b in found]), np.array([b[1] for b in found])

    def _rail(self, word: int, k: int, mode: int) -> int:
        """Return where a leg's current goes: 1 plus, -1 minus, 0 midpoint."""
        upper, out_on, in_on, lower = (word >> (4 * k + b) & 1 for b in range(4))
        if upper or lower:
            return int(upper) - int(lower)
        if (out_on and in_on) or (out_on and mode == 1) or (in_on and mode == -1):
            return 0
        return mode

    def slopes(self, t: float, x: Array, word: int, modes: Modes, v: Array) -> Array:
        """Return the derivatives; each star floats, so the mean voltage drives no current."""
        p, g = self.p, self.p.grid
        i_g, u_f, i = x[:3], x[3:6], x[6:9]
        middle = u_f + g.filter_resistance_Ohm * (i_g - i)
        e = grid(g.amplitude_V, g.grid_frequency_Hz, t)
        line = e - g.grid_resistance_Ohm * i_g - middle
        boost = middle - g.resistance_Ohm * i - v
        rails = [self._rail(word, k, modes[k]) for k in range(3)]
        load = (x[9] + x[10]) / p.dc.load_resistance_Ohm
        up = sum(i[k] for k in range(3) if rails[k] == 1)
        down = -sum(i[k] for k in range(3) if rails[k] == -1)
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
        into = upper_rail(word, 0, 1, modes[0], x[1], x[0], p.fast)
        into += upper_rail(word, 2, 3, modes[1], x[1], -x[0], p.slow)
        return np.array([
            (self._line(t) - p.resistance_Ohm * x[0] - v[0] + v[1]) / p.inductance_H,
            (into - x[1] / p.dc.load_resistance_Ohm) / p.bus_capacitance_F,
        ])  # fmt: skip

    def outputs(self, t: float, x: Array) -> Array:
        """Return i_l, u_dc, u_g."""
        return np.array([x[0], x[1], self._line(t)])
