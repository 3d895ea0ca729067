"""A circuit made ready to run: its library of configurations and its compiled kernel.

One call of `Engine.advance` runs from one control instant to the next; `simulate` calls it
with the edges a modulator or controller gives, and collects a `Trace`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.compiled import DECORATOR, PREAMBLE, import_generated
from voltbench.plant_models.switched.errors import SwitchedRunError
from voltbench.plant_models.switched.layout import Layout
from voltbench.plant_models.switched.library import UNKNOWN, Library
from voltbench.plant_models.switched.nonideal import refuse_swaps
from voltbench.plant_models.switched.reduction import Modes
from voltbench.plant_models.switched.source import kernel_source
from voltbench.plant_models.switched.tableau import Array
from voltbench.plant_models.switched.trace import Trace

Ints = NDArray[np.int64]
Edges = tuple[Array, Ints]
"""Instants after the start of the period (s), rising, and the gate word from each on."""


@dataclass
class Memory:
    """Everything a run carries on: continue it, copy it, compare it.

    Attributes
    ----------
    real : Array
        Time within the call, next sample, time of the call's start, scaled states.
    whole : Ints
        Configuration, edge, counters.
    out, event_t, event_c : Array, Array, Ints
        Buffers of samples (probe by probe) and events; empty: not stored.
    sample : float
        Sample spacing (s), 0 for none.
    guards : int
        Room for guards in the layout its link was noted in.
    """

    real: Array
    whole: Ints
    sample: float = 0.0
    out: Array = field(default_factory=lambda: np.zeros(0))
    event_t: Array = field(default_factory=lambda: np.zeros(0))
    event_c: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    guards: int = 0


class Controller(Protocol):
    """What `simulate` drives: gives the edges of the coming period from the samples now."""

    @property
    def period(self) -> float:
        """Return the control period (s)."""
        ...

    def edges(self, index: int, outputs: Array) -> Edges:
        """Return the edges of period `index`; `outputs` are the probes at its start."""
        ...


@runtime_checkable
class SelfAdvancing(Protocol):
    """A controller that runs plant and law in one compiled pass; see `closed_loop`."""

    def advance(self, engine: "Engine", memory: Memory, index: int, periods: int) -> None:
        """Run `periods` control periods from period `index` on."""
        ...


class Engine:
    """A circuit with its kernel.

    Parameters
    ----------
    circuit
        The circuit.

    Raises
    ------
    CircuitError
        If the circuit cannot be solved.
    """

    def __init__(self, circuit: Circuit) -> None:
        self.library = Library(circuit)
        self._made_for: Layout | None = None
        self.kernel: Callable[..., int] = self._own_kernel()

    def _own_kernel(self) -> Callable[..., int]:
        """Return `kernel`, made anew when the library's layout has grown."""
        if self._made_for is not self.library.layout:
            self._made_for = self.library.layout
            text = PREAMBLE + DECORATOR + kernel_source(self._made_for)
            self.kernel = import_generated(text, "advance").advance
        return self.kernel

    def start(self, gates: int = 0) -> Memory:
        """Return the memory at t = 0 with a gate word applied."""
        states = self.library.start(gates)
        real = np.zeros(lay.S_STATES + len(states))
        real[lay.S_STATES :] = states
        whole = np.zeros(lay.N_SIZE, np.int64)
        whole[lay.N_CONFIG] = self.library.number(Modes(gates, 0))
        whole[lay.N_MEMO] = UNKNOWN
        return Memory(real, whole)

    def store(self, memory: Memory, sample: float, samples: int, events: int) -> None:
        """Give a run empty buffers for `samples` samples every `sample` s and `events` events."""
        memory.sample = sample
        memory.real[lay.S_SAMPLE] = memory.real[lay.S_TIME]
        memory.out = np.zeros(samples * self.library.layout.outputs)
        memory.event_t, memory.event_c = np.zeros(events), np.zeros(events, np.int64)
        memory.whole[[lay.N_SAMPLES, lay.N_EVENTS]] = 0

    def set_input(self, memory: Memory, name: str, value: float) -> None:
        """Set a named input (V, A) from this instant on.

        Raises
        ------
        KeyError
            Naming the inputs there are.
        """
        inputs = self.library.tableau.inputs
        if name not in inputs:
            raise KeyError(f"no input {name!r}; inputs: {', '.join(inputs) or 'none'}")
        memory.real[lay.S_STATES + self.library.tableau.evolving + inputs.index(name)] = value
        memory.whole[lay.N_SETTLED] = 0

    def advance(self, memory: Memory, edges: Edges, duration: float) -> None:
        """Run for `duration` (s) with gate edges at instants counted from now.

        Raises
        ------
        SwitchedRunError
            On chattering, an event storm, an interrupted inductor current, a state that is
            not finite, or full buffers; names time and configuration.
        CircuitError
            If a configuration that comes up has no solution, or a leg with output capacitances
            changes over without dead time.
        """
        edge_t, edge_g = np.ascontiguousarray(edges[0]), np.ascontiguousarray(edges[1], np.int64)
        if len(edge_t) != len(edge_g):
            raise ValueError(f"{len(edge_t)} edge instants for {len(edge_g)} gate words")
        if len(edge_g) and not 0 <= edge_g.min() <= edge_g.max() < 1 << self.library.layout.gates:
            raise ValueError(f"gate word {edge_g.min()} or {edge_g.max()} has no such gates")
        real, whole = memory.real, memory.whole
        if self.library.tableau.capacitances and (same := edge_t[1:] == edge_t[:-1]).any():
            # words of one instant are one change: what is between them lasts no time; single
            # words are looked at where they are met first, in the library
            last = np.append(~same, True)
            first = self.library.modes[int(whole[lay.N_CONFIG])].gates
            refuse_swaps(self.library.circuit, np.append(first, edge_g[last]))
        whole[lay.N_EDGE], whole[lay.N_EDGES], whole[lay.N_STORM] = 0, len(edge_t), 0
        self.call(memory, self._own_kernel, edge_t, edge_g, duration)
        real[lay.S_TIME] = real[lay.S_STORM] = 0.0
        real[lay.S_SAMPLE] -= duration
        real[lay.S_BASE] += duration

    def call(self, memory: Memory, kernel: Callable[[], Callable[..., int]], *what: Any) -> None:
        """Call a kernel until it is done, building the configurations it asks for.

        `kernel` returns the one for the library's layout, which grows when a configuration
        with more guards comes up.
        """
        library = self.library
        while True:
            if memory.guards != library.layout.guards:
                memory.guards = library.layout.guards
                memory.whole[lay.N_MEMO] = UNKNOWN
            outputs = max(library.layout.outputs, 1)
            status = kernel()(
                library.tables,
                library.links,
                memory.real,
                memory.whole,
                *what,
                memory.sample,
                memory.out,
                len(memory.out) // outputs,
                memory.event_t,
                memory.event_c,
                len(memory.event_t),
            )
            if status == lay.NEED:
                library.resolve(int(memory.whole[lay.N_NEED]))
            elif status == lay.DONE and np.isfinite(memory.real).all():
                return
            else:
                raise self.error(memory, status)

    def error(self, memory: Memory, status: int) -> SwitchedRunError:
        """Return what a kernel's status says, with time and configuration."""
        says = {
            lay.DONE: "a state is not finite",
            lay.SAMPLES_FULL: "the sample buffer is full",
            lay.EVENTS_FULL: "the event buffer is full",
            lay.CHATTER: f"no consistent configuration within {lay.MAX_FLIPS} diode changes",
            lay.INTERRUPTED: "an inductor current is interrupted: no diode can take it over",
            lay.STORM: f"event storm: {lay.MAX_STORM} diode events in one nominal period",
            lay.EDGE_ORDER: "a gate edge lies before its predecessor or after the period's end",
            lay.EDGE_COUNT: "the control kernel returned more edges than there is room for",
            lay.EDGE_WORD: "a gate word names gates the circuit does not have",
        }
        time = float(memory.real[lay.S_BASE] + memory.real[lay.S_TIME])
        number = int(memory.whole[lay.N_CONFIG])
        if status == lay.INTERRUPTED and not self._currents_jump(memory):
            says[status] = "capacitors in a loop disagree in voltage"
        return SwitchedRunError(says[status], time, self.library.describe(number))

    def _currents_jump(self, memory: Memory) -> bool:
        """Return whether a configuration's constraints ask an inductor's current to jump."""
        reduced, states = self.library.reduced[memory.whole[lay.N_CONFIG]], memory.real
        moved = np.abs((reduced.project - np.eye(len(reduced.a))) @ states[lay.S_STATES :])
        currents = np.flatnonzero(self.library.tableau.inductive)
        return bool(moved[currents].max(initial=0.0) > lay.TIE)

    def states(self, memory: Memory) -> dict[str, float]:
        """Return the inductor currents (A) and capacitor voltages (V) now."""
        tableau = self.library.tableau
        values = memory.real[lay.S_STATES :] * tableau.scale()
        return dict(zip(tableau.states, values[: tableau.dynamic].tolist(), strict=True))

    def outputs(self, memory: Memory) -> Array:
        """Return the probes now (V, A), in the configuration that holds."""
        reduced = self.library.reduced[memory.whole[lay.N_CONFIG]]
        values: Array = reduced.outputs @ memory.real[lay.S_STATES :]
        return values


