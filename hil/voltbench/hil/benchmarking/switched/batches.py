"""Batches in lockstep: their aggregate rate beside one design after another.

``python -m voltbench.hil.benchmarking.switched.batches`` prints the section alone.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from voltbench.hil.benchmarking.report import table
from voltbench.plant_models.switched.batch.speed import EVERY, BatchSpeed, measure_batch
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.modulation.converters import dab_phase_shift, llc_frequency
from voltbench.plant_models.switched.modulation.fixed import Fixed
from voltbench.plant_models.switched.topologies.dab import DabParameters, dab_circuit
from voltbench.plant_models.switched.topologies.llc import LlcParameters, llc_circuit

LOCKSTEP_RATIO, THREADS_RATIO = 10.0, 1.9
Designs = tuple[list[Circuit], list[Fixed]]

HOW = """\
{designs} designs with values (and, for the LLC, frequencies) of their own, {periods} periods after
{warm} from start-up, waveforms not stored; every diode event is located in its own design. "One
after another" and "lockstep": simulated seconds of all designs per second of processor time, best
of {repeats} alternating runs; one design in {every} is run alone. Two threads by the clock, best
beside best, which needs two idle cores: "processor time" is what two threads take in all beside
one, which a busy machine does not change; 1.00 is no work lost."""


def dabs(count: int, light: bool) -> Designs:
    """Return DABs of various loads and leakages; at light load diodes stop in the dead time."""
    random = np.random.default_rng(7)
    p = DabParameters()
    circuits, controls = [], []
    for x in np.linspace(0.0, 1.0, count):
        load = 30.0 * 12.0**x if light else 12.0 + 10.0 * x
        periods = 0.014 - 0.004 * x if light else 0.06 + 0.04 * x
        leakage = float(random.uniform(30e-6, 50e-6))
        q = replace(p, load_resistance_Ohm=load, leakage_inductance_H=leakage)
        circuits.append(dab_circuit(q, 380.0))
        gates = dab_phase_shift(circuits[-1], q)
        controls.append(Fixed(gates, 2.0 * np.pi * periods, 1.0, 1.0))
    return circuits, controls


def llcs(count: int) -> Designs:
    """Return LLCs from far below resonance to above it: the rectifier's currents stop, or not."""
    p = LlcParameters()
    circuits, controls = [], []
    for x in np.linspace(0.0, 1.0, count):
        q = replace(p, load_resistance_Ohm=14.5 + 30.0 * x)
        circuits.append(llc_circuit(q, 390.0))
        gates = llc_frequency(circuits[-1], q)
        controls.append(Fixed(gates, 1.0, period=1.0 / (120e3 + 70e3 * x)))
    return circuits, controls


CASES: dict[str, Callable[[int], Designs]] = {
    "DAB, full load": lambda count: dabs(count, light=False),
    "DAB, light load": lambda count: dabs(count, light=True),
    "LLC, 120 to 190 kHz": llcs,
}


def _row(name: str, s: BatchSpeed) -> list[str]:
    lockstep, threads = s.batch / s.alone, s.clock_two / s.clock_one
    return [
        name, f"{s.events:.1f}", f"{s.alone:.0f}", f"{s.batch:.0f}", f"{lockstep:.1f}",
        f">= {LOCKSTEP_RATIO:g}: {'met' if lockstep >= LOCKSTEP_RATIO else 'missed'}",
        f"{threads:.2f}", f"{s.batch / s.processor_two:.2f}",
        f">= {THREADS_RATIO:g}: {'met' if threads >= THREADS_RATIO else 'missed'}",
    ]  # fmt: skip


def batches(part: float = 1.0) -> str:
    """Measure and return the section of the page; `part` shortens it, 1 is all."""
    count, periods = max(round(256 * part), EVERY), max(round(500 * part), 50)
    warm, repeats = 400, max(round(25 * part), 5)
    rows = []
    for name, make in CASES.items():
        rows.append(_row(name, measure_batch(*make(count), periods, warm, repeats)))
    head = [
        "aggregate x real time", "diode events a period", "one after another", "lockstep", "ratio",
        "target", "two threads / one", "processor time", "target",
    ]  # fmt: skip
    how = HOW.format(designs=count, periods=periods, warm=warm, repeats=repeats, every=EVERY)
    return "\n\n".join(["## Batches of designs", table(head, rows), how]) + "\n"


if __name__ == "__main__":
    print(batches())
