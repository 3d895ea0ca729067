"""Run a batch: blocks of designs through the lockstep kernel, on one thread or several."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.batch import layout as bl
from voltbench.plant_models.switched.batch.designs import UNKNOWN, Designs
from voltbench.plant_models.switched.batch.memory import WIDTH
from voltbench.plant_models.switched.batch.pattern import Pattern
from voltbench.plant_models.switched.batch.source import kernel_source
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.compiled import import_generated
from voltbench.plant_models.switched.errors import SwitchedRunError
from voltbench.plant_models.switched.initial import initial_states
from voltbench.plant_models.switched.reduction import Modes
from voltbench.plant_models.switched.tableau import Array

PREAMBLE = '''"""Generated from a circuit's sizes by voltbench.plant_models.switched.batch.source."""

import numba

from voltbench.control.numerics.lanes import all_lanes, any_lane, where
from voltbench.plant_models.switched.batch.memory import load, store
from voltbench.plant_models.switched.memory import at, put, scratch


@numba.njit(cache=True, error_model="numpy", fastmath={"contract"}, nogil=True)
'''


@dataclass
class _Block:
    """What one block of designs carries on."""

    real: Array
    whole: NDArray[np.int64]
    after: NDArray[np.int64]
    spans: Array
    cache: Array


@dataclass(frozen=True)
class Waveforms:
    """States at the end of every segment of a run, as probes.

    Attributes
    ----------
    names : tuple[str, ...]
        The probes.
    time : Array
        Instant (s) from the run's start: (segment, design).
    values : Array
        Probe values (V, A): (probe, segment, design).
    """

    names: tuple[str, ...]
    time: Array
    values: Array

    def __getitem__(self, name: str) -> Array:
        """Return the values of a probe: (segment, design)."""
        values: Array = self.values[self.names.index(name)]
        return values


class Batch:
    """Designs of one topology under one gate pattern, in lockstep.

    Parameters
    ----------
    circuits
        One circuit for each design: same elements and probes, other values.
    pattern
        The gate pattern of one period.

    Raises
    ------
    CircuitError
        If the circuits cannot be solved or are not of one topology.
    ValueError
        If the pattern is not made for as many designs, or names gates there are not.
    """

    def __init__(self, circuits: Sequence[Circuit], pattern: Pattern) -> None:
        gates = len(circuits[0].gates)
        if pattern.spans.shape[1] != len(circuits):
            raise ValueError(
                f"the pattern is of {pattern.spans.shape[1]} designs; circuits: {len(circuits)}"
            )
        if not 0 <= pattern.words.min() <= pattern.words.max() < 1 << gates:
            raise ValueError(f"a gate word names gates that {circuits[0].name!r} does not have")
        self.count = len(circuits)
        self.pattern = pattern
        words, self._index = np.unique(pattern.words, return_inverse=True)
        self.designs = Designs(circuits, tuple(int(w) for w in words))
        text = PREAMBLE + kernel_source(self.designs.layout)
        self._kernel: Callable[..., int] = import_generated(text, "advance").advance
        self._lock = threading.Lock()
        self._blocks = [self._block(b) for b in range(self.designs.blocks)]

    def _block(self, b: int) -> _Block:
        """Return a block at t = 0, its diodes open, gates as in the pattern's last segment."""
        designs, lo = self.designs, self.designs.layout
        lanes = [min(b * WIDTH + lane, self.count - 1) for lane in range(WIDTH)]
        segments = len(self.pattern.words)
        real = np.array([initial_states(designs.tableaus[k]) for k in lanes]).T.copy()
        whole = np.full(bl.B_MEMO + segments * (WIDTH + 1), UNKNOWN, np.int64)
        whole[: bl.B_NOW] = 0
        whole[bl.B_BEFORE : bl.B_AFTER] = designs.number(Modes(int(self.pattern.words[-1]), 0))
        whole[bl.B_MEMO + segments * WIDTH :] = 0
        cached = segments if segments <= bl.MAX_CACHED else 0
        return _Block(
            real.ravel(),
            whole,
            np.full(designs.room * lo.guards * WIDTH, UNKNOWN, np.int64),
            self.pattern.spans[:, lanes].ravel().copy(),
            np.zeros(cached * lo.kept_stride * WIDTH),
        )

    def run(self, periods: int, threads: int = 1) -> None:
        """Run all designs `periods` of their periods further.

        Raises
        ------
        SwitchedRunError
            On chattering, an event storm, an interrupted inductor current or a state that is
            not finite; names the design, its period and configuration.
        """
        if threads == 1:
            for b in range(len(self._blocks)):
                self._advance(b, periods)
            return
        with ThreadPoolExecutor(threads) as pool:
            for done in [pool.submit(self._advance, b, periods) for b in range(len(self._blocks))]:
                done.result()

    def record(self, periods: int) -> Waveforms:
        """Run `periods` further and return the probes at the end of every segment."""
        lo, segments = self.designs.layout, len(self.pattern.words)
        steps = periods * segments
        values = []
        for b in range(len(self._blocks)):
            states = np.zeros((steps, lo.size, WIDTH))
            configs = np.zeros((steps, WIDTH), np.int64)
            self._advance(b, periods, states.reshape(-1), configs.reshape(-1))
            for lane in range(min(WIDTH, self.count - b * WIDTH)):
                rows = np.array([o[b * WIDTH + lane] for o in self.designs.outputs])
                chosen = rows[configs[:, lane]]
                values.append(np.einsum("syj,sj->ys", chosen, states[:, :, lane]))
        time = np.cumsum(np.tile(self.pattern.spans, (periods, 1)), axis=0)
        names = tuple(p.name for p in self.designs.tableaus[0].circuit.probes)
        return Waveforms(names, time, np.stack(values, axis=2))

    def _advance(
        self,
        b: int,
        periods: int,
        rec: Array | None = None,
        rec_c: NDArray[np.int64] | None = None,
    ) -> None:
        block, designs = self._blocks[b], self.designs
        block.whole[[bl.B_PERIOD, bl.B_SEGMENT]] = 0
        recording = rec is not None
        while True:
            tables, links = designs.tables[b], designs.links
            status = self._kernel(
                tables.reshape(-1),
                links,
                block.after,
                block.real,
                block.whole,
                block.spans,
                self._index,
                block.cache,
                len(self.pattern.words),
                periods,
                int(len(block.cache) > 0),
                int(recording),
                rec if rec is not None else np.zeros(0),
                rec_c if rec_c is not None else np.zeros(0, np.int64),
            )
            if status == lay.NEED:
                self._resolve(block)
            elif status == lay.DONE and np.isfinite(block.real).all():
                return
            else:
                raise self._error(b, status)

    def _resolve(self, block: _Block) -> None:
        with self._lock:
            self.designs.resolve(int(block.whole[bl.B_NEED]))
            size = self.designs.room * self.designs.layout.guards * WIDTH
        spare = size - len(block.after)
        block.after = np.concatenate([block.after, np.full(spare, UNKNOWN, np.int64)])

    def _error(self, b: int, status: int) -> SwitchedRunError:
        says = {
            lay.DONE: "a state is not finite",
            lay.CHATTER: f"no consistent configuration within {lay.MAX_FLIPS} diode changes",
            lay.INTERRUPTED: "an inductor current is interrupted: no diode can take it over",
            lay.STORM: f"event storm: {lay.MAX_STORM} diode events in one segment",
        }
        block = self._blocks[b]
        lane = int(block.whole[bl.B_WHY])
        if status == lay.DONE:
            finite = np.isfinite(block.real.reshape(-1, WIDTH)).all(axis=0)
            lane = int(np.argmin(finite))
        design = min(b * WIDTH + lane, self.count - 1)
        period = float(self.pattern.spans[:, design].sum())
        time = period * int(block.whole[bl.B_PERIOD])
        number = int(block.whole[bl.B_NOW + lane])
        return SwitchedRunError(
            f"design {design}: {says[status]}", time, self.designs.describe(number)
        )

    def states(self) -> dict[str, Array]:
        """Return the inductor currents (A) and capacitor voltages (V) of all designs now."""
        lo = self.designs.layout
        blocks = np.array([block.real for block in self._blocks]).reshape(-1, lo.size, WIDTH)
        scaled = blocks.transpose(0, 2, 1).reshape(-1, lo.size)[: self.count]
        values = scaled * np.array([tableau.scale() for tableau in self.designs.tableaus])
        names = self.designs.tableaus[0].states
        return {name: values[:, j] for j, name in enumerate(names)}

    def work(self) -> tuple[int, int]:
        """Return diode events of all designs, and segments of blocks that took masked steps."""
        return (
            sum(int(block.whole[bl.B_EVENTS]) for block in self._blocks),
            sum(int(block.whole[bl.B_GENERAL]) for block in self._blocks),
        )
