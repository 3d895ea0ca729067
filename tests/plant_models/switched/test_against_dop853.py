"""The engine against hand-written equations integrated by DOP853 with events, rtol 1e-11.

The equations here know nothing of the reduction: bridge voltages by the sign of the current,
rectifiers by mode, written down for each converter. Agreement is asked to 1e-6 of each
signal's largest value (the integrator's own error and its event location stay below 1e-8).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from voltbench.plant_models.switched.engine import Edges, Engine, simulate
from voltbench.plant_models.switched.modulation.converters import dab_phase_shift, llc_frequency
from voltbench.plant_models.switched.modulation.fixed import Fixed
from voltbench.plant_models.switched.topologies.dab import DabParameters, dab_circuit
from voltbench.plant_models.switched.topologies.llc import LlcParameters, llc_circuit
from voltbench.plant_models.switched.topologies.vienna import ViennaParameters, vienna_circuit
from voltbench.plant_models.switched.trace import Trace

Array = NDArray[np.float64]
Rhs = Callable[[float, Array], Array]
Event = Callable[[float, Array], float]
TOLERANCE = 1e-6


@dataclass
class Stretch:
    """One mode of a converter: its equations, and what ends it with the mode that follows."""

    rhs: Rhs
    ends: list[tuple[Event, Any]] = field(default_factory=list)


def integrate(
    stretch: Callable[[Any, int], Stretch],
    enter: Callable[[Any, int, Array, float], Any],
    x: Array,
    edges: list[tuple[float, int]],
    t_end: float,
    sample: float,
) -> Array:
    """Return the states at the multiples of `sample` (rows), from event to event."""
    times = np.arange(int(t_end / sample)) * sample
    rows = []
    mode: Any = None
    for (t, word), (until, _) in pairwise([*edges, (t_end, 0)]):
        mode = enter(None, word, x, t)
        stretches = 0
        while t < until:
            stretches += 1
            assert stretches < 100, f"the reference chatters at {t} s in mode {mode}"
            now = stretch(mode, word)
            events = []
            for function, _ in now.ends:
                event: Any = lambda s, y, f=function: f(s, y)  # noqa: E731
                event.terminal, event.direction = True, -1.0
                events.append(event)
            solution = solve_ivp(
                now.rhs, (t, until), x, "DOP853", rtol=1e-11, atol=1e-11, events=events,
                dense_output=True, max_step=2e-7,
            )  # fmt: skip
            stop = float(solution.t[-1])
            inside = times[(times >= t) & (times < stop)]
            if len(inside):
                rows.append(solution.sol(inside).T)
            x, t = solution.y[:, -1], stop
            if solution.status == 1:
                hit = next(k for k, found in enumerate(solution.t_events) if len(found))
                mode = enter(now.ends[hit][1], word, x, t)
    return np.vstack(rows)


def unroll(pattern: Edges, start: int, period: float, count: int) -> list[tuple[float, int]]:
    edges = [(0.0, start)]
    for k in range(count):
        for t, word in zip(*pattern, strict=True):
            at = k * period + float(t)
            if at == edges[-1][0]:
                edges.pop()
            edges.append((at, int(word)))
    return edges


def leg(word: int, upper: int, bus: float, current: float, sign: int, p: Any, r_on: float) -> float:
    """Return a leg's voltage; `current` flows out of it, `sign` says where it goes when off."""
    if word >> upper & 1:
        return bus - r_on * current
    if word >> upper + 1 & 1:
        return -r_on * current
    if sign > 0:
        return float(-p.body_voltage_V - p.body_resistance_Ohm * current)
    return float(bus + p.body_voltage_V - p.body_resistance_Ohm * current)


def is_off(word: int, first: int) -> bool:
    return word >> first & 15 == 0


def compare(ours: Array, reference: Array) -> None:
    count = min(len(ours), len(reference))
    assert count > 100
    error = np.abs(ours[:count] - reference[:count]).max() / np.abs(reference).max()
    assert error < TOLERANCE


# --- dual active bridge: states i_l, i_m, u_o; mode: signs of the two bridge currents, 0 pinned


