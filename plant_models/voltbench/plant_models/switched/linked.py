"""Two circuits on one DC link in one compiled pass: their tables stay small, so they stay fast.

Both hold the link capacitor. A control period is cut into intervals. The second circuit runs
first, fed in each interval by the mean current the first gave in the same interval of the period
before; what it drew is known exactly from its capacitor's charge. The first then runs with
exactly that charge drawn from each interval at a steady rate, and its link voltage is handed over
to the next period. No charge is lost or made; what each does not see is the other's ripple within
an interval, which shrinks with their number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from voltbench.control.numerics.kernel import digest
from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.closed_loop import MAX_EDGES
from voltbench.plant_models.switched.compiled import DECORATOR, PREAMBLE, import_generated
from voltbench.plant_models.switched.engine import Engine, Memory
from voltbench.plant_models.switched.layout import Layout
from voltbench.plant_models.switched.source import kernel_source
from voltbench.plant_models.switched.tableau import Array

SECOND = 100
"""Added to the status of the second circuit's kernel."""


@dataclass(frozen=True)
class Link:
    """What two circuits share.

    Attributes
    ----------
    capacitors : tuple[str, ...]
        The first circuit's link capacitors, in series.
    drawn : str
        The first circuit's input: current out of the link (A).
    copy : str
        The second circuit's link capacitor.
    given : str
        The second circuit's input: current into its link (A).
    capacitance : float
        Of the link as a whole (F).
    """

    capacitors: tuple[str, ...]
    drawn: str
    copy: str
    given: str
    capacitance: float


@dataclass
class LinkedMemory:
    """Both circuits' memories, and the link's mean currents (A) in each interval of a period."""

    first: Memory
    second: Memory
    given: Array
    """What the first gave."""
    drawn: Array
    """What the second drew."""


def _outputs(layout: Layout, suffix: str, first: int) -> str:
    if layout.plain:
        text = f"\n            o = at(whole_{suffix}, {lay.N_CONFIG}) * {layout.stride}"
        for y, state in enumerate(layout.plain):
            value = f"at(real_{suffix}, {lay.S_STATES + state})"
            unit = f"at(tables_{suffix}, o + {layout.scales + y})"
            text += f"\n            put(outputs, {first + y}, {value} * {unit})"
        return text
    step = layout.out_step
    terms = " + ".join(
        f"at(tables_{suffix}, o + {j * step} + y) * at(real_{suffix}, {lay.S_STATES + j})"
        for j in range(layout.size)
    )
    return f"""
            o = at(whole_{suffix}, {lay.N_CONFIG}) * {layout.stride} + {layout.out}
            for y in range({layout.outputs}):
                put(outputs, {first} + y, {terms})"""


def _half(suffix: str, layout: Layout, status: int) -> str:
    """Return the code that runs one circuit through the intervals of a period.

    `charge` of the link is read before and after each; what the other circuit has to do with
    it follows from the difference. A run that had to stop takes the interval up again.
    """
    mine, other, sign = ("drawn", "given", 1.0) if suffix == "a" else ("given", "drawn", -1.0)
    voltage = (
        "(at(real_a, at(place, 0)) + at(real_a, at(place, 1))) * at(link, 0)"
        if suffix == "a"
        else "at(real_b, at(place, 2)) * at(link, 1)"
    )
    return f"""
            while at(place, 6) < intervals:
                e = at(place, 6)
                end = span * (e + 1)
                if e + 1 == intervals:
                    end = period_s
                if at(place, 7) == 0:
                    put(place, 7, 1)
                    put(link, 2, {voltage})
                    put(real_{suffix}, {lay.S_STATES + layout.evolving}, at({mine}, e))
                    if e == 0:
                        put(whole_{suffix}, {lay.N_SETTLED}, 0)
                put(whole_{suffix}, {lay.N_EDGES}, within(edge_t_{suffix}, edges_{suffix}, end))
                status = advance_{suffix}(
                    tables_{suffix}, links_{suffix}, real_{suffix}, whole_{suffix},
                    edge_t_{suffix}, edge_g_{suffix}, end, sample, out_{suffix},
                    capacity_{suffix}, event_t, event_c, 0)
                if status != 0:
                    return status + {status}
                moved = {voltage} - at(link, 2)
                put({other}, e, at({mine}, e) + {sign!r} * at(link, 3) * moved)
                put(place, 7, 0)
                put(place, 6, e + 1)
            put(place, 6, 0)"""


