"""Two circuits on one DC link in one compiled pass: their tables stay small, so they stay fast.

Both hold the link capacitor. In each exchange interval the second circuit runs first, fed by
the mean current the first gave in the same interval of the period before; what it drew is
known exactly from its capacitor's charge. The first then runs with exactly that charge drawn
at a steady rate, and its link voltage is handed over. No charge is lost or made; what each does
not see is the other's ripple within an interval, which shrinks with more exchanges.
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
    """Both circuits' memories, and the mean currents (A) given in each interval of a period."""

    first: Memory
    second: Memory
    given: Array


def _outputs(layout: Layout, suffix: str, first: int) -> str:
    step = layout.out_step
    terms = " + ".join(
        f"at(tables_{suffix}, o + {j * step} + y) * at(real_{suffix}, {lay.S_STATES + j})"
        for j in range(layout.size)
    )
    return f"""
            o = at(whole_{suffix}, {lay.N_CONFIG}) * {layout.stride} + {layout.out}
            for y in range({layout.outputs}):
                put(outputs, {first} + y, {terms})"""


def _part(suffix: str, status: int) -> str:
    """Return the code that runs one circuit to the end of interval e."""
    return f"""
            put(whole_{suffix}, {lay.N_EDGES}, within(edge_t_{suffix}, edges_{suffix}, end))
            status = advance_{suffix}(
                tables_{suffix}, links_{suffix}, real_{suffix}, whole_{suffix}, edge_t_{suffix},
                edge_g_{suffix}, end, sample, out_{suffix}, capacity_{suffix}, event_t, event_c, 0)
            if status != 0:
                return status + {status}"""


def run_source(a: Layout, b: Layout) -> str:
    """Return the text of `run`: control periods, and in them the exchanges."""
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
    deeper = _part("b", SECOND).replace("\n", "\n    ")
    return f"""
def run({arguments},
        memory, outputs, place, link, given, period_s, periods, sample, event_t, event_c):
    exchanges = len(given)
    while at(whole_a, {lay.N_PERIOD}) < periods:
        index = at(whole_a, {lay.N_PERIOD})
        if at(whole_a, {lay.N_STAGE}) == 0:{_outputs(a, "a", 0)}{_outputs(b, "b", a.outputs)}
            edges_a, edges_b = period(
                memory, index, outputs, edge_t_a, edge_g_a, edge_t_b, edge_g_b)
            put(place, 4, edges_a)
            put(place, 5, edges_b){start}
            put(place, 6, 0)
            put(whole_a, {lay.N_STAGE}, 1)
        edges_a = at(place, 4)
        edges_b = at(place, 5)
        while at(place, 6) < exchanges:
            e = at(place, 6)
            end = period_s * (e + 1) / exchanges
            if e + 1 == exchanges:
                end = period_s
            span = period_s / exchanges
            if at(whole_a, {lay.N_STAGE}) == 1:
                u = at(real_a, at(place, 0)) + at(real_a, at(place, 1))
                put(link, 2, u * at(link, 0))
                put(real_b, at(place, 2), u * at(link, 0) / at(link, 1))
                put(real_b, {lay.S_STATES + b.evolving}, at(given, e))
                put(whole_b, {lay.N_SETTLED}, 0)
                put(whole_a, {lay.N_STAGE}, 2)
            if at(whole_a, {lay.N_STAGE}) == 2:{deeper}
                moved = at(real_b, at(place, 2)) * at(link, 1) - at(link, 2)
                drawn = at(given, e) - at(link, 3) * moved / span
                put(real_a, {lay.S_STATES + a.evolving}, drawn)
                put(whole_a, {lay.N_SETTLED}, 0)
                put(whole_a, {lay.N_STAGE}, 3){_part("a", 0)}
            u = (at(real_a, at(place, 0)) + at(real_a, at(place, 1))) * at(link, 0)
            drawn = at(real_a, {lay.S_STATES + a.evolving})
            put(given, e, drawn + at(link, 3) * (u - at(link, 2)) / span)
            put(whole_a, {lay.N_STAGE}, 1)
            put(place, 6, e + 1)
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
    exchanges
        Exchange intervals in a period.
    """

    def __init__(
        self,
        first: Engine,
        second: Engine,
        link: Link,
        period: Callable[..., tuple[int, int]],
        period_s: float,
        exchanges: int = 1,
    ) -> None:
        self.engines, self.link, self.period_s = (first, second), link, period_s
        self.exchanges = exchanges
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
        return place, np.array([unit, second.scale()[copy], 0.0, self.link.capacitance])

    def start(self, given: float) -> LinkedMemory:
        """Return both memories at t = 0; `given` (A) is the first guess of the link's current."""
        first, second = (engine.start() for engine in self.engines)
        return LinkedMemory(first, second, np.full(self.exchanges, given))

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