def dab_reference(p: DabParameters, x: Array, edges: Any, t_end: float, sample: float) -> Array:
    n, bus = p.turns_ratio, p.input_voltage_V

    def slopes(x: Array, word: int, sign_1: int, sign_2: int) -> Array:
        i_l, i_m, u = x
        j = n * (i_l - i_m)
        u_1 = leg(word, 0, bus, i_l, sign_1, p, p.r_on_1_Ohm)
        u_1 -= leg(word, 2, bus, -i_l, -sign_1, p, p.r_on_1_Ohm)
        u_2 = leg(word, 4, u, -j, -sign_2, p, p.r_on_2_Ohm)
        u_2 -= leg(word, 6, u, j, sign_2, p, p.r_on_2_Ohm)
        into = 0.0
        if is_off(word, 4):
            into = abs(j)
        else:
            into = j * ((word >> 4 & 1) - (word >> 6 & 1))
        d_l = (u_1 - p.leakage_resistance_Ohm * i_l - n * u_2) / p.leakage_inductance_H
        if sign_1 == 0:
            d_l = 0.0
        d_u = (into - u / p.load_resistance_Ohm) / p.output_capacitance_F
        return np.array([d_l, n * u_2 / p.magnetising_inductance_H, d_u])

    def enter(mode: Any, word: int, x: Array, t: float) -> Any:
        if mode is None:
            return (1 if x[0] >= 0.0 else -1), (1 if x[0] >= x[1] else -1)
        sign_1, sign_2 = mode
        if slopes(x, word, sign_1, sign_2)[0] * sign_1 < 0.0 and abs(x[0]) < 1e-6:
            return 0, sign_2
        return mode

    def stretch(mode: Any, word: int) -> Stretch:
        sign_1, sign_2 = mode
        ends: list[tuple[Event, Any]] = []
        if is_off(word, 0) and sign_1:
            ends.append((lambda t, x: sign_1 * x[0], (-sign_1, sign_2)))
        if is_off(word, 4):
            ends.append((lambda t, x: sign_2 * (x[0] - x[1]), (sign_1, -sign_2)))
        return Stretch(lambda t, x: slopes(x, word, sign_1, sign_2), ends)

    return integrate(stretch, enter, x, edges, t_end, sample)


@pytest.mark.parametrize(
    ("phase", "u_o", "load"),
    [(0.08, 350.0, 14.5), (-0.06, 380.0, 20.0), (0.02, 395.0, 100.0), (0.2, 250.0, 8.0)],
)
def test_dab(phase: float, u_o: float, load: float) -> None:
    p = replace(DabParameters(), load_resistance_Ohm=load)
    period, sample = 1.0 / p.switching_frequency_Hz, 0.3e-6
    fixed = Fixed(dab_phase_shift(dab_circuit(p), p), 2.0 * math.pi * phase, 1.0, 1.0)
    # a current at the start, so that the reference need not know the bridges both blocked
    circuit = replace(dab_circuit(p), initial={"output": u_o, "leakage": -3.0})
    trace = simulate(Engine(circuit), fixed, 10 * period, sample, fixed.start_word)
    edges = unroll(fixed.edges(0, np.zeros(2)), fixed.start_word, period, 10)
    x = dab_reference(p, np.array([-3.0, 0.0, u_o]), edges, 10 * period, sample)
    compare(trace["i_l"], x[:, 0])
    compare(trace["u_o"], x[:, 2])


# --- LLC: states u_c, i_r, i_m, u_o; mode: sign of the bridge current, rectifier -1, 0, 1


