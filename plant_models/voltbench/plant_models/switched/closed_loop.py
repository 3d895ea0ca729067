"""Plant, modulator and controller in one compiled pass.

The generated file imports the controller's kernel by name, so that a whole run is one call;
Python is entered only to build a configuration that has not been met before. The controller::

    def period(memory, index, outputs, edge_t, edge_g) -> int

reads the probes as sampled for control period `index` (at its start, or as `Sampling` says), may
change `memory` (any records), writes rising instants (s) and gate words into the edge arrays and
returns their number.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from voltbench.control.numerics.kernel import digest
from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.compiled import DECORATOR, PREAMBLE, import_generated
from voltbench.plant_models.switched.engine import Edges, Engine, Memory, trace_of
from voltbench.plant_models.switched.layout import Layout
from voltbench.plant_models.switched.sampling import Sampling
from voltbench.plant_models.switched.source import kernel_source
from voltbench.plant_models.switched.tableau import Array
from voltbench.plant_models.switched.trace import Trace

MAX_EDGES = 64
_NOTHING = np.zeros(0)


def run_source(layout: Layout) -> str:
    """Return the text of `run`: control periods around `advance`.

    A period has three stages: the controller, the time up to the sampling instant, the rest.
    """
    step = layout.out_step
    terms = " + ".join(
        f"at(tables, o + {j * step} + y) * at(real, {lay.S_STATES + j})" for j in range(layout.size)
    )
    read = f"""
            o = at(whole, {lay.N_CONFIG}) * {layout.stride} + {layout.out}
            for y in range({layout.outputs}):
                value = min(max({terms}, at(adc, 3 * y)), at(adc, 3 * y + 1))
                lsb = at(adc, 3 * y + 2)
                if lsb > 0.0:
                    value = at(adc, 3 * y) + int((value - at(adc, 3 * y)) / lsb + 0.5) * lsb
                if index < tapped:
                    put(log, (index - first) * {layout.outputs} + y, value)
                    value += at(tap, (index - first) * {layout.outputs} + y)
                put(outputs, y, value)"""
    return f"""
def run(tables, links, real, whole, memory, outputs, edge_t, edge_g, next_t, next_g, adc,
        tap, log, first, tapped, instant, delay, timer, period_s, periods,
        sample, out, capacity, event_t, event_c, event_capacity):
    while at(whole, {lay.N_PERIOD}) < periods:
        index = at(whole, {lay.N_PERIOD})
        if at(whole, {lay.N_STAGE}) == 0 and (instant <= 0.0 or index == 0):{read}
        if at(whole, {lay.N_STAGE}) == 0:
            edges = at(whole, {lay.N_PENDING})
            for k in range(edges):
                put(edge_t, k, at(next_t, k))
                put(edge_g, k, at(next_g, k))
            if delay > 0:
                pending = period(memory, index, outputs, next_t, next_g)
                put(whole, {lay.N_PENDING}, pending)
                if pending < 0 or pending > {MAX_EDGES}:
                    return {lay.EDGE_COUNT}
            else:
                edges = period(memory, index, outputs, edge_t, edge_g)
                if edges < 0 or edges > {MAX_EDGES}:
                    return {lay.EDGE_COUNT}
            for k in range(edges):
                if at(edge_g, k) < 0 or at(edge_g, k) >= {1 << layout.gates}:
                    return {lay.EDGE_WORD}
                if timer > 0.0:
                    put(edge_t, k, min(int(at(edge_t, k) / timer + 0.5) * timer, period_s))
            put(whole, {lay.N_EDGE}, 0)
            put(whole, {lay.N_EDGES}, edges)
            put(whole, {lay.N_STORM}, 0)
            put(whole, {lay.N_STAGE}, 1)
            if instant > 0.0:
                count = 0
                while count < edges and at(edge_t, count) <= instant:
                    count += 1
                put(whole, {lay.N_EDGES}, count)
                put(whole, {lay.N_STAGE}, 2 + edges)
        if at(whole, {lay.N_STAGE}) >= 2:
            status = advance(tables, links, real, whole, edge_t, edge_g, instant, sample, out,
                             capacity, event_t, event_c, event_capacity)
            if status != 0:
                return status{read}
            put(whole, {lay.N_EDGES}, at(whole, {lay.N_STAGE}) - 2)
            put(whole, {lay.N_STAGE}, 1)
        status = advance(tables, links, real, whole, edge_t, edge_g, period_s, sample, out,
                         capacity, event_t, event_c, event_capacity)
        if status != 0:
            return status
        put(whole, {lay.N_STAGE}, 0)
        put(whole, {lay.N_PERIOD}, index + 1)
        put(real, {lay.S_TIME}, 0.0)
        put(real, {lay.S_STORM}, 0.0)
        put(real, {lay.S_SAMPLE}, at(real, {lay.S_SAMPLE}) - period_s)
        put(real, {lay.S_BASE}, (index + 1) * period_s)
    return 0
