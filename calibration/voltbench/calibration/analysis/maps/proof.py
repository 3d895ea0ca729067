"""A point of a map on the switched engine, output capacitances and losses included.

The circuit runs between stiff ports at the modulation and the junction temperatures that the
map found; efficiency, output current, voltages at turn-on and the heat of each bridge come from
its exact solution. Only the device files and the Steinmetz values are common to both.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from voltbench.calibration.analysis.maps.design import Bridge, DabDesign
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.elements import VoltageSource
from voltbench.plant_models.switched.engine import Edges, Engine
from voltbench.plant_models.switched.losses.report import CoreUse, LossReport, period_losses
from voltbench.plant_models.switched.losses.switching import SOFT_V, DeviceUse
from voltbench.plant_models.switched.modulation.converters import dab_phase_shift
from voltbench.plant_models.switched.nonideal import oss_polygon, with_output_capacitance
from voltbench.plant_models.switched.steady import settle
from voltbench.plant_models.switched.topologies.dab import dab_circuit

OSS_V = (25.0, 75.0, 200.0, 450.0, 900.0)
"""Breakpoints of the capacitance polygons."""
SINK = "load"


@dataclass(frozen=True)
class Proof:
    """What the switched converter does at a point: %, A, W; ZVS of every edge."""

    efficiency_percent: float
    output_current_A: float
    loss_W: float
    zero_voltage: bool
    worst_turn_on_V: float


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
    return prove(circuit, lambda: gates.edges(phi, *duties), gates.period, uses, core, voltage_V)


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
    edges: Callable[[], Edges],
    period: float,
    uses: list[DeviceUse],
    core: CoreUse,
    voltage_V: float,
) -> Proof:
    """Run into the steady state and return a period's proof."""
    engine = Engine(circuit)
    memory = settle(engine, edges, period)
    losses: LossReport = period_losses(engine, memory, edges, period, uses, (core,))
    # a conduction entry of a voltage source is positive where it takes power
    power = losses.conduction_W[SINK]
    worst = max(e.voltage_V for e in losses.edges if e.on)
    return Proof(
        100.0 * power / (power + losses.total_W) if power > 0.0 else 0.0,
        power / voltage_V,
        losses.total_W,
        worst <= SOFT_V,
        worst,
    )
