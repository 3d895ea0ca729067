"""A timer whose period changes while it runs: half waves of two legs, across control periods.

Resonant converters are controlled at a fixed interrupt while their timer runs at a frequency of
its own. The timer takes over period and inner duty at the start of each of its periods, as a
shadow register does; edges fall wherever they fall in the control period.

Two legs (a full bridge) switch ``a`` up at 0, ``b`` up at D/2, ``a`` down at 1/2 and ``b`` down at
(1 + D)/2 of the period; one leg (a half bridge) is up from 0 to D/2.
"""

from typing import Any

import numpy as np

from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.records import RecordArray, Vector, f64, i32, record, zeros
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.modulation.legs import MAX_EDGES, SAME
from voltbench.plant_models.switched.modulation.modulator import ModulationError
from voltbench.plant_models.switched.nonideal import refuse_zero_dead_time

LATER = 1e9
"""s: no turn-on is pending."""


@record
class Oscillator:
    """The timer with its legs. Instants count from the start of the control period."""

    legs: int = i32("1 or 2")
    high: Vector = i32("bit of each leg's upper device", shape=(2,))
    low: Vector = i32("bit of each leg's lower device", shape=(2,))
    dead: float = f64("s", "dead time")
    quantum: float = f64("s", "step of the timer, 0: continuous")
    word: int = i32("gate word; bits of other switches stay as they are")
    start: float = f64("s", "start of the timer's period")
    period: float = f64("s", "acting now")
    duty: float = f64("1", "inner duty acting now")
    step: int = i32("next edge of the period, 0 to 3")
    turn_on: Vector = f64("s", "when a leg's device turns on", (2,))
    device: Vector = i32("its bit", shape=(2,))


def oscillator(
    circuit: Circuit,
    legs: tuple[tuple[str, str], ...],
    dead_time_s: float,
    span_s: float,
    period_min_s: float,
    quantum_s: float = 0.0,
) -> RecordArray:
    """Return a timer at rest for one or two legs (gates: upper, lower) of a circuit.

    Parameters
    ----------
    circuit, legs
        Whose gates.
    dead_time_s
        Below a quarter of the shortest period.
    span_s
        Control period it is asked for.
    period_min_s
        Shortest period that will be asked for.
    quantum_s
        Time step of the timer, 0 for a continuous one.

    Raises
    ------
    ModulationError
        Naming the value and its range.
    """
    refuse_zero_dead_time(circuit, (dead_time_s,))
    if not 0.0 <= dead_time_s < 0.25 * period_min_s:
        raise ModulationError(
            f"dead time is {dead_time_s:g} s; allowed: 0 to below {0.25 * period_min_s:g} s"
        )
    most = 0.8 * MAX_EDGES / (4 * len(legs)) * period_min_s
    if not 0.0 < span_s <= most:
        raise ModulationError(f"control period is {span_s:g} s; allowed: above 0, to {most:g} s")
    made = zeros(Oscillator)
    m = made[0]
    gates = circuit.gates
    if unknown := [g for pair in legs for g in pair if g not in gates]:
        raise ModulationError(f"circuit {circuit.name!r} has no gate {unknown[0]!r}")
    m["legs"], m["dead"], m["quantum"], m["turn_on"] = len(legs), dead_time_s, quantum_s, LATER
    for k, (high, low) in enumerate(legs):
        m["high"][k], m["low"][k] = gates.index(high), gates.index(low)
    m["start"], m["period"], m["duty"] = 0.0, period_min_s, np.nan
    return made


@kernel
def _toggle_at(o: Oscillator) -> float:
    """Return the instant of the period's next edge."""
    half = 0.5 * o.period
    if o.step == 0:
        return o.start
    if o.step == 1:
        return o.start + o.duty * half
    if o.step == 2:
        return o.start + half
    return o.start + half + o.duty * half


@kernel
def _put(word: int, at: float, count: int, span: float, edge_t: Any, edge_g: Any) -> int:
    """Append a gate word, or put it in the place of one at the same instant."""
    if count > 0 and at - edge_t[count - 1] <= SAME * span:
        edge_g[count - 1] = word
        return count
    edge_t[count] = at
    edge_g[count] = word
    return count + 1


@kernel
def _toggle(o: Oscillator, at: float) -> None:
    """Turn the leg's device off, and note when its partner turns on; next edge."""
    leg = o.step & 1
    up = o.step < 2
    if o.legs == 1:
        leg = 0
        up = o.step == 0
    both = (1 << o.high[leg]) | (1 << o.low[leg])
    o.word = o.word & ~both
    o.turn_on[leg] = at + o.dead
    o.device[leg] = o.high[leg] if up else o.low[leg]
    o.step += 1
    if o.step > 3 or (o.legs == 1 and o.step > 1):
        o.step = 4


@kernel
def oscillator_edges(
    o: Oscillator, period: float, duty: float, span: float, edge_t: Any, edge_g: Any
) -> int:
    """Write the edges of the next `span` s; `period` (s) and `duty` act from the timer's next one.

    A pulse that is not longer than the dead time is dropped, as by the hardware. Returns the
    number of edges, or -1 where there is no room for them.
    """
    count = 0
    if o.quantum > 0.0:
        period = 2.0 * int(0.5 * period / o.quantum + 0.5) * o.quantum
    while True:
        if o.step == 4:  # the period is over: the next one takes the command
            o.start += o.period
            o.step = 0
        if o.step == 0:
            o.period = period
            o.duty = duty
        at = _toggle_at(o)
        first = 0 if o.turn_on[0] <= o.turn_on[1] else 1
        on = o.turn_on[first]
        if min(at, on) >= span:
            break
        if count >= MAX_EDGES:
            return -1
        if on < at:
            o.word = o.word | (1 << o.device[first])
            o.turn_on[first] = LATER
            count = _put(o.word, on, count, span, edge_t, edge_g)
        else:
            _toggle(o, at)
            count = _put(o.word, at, count, span, edge_t, edge_g)
    o.start -= span
    for k in range(2):
        if o.turn_on[k] < LATER:
            o.turn_on[k] -= span
    return count