def run_source(a: Layout, b: Layout) -> str:
    """Return the text of `run`: control periods, each of them first in b, then in a."""
    start = "".join(
        f"""
            put(whole_{s}, {lay.N_EDGE}, 0)
            put(whole_{s}, {lay.N_STORM}, 0)"""
        for s in "ab"
    )
    finish = "".join(
        f"""
        put(real_{s}, {lay.S_TIME}, 0.0)
        put(real_{s}, {lay.S_STORM}, 0.0)
        put(real_{s}, {lay.S_SAMPLE}, at(real_{s}, {lay.S_SAMPLE}) - period_s)
        put(real_{s}, {lay.S_BASE}, (index + 1) * period_s)"""
        for s in "ab"
    )
    arguments = ", ".join(
        f"tables_{s}, links_{s}, real_{s}, whole_{s}, edge_t_{s}, edge_g_{s}, out_{s}, capacity_{s}"
        for s in "ab"
    )
    return f"""
def run({arguments},
        memory, outputs, place, link, given, drawn, period_s, periods, sample, event_t, event_c):
    intervals = len(given)
    span = period_s / intervals
    while at(whole_a, {lay.N_PERIOD}) < periods:
        index = at(whole_a, {lay.N_PERIOD})
        if at(whole_a, {lay.N_STAGE}) == 0:{_outputs(a, "a", 0)}{_outputs(b, "b", a.outputs)}
            edges_a, edges_b = period(
                memory, index, outputs, edge_t_a, edge_g_a, edge_t_b, edge_g_b)
            put(place, 4, edges_a)
            put(place, 5, edges_b){start}
            u = at(real_a, at(place, 0)) + at(real_a, at(place, 1))
            put(real_b, at(place, 2), u * at(link, 4))
            put(whole_a, {lay.N_STAGE}, 1)
        edges_a = at(place, 4)
        edges_b = at(place, 5)
        if at(whole_a, {lay.N_STAGE}) == 1:{_half("b", b, SECOND)}
            put(whole_a, {lay.N_STAGE}, 2)
        if at(whole_a, {lay.N_STAGE}) == 2:{_half("a", a, 0)}
        put(whole_a, {lay.N_STAGE}, 0)
        put(whole_a, {lay.N_PERIOD}, index + 1){finish}
    return 0
"""


WITHIN = """
def within(edge_t, edges, end):
    count = 0
    while count < edges and at(edge_t, count) <= end:
        count += 1
    return count
"""


class LinkedPair:
    """Two engines on one link under one controller.

    Parameters
    ----------
    first, second
        The circuits; one named input each.
    link
        What they share.
    period
        ``period(memory, index, outputs, edge_t_1, edge_g_1, edge_t_2, edge_g_2)``, a kernel
        at the top level of a module: writes both circuits' edges of control period `index` from
        both circuits' probes, returns their numbers.
    period_s
        The control period (s).
    intervals
        Into how many a period is cut.
    """

    def __init__(
        self,
        first: Engine,
        second: Engine,
        link: Link,
        period: Callable[..., tuple[int, int]],
        period_s: float,
        intervals: int = 1,
    ) -> None:
        self.engines, self.link, self.period_s = (first, second), link, period_s
        self.intervals = intervals
        module, name = period.__module__, period.__name__
        layouts = [engine.library.layout for engine in self.engines]
        text = f"{PREAMBLE}from {module} import {name} as period  # {digest(module)}\n"
        for layout, suffix in zip(layouts, "ab", strict=True):
            kernel = kernel_source(layout).replace("def advance(", f"def advance_{suffix}(")
            text += f"\n\n{DECORATOR}{kernel}"
        text += f"\n\n{DECORATOR.strip()}{WITHIN}\n\n{DECORATOR.strip()}"
        self._run: Callable[..., int] = import_generated(
            text + run_source(layouts[0], layouts[1]), "run"
        ).run
        self._outputs = np.zeros(sum(layout.outputs for layout in layouts))
        self._edges = [(np.zeros(MAX_EDGES), np.zeros(MAX_EDGES, np.int64)) for _ in layouts]
        self._place, self._link = self._places()

    def _places(self) -> tuple[Any, Array]:
        first, second = (engine.library.tableau for engine in self.engines)
        if (self.link.drawn,) != first.inputs or (self.link.given,) != second.inputs:
            raise KeyError(
                f"inputs {first.inputs} and {second.inputs}; the link asks for "
                f"{self.link.drawn!r} and {self.link.given!r}"
            )
        place = np.zeros(8, np.int64)
        at = [lay.S_STATES + first.states.index(name) for name in self.link.capacitors]
        copy = second.states.index(self.link.copy)
        place[:3] = *at, lay.S_STATES + copy
        unit = first.scale()[first.states.index(self.link.capacitors[0])]
        copied = second.scale()[copy]
        per_volt = self.link.capacitance * self.intervals / self.period_s
        return place, np.array([unit, copied, 0.0, per_volt, unit / copied])

    def start(self, given: float) -> LinkedMemory:
        """Return both memories at t = 0; `given` (A) is the first guess of the link's current."""
        first, second = (engine.start() for engine in self.engines)
        currents = np.full(self.intervals, given), np.full(self.intervals, given)
        return LinkedMemory(first, second, *currents)

    def advance(self, memory: LinkedMemory, state: Any, periods: int) -> None:
        """Run `periods` control periods more; errors as `Engine.advance`.

        Parameters
        ----------
        memory
            From `start`.
        state
            The controller's records.
        periods
            How many.
        """
        memories = (memory.first, memory.second)
        until = int(memory.first.whole[lay.N_PERIOD]) + periods
        while True:
            parts: list[Any] = []
            for engine, part, edges in zip(self.engines, memories, self._edges, strict=True):
                library = engine.library
                count = len(part.out) // max(library.layout.outputs, 1)
                parts += [library.tables, library.links, part.real, part.whole, *edges]
                parts += [part.out, count]
            none = (np.zeros(0), np.zeros(0, np.int64))
            status = self._run(
                *parts,
                state,
                self._outputs,
                self._place,
                self._link,
                memory.given,
                memory.drawn,
                self.period_s,
                until,
                memory.first.sample,
                *none,
            )
            which = int(status >= SECOND)
            engine, part = self.engines[which], memories[which]
            if status % SECOND == lay.NEED:
                engine.library.resolve(int(part.whole[lay.N_NEED]))
            elif status == lay.DONE and all(np.isfinite(m.real).all() for m in memories):
                return
            else:
                raise engine.error(part, status % SECOND)
