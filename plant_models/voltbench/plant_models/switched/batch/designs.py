"""The tables of all designs, configuration by configuration, in the order a block reads them."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voltbench.plant_models.switched.batch.layout import ORDERS, BlockLayout
from voltbench.plant_models.switched.batch.memory import WIDTH, aligned
from voltbench.plant_models.switched.checks import check_circuit
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.errors import CircuitError
from voltbench.plant_models.switched.reduction import (
    Modes,
    Reduced,
    active_diodes,
    describe,
    reduce_modes,
)
from voltbench.plant_models.switched.tableau import Array, Tableau, build_tableau

UNKNOWN = -1
TRUNCATION = 1e-11
"""What a step's first dropped Taylor term may contribute, relative to a state of one unit."""
ROOM = 32
"""Configurations there is room for at first."""


class Designs:
    """Circuits that differ in values only, with the configurations met so far.

    Parameters
    ----------
    circuits
        One circuit for each design; same elements, nodes and probes.
    words
        The gate words of the pattern, each once.

    Raises
    ------
    CircuitError
        If a circuit cannot be solved, or differs from the first in more than values.
    """

    def __init__(self, circuits: Sequence[Circuit], words: tuple[int, ...]) -> None:
        for circuit in circuits:
            check_circuit(circuit)
        self.tableaus: list[Tableau] = [build_tableau(circuit) for circuit in circuits]
        self.words = words
        first = self.tableaus[0]
        shape = _shape(first)
        for k, tableau in enumerate(self.tableaus):
            if _shape(tableau) != shape:
                raise CircuitError(
                    f"design {k} ({circuits[k].name!r}) has other states, gates, diodes or probes "
                    f"than design 0 ({circuits[0].name!r}); a batch has one topology"
                )
        size = circuits[0].tables.guards
        guards = len(first.valves) if size is None else size
        self.layout = BlockLayout(first.size, first.evolving, max(guards, 1), len(words))
        self.blocks = -(-len(circuits) // WIDTH)
        self.modes: list[Modes] = []
        self.outputs: list[Array] = []
        self._numbers: dict[Modes, int] = {}
        self._diodes: list[tuple[tuple[int, ...], ...]] = []
        self._room = ROOM
        self.tables = self._new_tables(ROOM)
        self.links: NDArray[np.int64] = self._new_links(ROOM)

    def _new_tables(self, room: int) -> Array:
        """Return tables with one place more, where lanes in different configurations meet."""
        return aligned(self.blocks, room + 1, self.layout.stride, WIDTH)

    def _new_links(self, room: int) -> NDArray[np.int64]:
        return np.full(room * self.layout.int_stride, UNKNOWN, np.int64)

    @property
    def room(self) -> int:
        """Return how many configurations the tables have room for."""
        return self._room

    def number(self, modes: Modes) -> int:
        """Return the number of a configuration, building it for all designs when it is new.

        Raises
        ------
        CircuitError
            If it has no solution, or not the same guards and constraints in every design.
        """
        if (known := self._numbers.get(modes)) is not None:
            return known
        reduced = [reduce_modes(tableau, modes) for tableau in self.tableaus]
        self._check(modes, reduced)
        count = len(self.modes)
        if count == self._room:
            self._grow()
        at = count * self.layout.int_stride
        self.links[at] = len(reduced[0].constraints) > 0
        self.links[at + 1] = any(reduced[0].inductive)
        self.tables[:, count] = self._packed(reduced)
        self.outputs.append(np.array([r.outputs for r in reduced]))
        self.modes.append(modes)
        self._diodes.append(reduced[0].guard_diodes)
        self._numbers[modes] = count
        return count

    def _check(self, modes: Modes, reduced: list[Reduced]) -> None:
        first = reduced[0]
        words = describe(self.tableaus[0], modes)
        if len(first.guards) > self.layout.guards:
            raise CircuitError(
                f"configuration [{words}] has {len(first.guards)} guards; "
                f"the batch was made for {self.layout.guards}"
            )
        for k, other in enumerate(reduced):
            if other.guard_diodes != first.guard_diodes or other.inductive != first.inductive:
                raise CircuitError(
                    f"configuration [{words}]: design {k} has other guards or constraints than "
                    "design 0; a value that is zero or symmetrical in one of them only?"
                )

    def _grow(self) -> None:
        tables, links = self._new_tables(2 * self._room), self._new_links(2 * self._room)
        tables[:, : self._room] = self.tables[:, : self._room]
        links[: len(self.links)] = self.links
        self.tables, self.links, self._room = tables, links, 2 * self._room

    def _packed(self, reduced: list[Reduced]) -> Array:
        """Return one configuration of all designs: (block, vector, lane)."""
        lo = self.layout
        period = np.array([tableau.circuit.nominal.period for tableau in self.tableaus])
        a = np.array([r.a for r in reduced]) / period[:, None, None]
        guards = np.zeros((len(reduced), lo.guards, lo.size))
        guards[:, :, -1] = 1.0  # unused slots read the constant one, which never crosses
        impulses = np.zeros_like(guards)
        for k, r in enumerate(reduced):
            guards[k, : len(r.guards)] = r.guards
            impulses[k, : len(r.impulses)] = r.impulses
        slopes = guards @ a
        moving = slice(0, lo.evolving)
        project = np.array([r.project for r in reduced])[:, moving]
        rows = [cell_lengths(a, order, period) for order in ORDERS] + [period]
        matrices = (a[:, moving], guards, slopes, slopes @ a, project, impulses)
        columns = [np.stack(rows, axis=1)]
        columns += [m.transpose(0, 2, 1).reshape(len(reduced), -1) for m in matrices]
        packed = np.concatenate(columns, axis=1)
        spare = self.blocks * WIDTH - len(reduced)
        packed = np.concatenate([packed, np.repeat(packed[-1:], spare, axis=0)])
        return packed.reshape(self.blocks, WIDTH, lo.stride).transpose(0, 2, 1)

    def resolve(self, need: int) -> None:
        """Fill the successor a block asked for by its position in `links`."""
        current, entry = divmod(need, self.layout.int_stride)
        modes = self.modes[current]
        if entry >= self.layout.after_gate:
            found = self.after_gates(modes, self.words[entry - self.layout.after_gate])
        else:
            change = sum(1 << k for k in self._diodes[current][entry - self.layout.flip])
            found = Modes(modes.gates, modes.diodes ^ change)
        number = self.number(found)
        self.links[need] = number

    def after_gates(self, modes: Modes, gates: int) -> Modes:
        """Return the first guess after a gate edge: diodes stay, shunted ones open."""
        active = active_diodes(self.tableaus[0], Modes(gates, 0))
        return Modes(gates, modes.diodes & sum(1 << k for k in active))

    def describe(self, number: int) -> str:
        """Return a configuration in words."""
        return describe(self.tableaus[0], self.modes[number])


def _shape(tableau: Tableau) -> tuple[object, ...]:
    """Return what all designs of a batch must share."""
    circuit = tableau.circuit
    valves = tuple((v.name, v.shunt) for v in tableau.valves)
    probes = tuple(probe.name for probe in circuit.probes)
    sizes = (tableau.size, tableau.evolving)
    return sizes, tableau.states, circuit.gates, circuit.inputs, valves, probes


def cell_lengths(a: Array, order: int, period: Array) -> Array:
    """Return for each design the longest step (s) that `order` Taylor terms span to round-off.

    Bounds the first two dropped terms by their 1-norm; at most one nominal period.
    """
    power = np.linalg.matrix_power(a, order)
    length: Array = period.copy()
    for k, matrix in ((order, power), (order + 1, power @ a)):
        norm = np.maximum(np.abs(matrix).sum(axis=1).max(axis=1), 1e-300)
        length = np.minimum(length, (TRUNCATION * math.factorial(k) / norm) ** (1.0 / k))
    return length
