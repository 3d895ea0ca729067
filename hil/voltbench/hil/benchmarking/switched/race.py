"""``make bench``, second part: race the switched circuits, write results/benchmarks_switched.md."""

import argparse
import sys
from pathlib import Path

from voltbench.hil.benchmarking.machine import conditions, load
from voltbench.hil.benchmarking.switched.batches import batches
from voltbench.hil.benchmarking.switched.by_hand.converters import (
    EQUATIONS,
    by_hand,
    largest_difference,
)
from voltbench.hil.benchmarking.switched.cases import Case, all_cases
from voltbench.hil.benchmarking.switched.exact import SAMPLE, race, reference
from voltbench.hil.benchmarking.switched.fixed_step import largest_step
from voltbench.hil.benchmarking.switched.report import HOW, Measured, page
from voltbench.hil.benchmarking.switched.rivals.pulsim_race import pulsim_race
from voltbench.hil.benchmarking.switched.rivals.section import (
    Rival,
    beside_motulator,
    section,
)
from voltbench.hil.benchmarking.switched.scipy_steps import (
    METHOD,
    RELATIVE,
    ScipySpeed,
    scipy_speed,
)
from voltbench.hil.benchmarking.switched.spice_race import (
    LENGTHS,
    LIMIT_S,
    SETTINGS,
    TURNS,
    spice_race,
)
from voltbench.plant_models.switched.compiled_c import FLAGS
from voltbench.plant_models.switched.errors import SwitchedRunError
from voltbench.plant_models.switched.spice_run import ngspice

DC_DC_S, FRONT_END_S = 10e-3, 20e-3
SHORT = 0.03
"""Part of the run that the slow ones get."""
HAND_PERIODS, SCIPY_PERIODS = 5, 10
FINE = 0.3e-6
COMMAND = "python -m voltbench.hil.benchmarking.switched.race"


def _scipy(case: Case) -> ScipySpeed | str:
    try:
        return scipy_speed(case.shorter(SCIPY_PERIODS))
    except SwitchedRunError as failed:
        return f"failed: {str(failed).split(':')[0]}"


def measure(case: Case, turns: int) -> Measured:
    """Measure one topology against everything there is."""
    stored, bare = race(case, SAMPLE, turns), race(case, 0.0, turns)
    short = case.shorter(round(SHORT * case.periods))
    hand = None
    if case.circuit.name in EQUATIONS:
        brief = case.shorter(HAND_PERIODS)
        hand = largest_difference(reference(brief, FINE), by_hand(brief, FINE))
    spice = spice_race(short, case) if ngspice() else None
    return Measured(
        case.name, case.target, stored, bare, largest_step(short), _scipy(case), spice, hand
    )


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(prog="race", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short runs, few turns")
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks_switched.md"))
    asked = parser.parse_args()
    part, turns = (0.2, 5) if asked.quick else (1.0, 15)
    how = HOW.format(
        turns=turns, dc_dc_ms=1e3 * part * DC_DC_S, front_ms=1e3 * part * FRONT_END_S,
        flags=" ".join(FLAGS), short_dc_ms=1e3 * SHORT * part * DC_DC_S,
        short_front_ms=1e3 * SHORT * part * FRONT_END_S, method=METHOD, relative=RELATIVE,
        settings=len(SETTINGS), limit=LIMIT_S, spice_turns=TURNS,
        spice_lengths=" and ".join(f"{k} times" for k in LENGTHS[1:]),
    )  # fmt: skip
    command = COMMAND + (" --quick" if asked.quick else "")
    before, rows, text = load(), list[Measured](), ""
    rivals = [beside_motulator(turns)]
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    for case in all_cases(part * DC_DC_S, part * FRONT_END_S):
        print(f"measuring: {case.name}", file=sys.stderr, flush=True)
        rows.append(measure(case, turns))
        rivals.insert(-1, Rival("pulsim", case.name, rows[-1].stored.numba, pulsim_race(case)))
        text = page(rows, command, conditions(before), how, section(rivals))
        asked.out.write_text(text, encoding="utf-8")  # what is measured is not lost
    text += "\n" + batches(part)
    asked.out.write_text(text, encoding="utf-8")
    print(text)
    print(f"written: {asked.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
