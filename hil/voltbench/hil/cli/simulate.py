"""``voltbench simulate``: a converter switch by switch, with its figures."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voltbench.hil.errors import BadInput

if TYPE_CHECKING:
    from voltbench.hil.switched.run import Outcome

NAME = "simulate"


def command(
    converter: Annotated[str, typer.Argument(help="pfc, llc, dab or psfb.", metavar="CONVERTER")],
    topology: Annotated[
        str | None,
        typer.Option(
            help="pfc: two-level, totem-pole, t-type, vienna; llc: full-bridge, half-bridge, "
            "cllc; dab: single-phase, battery; psfb: diode-bridge, current-doubler. "
            "By default the first.",
            metavar="NAME",
        ),
    ] = None,
    modulation: Annotated[
        str | None,
        typer.Option(
            help="dab: single, extended, triple phase shift. By default the first.",
            metavar="NAME",
        ),
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="A value by its name, as grid.inductance_H=300e-6.", metavar="NAME=VALUE"
        ),
    ] = None,
    t_end: Annotated[
        float | None, typer.Option("--t-end", help="Simulated time in s.", metavar="S")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for trace.parquet and summary.json.", metavar="DIR")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object on stdout, progress on stderr.")
    ] = False,
) -> int:
    """Simulate a converter switch by switch, solved exactly, under its control law."""
    if t_end is not None and not (math.isfinite(t_end) and t_end > 0.0):
        raise BadInput(f"t_end = {t_end:g} s; allowed: above 0, finite")
    if out is not None and out.exists() and not out.is_dir():
        raise BadInput(f"out = {out}: is a file; expected: a folder")
    from rich.console import Console

    from voltbench.hil.switched import cases
    from voltbench.hil.switched.run import run_case

    case = cases.with_values(cases.find(converter, topology, modulation), values or [])
    progress = Console(stderr=True, highlight=False)
    with progress.status("reading") as status:
        outcome = run_case(case, t_end, status.update)
    summary = summary_of(outcome)
    if out is not None:
        write(outcome, summary, out)
    if as_json:
        print(json.dumps(summary, ensure_ascii=False, allow_nan=False))
    else:
        _show(summary)
    return 0


def summary_of(outcome: "Outcome") -> dict[str, Any]:
    """Return what a run asked for and found, ready for JSON; units in the names."""
    from voltbench.hil.switched.values import values

    case, trace = outcome.case, outcome.trace
    return {
        "converter": case.converter,
        "topology": case.topology,
        "modulation": case.modulation or None,
        "loop": outcome.ready.loop,
        "parameters": values(case.parameters),
        "settings": values(case.settings),
        "t_end_s": trace.end,
        "window_s": trace.end - float(trace.time[0]),
        "sample_s": outcome.ready.sample_s,
        "figures": outcome.figures,
    }


def write(outcome: "Outcome", summary: dict[str, Any], folder: Path) -> None:
    """Write the stored samples, the events and the summary into a folder."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    trace = outcome.trace
    columns = {"time_s": trace.time}
    for name, row in zip(trace.names, trace.outputs, strict=True):
        columns[f"{name}_{'A' if name.startswith('i') else 'V'}"] = row
    pq.write_table(pa.table(columns), folder / "trace.parquet")
    words = [trace.configurations[k] for k in trace.event_configuration]
    pq.write_table(
        pa.table({"time_s": trace.event_time, "configuration": words}), folder / "events.parquet"
    )
    text = json.dumps(summary, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "summary.json").write_text(text + "\n", encoding="utf-8")


def _show(summary: dict[str, Any]) -> None:
    """Print the figures, one a line."""
    print(f"{summary['converter']} {summary['topology']}, {summary['loop']}")
    for name, value in summary["figures"].items():
        if name == "harmonics_A":
            continue
        if not isinstance(value, dict):
            print(f"  {name:24} {value:.5g}" if value is not None else f"  {name:24} -")
            continue
        for key, part in value.items():
            print(f"  {name + ' ' + key:34} {_line(part)}")


def _line(part: Any) -> str:
    if isinstance(part, dict):
        return "  ".join(f"{k} {_line(v)}" for k, v in part.items())
    return f"{part:.5g}"