def llc_reference(p: LlcParameters, u_o: float, edges: Any, t_end: float, sample: float) -> Array:
    n, bus, l_m = p.turns_ratio, p.input_voltage_V, p.magnetising_inductance_H

    def winding(x: Array, word: int, sign: int, rectifier: int) -> tuple[float, float]:
        u_c, i_r, i_m, u = x
        u_1 = leg(word, 0, bus, i_r, sign, p, p.r_on_Ohm)
        u_1 -= leg(word, 2, bus, -i_r, -sign, p, p.r_on_Ohm)
        free = u_1 - u_c - p.resonant_resistance_Ohm * i_r
        if rectifier:
            j = n * (i_r - i_m)
            drop = 2.0 * p.rectifier_voltage_V + 2.0 * p.rectifier_resistance_Ohm * abs(j)
            return free, n * rectifier * (u + drop)
        return free, free * l_m / (l_m + p.resonant_inductance_H)

    def slopes(x: Array, word: int, sign: int, rectifier: int) -> Array:
        _, i_r, i_m, u = x
        free, u_w = winding(x, word, sign, rectifier)
        into = rectifier * n * (i_r - i_m)
        return np.array(
            [
                i_r / p.resonant_capacitance_F,
                (free - u_w) / p.resonant_inductance_H,
                u_w / l_m,
                (into - u / p.load_resistance_Ohm) / p.output_capacitance_F,
            ]
        )

    def rest(x: Array, word: int, sign: int) -> int:
        """Return the rectifier's mode when its current is zero."""
        u_w = winding(x, word, sign, 0)[1]
        limit = n * (x[3] + 2.0 * p.rectifier_voltage_V)
        return 1 if u_w > limit else -1 if u_w < -limit else 0

    def enter(mode: Any, word: int, x: Array, t: float) -> Any:
        if mode is None:
            sign = 1 if x[1] >= 0.0 else -1
            j = x[1] - x[2]
            return sign, (int(np.sign(j)) if abs(j) > 1e-7 else rest(x, word, sign))
        sign, rectifier = mode
        return sign, (rest(x, word, sign) if rectifier == "rest" else rectifier)

    def stretch(mode: Any, word: int) -> Stretch:
        sign, rectifier = mode
        ends: list[tuple[Event, Any]] = []
        if is_off(word, 0):
            ends.append((lambda t, x: sign * x[1], (-sign, rectifier)))
        if rectifier:
            # from an exact zero the current first grows: end below zero only once it was above
            ends.append((lambda t, x: rectifier * (x[1] - x[2]) + 1e-10, (sign, "rest")))
        else:
            for side in (1, -1):

                def spare(t: float, x: Array, side: int = side) -> float:
                    limit = n * (x[3] + 2.0 * p.rectifier_voltage_V)
                    return float(limit - side * winding(x, word, sign, 0)[1])

                ends.append((spare, (sign, side)))
        return Stretch(lambda t, x: slopes(x, word, sign, rectifier), ends)

    start = np.array([0.0, -15.0, -15.0, u_o])
    return integrate(stretch, enter, start, edges, t_end, sample)


@pytest.mark.parametrize(
    ("frequency", "u_o", "load"),
    [(130e3, 390.0, 14.5), (180e3, 390.0, 14.5), (130e3, 440.0, 60.0), (200e3, 100.0, 5.0)],
)
def test_llc(frequency: float, u_o: float, load: float) -> None:
    p = replace(LlcParameters(), load_resistance_Ohm=load)
    period, sample = 1.0 / frequency, 0.2e-6
    fixed = Fixed(llc_frequency(llc_circuit(p), p), 1.0, period=period)
    initial = {"output": u_o, "series": -15.0, "magnetising": -15.0}
    engine = Engine(replace(llc_circuit(p), initial=initial))
    trace = simulate(engine, fixed, 12 * period, sample, fixed.start_word)
    edges = unroll(fixed.edges(0, np.zeros(2)), fixed.start_word, period, 12)
    x = llc_reference(p, u_o, edges, 12 * period, sample)
    compare(trace["i_r"], x[:, 1])
    compare(trace["u_o"], x[:, 3])


# --- Vienna: states i_a, i_b, i_c, u_p, u_n; mode: sign of each phase current, 0 blocked


@dataclass
class ViennaLaw:
    """A proportional current law with the grid's voltage fed forward, sampled once a period."""

    p: ViennaParameters
    seen: list[tuple[float, int]] = field(default_factory=list)

    @property
    def period(self) -> float:
        """Return the control period (s)."""
        return 1.0 / self.p.switching_frequency_Hz

    def edges(self, index: int, outputs: Array) -> Edges:
        """Return the edges of a symmetric pulse per phase."""
        p, t = self.p, index * self.period
        amplitude = p.grid_voltage_V * math.sqrt(2.0 / 3.0)
        fractions = []
        for k in range(3):
            e = math.sin(2.0 * math.pi * (p.grid_frequency_Hz * t - k / 3.0))
            wanted = amplitude * e - 2.0 * (40.0 * e - outputs[k])
            half = outputs[3] if e > 0.0 else outputs[4]
            fractions.append(min(max(1.0 - abs(wanted) / half, 0.02), 0.98))
        instants: dict[float, int] = {0.0: 0}
        marks = [(0.5 * (1.0 - d) * self.period, 1 << k) for k, d in enumerate(fractions)]
        marks += [(0.5 * (1.0 + d) * self.period, 1 << k) for k, d in enumerate(fractions)]
        word = 0
        for at, bit in sorted(marks):
            word ^= bit
            instants[at] = word
        self.seen += [(t + at, w) for at, w in instants.items()]
        return np.array(list(instants)), np.array(list(instants.values()), np.int64)


