"""A circuit: its elements, its outputs, and the magnitudes its numbers are judged by."""

from dataclasses import dataclass, field

from voltbench.plant_models.switched.elements import (
    CoupledInductors,
    Diode,
    Element,
    IdealTransformer,
    Pair,
    Probe,
    Sine,
    Switch,
)

GROUND = "0"


@dataclass(frozen=True)
class Nominal:
    """Magnitudes of the circuit; they scale tolerances, not results.

    Attributes
    ----------
    voltage : float
        Typical voltage (V).
    current : float
        Typical current (A).
    period : float
        Switching period (s); no polynomial spans more than this.
    """

    voltage: float
    current: float
    period: float


@dataclass(frozen=True)
class TableSize:
    """How the circuit's solutions are tabulated; speed and search, not accuracy.

    Attributes
    ----------
    order : int
        Taylor coefficients; the cell length follows from it.
    cells : int
        Cells between restarts; a crossing that comes and goes inside one is found by its
        end tangents.
    guards : int or None
        Different guards there is room for at first (diodes of a bridge that cross together
        count once); None: one for each diode. A configuration that has more makes the
        engine build its tables and kernel again, with more room, and go on.
    """

    order: int = 12
    cells: int = 1
    guards: int | None = None


@dataclass(frozen=True)
class Circuit:
    """A named circuit; node ``"0"`` is the reference. Checked by `checks.check_circuit`."""

    name: str
    elements: tuple[Element, ...]
    probes: tuple[Probe, ...]
    nominal: Nominal
    initial: dict[str, float] = field(default_factory=dict)
    """Initial value by state: inductor (``coupled.1``) current in A, capacitor voltage in V."""
    tables: TableSize = TableSize()

    @property
    def gates(self) -> tuple[str, ...]:
        """Return the gate names in order of first appearance; bit k of a gate word is gate k."""
        switches = [e.gate for e in self.elements if isinstance(e, Switch)]
        return tuple(dict.fromkeys(switches))

    @property
    def inputs(self) -> tuple[str, ...]:
        """Return the named inputs of the sources in order of first appearance."""
        values = [getattr(e, "value", None) for e in self.elements]
        return tuple(dict.fromkeys(v for v in values if isinstance(v, str)))

    @property
    def frequencies(self) -> tuple[float, ...]:
        """Return the frequencies (Hz) of the sinusoidal sources, each once."""
        values = [getattr(e, "value", None) for e in self.elements]
        return tuple(dict.fromkeys(v.frequency for v in values if isinstance(v, Sine)))


def nodes_of(element: Element) -> tuple[Pair, ...]:
    """Return the node pairs of an element, one for each of its branches."""
    if isinstance(element, CoupledInductors | IdealTransformer):
        return element.windings
    if isinstance(element, Diode):
        return ((element.anode, element.cathode),)
    if isinstance(element, Switch):
        return ((element.drain, element.source),)
    return ((element.plus, element.minus),)
