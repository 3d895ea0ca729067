"""Dual active bridge between stiff ports: the periodic steady states of many points at once.

The circuit of `active_bridges` (both inductances, all resistances, dead time), solved by
superposition: each leg is a square wave, and a mode ``z' = lambda z + b sq`` of the tank answers
it with ``z = b (2 exp(lambda t)/(1 + exp(lambda T/2)) - 1)/lambda`` in its upper half. Means are
Gauss quadrature between the edges, exact to round-off. The edges' delays come from
`commutation`, with the charge of the output capacitances that `active_bridges` leaves out.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from voltbench.plant_models.switched.averaged.commutation import Commutation, commute
from voltbench.plant_models.switched.averaged.leg_energy import LegEnergy, Rows
from voltbench.plant_models.switched.averaged.linear import Array
from voltbench.plant_models.switched.topologies.dab import DabParameters

_NODE, _WEIGHT = np.polynomial.legendre.leggauss(6)
TIED = 1e-3
"""Of the dead time: two legs of a bridge this near switch together."""


@dataclass(frozen=True)
class Means:
    """Means over a period of each point: A, W; rms of the winding currents."""

    output_current_A: Array
    input_power_W: Array
    rms_1_A: Array
    rms_2_A: Array
    peak_1_A: Array


@dataclass
class BridgeGrid:
    """Operating points of one bridge; each array has an entry for each point.

    Attributes
    ----------
    p : DabParameters
    u_2 : Array
        Output voltage (V).
    r_1, r_2 : Array
        Resistance of each channel of the input and of the output bridge (Ohm).
    ideal, rise : Array
        When the four legs rise (s), dead time not counted and counted; points by 4.
    """

    p: DabParameters
    u_2: Array
    r_1: Array
    r_2: Array
    ideal: Array
    rise: Array

    @property
    def period(self) -> float:
        """Return the switching period (s)."""
        return 1.0 / self.p.switching_frequency_Hz

    def set_shifts(self, phi: Array, duty_1: Array, duty_2: Array) -> None:
        """Set the ideal instants from phase shift (rad) and inner duties; delays stay."""
        delays = self.rise - self.ideal
        per_turn = self.period / (2.0 * np.pi)
        columns = []
        for centre, duty in ((np.zeros_like(phi), duty_1), (phi, duty_2)):
            half = 0.5 * np.pi * (1.0 - duty)
            columns += [(centre + half) * per_turn, (centre + np.pi - half) * per_turn]
        self.ideal = np.stack(columns, 1)
        self.rise = self.ideal + delays

    def _modes(self) -> tuple[Array, Array, Array]:
        """Return rates (1/s), modes, and each leg's drive of the modes."""
        p, n = self.p, self.p.turns_ratio
        L, L_m = p.leakage_inductance_H, p.magnetising_inductance_H
        a_1 = 2.0 * self.r_1 + p.leakage_resistance_Ohm
        a_2 = 2.0 * n * n * self.r_2
        a = np.empty((len(a_1), 2, 2))
        a[:, 0, 0], a[:, 0, 1] = -(a_1 + a_2) / L, a_2 / L
        a[:, 1, 0], a[:, 1, 1] = a_2 / L_m, -a_2 / L_m
        # lossless tanks have no rates: a thousandth of a turn in a million periods stands in
        a[:, 0, 0] -= 1e-9 / self.period
        a[:, 1, 1] -= 2e-9 / self.period
        rate, modes = np.linalg.eig(a)
        one = np.array([1.0 / L, 0.0]) * 0.5 * p.input_voltage_V
        two = np.array([-n / L, n / L_m]) * 0.5 * self.u_2[:, None]
        ones = np.broadcast_to(one, two.shape)
        driven = np.stack([ones, -ones, two, -two], 2)
        return rate.real, modes.real, np.linalg.solve(modes.real, driven)

    def currents(self, times: Array) -> tuple[Array, Array]:
        """Return the tank's input and output current (A) at instants (s), points by instants."""
        rate, modes, drive = self._modes()
        half = 0.5 * self.period
        states = np.zeros((*times.shape, 2))
        whole = rate * half
        for leg in range(4):
            since = (times - self.rise[:, leg, None]) % self.period
            upper = since < half
            since = np.where(upper, since, since - half)
            sign = np.where(upper, 1.0, -1.0)
            for m in range(2):
                top = 2.0 * np.expm1(rate[:, m, None] * since) - np.expm1(whole[:, m, None])
                below = rate[:, m, None] * (2.0 + np.expm1(whole[:, m, None]))
                states[..., m] += sign * drive[:, m, leg, None] * top / below
        x = np.einsum("pij,ptj->pti", modes, states)
        i_1, i_m = x[..., 0], x[..., 1]
        return i_1, self.p.turns_ratio * (i_1 - i_m)

    def levels(self, times: Array, rise: Array) -> tuple[Array, Array]:
        """Return both bridges' voltages over their port's (-1, 0, 1) at instants (s)."""
        half = 0.5 * self.period
        on = [(times - rise[:, k, None]) % self.period < half for k in range(4)]
        up = [o.astype(float) for o in on]
        return up[0] - up[1], up[2] - up[3]

    def means(self) -> Means:
        """Return means over half a period, the other half being its mirror image."""
        half = 0.5 * self.period
        edges = np.sort(self.rise % half, axis=1)
        ends = np.zeros(len(edges))
        bounds = np.column_stack([ends, edges, ends + half])
        nodes, weights = [], []
        for k, j in pairwise(range(bounds.shape[1])):
            width = (bounds[:, j] - bounds[:, k])[:, None]
            nodes.append(bounds[:, k, None] + 0.5 * width * (_NODE + 1.0))
            weights.append(0.5 * width * _WEIGHT)
        times, w = np.hstack(nodes), np.hstack(weights) / half
        i_1, i_2 = self.currents(times)
        one, two = self.levels(times, self.rise)
        corner, _ = self.currents(edges)
        return Means(
            output_current_A=(w * two * i_2).sum(1),
            input_power_W=self.p.input_voltage_V * (w * one * i_1).sum(1),
            rms_1_A=np.sqrt((w * i_1**2).sum(1)),
            rms_2_A=np.sqrt((w * i_2**2).sum(1)),
            peak_1_A=np.abs(corner).max(1),
        )

    def commutations(
        self, tables: tuple[LegEnergy, LegEnergy], rows: tuple[Rows, Rows]
    ) -> list[Commutation]:
        """Return how each of the four legs commutates, given the delays assumed so far."""
        i_1, i_2 = self.currents(self.ideal)
        helping = (-i_1[:, 0], i_1[:, 1], i_2[:, 2], -i_2[:, 3])
        p = self.p
        diode = (p.body_voltage_V, p.body_resistance_Ohm)
        found = []
        for leg, current in enumerate(helping):
            found.append(
                commute(
                    tables[leg // 2], rows[leg // 2], current, *self._slopes(leg), p.dead_time_s,
                    diode,
                )
            )  # fmt: skip
        return found

    def _slopes(self, leg: int) -> tuple[tuple[Array, Array], list[tuple[Array, Array]]]:
        """Return how fast the current that helps a leg changes (A/s), and when others switch."""
        p, n, dead = self.p, self.p.turns_ratio, self.p.dead_time_s
        port = leg // 2
        own = (1.0, n * n)[port] / p.leakage_inductance_H
        own += n * n / p.magnetising_inductance_H if port else 0.0
        across = n / p.leakage_inductance_H
        u = (np.full_like(self.u_2, p.input_voltage_V), self.u_2)
        way = (-1.0, 1.0, -1.0, 1.0)[leg]  # of its bridge's voltage in what helps the leg
        up = 1.0 if leg % 2 == 0 else -1.0  # what the leg's rise adds to its bridge's level
        at, tick = self.ideal[:, leg, None], 1e-6 * dead
        rise = self.rise.copy()
        rise[:, leg] = self.ideal[:, leg] + dead  # still down while it is followed
        together, against = (self._apart(leg, far) for far in (0.0, 0.5 * self.period))
        tied = together | against
        partner = leg ^ 1
        rise[:, partner] = np.where(tied, self.ideal[:, partner] + dead, rise[:, partner])
        start, end = (self.levels(at + t, rise) for t in (tick, dead - tick))
        level, other = start[port][:, 0], start[1 - port][:, 0]
        gain = np.where(against, 2.0, np.where(together, 0.0, 1.0))
        drift = way * (own * level * u[port] - across * other * u[1 - port])
        pull = way * own * up * u[port] * gain
        far = -way * across * (end[1 - port][:, 0] - other) * u[1 - port]
        near = np.where(tied, 0.0, way * own * (end[port][:, 0] - level) * u[port])
        others = [(self._next(leg, 2 * (1 - port) + k, dead), 0.5 * far) for k in range(2)]
        # both legs of the other bridge switch at once, or one of them does it all
        single = [(w, np.where((others[1 - k][0] < 0.0), 2.0, 1.0) * f)
                  for k, (w, f) in enumerate(others)]  # fmt: skip
        return (drift, pull), [*single, (self._next(leg, partner, dead), near)]

    def _apart(self, leg: int, far: float) -> NDArray[np.bool_]:
        """Return where a leg and its partner switch together, or half a period apart."""
        away = self.ideal[:, leg ^ 1] - self.ideal[:, leg] - far
        off = (away + 0.5 * self.period) % self.period - 0.5 * self.period
        found: NDArray[np.bool_] = np.abs(off) < TIED * self.p.dead_time_s
        return found

    def _next(self, leg: int, other: int, dead: float) -> Array:
        """Return when another leg switches within a leg's dead time (s), -1 where it does not."""
        since = (self.rise[:, other] - self.ideal[:, leg]) % (0.5 * self.period)
        return np.where(since <= dead, since, -1.0)
