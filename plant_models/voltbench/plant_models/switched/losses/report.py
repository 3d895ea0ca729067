"""The losses of one period of a converter in its steady state, by kind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from voltbench.plant_models.magnetics import Core
from voltbench.plant_models.switched.elements import (
    Capacitor,
    CoupledInductors,
    Diode,
    Inductor,
    SaturatingInductor,
    Switch,
    VoltageSource,
)
from voltbench.plant_models.switched.engine import Edges, Engine, Memory
from voltbench.plant_models.switched.losses.conduction import element_energy
from voltbench.plant_models.switched.losses.core import core_energy
from voltbench.plant_models.switched.losses.replay import Segment, replay
from voltbench.plant_models.switched.losses.switching import (
    DeviceUse,
    EdgeLoss,
    edge_losses,
    hard_switching,
)


@dataclass(frozen=True)
class CoreUse:
    """A core, the branch of the winding its turns belong to, and that winding's resistance."""

    core: Core
    winding: str
    resistance_Ohm: float = 0.0


@dataclass(frozen=True)
class LossReport:
    """Mean powers over the replayed time (W).

    Attributes
    ----------
    conduction_W : dict[str, float]
        Of every element: switches with their body diodes, diodes, windings, ESR, resistors;
        sources with a minus sign where they deliver.
    switching_W : dict[str, float]
        Of every switch with a device: energy tables at its edges.
    hard_W : float
        Output capacitances (of the circuit) discharged by closing conductors.
    core_W : tuple[float, ...]
        Of each core.
    edges : tuple[EdgeLoss, ...]
    """

    conduction_W: dict[str, float]
    switching_W: dict[str, float]
    hard_W: float
    core_W: tuple[float, ...]
    edges: tuple[EdgeLoss, ...]
    switches: tuple[str, ...]
    windings: tuple[str, ...]
    sources: tuple[str, ...]

    def device_W(self, names: Sequence[str]) -> float:
        """Return conduction and switching of some switches or diodes together."""
        return sum(self.conduction_W[n] + self.switching_W.get(n, 0.0) for n in names)

    @property
    def switches_W(self) -> float:
        """Return all semiconductors' conduction and switching."""
        return self.device_W(self.switches) + self.hard_W

    @property
    def copper_W(self) -> float:
        """Return windings and ESR."""
        return sum(self.conduction_W[n] for n in self.windings)

    @property
    def unseen_W(self) -> float:
        """Return what the waveforms do not contain: switching, hard switching, cores."""
        return sum(self.switching_W.values()) + self.hard_W + sum(self.core_W)

    @property
    def total_W(self) -> float:
        """Return semiconductors, windings and cores."""
        return self.switches_W + self.copper_W + sum(self.core_W)

    def efficiency(self, output: Sequence[str]) -> float:
        """Return the power of the elements `output` over it and all losses."""
        power = abs(sum(self.conduction_W[n] for n in output))
        return power / (power + self.total_W)


def report(
    engine: Engine,
    segments: Sequence[Segment],
    uses: Sequence[DeviceUse] = (),
    cores: Sequence[CoreUse] = (),
) -> LossReport:
    """Return the losses over replayed segments (whole periods, steady state)."""
    duration = sum(s.length for s in segments)
    conduction = {n: e / duration for n, e in element_energy(engine, segments).items()}
    edges = edge_losses(engine, segments, uses)
    switching = dict.fromkeys((n for use in uses for n in use.switches), 0.0)
    for edge in edges:
        switching[edge.switch] += edge.energy_J / duration
    core = [core_energy(engine, segments, c.core, c.winding, c.resistance_Ohm) for c in cores]
    elements = engine.library.circuit.elements
    windings = Inductor | SaturatingInductor | CoupledInductors | Capacitor
    return LossReport(
        conduction,
        switching,
        hard_switching(engine, segments) / duration,
        tuple(e / duration for e in core),
        tuple(edges),
        tuple(e.name for e in elements if isinstance(e, Switch | Diode)),
        tuple(e.name for e in elements if isinstance(e, windings) and e.name in conduction),
        tuple(e.name for e in elements if isinstance(e, VoltageSource)),
    )


def period_losses(
    engine: Engine,
    memory: Memory,
    edges: Callable[[], Edges],
    period: float,
    uses: Sequence[DeviceUse] = (),
    cores: Sequence[CoreUse] = (),
    periods: int = 1,
) -> LossReport:
    """Run some periods more (s each, from the steady state) and return their losses."""
    segments: list[Segment] = []
    for _ in range(periods):
        segments += replay(engine, memory, edges(), period)
    return report(engine, segments, uses, cores)