def vienna_reference(p: ViennaParameters, edges: Any, t_end: float, sample: float) -> Array:
    amplitude = p.grid_voltage_V * math.sqrt(2.0 / 3.0)
    f_v, r_d = p.diode_voltage_V, p.diode_resistance_Ohm

    def grid(t: float) -> Array:
        angle = 2.0 * math.pi * p.grid_frequency_Hz * t
        phases: Array = np.sin(angle - 2.0 * math.pi / 3.0 * np.arange(3))
        return amplitude * phases

    def clamp(t: float, x: Array, word: int, mode: Any) -> tuple[Array, Array]:
        """Return each phase's drive (grid less clamp, nan where blocked) and the star's voltage."""
        drive = np.full(3, np.nan)
        for k in range(3):
            i = x[k]
            if word >> k & 1:
                u = p.r_on_Ohm * i
            elif mode[k] > 0:
                u = x[3] + f_v + r_d * i
            elif mode[k] < 0:
                u = -x[4] - f_v + r_d * i
            else:
                continue
            drive[k] = grid(t)[k] - p.boost_resistance_Ohm * i - u
        live = drive[~np.isnan(drive)]
        star = -live.sum() / max(len(live), 1)
        return drive, np.array(star)

    def slopes(t: float, x: Array, word: int, mode: Any) -> Array:
        drive, star = clamp(t, x, word, mode)
        d_i = np.nan_to_num((drive + star) / p.boost_inductance_H)
        up = sum(x[k] for k in range(3) if not word >> k & 1 and mode[k] > 0)
        down = -sum(x[k] for k in range(3) if not word >> k & 1 and mode[k] < 0)
        load = (x[3] + x[4]) / p.load_resistance_Ohm
        d_u = (np.array([up, down]) - load) / p.half_capacitance_F
        slope: Array = np.concatenate([d_i, d_u])
        return slope

    def floating(t: float, x: Array, word: int, mode: Any, k: int, side: int) -> float:
        """Return how far a blocked phase is from conducting to one side."""
        u = grid(t)[k] + float(clamp(t, x, word, mode)[1])
        return float((x[3] if side > 0 else x[4]) + f_v - side * u)

    def rest(t: float, x: Array, word: int, mode: list[int], k: int) -> int:
        mode[k] = 0
        for side in (1, -1):
            if floating(t, x, word, mode, k, side) < 0.0:
                return side
        return 0

    def enter(mode: Any, word: int, x: Array, t: float) -> Any:
        if mode is None:
            signs = [int(np.sign(i)) if abs(i) > 1e-7 else 0 for i in x[:3]]
            for k in range(3):
                if signs[k] == 0 and not word >> k & 1:
                    signs[k] = rest(t, x, word, signs, k)
            return tuple(signs)
        signs, stopped = list(mode[0]), mode[1]
        if stopped >= 0:
            x[stopped] = 0.0
            signs[stopped] = rest(t, x, word, signs, stopped)
        return tuple(signs)

    def stretch(mode: Any, word: int) -> Stretch:
        ends: list[tuple[Event, Any]] = []
        for k in range(3):
            if word >> k & 1:
                continue
            if mode[k]:

                def current(t: float, x: Array, k: int = k) -> float:
                    return float(mode[k] * x[k] + 1e-10)

                ends.append((current, (mode, k)))
                continue
            for side in (1, -1):

                def spare(t: float, x: Array, k: int = k, side: int = side) -> float:
                    return floating(t, x, word, mode, k, side)

                ends.append((spare, ((*mode[:k], side, *mode[k + 1 :]), -1)))
        return Stretch(lambda t, x: slopes(t, x, word, mode), ends)

    start = np.array([0.0, 0.0, 0.0, 400.0, 400.0])
    return integrate(stretch, enter, start, edges, t_end, sample)


def test_vienna() -> None:
    p = ViennaParameters()
    law, sample = ViennaLaw(p), 1e-6
    periods = 30
    trace: Trace = simulate(Engine(vienna_circuit(p)), law, periods * law.period, sample)
    x = vienna_reference(p, law.seen, periods * law.period, sample)
    for name, column in (("i_a", 0), ("i_b", 1), ("i_c", 2), ("u_p", 3), ("u_n", 4)):
        compare(trace[name], x[:, column])
