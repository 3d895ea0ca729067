"""Periodic steady state of a tank between two gated full bridges: DAB, and CLLC run actively.

The bridges' voltages are steps, the tank is linear: over half a period the solution is exact
exponentials, and half-wave symmetry makes it periodic. What the dead time does to the steps
depends on the currents found: a leg whose current already flows towards the rail it goes to
changes at once, one whose current flows the other way waits for the dead time or for the
current to reverse, and a bridge may rest without current in between. That is iterated.

Not modelled: the body diodes' drop within the dead time, ripple of the port voltages.
"""

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy.linalg import expm

from voltbench.plant_models.switched.averaged.dab_formulas import DabShifts
from voltbench.plant_models.switched.averaged.linear import (
    Array,
    Piece,
    moments,
    periodic_state,
    states_at_bounds,
)
from voltbench.plant_models.switched.averaged.tanks import Tank, cllc_tank, dab_tank
from voltbench.plant_models.switched.topologies.ac_side import DcSide
from voltbench.plant_models.switched.topologies.cllc import CllcParameters
from voltbench.plant_models.switched.topologies.dab import DabParameters

ITERATIONS = 300
SETTLED = 1e-4
"""Of the dead time: change of a delay that counts as none."""
REVERSAL_STEPS = 12
"""Instants of the dead time between which a reversing current is taken for straight."""


class NoSteadyState(RuntimeError):
    """The model has no steady state at this operating point, by name."""


@dataclass(frozen=True)
class BridgePoint:
    """An operating point.

    Attributes
    ----------
    output_voltage_V, output_current_A : float
        Mean output voltage and current.
    input_power_W, output_power_W : float
        Taken from the input source, given to the output.
    input_rms_A, output_rms_A : float
        Rms currents of the tank at its input and its output.
    commutation_A : tuple[float, float, float, float]
        Current that helps each leg over when it rises (positive: zero-voltage switching),
        input legs first; A on the leg's own side.
    """

    output_voltage_V: float
    output_current_A: float
    input_power_W: float
    output_power_W: float
    input_rms_A: float
    output_rms_A: float
    commutation_A: tuple[float, float, float, float]


@dataclass(frozen=True)
class LoadLine:
    """Current into the load: ``conductance * u_o - current`` (S, A)."""

    conductance: float
    current: float = 0.0


def load_line(dc: DcSide) -> LoadLine:
    """Return what a DC side draws."""
    conductance = 1.0 / dc.load_resistance_Ohm if dc.load_resistance_Ohm else 0.0
    if not dc.source_voltage_V:
        return LoadLine(conductance)
    source = 1.0 / dc.source_resistance_Ohm
    return LoadLine(conductance + source, source * dc.source_voltage_V)


def dab_point(p: DabParameters, shifts: DabShifts) -> BridgePoint:
    """Return the steady state of a dual active bridge with its load resistance.

    Raises
    ------
    NoSteadyState
        If the commutations do not settle.
    """
    line = LoadLine(1.0 / p.load_resistance_Ohm)
    legs = _legs(shifts, 1.0 / p.switching_frequency_Hz)
    return _solve(dab_tank(p), p.input_voltage_V, line, legs, p.dead_time_s)


def cllc_point(p: CllcParameters, frequency: float, shifts: DabShifts) -> BridgePoint:
    """Return the steady state of a CLLC with both bridges gated at `frequency` (Hz).

    Raises
    ------
    NoSteadyState
        If the commutations do not settle.
    """
    legs = _legs(shifts, 1.0 / frequency)
    return _solve(cllc_tank(p), p.input_voltage_V, load_line(p.dc), legs, p.dead_time_s)


@dataclass(frozen=True)
class _Legs:
    """When the four legs rise (s), dead time not counted and counted, and the period."""

    ideal: tuple[float, ...]
    rise: tuple[float, ...]
    period: float

    def levels(self, time: float) -> tuple[float, float]:
        """Return both bridges' voltages over their port's at an instant: -1, 0 or 1."""
        half = 0.5 * self.period
        on = [1.0 if (time - r) % self.period < half else 0.0 for r in self.rise]
        return on[0] - on[1], on[2] - on[3]

    def bounds(self, extra: tuple[float, ...] = ()) -> list[float]:
        """Return the instants within half a period where something changes."""
        half = 0.5 * self.period
        inner = {t % half for t in (*self.rise, *extra)}
        return sorted({0.0, half} | {t for t in inner if 0.0 < t < half})


