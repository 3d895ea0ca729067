"""A three-phase grid whose voltages change while a run goes on.

The sources of a circuit are replaced by a positive and a negative sequence and a fifth harmonic
each, whose phasors are states of the circuit: multiplying them at an instant makes a dip, a jump of
the phase, unbalance, a lost phase; turning them a little each control period another frequency.
"""

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.elements import (
    Element,
    Inductor,
    Resistor,
    Sine,
    Switch,
    VoltageSource,
)
from voltbench.plant_models.switched.engine import Engine, Memory
from voltbench.plant_models.switched.errors import CircuitError

PHASES = "abc"
_TURN = 2.0 * math.pi / 3.0
CLOSED_OHM, OPEN_OHM = 1e-3, 1e3


def disturbed(circuit: Circuit) -> Circuit:
    """Return the circuit with each `source_a`, `source_b`, `source_c` made of three in series.

    Raises
    ------
    CircuitError
        If the circuit has no such sources.
    """
    elements: list[Element] = []
    found = 0
    for e in circuit.elements:
        if isinstance(e, VoltageSource) and e.name in {f"source_{k}" for k in PHASES}:
            elements += _series(e, PHASES.index(e.name[-1]))
            found += 1
        else:
            elements.append(e)
    if found != len(PHASES):
        raise CircuitError(f"{circuit.name}: {found} of the sources source_a, _b, _c; needed: 3")
    return replace(circuit, elements=tuple(elements))


def _series(source: VoltageSource, k: int) -> list[Element]:
    """Return the sequences of one phase, each of the source's amplitude."""
    sine = source.value
    if not isinstance(sine, Sine):
        raise CircuitError(f"{source.name} is no sinusoid")
    U, f = sine.amplitude, sine.frequency
    # the same frequency in its last bit but one: states of its own
    other = math.nextafter(f, math.inf)
    one, two = f"{source.name}_1", f"{source.name}_2"
    return [
        VoltageSource(source.name, source.plus, one, Sine(U, f, -k * _TURN)),
        VoltageSource(one, one, two, Sine(U, other, k * _TURN)),
        VoltageSource(two, two, source.minus, Sine(U, 5.0 * f, -5.0 * k * _TURN)),
    ]


def switched_off(circuit: Circuit) -> Circuit:
    """Return the circuit with its conductor a and its load behind switches.

    Gates `line` and `load` are its last two. The line's inductor `grid_a` is never left without
    a path: an open conductor leaks through 1 kOhm (0.3 A at 400 V, gone within a microsecond).

    Raises
    ------
    CircuitError
        If there is no inductor `grid_a` or no resistor `load`.
    """
    elements: list[Element] = []
    more: list[Element] = []
    for e in circuit.elements:
        if isinstance(e, Inductor) and e.name == "grid_a":
            more += [
                Switch("line", e.plus, "line_a", "line", CLOSED_OHM, None),
                Resistor("line_leak", e.plus, "line_a", OPEN_OHM),
            ]
            elements.append(replace(e, plus="line_a"))
        elif isinstance(e, Resistor) and e.name == "load":
            more.append(Switch("load_switch", e.plus, "load_p", "load", CLOSED_OHM, None))
            elements.append(replace(e, plus="load_p"))
        else:
            elements.append(e)
    if len(more) != 3:
        raise CircuitError(f"{circuit.name}: needs an inductor grid_a and a resistor load")
    line_first = sorted(more, key=lambda e: e.name == "load_switch")
    return replace(circuit, elements=(*elements, *line_first))


@dataclass
class GridPhasors:
    """The grid's phasors in a run, as shares of the nominal amplitude.

    Parameters
    ----------
    engine, memory
        Of a circuit made by `disturbed`.
    """

    engine: Engine
    memory: Memory

    def __post_init__(self) -> None:
        """Begin with the positive sequence alone, at its nominal amplitude."""
        self._now = [1.0 + 0.0j, 1.0 + 0.0j, 1.0 + 0.0j]
        self.set(1.0)

    def set(self, positive: complex, negative: complex = 0.0, fifth: complex = 0.0) -> None:
        """Set the phasors from this instant on; angles against the undisturbed grid's."""
        tableau = self.engine.library.tableau
        first = lay.S_STATES + tableau.dynamic
        time = float(self.memory.real[lay.S_BASE] + self.memory.real[lay.S_TIME])
        for k, phasor in enumerate((positive, negative, fifth)):
            value = phasor * cmath.exp(2j * math.pi * tableau.frequencies[k] * time)
            self.memory.real[first + 2 * k : first + 2 * k + 2] = value.imag, value.real
            self._now[k] = complex(phasor)
        self.memory.whole[lay.N_SETTLED] = 0

    def turn(self, angle: float) -> None:
        """Turn positive and negative sequence on by an angle (rad): phase, or frequency."""
        step = cmath.exp(1j * angle)
        self.set(self._now[0] * step, self._now[1] * step, self._now[2] * step**5)


def sequences(phase_shares: Sequence[complex]) -> tuple[complex, complex]:
    """Return positive and negative sequence of phases a, b, c given as shares of their nominal.

    What is left, the zero sequence, has no effect without a neutral conductor.
    """
    turn = np.exp(1j * _TURN)
    actual = [share * turn**-k for k, share in enumerate(phase_shares)]
    positive = sum(v * turn**k for k, v in enumerate(actual)) / 3.0
    negative = sum(v * turn**-k for k, v in enumerate(actual)) / 3.0
    return complex(positive), complex(negative)
