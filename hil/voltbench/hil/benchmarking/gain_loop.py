"""How long it takes to see what a changed gain does, beside what others need for less.

``python -m voltbench.hil.benchmarking.gain_loop`` writes ``results/benchmarks_tuning.md``.
"""

import argparse
import importlib.util
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from voltbench.calibration.analysis.bode import bode
from voltbench.calibration.analysis.steady import steady
from voltbench.calibration.analysis.step import step
from voltbench.calibration.analysis.tune import tune
from voltbench.calibration.switched_loops.dab_voltage import DabVoltage
from voltbench.calibration.switched_loops.front_end_current import FrontEndCurrent
from voltbench.hil.benchmarking.machine import conditions, load
from voltbench.hil.benchmarking.switched.rivals.motulator_race import (
    lossless_case,
    motulator_race,
)

TURNS = 5
RUN_S = 0.04
RACE_S = 0.004
"""Length of motulator's run; its time for `RUN_S` is scaled from it."""
BUCK_Hz = 100e3
BUCK_STEP_s = 125e-9
BUCK_POINTS = 18
HEAD = """# Speed of the tuning loop

Made by `python -m voltbench.hil.benchmarking.gain_loop` (part of `make bench`). CONDITIONS

| what | processor time | target |
| --- | --- | --- |
"""


def changed_gain(factor: float) -> dict[str, float]:
    """Return the processor time (s) of each part of a changed gain, a front end's, all warm."""
    plant = _front_end()
    gains = plant.formula(1500.0, 60.0)
    gains = replace(gains, k_p=gains.k_p * factor)
    parts: dict[str, Callable[[], Any]] = {
        f"switched, {1e3 * RUN_S:g} ms, with THD": lambda: steady(plant, gains, RUN_S).thd_percent(
            "i_a", 50.0
        ),
        "Bode of 25 points, switched": lambda: bode(plant, gains).margins,
        "step, switched": lambda: step(plant, gains, 3.0).figures(),
    }
    found = {}
    for name, run in parts.items():
        began = time.process_time()
        run()
        found[name] = time.process_time() - began
    return found


_MADE: list[FrontEndCurrent] = []


def _front_end() -> FrontEndCurrent:
    if not _MADE:
        _MADE.append(FrontEndCurrent())
    return _MADE[0]


def ours() -> dict[str, float]:
    """Return the median over some changed gains of each part (s)."""
    changed_gain(1.0)  # compiles, or loads what is compiled
    turns = [changed_gain(1.0 + 0.05 * k) for k in range(1, TURNS + 1)]
    return {name: statistics.median(turn[name] for turn in turns) for name in turns[0]}


def tuned() -> float:
    """Return the processor time (s) of tuning a DAB with its proof, compiled kernels warm."""
    tune(DabVoltage(), 1500.0, 55.0)
    times = []
    for _ in range(TURNS):
        plant = DabVoltage()  # its circuit's tables are made anew
        began = time.process_time()
        tune(plant, 1500.0, 55.0)
        times.append(time.process_time() - began)
    return statistics.median(times)


def motulator_run() -> float | None:
    """Return what motulator needs for `RUN_S` of its two-level converter (s), scaled."""
    raced = motulator_race(lossless_case(RACE_S))
    return None if raced is None or not raced.setting else RUN_S / raced.speed


def pulsim_sweep() -> float | None:
    """Return what pulsim needs to sweep a buck's duty at 18 frequencies (s): what tunes its PI.

    24 V to 12 V, 100 uH, 47 uF, 5 ohm, 100 kHz, steps of an eightieth of the period; duty
    moved by 5 %, six cycles of each sine to settle and ten recorded.
    """
    if importlib.util.find_spec("pulsim") is None:
        return None
    import math

    import numpy as np
    import pulsim  # an optional dependency: `races` of pyproject.toml

    b = pulsim.CircuitBuilder()
    b.add_voltage_source("source", "in", "gnd", 24.0)
    b.add_mosfet_with_body_diode("switch", "in", "middle", R_on=1e-3, R_off=1e9, V_F=0.7)
    b.add_diode("diode", "gnd", "middle", 1e3, 1e-9, V_th=0.7)
    b.add_inductor("choke", "middle", "out", 100e-6)
    b.add_capacitor("output", "out", "gnd", 47e-6)
    b.add_resistor("load", "out", "gnd", 5.0)
    states, switches = b.pool.state_size(b.graph), b.graph.num_switches

    def gates(depth: float, frequency: float) -> Callable[[float], Any]:
        def at(t: float) -> Any:
            mask = pulsim.SwitchStateMask(switches)
            duty = 0.5 + depth * math.sin(2.0 * math.pi * frequency * t)
            if (t * BUCK_Hz) % 1.0 < duty:
                mask.set(0, True)
            return mask

        return at

    began = time.process_time()
    pulsim.run_ac_sweep(
        b, freqs=np.geomspace(100.0, 8e3, BUCK_POINTS), excite_fn=lambda *_: [0.0] * states,
        switch_fn_factory=gates, output_idx=b.node_id_of("out"), dt=BUCK_STEP_s,
        perturbation_amplitude=0.05, cycles_per_point=10, settling_cycles=6,
        start_from_dc_op=False, verbose=False,
    )  # fmt: skip
    return time.process_time() - began


def page() -> str:
    """Measure and return the page."""
    load_before = load()
    parts, tuning = ours(), tuned()
    total = sum(parts.values())
    text = HEAD
    for name, seconds in parts.items():
        text += f"| {name} | {seconds:.2f} s | |\n"
    met = "met" if total <= 2.0 else "missed"
    text += f"| **a changed gain: all three** | **{total:.2f} s** | <= 2 s: {met} |\n"
    text += f"| `tune` of a DAB: formula, refinement, proof | {tuning:.2f} s | |\n"
    rivals = (
        (f"motulator, its two-level converter for {1e3 * RUN_S:g} ms alone", motulator_run()),
        (f"pulsim, its open-loop sweep of a buck at {BUCK_POINTS} points alone", pulsim_sweep()),
    )
    text += "\n| others | processor time | over our whole loop |\n| --- | --- | --- |\n"
    for name, needed in rivals:
        row = "not installed | -" if needed is None else f"{needed:.2f} s | {needed / total:.1f}"
        text += f"| {name} | {row} |\n"
    return (text + NOTES).replace("CONDITIONS", conditions(load_before))


NOTES = f"""
Median of {TURNS} changed gains in one process, compiled kernels and tables warm. motulator's run is
the same converter over the same gate edges, without its own control, scaled from
{1e3 * RACE_S:g} ms. pulsim's sweep is what its example of a tuned buck spends before it computes
gains: {BUCK_POINTS} frequencies, 125 ns steps, by our own script over its interface.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page; return the exit code."""
    parser = argparse.ArgumentParser(prog="gain_loop", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("results"), help="folder of the page")
    folder: Path = parser.parse_args(arguments).out
    folder.mkdir(parents=True, exist_ok=True)
    text = page()
    (folder / "benchmarks_tuning.md").write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
