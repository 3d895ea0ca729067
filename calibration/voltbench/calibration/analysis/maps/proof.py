"""A point of a map on the switched engine, output capacitances and losses included.

The circuit runs between stiff ports with the junction temperatures that the map found, its
phase shift, frequency or duty moved until the map's current flows. Efficiency and voltages at
turn-on come from its exact solution: only device files and Steinmetz values are common to both.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from voltbench.calibration.analysis.maps.design import (
    Bridge,
    DabDesign,
    LlcDesign,
    PsfbDesign,
)
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.elements import VoltageSource
from voltbench.plant_models.switched.engine import Edges, Engine
from voltbench.plant_models.switched.losses.report import CoreUse, LossReport, period_losses
from voltbench.plant_models.switched.losses.switching import SOFT_V, DeviceUse
from voltbench.plant_models.switched.modulation.converters import (
    dab_phase_shift,
    llc_frequency,
    psfb_phase_shift,
)
from voltbench.plant_models.switched.nonideal import oss_polygon, with_output_capacitance
from voltbench.plant_models.switched.steady import settle
from voltbench.plant_models.switched.topologies.dab import dab_circuit
from voltbench.plant_models.switched.topologies.llc import llc_circuit
from voltbench.plant_models.switched.topologies.psfb import psfb_circuit

OSS_V = (25.0, 75.0, 200.0, 450.0, 900.0)
"""Breakpoints of the capacitance polygons."""
SINK = "load"
TRIALS = 14
NEAR = 5e-3
"""Of the current, or A below 1 A: the efficiency changes by less than 0.02 points."""


class CurrentNotFound(ArithmeticError):
    """At this voltage the current jumps past the wanted one: only a loop could hold it there.

    A PSFB does so where its filter begins to empty: less current commutates later, and the
    pulse that is lost makes it less still.
    """


@dataclass(frozen=True)
class Proof:
    """What the switched converter does at a point: %, W; whether every channel closes softly."""

    efficiency_percent: float
    loss_W: float
    zero_voltage: bool
    worst_turn_on_V: float


@dataclass(frozen=True)
class Knob:
    """What moves the current: where it starts, a first step, and its edges and period (s)."""

    start: float
    step: float
    make: Callable[[float], tuple[Edges, float]]


def switched_dab(design: DabDesign, voltage_V: float, point: Mapping[str, float]) -> Proof:
    """Return the proof of a DAB's point from its shifts and junction temperatures."""
    p = design.parameters
    hot = point["input_junction_C"], point["output_junction_C"]
    circuit = stiff(dab_circuit(p, voltage_V, *hot), voltage_V)
    bridges = {"p": design.input, "s": design.output}
    shapes = {k: oss_polygon(b.part(), OSS_V, b.parallel) for k, b in bridges.items()}
    circuit = with_output_capacitance(circuit, shapes)
    gates = dab_phase_shift(circuit, p)
    phi = point["phase_shift_rad"]
    duties = point["inner_duty_input"], point["inner_duty_output"]
    uses = [
        use(bridges[k], tuple(f"{k}{n}" for n in "1234"), t) for k, t in zip("ps", hot, strict=True)
    ]
    core = CoreUse(design.core.core(), "transformer.1")
    knob = Knob(phi, 0.02, lambda x: (gates.edges(x, *duties), gates.period))
    return prove(circuit, knob, uses, core, (voltage_V, point["output_current_A"]))


def switched_llc(design: LlcDesign, voltage_V: float, point: Mapping[str, float]) -> Proof:
    """Return the proof of an LLC's point from its frequency and junction temperatures."""
    p, hot = design.parameters, point["input_junction_C"]
    circuit = stiff(llc_circuit(p, voltage_V, hot), voltage_V)
    shape = oss_polygon(design.input.part(), OSS_V, design.input.parallel)
    circuit = with_output_capacitance(circuit, {"p": shape})
    gates = llc_frequency(circuit, p)
    uses = [use(design.input, ("p1", "p2", "p3", "p4"), hot)]
    core = CoreUse(design.core.core(), "transformer.1")
    f = point["frequency_Hz"]
    knob = Knob(f, -0.002 * f, lambda x: (gates.edges(1.0, period=1.0 / x), 1.0 / x))
    return prove(circuit, knob, uses, core, (voltage_V, point["output_current_A"]))


