"""Phase-shifted full bridge with a diode bridge or a current doubler."""

from dataclasses import dataclass

import numpy as np

from voltbench.hil.benchmarking.switched.by_hand.legs import leg
from voltbench.hil.benchmarking.switched.by_hand.ports import Array, Modes
from voltbench.plant_models.switched.topologies.psfb import PsfbParameters


@dataclass(frozen=True)
class Psfb:
    """States i_p, i_m, i_f, u_o; ports: legs a and b, the diode pairs 1-4 and 2-3.

    Diodes of a pair carry the same current and hold the same voltage e: the winding has
    e_1 - e_2, the rectified side -(e_1 + e_2).
    """

    p: PsfbParameters

    def currents(self, x: Array) -> Array:
        """Return the currents into the legs and through the pairs."""
        j = self.p.turns_ratio * (x[0] - x[1])
        return np.array([-x[0], x[0], 0.5 * (x[2] + j), 0.5 * (x[2] - j)])

    def bounds(self, t: float, x: Array, word: int) -> tuple[Array, Array]:
        """Return the bounds; a diode has no lower one."""
        p, c = self.p, self.currents(x)
        low_a, high_a = leg(word, 0, 1, p.input_voltage_V, c[0], p.device)
        low_b, high_b = leg(word, 2, 3, p.input_voltage_V, c[1], p.device)
        drop, r = p.rectifier.forward_voltage_V, p.rectifier.resistance_Ohm
        high = [high_a, high_b, drop + r * c[2], drop + r * c[3]]
        return np.array([low_a, low_b, -np.inf, -np.inf]), np.array(high)

    def slopes(self, t: float, x: Array, word: int, modes: Modes, v: Array) -> Array:
        """Return the derivatives."""
        p, n = self.p, self.p.turns_ratio
        i_p, _, i_f, u_o = x
        winding = n * (v[2] - v[3])
        over = v[0] - v[1] - p.leakage_resistance_Ohm * i_p - winding
        filtered = -(v[2] + v[3]) - p.filter_resistance_Ohm * i_f - u_o
        load = u_o / p.dc.load_resistance_Ohm
        return np.array([
            over / p.leakage_inductance_H,
            winding / p.magnetising_inductance_H,
            filtered / p.filter_inductance_H,
            (i_f - load) / p.output_capacitance_F,
        ])  # fmt: skip

    def outputs(self, t: float, x: Array) -> Array:
        """Return i_p, i_l, u_o."""
        return np.array([x[0], x[2], x[3]])


@dataclass(frozen=True)
class CurrentDoubler:
    """States i_p, i_m, i_1, i_2, u_o; ports: legs a and b, diodes 1 and 2."""

    p: PsfbParameters

    def currents(self, x: Array) -> Array:
        """Return the currents into the legs and through the diodes."""
        j = self.p.turns_ratio * (x[0] - x[1])
        return np.array([-x[0], x[0], x[2] - j, x[3] + j])

    def bounds(self, t: float, x: Array, word: int) -> tuple[Array, Array]:
        """Return the bounds; a diode has no lower one."""
        return Psfb(self.p).bounds(t, x, word)[0], self._high(x, word)

    def _high(self, x: Array, word: int) -> Array:
        p, c = self.p, self.currents(x)
        drop, r = p.rectifier.forward_voltage_V, p.rectifier.resistance_Ohm
        a = leg(word, 0, 1, p.input_voltage_V, c[0], p.device)[1]
        b = leg(word, 2, 3, p.input_voltage_V, c[1], p.device)[1]
        return np.array([a, b, drop + r * c[2], drop + r * c[3]])

    def slopes(self, t: float, x: Array, word: int, modes: Modes, v: Array) -> Array:
        """Return the derivatives; the winding's ends are at -e_1 and -e_2."""
        p, n = self.p, self.p.turns_ratio
        i_p, _, i_1, i_2, u_o = x
        winding = n * (v[3] - v[2])
        over = v[0] - v[1] - p.leakage_resistance_Ohm * i_p - winding
        one = -v[2] - p.filter_resistance_Ohm * i_1 - u_o
        two = -v[3] - p.filter_resistance_Ohm * i_2 - u_o
        load = u_o / p.dc.load_resistance_Ohm
        return np.array([
            over / p.leakage_inductance_H,
            winding / p.magnetising_inductance_H,
            one / p.filter_inductance_H,
            two / p.filter_inductance_H,
            (i_1 + i_2 - load) / p.output_capacitance_F,
        ])  # fmt: skip

    def outputs(self, t: float, x: Array) -> Array:
        """Return i_p, i_1, i_2, u_o."""
        return np.array([x[0], x[2], x[3], x[4]])