def _legs(s: DabShifts, period: float) -> _Legs:
    per_turn = period / (2.0 * math.pi)
    rise = []
    for centre, half in ((0.0, s.halves[0]), (s.phi, s.halves[1])):
        first, last = centre + half, centre + math.pi - half  # of the positive pulse
        rise += [first * per_turn, last * per_turn]
    return _Legs(tuple(rise), tuple(rise), period)


def _pieces(tank: Tank, legs: _Legs, u_1: float, u_2: float, bounds: list[float]) -> list[Piece]:
    pieces = []
    for start, end in pairwise(bounds):
        one, two = legs.levels(0.5 * (start + end))
        pieces.append(Piece(tank.a, tank.b_1 * u_1 * one + tank.b_2 * u_2 * two, end - start))
    return pieces


def _port_means(tank: Tank, legs: _Legs, pieces: list[Piece], start: Array) -> tuple[float, float]:
    """Return the mean currents drawn from port 1 and given to port 2."""
    total, at = np.zeros(2), 0.0
    for piece, (first, _) in zip(pieces, zip(*moments(pieces, start), strict=True), strict=True):
        one, two = legs.levels(at + 0.5 * piece.duration)
        total += [one * tank.i_1 @ first[:-1], two * tank.i_2 @ first[:-1]]
        at += piece.duration
    means = total / (0.5 * legs.period)
    return float(means[0]), float(means[1])


def _output_voltage(tank: Tank, legs: _Legs, u_1: float, line: LoadLine) -> float:
    """Return the output voltage whose current the load takes: the tank is linear in it."""
    currents = []
    for u_2 in (0.0, u_1):
        pieces = _pieces(tank, legs, u_1, u_2, legs.bounds())
        currents.append(_port_means(tank, legs, pieces, periodic_state(pieces, True))[1])
    slope = (currents[1] - currents[0]) / u_1
    return (currents[0] + line.current) / (line.conductance - slope)


def _solve(tank: Tank, u_1: float, line: LoadLine, legs: _Legs, dead: float) -> BridgePoint:
    relaxation = 1.0
    for count in range(ITERATIONS):
        u_2 = _output_voltage(tank, legs, u_1, line)
        delays = _delays(tank, legs, u_1, u_2, dead)
        moved = [
            r + relaxation * (t + d - r)
            for r, t, d in zip(legs.rise, legs.ideal, delays, strict=True)
        ]
        change = max(abs(a - b) for a, b in zip(moved, legs.rise, strict=True))
        if change <= SETTLED * dead:
            if u_2 < 0.0:
                raise NoSteadyState(
                    f"the output voltage would be {u_2:.4g} V: the output's body diodes conduct"
                )
            return _point(tank, legs, u_1, u_2)
        legs = replace(legs, rise=tuple(moved))
        relaxation = max(4.0 / (4.0 + count), 0.02)  # two legs may push each other back and forth
    raise NoSteadyState(
        f"the commutations do not settle (last change {change:g} s of dead time {dead:g} s)"
    )


def _states(
    tank: Tank, legs: _Legs, u_1: float, u_2: float, times: tuple[float, ...]
) -> list[Array]:
    """Return the tank's state at any instants (s) of the periodic solution."""
    bounds = legs.bounds(times)
    pieces = _pieces(tank, legs, u_1, u_2, bounds)
    states = states_at_bounds(pieces, periodic_state(pieces, True))
    half = 0.5 * legs.period
    found = []
    for time in times:
        k = int(np.argmin(np.abs(np.array(bounds) - time % half)))
        found.append(states[k] * (-1.0 if math.floor(time / half) % 2 else 1.0))
    return found


def _helping(tank: Tank) -> tuple[Array, Array, Array, Array]:
    """Return for each leg the row of the current that helps it to rise."""
    return -tank.i_1, tank.i_1, tank.i_2, -tank.i_2