def switched_psfb(design: PsfbDesign, voltage_V: float, point: Mapping[str, float]) -> Proof:
    """Return the proof of a PSFB's point from its duty and junction temperatures."""
    p, hot = design.parameters, point["input_junction_C"]
    circuit = stiff(psfb_circuit(p, hot, voltage_V), voltage_V)
    shape = oss_polygon(design.input.part(), OSS_V, design.input.parallel)
    circuit = with_output_capacitance(circuit, {"a": shape, "b": shape})
    gates = psfb_phase_shift(circuit, p)
    uses = [use(design.input, ("a_high", "a_low", "b_high", "b_low"), hot)]
    core = CoreUse(design.core.core(), "transformer.1")
    knob = Knob(point["duty"], 0.002, lambda x: (gates.edges(x), gates.period))
    return prove(circuit, knob, uses, core, (voltage_V, point["output_current_A"]))


def use(bridge: Bridge, switches: tuple[str, ...], junction_C: float) -> DeviceUse:
    """Return a bridge's devices at their temperature (degC)."""
    return DeviceUse(bridge.part(), switches, bridge.parallel, junction_C)


def stiff(circuit: Circuit, voltage_V: float, sink: str = SINK) -> Circuit:
    """Return the circuit with its output held at a voltage."""
    kept = [e for e in circuit.elements if e.name not in ("output", "load")]
    elements = (*kept, VoltageSource(sink, "out", "0", voltage_V))
    initial = {k: v for k, v in circuit.initial.items() if k != "output"}
    return replace(circuit, elements=elements, initial=initial)


def prove(
    circuit: Circuit,
    knob: Knob,
    uses: list[DeviceUse],
    core: CoreUse,
    at: tuple[float, float],
) -> Proof:
    """Return a steady period's proof at an output voltage and current (V, A).

    Raises
    ------
    CurrentNotFound
        If it is not within `TRIALS` runs.
    """
    engine, (voltage, wanted) = Engine(circuit), at

    def run(x: float) -> tuple[float, LossReport]:
        _, period = knob.make(x)
        memory = settle(engine, lambda: knob.make(x)[0], period)
        losses = period_losses(engine, memory, lambda: knob.make(x)[0], period, uses, (core,))
        return losses.conduction_W[SINK] / voltage, losses

    x, ends = knob.start, {False: math.nan, True: math.nan}  # below and above the wanted one
    current, losses = run(x)
    past: list[tuple[float, float]] = []
    for _ in range(TRIALS):
        if abs(current - wanted) <= _near(wanted):
            return _proof(losses, voltage * current)
        ends[current > wanted] = x
        past.append((x, current))
        x = _next(past, wanted, knob.step, ends)
        current, losses = run(x)
    raise CurrentNotFound(
        f"{circuit.name} at {voltage:g} V: {wanted:g} A not found; last {current:g} A at {x:g}"
    )


def _next(
    past: list[tuple[float, float]], wanted: float, step: float, ends: dict[bool, float]
) -> float:
    """Return what to try next: by secant, or between its bounds where that leaves or creeps."""
    x, current = past[-1]
    if len(past) == 1:
        return x + math.copysign(step, step * (wanted - current))
    slope = (current - past[-2][1]) / (x - past[-2][0])
    found = x + (wanted - current) / slope if slope else x + step
    low, high = sorted(ends.values())
    stuck = len(past) > 2 and len({i > wanted for _, i in past[-3:]}) == 1
    if math.isfinite(low + high) and (stuck or not low < found < high):
        return 0.5 * (low + high)
    return found


def _near(wanted: float) -> float:
    """Return how far (A) a current may lie from the wanted one."""
    return max(NEAR * wanted, NEAR)


def _proof(losses: LossReport, power: float) -> Proof:
    worst = max(e.voltage_V for e in losses.edges if e.on)
    share = 100.0 * power / (power + losses.total_W) if power > 0.0 else 0.0
    return Proof(share, losses.total_W, worst <= SOFT_V, worst)
