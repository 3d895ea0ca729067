"""What each non-ideality of the switched models costs in speed, on one circuit in one run.

``python -m voltbench.plant_models.switched.costs`` prints the table.
"""

import math
import time
from dataclasses import dataclass, replace

from voltbench.plant_models.devices import load_device
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.engine import Engine
from voltbench.plant_models.switched.losses.report import LossReport, period_losses
from voltbench.plant_models.switched.losses.switching import DeviceUse
from voltbench.plant_models.switched.losses.thermal import Junctions, ThermalGrid
from voltbench.plant_models.switched.modulation.converters import dab_phase_shift
from voltbench.plant_models.switched.modulation.fixed import Fixed
from voltbench.plant_models.switched.nonideal import (
    oss_polygon,
    with_output_capacitance,
    with_saturation,
)
from voltbench.plant_models.switched.speed import recorded_edges
from voltbench.plant_models.switched.steady import settle
from voltbench.plant_models.switched.topologies.dab import DabParameters, dab_circuit

PERIODS = 1000
SAMPLE = 0.5e-6
PHASE = 0.08
ROUNDS = 5
DEVICE = "C3M0032120K"
KNEES_V = (25.0, 100.0, 300.0, 800.0)


@dataclass(frozen=True)
class Cost:
    """One variant: simulated seconds per processor second, waveform stored; its first run (s)."""

    name: str
    real_time_factor: float
    tables_s: float


def variants(p: DabParameters) -> dict[str, Circuit]:
    """Return the DAB with its non-idealities switched on one by one, and all together."""
    device = load_device(DEVICE)
    none = replace(p, dead_time_s=1e-9, body_voltage_V=0.0, leakage_resistance_Ohm=0.0)
    lossless, plain = dab_circuit(none, 380.0), dab_circuit(p, 380.0)
    knees = (2.0, 4.0), (p.magnetising_inductance_H, 0.3e-3, 0.1e-3)
    one = oss_polygon(device, KNEES_V[-1:])
    polygon = oss_polygon(device, KNEES_V)
    return {
        "no drops, 1 ns dead time": lossless,
        "dead time, drops, windings": plain,
        "and magnetising inductance saturating": with_saturation(plain, "magnetising", *knees),
        "and C_oss, charge-equivalent": with_output_capacitance(plain, {"p": one, "s": one}),
        "and C_oss, 4 pieces": with_output_capacitance(plain, {"p": polygon, "s": polygon}),
        "all of them": with_saturation(
            with_output_capacitance(plain, {"p": polygon, "s": polygon}), "magnetising", *knees
        ),
    }


def measure(name: str, circuit: Circuit, dead_time: float) -> Cost:
    """Return the best of some runs of one variant."""
    engine = Engine(circuit)
    period = circuit.nominal.period
    gates = dab_phase_shift(circuit, replace(DabParameters(), dead_time_s=dead_time))
    fixed = Fixed(gates, 2.0 * math.pi * PHASE, 1.0, 1.0)
    start = time.process_time()
    edges = recorded_edges(engine, fixed, PERIODS, fixed.start_word)
    first = time.process_time() - start
    best = float("inf")
    for _ in range(ROUNDS):
        memory = engine.start(fixed.start_word)
        engine.store(memory, SAMPLE, int(PERIODS * period / SAMPLE) + 5, 0)
        memory.out.fill(0.0)  # pages are touched before the clock starts
        start = time.process_time()
        engine.advance(memory, edges, PERIODS * period)
        best = min(best, time.process_time() - start)
    return Cost(name, PERIODS * period / best, first - best)


def costs() -> list[Cost]:
    """Return the real-time factor with each non-ideality of a DAB switched on."""
    p = DabParameters()
    return [
        measure(name, circuit, 1e-9 if name.startswith("no ") else p.dead_time_s)
        for name, circuit in variants(p).items()
    ]


def losses_cost() -> float:
    """Return the wall time (s) of the losses of one period of the DAB."""
    p = DabParameters()
    circuit = dab_circuit(p, 380.0)
    engine = Engine(circuit)
    fixed = Fixed(dab_phase_shift(circuit, p), 2.0 * math.pi * PHASE, 1.0, 1.0)
    memory = engine.start(fixed.start_word)
    use = DeviceUse(load_device(DEVICE), ("p1", "p2", "p3", "p4"))
    edges = fixed.edges(0, engine.outputs(memory))
    period_losses(engine, memory, lambda: edges, fixed.period, (use,))
    start = time.perf_counter()
    period_losses(engine, memory, lambda: edges, fixed.period, (use,))
    return time.perf_counter() - start


def thermal_cost(cells: int = 3) -> tuple[float, float]:
    """Return wall times (s) of a temperature cell's steady state and losses: first, and again.

    r_on(T) changes tables, not the kernel: a run is as fast as without. Each cell met costs its
    tables, the way into its steady state and the losses there once; then it is looked up.
    """
    device = load_device(DEVICE)
    r_0, r_1, r_2 = device.resistance_coefficients()

    def losses_at(junctions: tuple[float, ...]) -> LossReport:
        rise = junctions[0] - 25.0
        p = replace(DabParameters(), r_on_1_Ohm=r_0 + rise * (r_1 + rise * r_2))
        circuit = dab_circuit(p, 380.0)
        gates = dab_phase_shift(circuit, p)
        engine = Engine(circuit)
        memory = settle(engine, lambda: gates.edges(0.5, 1.0, 1.0), gates.period)
        use = DeviceUse(device, ("p1", "p2", "p3", "p4"), junction_C=junctions[0])
        edges = gates.edges(0.5, 1.0, 1.0)
        return period_losses(engine, memory, lambda: edges, gates.period, (use,))

    group = Junctions(device, ("p1", "p2", "p3", "p4"), 4, 60.0)
    losses_at((25.0,))  # compiled
    grid = ThermalGrid(losses_at, (group,))
    start = time.perf_counter()
    point = grid.solve()
    first = (time.perf_counter() - start) / point.rounds
    start = time.perf_counter()
    for _ in range(cells):
        grid.solve()
    return first, (time.perf_counter() - start) / cells


def main() -> None:
    """Print the table."""
    for cost in costs():
        print(
            f"{cost.name:40} {cost.real_time_factor:6.2f} x real time, "
            f"tables {1e3 * cost.tables_s:6.0f} ms"
        )
    print(f"losses of one period: {1e3 * losses_cost():.0f} ms")
    first, again = thermal_cost()
    print(f"r_on(T): {1e3 * first:.0f} ms a temperature cell, {1e3 * again:.2f} ms from the grid")


if __name__ == "__main__":
    main()
