"""Real-time factor of a circuit's kernel, Numba beside the same text in C, side by side.

``python -m voltbench.plant_models.switched.speed`` prints the proof topologies.
"""

import time
from dataclasses import dataclass

import numpy as np

from voltbench.control.numerics.records import fill
from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.compiled_c import c_kernel
from voltbench.plant_models.switched.engine import Controller, Edges, Engine
from voltbench.plant_models.switched.modulation.converters import dab_phase_shift, llc_frequency
from voltbench.plant_models.switched.modulation.fixed import Fixed
from voltbench.plant_models.switched.tableau import Array
from voltbench.plant_models.switched.topologies.dab import DabParameters, dab_circuit
from voltbench.plant_models.switched.topologies.llc import LlcParameters, llc_circuit
from voltbench.plant_models.switched.topologies.vienna import ViennaParameters, vienna_circuit
from voltbench.plant_models.switched.topologies.vienna_law import ViennaLaw, vienna_period


@dataclass(frozen=True)
class Speed:
    """Simulated seconds per wall second, best of several interleaved runs (0: no gcc)."""

    numba: float
    c: float


class Stepwise:
    """The Vienna law called from Python, one period at a time."""

    def __init__(self, p: ViennaParameters) -> None:
        self.period = 1.0 / p.switching_frequency_Hz
        self._law = fill(
            ViennaLaw,
            amplitude=p.grid_voltage_V * np.sqrt(2.0 / 3.0),
            frequency=p.grid_frequency_Hz,
            current=40.0,
            gain=2.0,
            period=self.period,
        )[0]

    def edges(self, index: int, outputs: Array) -> Edges:
        """Return the edges of one period."""
        edge_t, edge_g = np.zeros(16), np.zeros(16, np.int64)
        count = vienna_period(self._law, index, outputs, edge_t, edge_g)
        return edge_t[:count], edge_g[:count]


def recorded_edges(engine: Engine, controller: Controller, periods: int, gates: int) -> Edges:
    """Return the edges of a whole run as one list, and leave its configurations built."""
    memory = engine.start(gates)
    times, words = [], []
    for index in range(periods):
        edge_t, edge_g = controller.edges(index, engine.outputs(memory))
        engine.advance(memory, (edge_t, edge_g), controller.period)
        times.append(edge_t + index * controller.period)
        words.append(edge_g)
    return np.concatenate(times), np.concatenate(words)


def measure(
    circuit: Circuit, controller: Controller, t_end: float, sample: float, gates: int = 0
) -> Speed:
    """Return the speed over `t_end` (s), waveform stored every `sample` s (0: not stored)."""
    engine = Engine(circuit)
    periods = round(t_end / controller.period)
    edges = recorded_edges(engine, controller, periods, gates)
    kernels = {"numba": engine.kernel, "c": c_kernel(engine.library.layout)}
    best = dict.fromkeys(kernels, float("inf"))
    duration = periods * controller.period
    for _ in range(9):
        for name, kernel in kernels.items():
            if kernel is None:
                continue
            engine.kernel = kernel
            memory = engine.start(gates)
            engine.store(memory, sample, int(duration / sample) + 5 if sample else 0, 0)
            memory.out.fill(0.0)  # pages are touched before the clock starts
            start = time.perf_counter()
            engine.advance(memory, edges, duration)
            best[name] = min(best[name], time.perf_counter() - start)
            assert memory.whole[lay.N_EDGE] == len(edges[0])
    return Speed(duration / best["numba"], duration / best["c"])


def main() -> None:
    """Print the proof topologies, waveform stored at 2 MS/s and not stored."""
    dab, llc, vienna = DabParameters(), LlcParameters(), ViennaParameters()
    bridges = dab_circuit(dab, 380.0)
    shifted = Fixed(dab_phase_shift(bridges, dab), 0.5, 1.0, 1.0)
    cases: list[tuple[str, Circuit, Controller, float]] = [
        ("DAB", bridges, shifted, 10e-3),
        ("Vienna", vienna_circuit(vienna), Stepwise(vienna), 20e-3),
    ]
    for frequency in (130e3, 180e3):
        tank = llc_circuit(llc, 390.0)
        fixed = Fixed(llc_frequency(tank, llc), 1.0, period=1.0 / frequency)
        cases.append((f"LLC {frequency / 1e3:.0f} kHz", tank, fixed, 10e-3))
    for name, circuit, controller, t_end in cases:
        gates = controller.start_word if isinstance(controller, Fixed) else 0
        for sample in (0.5e-6, 0.0):
            speed = measure(circuit, controller, t_end, sample, gates)
            stored = "stored    " if sample else "not stored"
            print(f"{name:12} {stored} Numba {speed.numba:5.1f}  C {speed.c:5.1f} x real time")


if __name__ == "__main__":
    main()
