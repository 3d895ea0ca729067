"""The configurations met so far, with their tables, growing as the run asks for more."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from voltbench.plant_models.switched.checks import check_circuit
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.errors import CircuitError
from voltbench.plant_models.switched.initial import charge_alike, initial_states
from voltbench.plant_models.switched.layout import LINE, Layout, pad
from voltbench.plant_models.switched.nonideal import refuse_swaps
from voltbench.plant_models.switched.probes import plain_probes
from voltbench.plant_models.switched.reduction import (
    Modes,
    Reduced,
    active_diodes,
    canonical,
    describe,
    reduce_modes,
)
from voltbench.plant_models.switched.tableau import Array, build_tableau
from voltbench.plant_models.switched.tables import build_table

MAX_GATES = 12
UNKNOWN = -1
SHORTEST_CELL = 1e-5
"""Of the nominal period: below, a run would take a hundred thousand steps a period."""
NEVER_DONE = 1e-7
"""The same for any circuit: below, a run would look like a hang, or not move in time at all."""


class Library:
    """Tables by configuration number, built when first needed.

    Reachability is decided by the run itself: a configuration is reduced when a gate edge or
    a diode leads to it, so the 2^n that never occur cost nothing.

    Parameters
    ----------
    circuit
        The circuit; checked here.

    Raises
    ------
    CircuitError
        If the circuit cannot be solved.
    """

    def __init__(self, circuit: Circuit) -> None:
        check_circuit(circuit)
        size = circuit.tables
        if len(circuit.gates) > MAX_GATES:
            raise CircuitError(
                f"circuit {circuit.name!r}: {len(circuit.gates)} gates; allowed: up to {MAX_GATES}"
            )
        self.circuit = circuit
        self.tableau = build_tableau(circuit)
        self.layout = Layout(
            self.tableau.size,
            self.tableau.evolving,
            self._guards(),
            len(circuit.probes),
            len(circuit.gates),
            size.order,
            1 if self.tableau.capacitances else size.cells,  # their segments are short
            self._capacitive(),
            plain_probes(self.tableau),
        )
        self.modes: list[Modes] = []
        self.reduced: list[Reduced] = []
        self._numbers: dict[Modes, int] = {}
        self.tables: Array = np.zeros(0)
        self.links: NDArray[np.int64] = np.zeros(0, np.int64)

    def _guards(self) -> int:
        """Return the room for guards to start with; a declared one knows no knees.

        A polygon shows the two knees of its piece; of the output capacitances about half are
        live at once.
        """
        limit, tableau = self.circuit.tables.guards, self.tableau
        if limit is not None and not tableau.knees and not tableau.capacitances:
            return limit
        live = len(tableau.capacitances)
        shown = min(len(tableau.knees), live) if live else 0
        polygons = {knee.state for knee in tableau.knees} - set(self._capacitive())
        return len(tableau.valves) + shown + 2 * len(polygons)

    def _capacitive(self) -> tuple[int, ...]:
        return tuple(c.state for c in self.tableau.capacitances)

    def number(self, modes: Modes) -> int:
        """Return the number of a configuration, building its table when it is new."""
        if (known := self._numbers.get(modes)) is not None:
            return known
        if self.tableau.capacitances and (plain := canonical(self.tableau, modes)) != modes:
            self._numbers[modes] = self.number(plain)
            return self._numbers[modes]
        reduced = reduce_modes(self.tableau, modes)
        if len(reduced.guards) > self.layout.guards:
            self._widen(len(reduced.guards))
        count = len(self.modes)
        self._put(count, modes, reduced)
        self.modes.append(modes)
        self.reduced.append(reduced)
        self._numbers[modes] = count
        return count

    def _put(self, number: int, modes: Modes, reduced: Reduced) -> None:
        """Build the table of a configuration; its successors are not known yet."""
        table = build_table(reduced, self.layout, self.circuit.nominal.period)
        if self.tableau.capacitances and table[0] < SHORTEST_CELL * table[2]:
            raise CircuitError(
                f"circuit {self.circuit.name!r}, configuration [{describe(self.tableau, modes)}]: "
                f"an output capacitance charges through a resistance within {table[0]:.3g} s; "
                "leave out that resistance (an ESR, a channel in series) or the capacitance"
            )
        if table[0] < NEVER_DONE * table[2]:
            raise CircuitError(
                f"circuit {self.circuit.name!r}, configuration [{describe(self.tableau, modes)}]: "
                f"its solution turns within {table[0]:.3g} s; allowed: {NEVER_DONE:g} of the "
                f"nominal period of {table[2]:g} s or above; leave out the least resistance, "
                "inductance or capacitance"
            )
        links = np.full(self.layout.int_stride, UNKNOWN, np.int64)
        links[0] = len(reduced.constraints) > 0 or len(reduced.held) > 0
        links[1] = any(reduced.inductive)
        self._grow(number + 1)
        self.tables[number * self.layout.stride :][: self.layout.stride] = table
        self.links[number * self.layout.int_stride :][: self.layout.int_stride] = links

    def _widen(self, guards: int) -> None:
        """Build every table anew with room for more guards; numbers stay, successors do not."""
        room = max(guards, min(pad(guards), len(self.tableau.valves)))
        self.layout = replace(self.layout, guards=room)
        self.tables, self.links = np.zeros(0), np.zeros(0, np.int64)
        for number, reduced in enumerate(self.reduced):
            self._put(number, self.modes[number], reduced)

    def _grow(self, count: int) -> None:
        room = len(self.links) // self.layout.int_stride
        if count > room:
            more = max(16, room)
            self.tables = _aligned(self.tables, more * self.layout.stride)
            self.links = np.concatenate(
                [self.links, np.full(more * self.layout.int_stride, UNKNOWN, np.int64)]
            )

    def resolve(self, need: int) -> int:
        """Fill the successor a run asked for by its position in `links`; return it.

        Where it has more guards than there was room for, `layout` is another one afterwards,
        positions in `links` have lost their meaning, and the run has to ask again.
        """
        layout = self.layout
        current, entry = divmod(need, self.layout.int_stride)
        modes = self.modes[current]
        if entry >= self.layout.after_gate:
            word = entry - self.layout.after_gate
            if self.tableau.capacitances:
                refuse_swaps(self.circuit, (modes.gates, word))
            found = self.number(self.after_gates(modes, word))
        else:
            guard = (entry - self.layout.flip) % max(self.layout.guards, 1)
            change = sum(1 << k for k in self.reduced[current].guard_diodes[guard])
            found = self.number(Modes(modes.gates, modes.diodes ^ change))
        if self.layout is layout:
            self.links[need] = found
        return found

    def after_gates(self, modes: Modes, gates: int) -> Modes:
        """Return the first guess after a gate edge: diodes stay, shunted ones open."""
        candidate = Modes(gates, 0)
        active = active_diodes(self.tableau, candidate)
        return Modes(gates, modes.diodes & sum(1 << k for k in active))

    def describe(self, number: int) -> str:
        """Return a configuration in words."""
        return describe(self.tableau, self.modes[number])

    def start(self, gates: int = 0) -> Array:
        """Return the scaled states at t = 0 (named inputs zero); raises `CircuitError`."""
        states = initial_states(self.tableau)
        if not self.layout.silent:
            return states
        reduced = self.reduced[self.number(Modes(gates, 0))]
        return charge_alike(states, reduced.constraints, self.layout.silent)


def _aligned(tables: Array, more: int) -> Array:
    """Return the tables with room for more numbers, from a cache line's start on."""
    raw = np.zeros(len(tables) + more + LINE)
    first = -raw.ctypes.data // raw.itemsize % LINE
    grown = raw[first : first + len(tables) + more]
    grown[: len(tables)] = tables
    return grown