def simulate(
    plant: Circuit | Engine,
    controller: Controller,
    t_end: float,
    sample: float | None = None,
    gates: int | None = None,
    store_from: float = 0.0,
) -> Trace:
    """Run a circuit under a controller, each control period in turn.

    Parameters
    ----------
    plant
        The circuit, or its engine where it is run more than once.
    controller
        Gives the edges of each period. One that is a `SelfAdvancing` runs compiled.
    t_end
        Simulated time (s); rounded to whole control periods.
    sample
        Spacing of the stored samples (s); by default a hundredth of the control period.
    gates
        Gate word before the first edge; by default the controller's `start_word`, else 0.
    store_from
        When storing begins (s), rounded to control periods; until then nothing is kept.

    Raises
    ------
    CircuitError
        If the circuit cannot be solved.
    SwitchedRunError
        See `Engine.advance`.
    """
    engine = plant if isinstance(plant, Engine) else Engine(plant)
    period = controller.period
    if not period > 0.0:
        raise ValueError(f"the control period is {period:g} s; allowed: above 0")
    spacing = 0.01 * period if sample is None else sample
    periods, skipped = round(t_end / period), round(store_from / period)
    if not 0 <= skipped < periods:
        raise ValueError(f"store_from is {store_from:g} s; allowed: 0 to below t_end = {t_end:g} s")
    if not spacing > 0.0:
        raise ValueError(f"sample is {spacing:g} s; allowed: above 0")
    memory = engine.start(getattr(controller, "start_word", 0) if gates is None else gates)
    run = controller.advance if isinstance(controller, SelfAdvancing) else _Stepwise(controller)
    run(engine, memory, 0, skipped)
    first = engine.states(memory)
    kept = periods - skipped
    engine.store(memory, spacing, int(kept * period / spacing) + 2, 200 * kept + 100)
    run(engine, memory, skipped, kept)
    return replace(trace_of(engine, memory, skipped * period), first=first)


class _Stepwise:
    """Call a controller from Python period by period."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller

    def __call__(self, engine: Engine, memory: Memory, index: int, periods: int) -> None:
        period = self._controller.period
        for k in range(index, index + periods):
            edges = self._controller.edges(k, engine.outputs(memory))
            engine.advance(memory, edges, period)
            memory.real[lay.S_BASE] = (k + 1) * period


def trace_of(engine: Engine, memory: Memory, start: float = 0.0) -> Trace:
    """Return what a run has stored; `start` is when the storing began (s)."""
    library = engine.library
    count, events = int(memory.whole[lay.N_SAMPLES]), int(memory.whole[lay.N_EVENTS])
    return Trace(
        tuple(p.name for p in library.circuit.probes),
        start + np.arange(count, dtype=np.float64) * memory.sample,
        memory.out.reshape(library.layout.outputs, -1)[:, :count].copy(),
        memory.event_t[:events].copy(),
        memory.event_c[:events].copy(),
        tuple(library.describe(k) for k in range(len(library.modes))),
        library.circuit.gates,
        tuple(modes.gates for modes in library.modes),
        last=engine.states(memory),
        end=float(memory.real[lay.S_BASE]),
    )
