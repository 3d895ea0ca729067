"""The runs that are raced: each topology with the gate edges of a whole run.

Edges are recorded once and replayed to every solver, so that all solve the same problem and
nobody's modulator or controller is in the measured time.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.engine import Edges, Engine
from voltbench.plant_models.switched.front_end_runs import (
    FrontEndCase,
    t_type_case,
    totem_pole_case,
    two_level_case,
    vienna_case,
)
from voltbench.plant_models.switched.modulation.converters import (
    cllc_frequency,
    dab_phase_shift,
    llc_frequency,
    psfb_phase_shift,
)
from voltbench.plant_models.switched.modulation.fixed import Fixed
from voltbench.plant_models.switched.tableau import Array
from voltbench.plant_models.switched.topologies.active_front_end import ActiveFrontEndParameters
from voltbench.plant_models.switched.topologies.cllc import CllcParameters, cllc_circuit
from voltbench.plant_models.switched.topologies.dab import DabParameters, dab_circuit
from voltbench.plant_models.switched.topologies.llc import LlcParameters, llc_circuit
from voltbench.plant_models.switched.topologies.llc_half_bridge import llc_half_bridge_circuit
from voltbench.plant_models.switched.topologies.psfb import (
    PsfbParameters,
    psfb_circuit,
    psfb_current_doubler_circuit,
)
from voltbench.plant_models.switched.topologies.t_type import TTypeParameters
from voltbench.plant_models.switched.topologies.totem_pole import TotemPoleParameters
from voltbench.plant_models.switched.topologies.vienna import ViennaParameters

Step = Callable[[int, Array], Edges]


@dataclass(frozen=True)
class Case:
    """A circuit with the edges of a run.

    Attributes
    ----------
    name : str
        What the page calls it.
    circuit : Circuit
    parameters : object
        The topology's record.
    period : float
        Switching period (s).
    periods : int
        Length of the run.
    edges : Edges
        Instants from the run's start (s), gate words.
    target : float
        Real-time factor asked for with the waveform stored; 0: none named beyond 1.
    gates : int
        Gate word before the first edge.
    """

    name: str
    circuit: Circuit
    parameters: object
    period: float
    periods: int
    edges: Edges
    target: float = 0.0
    gates: int = 0

    @property
    def duration(self) -> float:
        """Return the simulated time of the run (s)."""
        return self.periods * self.period

    def shorter(self, periods: int) -> "Case":
        """Return the first so many periods of the run."""
        periods = min(periods, self.periods)
        count = int(np.searchsorted(self.edges[0], (periods - 1e-9) * self.period))
        edges = (self.edges[0][:count], self.edges[1][:count])
        return replace(self, periods=periods, edges=edges)


def recorded(circuit: Circuit, step: Step, period: float, periods: int, gates: int = 0) -> Edges:
    """Run a circuit under `step` (called with period number and probes); return all edges."""
    engine = Engine(circuit)
    memory = engine.start(gates)
    times, words = [], []
    for index in range(periods):
        edge_t, edge_g = step(index, engine.outputs(memory))
        engine.advance(memory, (edge_t, edge_g), period)
        times.append(edge_t + index * period)
        words.append(edge_g)
    return np.concatenate(times), np.concatenate(words)


def _repeated(
    name: str,
    circuit: Circuit,
    parameters: object,
    edges: Callable[[], Edges],
    period: float,
    duration: float,
    target: float = 0.0,
    gates: int = 0,
) -> Case:
    periods = round(duration / period)
    found = recorded(circuit, lambda index, outputs: edges(), period, periods, gates)
    return Case(name, circuit, parameters, period, periods, found, target, gates)


def _front_end(front: FrontEndCase, parameters: object, duration: float, target: float) -> Case:
    period = front.modulator.period
    periods = round(duration / period)
    modulator = replace(front.modulator, state=front.modulator.state.copy())

    def step(index: int, outputs: Array) -> Edges:
        return modulator.edges(*front.law(index * period, outputs).tolist())

    edges = recorded(front.switched, step, period, periods)
    return Case(front.name, front.switched, parameters, period, periods, edges, target)


def _fixed(
    name: str, circuit: Circuit, parameters: object, fixed: Fixed, duration: float, target: float
) -> Case:
    pattern = fixed.edges(0, np.zeros(0))
    return _repeated(
        name, circuit, parameters, lambda: pattern, fixed.period, duration, target,
        fixed.start_word,
    )  # fmt: skip


def dual_active_bridge(duration: float) -> Case:
    """Return a DAB at single phase shift, 11 kW."""
    p = DabParameters()
    circuit = dab_circuit(p, 380.0)
    fixed = Fixed(dab_phase_shift(circuit, p), 0.16 * math.pi, 1.0, 1.0)
    return _fixed("DAB", circuit, p, fixed, duration, 24.0)


def full_bridge_llc(duration: float, frequency: float = 130e3) -> Case:
    """Return a full-bridge LLC: discontinuous at 130 kHz, hard diode commutation at 180 kHz."""
    p = LlcParameters()
    circuit = llc_circuit(p, 390.0)
    fixed = Fixed(llc_frequency(circuit, p), 1.0, period=1.0 / frequency)
    name = f"LLC {frequency / 1e3:.0f} kHz"
    return _fixed(name, circuit, p, fixed, duration, 9.0)


def half_bridge_llc(duration: float) -> Case:
    """Return a half-bridge LLC below resonance."""
    p = LlcParameters()
    circuit = llc_half_bridge_circuit(p, initial_output_voltage_V=195.0)
    gates, period = llc_frequency(circuit, p), 1.0 / 130e3
    return _repeated(
        "LLC half bridge", circuit, p, lambda: gates.edges(period=period), period, duration, 9.0
    )


def cllc(duration: float) -> Case:
    """Return the 11 kW CLLC at its resonance."""
    p = CllcParameters()
    circuit = cllc_circuit(p, initial_output_voltage_V=590.0)
    gates, period = cllc_frequency(circuit, p), 1.0 / 73e3
    return _repeated(
        "CLLC", circuit, p, lambda: gates.edges(0.0, 1.0, period=period), period, duration
    )


def psfb(duration: float, doubler: bool = False) -> Case:
    """Return a phase-shifted full bridge with diode bridge or current doubler."""
    p = replace(PsfbParameters(), turns_ratio=0.7) if doubler else PsfbParameters()
    make = psfb_current_doubler_circuit if doubler else psfb_circuit
    circuit = make(p, initial_output_voltage_V=380.0)
    gates = psfb_phase_shift(circuit, p)
    name = "PSFB current doubler" if doubler else "PSFB"
    return _repeated(name, circuit, p, lambda: gates.edges(0.7), gates.period, duration)


def vienna(duration: float) -> Case:
    """Return a Vienna rectifier under a sampled current law, 30 kW."""
    p = ViennaParameters()
    return _front_end(vienna_case(p, 61.0), p, duration, 17.0)


def two_level(duration: float, parameters: ActiveFrontEndParameters | None = None) -> Case:
    """Return a two-level front end under a sampled current law, 11 kW."""
    p = parameters or ActiveFrontEndParameters()
    return _front_end(two_level_case(p, 22.5), p, duration, 15.0)


def t_type(duration: float) -> Case:
    """Return a T-type front end under a sampled current law, 25 kW."""
    p = TTypeParameters()
    return _front_end(t_type_case(p, 51.0), p, duration, 0.0)


def totem_pole(duration: float) -> Case:
    """Return a totem-pole PFC under a sampled current law, 3.6 kW."""
    p = TotemPoleParameters()
    return _front_end(totem_pole_case(p, 22.0), p, duration, 0.0)


def all_cases(dc_dc_s: float, front_end_s: float) -> Iterator[Case]:
    """Yield every topology; DC-DC converters and front ends run for so many seconds."""
    yield vienna(front_end_s)
    yield two_level(front_end_s)
    yield t_type(front_end_s)
    yield totem_pole(front_end_s)
    yield dual_active_bridge(dc_dc_s)
    yield full_bridge_llc(dc_dc_s)
    yield full_bridge_llc(dc_dc_s, 180e3)
    yield half_bridge_llc(dc_dc_s)
    yield cllc(dc_dc_s)
    yield psfb(dc_dc_s)
    yield psfb(dc_dc_s, True)