def _leg_currents(tank: Tank, legs: _Legs, u_1: float, u_2: float) -> Array:
    """Return for each leg the current that helps it at its ideal instant."""
    states = _states(tank, legs, u_1, u_2, legs.ideal)
    return np.array([float(r @ x) for r, x in zip(_helping(tank), states, strict=True)])


def _delays(tank: Tank, legs: _Legs, u_1: float, u_2: float, dead: float) -> list[float]:
    """Return how long after its ideal instant each leg has changed, on volt-seconds."""
    if dead == 0.0:
        return [0.0] * len(legs.ideal)
    n = len(tank.a)
    driven = np.zeros((n + 2, n + 2))
    driven[:n] = np.column_stack([tank.a, tank.b_1, tank.b_2])
    step: Array = expm(driven * dead / REVERSAL_STEPS)
    states = _states(tank, legs, u_1, u_2, legs.ideal)
    return [
        _delay(tank, legs, (u_1, u_2), dead, leg, states[leg], step)
        for leg in range(len(legs.ideal))
    ]


def _delay(
    tank: Tank,
    legs: _Legs,
    u: tuple[float, float],
    dead: float,
    leg: int,
    state: Array,
    step: Array,
) -> float:
    """Follow one leg through its dead time from its ideal instant; return its delay (s).

    If its current reverses, the bridge from then on carries none, or goes to whichever of
    its old and new voltage lets a current flow on: its voltage is that at which the current
    would stay zero, limited to those two.
    """
    row, port, ideal = _helping(tank)[leg], leg // 2, legs.ideal[leg]
    tick = 1e-6 * dead
    undelayed = replace(legs, rise=legs.ideal)
    old, new = (undelayed.levels(ideal + side)[port] * u[port] for side in (-tick, tick))
    soft = float(row @ state) >= 0.0
    x, driving = state, np.zeros(2)
    driving[port] = new if soft else old
    for k in range(REVERSAL_STEPS):
        middle = ideal + dead * (k + 0.5) / REVERSAL_STEPS
        driving[1 - port] = legs.levels(middle)[1 - port] * u[1 - port]
        after = (step @ np.concatenate([x, driving]))[: len(x)]
        now, then = float(row @ x), float(row @ after)
        if (then < 0.0) == soft:
            turn = dead / REVERSAL_STEPS * (k + now / (now - then))
            rest = _resting_voltage(tank, port, x, driving[1 - port])
            share = min(max((new - rest) / (new - old), 0.0), 1.0) if new != old else 0.0
            return (0.0 if soft else turn) + share * (dead - turn)
        x = after
    return 0.0 if soft else dead


def _resting_voltage(tank: Tank, port: int, state: Array, other: float) -> float:
    """Return the bridge voltage at which its current stays as it is, the other one given."""
    i, own, far = (tank.i_1, tank.b_1, tank.b_2) if port == 0 else (tank.i_2, tank.b_2, tank.b_1)
    return -float(i @ (tank.a @ state + far * other)) / float(i @ own)


def _point(tank: Tank, legs: _Legs, u_1: float, u_2: float) -> BridgePoint:
    pieces = _pieces(tank, legs, u_1, u_2, legs.bounds())
    start = periodic_state(pieces, True)
    mean_1, mean_2 = _port_means(tank, legs, pieces, start)
    square = np.sum(moments(pieces, start)[1], axis=0)[:-1, :-1] / (0.5 * legs.period)
    rms = [math.sqrt(max(float(row @ square @ row), 0.0)) for row in (tank.i_1, tank.i_2)]
    help_up = _leg_currents(tank, legs, u_1, u_2)
    return BridgePoint(
        output_voltage_V=u_2,
        output_current_A=mean_2,
        input_power_W=u_1 * mean_1,
        output_power_W=u_2 * mean_2,
        input_rms_A=rms[0],
        output_rms_A=rms[1],
        commutation_A=(
            float(help_up[0]),
            float(help_up[1]),
            float(help_up[2]),
            float(help_up[3]),
        ),
    )
