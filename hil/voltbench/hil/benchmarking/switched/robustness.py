"""``make robustness``: try the whole grid, resuming where it stopped, and write the page.

Results are kept line by line in ``runs/switched_robustness.jsonl``, by the point's name and a
digest of the engine: a changed engine starts anew.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from voltbench.control.numerics.kernel import digest
from voltbench.hil.benchmarking.report import table
from voltbench.hil.benchmarking.switched.cases import Case
from voltbench.hil.benchmarking.switched.grid import PERIODS, grid
from voltbench.hil.benchmarking.switched.tried import Tried, try_point
from voltbench.hil.evidence.manifest import commit
from voltbench.plant_models.switched.spice_run import ngspice

BY_HAND_EVERY, SPICE_EVERY = 5, 13
COMMAND = "make robustness"

TEXT = """\
# Switched circuits over a grid of operating points

Made by `{command}` on {day} from {source}; {count} points of {whole}, each {periods} switching
periods with a state of the circuit compared at every gate edge: start-up from zero voltage, short
circuit (0.01 Ohm), nominal and light load (10 kOhm), commutation into and out of diodes that carry
30 A, phase shifts and frequencies to the ends of their ranges.

A point fails when the kernel raises an error; it is off when a state differs by more than 1e-6
of its largest magnitude (at least 1 % of nominal) from `interpreter.py` (matrix exponentials,
bisection), or a probe by more than 1e-6 from equations written by hand under DOP853 at rtol 1e-11
(each {hand}th point, where the topology has them; DAB, full-bridge LLC and Vienna have theirs in
`tests/plant_models/switched/test_against_dop853.py`). ngspice runs each {spice}th point twice,
tuned (20 ns, gear, reltol 1e-4, steep junctions without capacitance) and as it usually runs (20 ns,
trapezoidal, reltol 1e-3, junctions with n = 1 and 100 pF): how often it stops or takes over 10 s,
and how often it ends over 5 % (rms) off."""


def kept(file: Path, key: str) -> dict[str, Tried]:
    """Return the results of an earlier run with the same engine."""
    if not file.is_file():
        return {}
    found = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue  # the line that a stopped run was writing
        if entry.pop("engine", None) == key:
            found[entry["name"]] = Tried(**entry)
    return found


def run(points: Sequence[Case], file: Path, key: str) -> list[Tried]:
    """Try every point that has no result yet."""
    known = kept(file, key)
    file.parent.mkdir(parents=True, exist_ok=True)
    results = []
    with file.open("a", encoding="utf-8") as sink:
        for k, point in enumerate(points):
            if (result := known.get(point.name)) is None:
                spice = k % SPICE_EVERY == 0 and ngspice() is not None
                result = try_point(point, k % BY_HAND_EVERY == 0, spice)
                sink.write(json.dumps({**asdict(result), "engine": key}) + "\n")
                sink.flush()
                print(f"{k + 1}/{len(points)} {point.name}", file=sys.stderr, flush=True)
            results.append(result)
    return results


def _row(name: str, results: Sequence[Tried]) -> list[str]:
    hand = [r.by_hand for r in results if r.by_hand is not None]
    fine = [r.difference for r in results if not r.failure]
    return [
        name,
        str(len(results)),
        str(sum(bool(r.failure) for r in results)),
        str(sum(not r.failure and not r.good for r in results)),
        f"{max(fine):.1e}" if fine else "-",
        f"{max(hand):.1e} ({len(hand)})" if hand else "-",
        _spice([r.spice for r in results if r.spice is not None]),
        _spice([r.usual for r in results if r.usual is not None]),
    ]


def _spice(said: Sequence[str]) -> str:
    """Return how many points ngspice ran, failed at and was far off at."""
    ended = [float(s) for s in said if s != "failed"]
    return f"{len(said)} / {len(said) - len(ended)} / {sum(e > 0.05 for e in ended)}"


def page(results: Sequence[Tried], whole: int, command: str) -> str:
    """Return the page as Markdown."""
    source = commit()
    of = "an installed copy" if source["commit"] is None else f"commit {source['commit'][:12]}"
    head = [
        "topology", "points", "failures", "off by more than 1e-6", "largest difference",
        "from DOP853 (points)", "ngspice tuned: points / failed / over 5 % off", "ngspice as usual",
    ]  # fmt: skip
    names = dict.fromkeys(r.name.split(":")[0] for r in results)
    rows = [_row(n, [r for r in results if r.name.split(":")[0] == n]) for n in names]
    rows.append(_row("all", results))
    text = TEXT.format(
        command=command, day=f"{datetime.now(UTC):%Y-%m-%d}", source=of, count=len(results),
        whole=whole, periods=PERIODS, hand=BY_HAND_EVERY, spice=SPICE_EVERY,
    )  # fmt: skip
    bad = [r for r in results if not r.good]
    words = [f"- {r.name}: {r.failure or f'off by {r.difference:.1e}, {r.by_hand}'}" for r in bad]
    listed = ["## Failed or off", "\n".join(words)] if bad else []
    return "\n\n".join([text, table(head, rows), *listed]) + "\n"


def main(words: Iterable[str] | None = None) -> int:
    """Try the grid; return 1 if a point failed or was off."""
    parser = argparse.ArgumentParser(prog="robustness", description=__doc__)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="each N-th point only")
    parser.add_argument("--kept", type=Path, default=Path("runs/switched_robustness.jsonl"))
    parser.add_argument("--out", type=Path, default=Path("results/switched_robustness.md"))
    asked = parser.parse_args(None if words is None else list(words))
    points = list(grid())
    results = run(points[:: asked.every], asked.kept, f"{digest(try_point.__module__)}-{PERIODS}")
    suffix = f" (each {asked.every}th point)" if asked.every > 1 else ""
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(page(results, len(points), COMMAND + suffix), encoding="utf-8")
    print(f"written: {asked.out}", file=sys.stderr)
    return 0 if all(r.good for r in results) else 1


if __name__ == "__main__":
    sys.exit(main())
