"""The whole 30 kW module at switch level, both converters under their closed loops: its speed.

``python -m voltbench.hil.benchmarking.switched.module`` prints the table.
"""

import time

import numpy as np

from voltbench.hil.benchmarking.report import table
from voltbench.hil.benchmarking.switched.exact import SAMPLE
from voltbench.hil.benchmarking.switched.report import verdict
from voltbench.plant_models.switched.engine import Engine
from voltbench.plant_models.switched.linked import LinkedPair
from voltbench.plant_models.switched.topologies.module_30kw import ModuleParameters, module_halves
from voltbench.plant_models.switched.topologies.module_law import halves_period, module_memory

TARGET = 12.0
WINDOWS, PERIODS = 60, 200
SETTLED = 1400
"""Control periods before the clock starts: one of the grid, so every configuration is met."""


def speed(intervals: int, sample: float) -> float:
    """Return simulated over processor seconds, 2nd percentile of many short windows.

    Parameters
    ----------
    intervals
        Of the link in a control period.
    sample
        Spacing of the stored waveform of every probe (s), 0 for none.
    """
    p = ModuleParameters()
    period = 1.0 / p.vienna.switching_frequency_Hz
    first, second, link = module_halves(p)
    engines = Engine(first), Engine(second)
    pair = LinkedPair(*engines, link, halves_period, period, intervals)
    memory, law = pair.start(37.0), module_memory(p)
    pair.advance(memory, law, SETTLED)
    taken = []
    for _ in range(WINDOWS):
        for engine, part in zip(engines, (memory.first, memory.second), strict=True):
            if sample > 0.0:
                engine.store(part, sample, int(PERIODS * period / sample) + 5, 0)
                part.out.fill(0.0)  # pages are touched before the clock starts
        began = time.process_time_ns()
        pair.advance(memory, law, PERIODS)
        taken.append(time.process_time_ns() - began)
    return PERIODS * period * 1e9 / float(np.percentile(taken, 2))


def main() -> None:
    """Print the table."""
    rows = []
    for intervals in (1, 2, 4):
        stored, bare = speed(intervals, SAMPLE), speed(intervals, 0.0)
        rows.append([str(intervals), f"{stored:.1f}", f"{bare:.1f}", verdict(stored, TARGET)])
    head = ["intervals in a period", "x real time, stored", "not stored", "target, stored"]
    print(table(head, rows))


if __name__ == "__main__":
    main()