"""


class ClosedLoop:
    """An engine bound to a controller kernel.

    Parameters
    ----------
    engine
        The circuit.
    period
        The controller, a kernel at the top level of an importable module.
    period_s
        The control period (s).
    sampling
        What the controller's hardware does; the default is ideal.

    Raises
    ------
    CircuitError
        If `sampling` is outside its ranges or names a probe the circuit does not have.
    """

    def __init__(
        self,
        engine: Engine,
        period: Callable[..., int],
        period_s: float,
        sampling: Sampling = Sampling(),  # noqa: B008  (frozen)
    ) -> None:
        self.engine, self.period_s, self.sampling = engine, period_s, sampling
        self._period = period
        probes = tuple(p.name for p in engine.library.circuit.probes)
        self._adc = sampling.table(probes, period_s)
        self._made_for: Layout | None = None
        self._run: Callable[..., int]
        self._compiled()
        self._outputs = np.zeros(max(engine.library.layout.outputs, 1))
        self._edge_t, self._edge_g = np.zeros(MAX_EDGES), np.zeros(MAX_EDGES, np.int64)
        self._next_t, self._next_g = np.zeros(MAX_EDGES), np.zeros(MAX_EDGES, np.int64)

    def _compiled(self) -> Callable[..., int]:
        """Return the compiled loop, made anew when the library's layout has grown."""
        layout = self.engine.library.layout
        if self._made_for is layout:
            return self._run
        self._made_for = layout
        module, name = self._period.__module__, self._period.__name__
        text = (
            f"{PREAMBLE}from {module} import {name} as period  # {digest(module)}\n\n"
            f"{DECORATOR}{kernel_source(layout)}\n\n{DECORATOR.strip()}{run_source(layout)}"
        )
        self._run = import_generated(text, "run").run
        return self._run

    def advance(self, memory: Memory, state: Any, periods: int) -> None:
        """Run `periods` control periods more; errors as `Engine.advance`.

        Parameters
        ----------
        memory
            The circuit's memory, from `Engine.start`.
        state
            The controller's records, handed to it as they are.
        periods
            How many.
        """
        self._call(memory, state, periods, _NOTHING, _NOTHING)

    def tapped(self, memory: Memory, state: Any, tap: Array) -> Array:
        """Run with a signal added to what the controller reads; return what was sampled.

        Parameters
        ----------
        memory, state
            As `advance`.
        tap
            Added to each probe's sample (V, A), behind the converter; one row a control
            period, which says how many, one column a probe.

        Returns
        -------
        Array
            The samples before the addition, in the shape of `tap`.
        """
        outputs = len(self.engine.library.circuit.probes)
        if tap.ndim != 2 or tap.shape[1] != outputs:
            raise ValueError(f"tap has the shape {tap.shape}; expected: (periods, {outputs})")
        log = np.zeros(tap.size)
        self._call(memory, state, len(tap), np.ascontiguousarray(tap, np.float64).ravel(), log)
        return log.reshape(tap.shape)

    def _call(self, memory: Memory, state: Any, periods: int, tap: Array, log: Array) -> None:
        first = int(memory.whole[lay.N_PERIOD])
        until = first + periods
        edges = (self._edge_t, self._edge_g, self._next_t, self._next_g)
        s = self.sampling
        hardware = (s.instant * self.period_s, int(s.delay), s.pwm_step_s, self.period_s)
        taps = (tap, log, first, until if len(tap) else first)
        arguments = (state, self._outputs, *edges, self._adc, *taps, *hardware, until)
        self.engine.call(memory, self._compiled, *arguments)

    def simulate(self, state: Any, t_end: float, sample: float, gates: int = 0) -> Trace:
        """Run from t = 0 and return the samples and events; times in s."""
        periods = round(t_end / self.period_s)
        memory = self.engine.start(gates)
        samples = int(periods * self.period_s / sample) + 2
        self.engine.store(memory, sample, samples, 200 * periods + 100)
        self.advance(memory, state, periods)
        return trace_of(self.engine, memory)


class KernelController:
    """A controller kernel with its records, as `engine.simulate` takes it.

    Parameters
    ----------
    kernel
        The controller, a kernel at the top level of an importable module.
    memory
        Its records, changed by the run: one run, one instance.
    period_s
        The control period (s).
    """

    def __init__(self, kernel: Callable[..., int], memory: Any, period_s: float) -> None:
        self.kernel, self.memory, self.period = kernel, memory, period_s
        self._loop: ClosedLoop | None = None
        self._edge_t, self._edge_g = np.zeros(MAX_EDGES), np.zeros(MAX_EDGES, np.int64)

    def edges(self, index: int, outputs: Array) -> Edges:
        """Return the edges of one period, called from Python: the same arithmetic."""
        count = self.kernel(self.memory, index, outputs, self._edge_t, self._edge_g)
        if count < 0:
            raise ValueError(f"the control kernel gives no edges for period {index}")
        return self._edge_t[:count].copy(), self._edge_g[:count].copy()

    def advance(self, engine: Engine, memory: Memory, index: int, periods: int) -> None:
        """Run `periods` control periods from period `index` on, plant and law in one pass."""
        if self._loop is None or self._loop.engine is not engine:
            self._loop = ClosedLoop(engine, self.kernel, self.period)
        memory.whole[lay.N_PERIOD] = index
        self._loop.advance(memory, self.memory, periods)
