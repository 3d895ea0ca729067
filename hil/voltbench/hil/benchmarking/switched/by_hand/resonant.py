"""Half-bridge LLC and CLLC."""

from dataclasses import dataclass

import numpy as np

from voltbench.hil.benchmarking.switched.by_hand.legs import Bridge, leg
from voltbench.hil.benchmarking.switched.by_hand.ports import Array, Modes
from voltbench.plant_models.switched.topologies.cllc import CllcParameters
from voltbench.plant_models.switched.topologies.device import Transistor
from voltbench.plant_models.switched.topologies.llc import LlcParameters


@dataclass(frozen=True)
class HalfBridgeLlc:
    """States u_c, i_r, i_m, u_o; ports: the leg, the rectifier (voltage of the secondary)."""

    p: LlcParameters

    @property
    def _device(self) -> Transistor:
        p = self.p
        return Transistor(p.r_on_Ohm, 0.0, 0.0, p.body_voltage_V, p.body_resistance_Ohm)

    def currents(self, x: Array) -> Array:
        """Return the current into the leg and the one out of the secondary."""
        return np.array([-x[1], self.p.turns_ratio * (x[1] - x[2])])

    def bounds(self, t: float, x: Array, word: int) -> tuple[Array, Array]:
        """Return the bounds of both."""
        p, (into, j) = self.p, self.currents(x)
        low, high = leg(word, 0, 1, p.input_voltage_V, into, self._device)
        drop, slope = x[3] + 2.0 * p.rectifier_voltage_V, 2.0 * p.rectifier_resistance_Ohm * j
        return np.array([low, -drop + slope]), np.array([high, drop + slope])

    def slopes(self, t: float, x: Array, word: int, modes: Modes, v: Array) -> Array:
        """Return the derivatives."""
        p, n = self.p, self.p.turns_ratio
        u_c, i_r, i_m, u_o = x
        over = v[0] - u_c - p.resonant_resistance_Ohm * i_r - n * v[1]
        into = modes[1] * n * (i_r - i_m)
        return np.array([
            i_r / p.resonant_capacitance_F,
            over / p.resonant_inductance_H,
            n * v[1] / p.magnetising_inductance_H,
            (into - u_o / p.load_resistance_Ohm) / p.output_capacitance_F,
        ])  # fmt: skip

    def outputs(self, t: float, x: Array) -> Array:
        """Return i_r, u_o."""
        return np.array([x[1], x[3]])


@dataclass(frozen=True)
class Cllc:
    """States u_1, i_1, i_m, i_2, u_2, u_o; ports: input bridge (negated), output bridge."""

    p: CllcParameters

    def currents(self, x: Array) -> Array:
        """Return the current out of the input bridge and the one into the output bridge."""
        return np.array([x[1], x[3]])

    def bounds(self, t: float, x: Array, word: int) -> tuple[Array, Array]:
        """Return the bounds; the input port is bridge two minus one, for it opposes i_1."""
        p = self.p
        swapped = (word & 3) << 2 | word >> 2 & 3
        low_1, high_1 = Bridge(swapped, 0, p.input_voltage_V, p.device_1).bounds(x[1])
        low_2, high_2 = Bridge(word, 4, x[5], p.device_2).bounds(x[3])
        return np.array([low_1, low_2]), np.array([high_1, high_2])

    def slopes(self, t: float, x: Array, word: int, modes: Modes, v: Array) -> Array:
        """Return the derivatives; i_2 = n (i_1 - i_m) by the transformer.

        i_2 is a state of its own only in name: both windings' inductors share one loop, and
        the winding's voltage w follows from n (i_1' - i_m') = i_2'.
        """
        p, n = self.p, self.p.turns_ratio
        u_1, i_1, _, i_2, u_2, u_o = x
        l_1, l_m, l_2 = (
            p.resonant_inductance_1_H, p.magnetising_inductance_H, p.resonant_inductance_2_H,
        )  # fmt: skip
        one = -v[0] - u_1 - p.resonant_resistance_1_Ohm * i_1
        two = v[1] + u_2 + p.resonant_resistance_2_Ohm * i_2
        w = (n * one / l_1 + two / l_2) / (n / l_1 + n / l_m + 1.0 / (n * l_2))
        out = Bridge(word, 4, u_o, p.device_2).into_bus(i_2, modes[1])
        return np.array([
            i_1 / p.resonant_capacitance_1_F,
            (one - w) / l_1,
            w / l_m,
            (w / n - two) / l_2,
            i_2 / p.resonant_capacitance_2_F,
            (out - u_o / p.dc.load_resistance_Ohm) / p.output_capacitance_F,
        ])  # fmt: skip

    def outputs(self, t: float, x: Array) -> Array:
        """Return i_1, i_2, u_o."""
        return np.array([x[1], x[3], x[5]])
