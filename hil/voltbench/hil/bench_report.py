"""``make bench``: measure the speed, print it, write ``results/benchmarks.md``."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from voltbench.hil.benchmarking.loop_speed import Effort, measure_loop
from voltbench.hil.benchmarking.machine import conditions, load
from voltbench.hil.benchmarking.report import Results, page
from voltbench.hil.benchmarking.session_speed import measure_session
from voltbench.hil.benchmarking.start_up import measure_start
from voltbench.hil.benchmarking.steady import steady_instance

VEHICLES = {"dc150": "ioniq5", "dc30": "zoe"}
"""What each measured charger charges, over the whole window of state of charge."""
CHARGERS = tuple(VEHICLES)


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="voltbench.hil.bench_report", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute: short runs, few repeats")
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks.md"), metavar="FILE")
    return parser.parse_args(words)


def measure(quick: bool, command: str) -> Results:
    """Measure everything, telling on stderr what is being done."""
    effort = Effort(10_000, 15, 20_000) if quick else Effort(50_000, 21, 200_000)
    before = load()
    results = Results("", command, effort)
    with tempfile.TemporaryDirectory(prefix="voltbench-bench-") as name:
        folder = Path(name)
        for charger in CHARGERS:
            tell(f"loop of {charger}")
            first = charger == CHARGERS[0]
            results.loops.append(measure_loop(charger, effort, folder, first))
        soc = (10.0, 12.0) if quick else (10.0, 80.0)
        for charger, vehicle in VEHICLES.items():
            tell(f"whole charge on {charger}")
            results.sessions.append(measure_session(charger, vehicle, soc))
        tell("start of the process, with an empty cache first")
        results.start = measure_start(steady_instance(CHARGERS[0]), 3, folder)
    results.conditions = conditions(before)
    return results


def tell(what: str) -> None:
    """Say what is being measured."""
    print(f"measuring: {what}", file=sys.stderr, flush=True)


def main() -> None:
    """Measure and write the page."""
    asked = arguments(sys.argv[1:])
    words = ["python -m voltbench.hil.bench_report", *(["--quick"] if asked.quick else [])]
    text = page(measure(asked.quick, " ".join(words)))
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(text, encoding="utf-8")
    print(text)
    print(f"written: {asked.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
