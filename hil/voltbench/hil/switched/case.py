"""What the command, the gallery and a script run: a circuit with its loop, made ready."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.elements import Probe, Switch, VoltageProbe
from voltbench.plant_models.switched.engine import Controller
from voltbench.plant_models.switched.figures.power import Pair


@dataclass(frozen=True)
class Blocking:
    """Gates whose devices block the voltage of one rail.

    Attributes
    ----------
    gates : tuple[str, ...]
    rail : str
        Probe of the voltage.
    both_ways : bool
        The device has no body diode and blocks both polarities.
    shown : tuple[str, ...]
        Those a picture shows; by default the first.
    """

    gates: tuple[str, ...]
    rail: str
    both_ways: bool = False
    shown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ready:
    """A circuit with its controller, and what its figures are taken from.

    Attributes
    ----------
    circuit, controller
        What `simulate` takes.
    loop : str
        In words: closed by which law, or open at what.
    switching_Hz : float
    line_Hz : float or None
        Line frequency of a front end.
    cycle_s : float
        What figures are taken over whole numbers of: a line cycle or a switching period.
    t_end_s, window_s, sample_s : float
        Defaults of a run: length, stored part at its end, sample spacing.
    inputs, outputs : tuple[Pair, ...]
        Voltage and current probes of sources and load.
    input_sign : float
        -1 where the input current is counted into the source.
    currents : tuple[str, ...]
        Probes whose ripple is asked for.
    dc : tuple[str, ...]
        DC voltages: bus or output.
    blocking : tuple[Blocking, ...]
    timer_gate : str or None
        Gate whose turn-ons tell the switching frequency, where the law sets it.
    """

    circuit: Circuit
    controller: Controller
    loop: str
    switching_Hz: float
    line_Hz: float | None
    cycle_s: float
    t_end_s: float
    window_s: float
    sample_s: float
    inputs: tuple[Pair, ...]
    outputs: tuple[Pair, ...]
    input_sign: float
    currents: tuple[str, ...]
    dc: tuple[str, ...]
    blocking: tuple[Blocking, ...]
    timer_gate: str | None = None


@dataclass(frozen=True)
class Case:
    """A converter by its names on the command line.

    Attributes
    ----------
    converter, topology : str
        ``pfc``, ``two-level``.
    title : str
    parameters, settings : Any
        Frozen dataclasses with the defaults of the circuit and of its operation.
    build : Callable[[Any, Any], Ready]
        Makes it ready from both.
    modulation : str
        How the bridges are modulated, where there is a choice.
    gallery : tuple[str, ...]
        Values, ``name=value``, that the gallery sets: a load step to look at.
    """

    converter: str
    topology: str
    title: str
    parameters: Any
    settings: Any
    build: Callable[[Any, Any], Ready]
    modulation: str = ""
    gallery: tuple[str, ...] = ()

    def ready(self) -> Ready:
        """Return the case made ready."""
        return self.build(self.parameters, self.settings)


def device_probes(circuit: Circuit) -> tuple[Probe, ...]:
    """Return a probe ``v_<gate>`` of each switch's voltage, drain to source."""
    return tuple(
        VoltageProbe(f"v_{e.gate}", e.drain, e.source)
        for e in circuit.elements
        if isinstance(e, Switch)
    )


def with_probes(circuit: Circuit, *probes: Probe) -> Circuit:
    """Return the circuit with these probes, then those of its devices.

    The tables are sized for every gate pattern, not only the usual ones: a start or a changed
    parameter may reach others.
    """
    tables = replace(circuit.tables, guards=None)
    return replace(circuit, probes=(*probes, *device_probes(circuit)), tables=tables)
