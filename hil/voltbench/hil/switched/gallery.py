"""``make gallery``: every topology's waveforms -> ``results/switched.md`` and its pictures."""

import sys
from pathlib import Path
from typing import Any

from voltbench.hil.evidence import manifest
from voltbench.hil.switched.case import Case
from voltbench.hil.switched.cases import CASES, with_values
from voltbench.hil.switched.pictures import draw
from voltbench.hil.switched.run import Outcome, run_case
from voltbench.hil.switched.values import values

HEAD = """# Switched waveforms

Made by `make gallery` at commit {commit}. Each converter is solved exactly between its events;
the pictures show a run from its start, or a line cycle, and switching periods at its end. A
triangle marks where a device turns on: green at (nearly) zero voltage, red hard. Output
capacitances are not in these circuits: soft means that a body diode conducted before the gate came.
The figures are of the stored end of the run.
"""


def main() -> int:
    """Write page and pictures below ``results`` (or the folder named)."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "results")
    pictures = folder / "switched"
    pictures.mkdir(parents=True, exist_ok=True)
    parts = [HEAD.format(commit=str(manifest.commit().get("commit"))[:12])]
    for plain in CASES:
        case = with_values(plain, list(plain.gallery))
        outcome = run_case(case, whole=case.converter != "pfc")
        name = "_".join((case.converter, case.topology, *_chosen(case))) + ".png"
        draw(outcome, pictures / name)
        parts.append(section(outcome, f"switched/{name}"))
        print(f"{case.title}: {pictures / name}")
    (folder / "switched.md").write_text("\n".join(parts), encoding="utf-8")
    return 0


def _chosen(case: Case) -> tuple[str, ...]:
    """Return the modulation, where the topology has a choice."""
    peers = [c for c in CASES if (c.converter, c.topology) == (case.converter, case.topology)]
    return (case.modulation,) if len(peers) > 1 else ()


def _command(case: Case) -> str:
    """Return what to type for a case as the gallery shows it."""
    words = ["voltbench simulate", case.converter, "--topology", case.topology]
    for name in _chosen(case):
        words += ["--modulation", name]
    for value in case.gallery:
        words += ["--set", value]
    return " ".join(words)


def section(outcome: Outcome, picture: str) -> str:
    """Return one converter's part of the page."""
    case = outcome.case
    given = {**values(case.parameters), **values(case.settings)}
    listed = ", ".join(f"{name} {value:g}" for name, value in given.items())
    lines = [
        f"## {case.title}",
        "",
        f"`{_command(case)}`; {outcome.ready.loop}.",
        "",
        f"![{case.title}]({picture})",
        "",
        "| figure | value |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in rows(outcome.figures)),
        "",
        f"Parameters: {listed}.",
        "",
    ]
    return "\n".join(lines)


def rows(figures: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the figures that fit a line each."""
    found = []
    for name, value in figures.items():
        if isinstance(value, float):
            found.append((name, f"{value:.5g}"))
        elif name == "thd_percent":
            found.append((name, ", ".join(f"{k} {v:.3g}" for k, v in value.items())))
        elif name == "zvs":
            worst = [
                f"{gate} {part['worst_percent_of_bus']:.0f}"
                for gate, part in value.items()
                if "worst_percent_of_bus" in part
            ]
            found.append(("worst turn-on voltage, % of bus", ", ".join(worst)))
        elif name.endswith("_V"):
            found.append((name, f"{value['mean']:.5g}, peak to peak {value['peak_to_peak']:.3g}"))
        elif name.endswith("_A") and "ripple" in value:
            ripple = value["ripple"]["peak_to_peak"]
            text = f"rms {value['rms']:.4g}, peak {value['peak']:.4g}, ripple {ripple:.3g}"
            found.append((name, text))
    return found


if __name__ == "__main__":
    sys.exit(main())
