"""One run of a sweep: the nominal law on a circuit of other values, put to a load step.

The microcontroller does not know what was soldered in: gains, model values and the operating
point the law begins at are the nominal loop's; only the circuit has the drawn values.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from voltbench.calibration.analysis.tolerances import with_values
from voltbench.calibration.loops import Array
from voltbench.calibration.switched_loops.tappable import LoopPlant, PiGains, Tapped
from voltbench.plant_models.switched.closed_loop import ClosedLoop
from voltbench.plant_models.switched.elements import CurrentProbe, Resistor
from voltbench.plant_models.switched.engine import Engine, trace_of
from voltbench.plant_models.switched.trace import Trace

SAMPLES = 100
"""Samples a control period: a current that turns at a gate edge is read within one of them."""
SHARE = 0.25
"""Load step where none is given, of the nominal load current."""
WINDOW = 0.1
"""Share of the time before the step, and after it, that the settled values are means over."""


class SweptLoop(LoopPlant, Protocol):
    """A loop whose circuit can be had apart from its law."""

    @property
    def engine(self) -> Engine:
        """Return the switched circuit."""
        ...


@dataclass(frozen=True)
class Scenario:
    """What every run goes through; a loop of a current has no load step.

    Attributes
    ----------
    duration_s : float
    step_s : float
        When the load step comes.
    load_step_A : float or None
        By default a quarter of the nominal load current; 0 for none.
    """

    duration_s: float = 5e-3
    step_s: float = 2.5e-3
    load_step_A: float | None = None

    def __post_init__(self) -> None:
        """Refuse times in the wrong order."""
        if not 0.0 < self.step_s < self.duration_s < math.inf:
            raise ValueError(
                f"step_s is {self.step_s:g} s of duration_s {self.duration_s:g} s; "
                "allowed: above 0 and below the duration"
            )
        if self.load_step_A is not None and not math.isfinite(self.load_step_A):
            raise ValueError(f"load_step_A is {self.load_step_A:g} A; allowed: finite")


@dataclass(frozen=True)
class CornerRun:
    """A run with its waveform.

    Attributes
    ----------
    values : Mapping[str, float]
        By dotted names; empty for the nominal circuit.
    figures : dict[str, float]
        By name, units in the names.
    trace : Trace
        `SAMPLES` a control period.
    signal : Array
        What the loop controls, at the trace's instants; of a space vector its length.
    label : str
        Name and unit of the signal.
    """

    values: Mapping[str, float]
    figures: dict[str, float]
    trace: Trace
    signal: Array
    label: str


def corner_run(
    plant: SweptLoop, gains: PiGains, scenario: Scenario, values: Mapping[str, float]
) -> CornerRun:
    """Run the nominal law on a circuit with other values.

    Parameters
    ----------
    plant
        The nominal loop.
    gains
        Of its law.
    scenario
        Times, and the load step.
    values
        By dotted names; empty for the nominal circuit.

    Raises
    ------
    CircuitError, SwitchedRunError
        If the circuit has no solution or the run no continuation.
    ValueError
        If a value has no meaning.
    """
    tapped = plant.tapped(gains)
    circuit = with_values(plant, values).engine.library.circuit if values else None
    engine = Engine(circuit or tapped.engine.library.circuit)
    trace = _run(engine, tapped, scenario, _step_A(plant, tapped, scenario))
    name = next(iter(tapped.axis)) if len(tapped.axis) == 1 else "i"
    signal = _signal(trace, tapped)
    figures = _figures(trace, signal, name, tapped, scenario)
    return CornerRun(dict(values), figures, trace, signal, f"{name} / {tapped.unit}")


def _step_A(plant: Any, tapped: Tapped, scenario: Scenario) -> float:
    if tapped.drawn is None:
        if scenario.load_step_A:
            raise ValueError(
                f"load_step_A is {scenario.load_step_A:g} A; allowed for a loop of a current: 0"
            )
        return 0.0
    if scenario.load_step_A is not None:
        return scenario.load_step_A
    elements = plant.engine.library.circuit.elements
    load = next(e for e in elements if isinstance(e, Resistor) and e.name == "load")
    return SHARE * float(plant.output_voltage_V) / load.resistance


def _run(engine: Engine, tapped: Tapped, scenario: Scenario, step_A: float) -> Trace:
    controller = tapped.controller
    period = controller.period
    loop = ClosedLoop(engine, controller.kernel, period, tapped.sampling)
    memory = engine.start(getattr(controller, "start_word", 0))
    before, after = _periods(scenario, period)
    spacing = period / SAMPLES
    engine.store(memory, spacing, (before + after) * SAMPLES + 2, 200 * (before + after) + 100)
    loop.advance(memory, controller.memory, before)
    if step_A and tapped.drawn is not None:
        engine.set_input(memory, tapped.drawn, step_A)
    loop.advance(memory, controller.memory, after)
    return trace_of(engine, memory)


def _periods(scenario: Scenario, period: float) -> tuple[int, int]:
    before = round(scenario.step_s / period)
    after = round(scenario.duration_s / period) - before
    if before < 1 or after < 1:
        raise ValueError(
            f"step_s {scenario.step_s:g} s, duration_s {scenario.duration_s:g} s; allowed: "
            f"a control period of {period:g} s or more before and after the step"
        )
    return before, after


def _figures(
    trace: Trace, signal: Array, name: str, tapped: Tapped, scenario: Scenario
) -> dict[str, float]:
    """Return what a run is judged by, from the window before the step on; units in the names."""
    period = tapped.controller.period
    before, after = (SAMPLES * n for n in _periods(scenario, period))
    unit = tapped.unit
    begin = before - _whole(before)  # until then the law finds the drawn circuit's point
    first = signal[begin:before]
    last = signal[before + after - _whole(after) : before + after]
    settled = float(first.mean())
    figures = {}
    if tapped.drawn is not None:  # a current has no load step
        figures["undershoot_V"] = settled - float(signal[before:].min())
        figures["overshoot_V"] = float(signal[before:].max()) - settled
    figures |= {
        f"peak_{name}_{unit}": float(signal[begin:].max()),
        f"settled_{name}_{unit}": settled,
        f"ripple_{name}_{unit}": float(np.ptp(first)),
        f"end_{name}_{unit}": float(last.mean()),
        f"end_ripple_{name}_{unit}": float(np.ptp(last)),
    }
    for p in tapped.engine.library.circuit.probes:
        if isinstance(p, CurrentProbe) and p.element != "load":
            figures[f"peak_{p.name}_A"] = float(np.abs(trace[p.name][begin:]).max())
    figures["switching_events"] = float(len(trace.event_time))
    for key, value in figures.items():
        if not math.isfinite(value):
            raise ValueError(f"{key} is {value:g}: the run diverged")
    return figures


def _whole(samples: int) -> int:
    """Return the length of a window: a share of the samples, whole control periods."""
    return max(round(WINDOW * samples / SAMPLES), 1) * SAMPLES


def _signal(trace: Trace, tapped: Tapped) -> Array:
    """Return the tapped signal; of a space vector its length."""
    summed = sum(weight * trace[name] for name, weight in tapped.axis.items())
    signal: Array = np.abs(summed) if tapped.frame_Hz else np.real(summed)
    return signal
