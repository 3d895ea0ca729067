"""What ``voltbench sweep`` says: one record for JSON, tables for people, a page."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from voltbench.calibration.analysis.corner_run import CornerRun
    from voltbench.calibration.analysis.sweep import SweepResult

FAILED_SHOWN = 3


def sweep_summary(found: "SweepResult", figure: str) -> dict[str, Any]:
    """Return percentiles, the worst run, failures and sensitivities; units in the names."""
    job, worst = found.job, found.worst(figure)
    drives = found.sensitivity(figure)
    return {
        "loop": job.plant.name,
        "gains": {"k_p": job.gains.k_p, "k_i": job.gains.k_i},
        "design": job.design,
        "seed": job.seed,
        "runs": len(found.rows),
        "failed": [{"run": r.run, "values": r.values, "error": r.error} for r in found.failed],
        "nominal": found.nominal.figures,
        "percentiles": {
            name: {f"{p:g}": value for p, value in found.percentiles(name).items()}
            for name in found.figures
        },
        "worst": {"figure": figure, "run": worst.run, "values": worst.values,
                  "figures": worst.figures},
        "sensitivity": {
            "figure": figure,
            "explained_by_lines": drives.explained,
            "effects": [
                {"name": e.name, "at_5_percent": e.at_low, "at_95_percent": e.at_high,
                 "sobol_first": e.first, "sobol_total": e.total}
                for e in drives.effects
            ],
        },
    }  # fmt: skip


def show_sweep(found: "SweepResult", figure: str, loop: str, folder: Path) -> None:
    """Print the tables, the worst run and how to have it again."""
    from rich.console import Console

    console = Console(highlight=False)
    console.print(found.job.plant.name)
    many = f"{len(found.rows)} runs" + (f", {len(found.failed)} FAILED" if found.failed else "")
    console.print(f"  {many}   {found.job.design}   seed {found.job.seed}")
    _percentiles(console, found)
    _drives(console, found, figure)
    worst = found.worst(figure)
    console.print(f"\nworst {figure}: run {worst.run}, {worst.figures[figure]:.5g}")
    for name, value in worst.values.items():
        console.print(f"  {name} {value:.6g}")
    again = f"voltbench sweep {loop} --out {shlex.quote(str(folder))} --replay {worst.run}"
    console.print(f"  again: {again}", soft_wrap=True)
    for row in found.failed[:FAILED_SHOWN]:
        console.print(f"failed: run {row.run}: {row.error}", soft_wrap=True, markup=False)
    if len(found.failed) > FAILED_SHOWN:
        console.print(f"failed: {len(found.failed) - FAILED_SHOWN} more, see the rows")


def _percentiles(console: "Console", found: "SweepResult") -> None:
    from voltbench.hil.cli.tables import plain_table

    rows = []
    for name in found.figures:
        p = found.percentiles(name)
        cells = {"nominal": found.nominal.figures[name], "least": p[0.0], "1 %": p[1.0],
                 "50 %": p[50.0], "99 %": p[99.0], "most": p[100.0]}  # fmt: skip
        rows.append({"figure": name, **{k: f"{v:.5g}" for k, v in cells.items()}})
    console.print(plain_table(rows, [k for k in rows[0] if k != "figure"]))


def _drives(console: "Console", found: "SweepResult", figure: str) -> None:
    from voltbench.hil.cli.tables import plain_table

    drives = found.sensitivity(figure)
    rows = []
    for e in drives.effects:
        row = {figure: e.name, "at 5 %": f"{e.at_low:+.4g}", "at 95 %": f"{e.at_high:+.4g}"}
        if e.first is not None and e.total is not None:
            row |= {"Sobol": f"{e.first:.3f}", "total": f"{e.total:.3f}"}
        rows.append(row)
    console.print(plain_table(rows, [k for k in rows[0] if k != figure]))
    console.print(f"straight lines explain {100.0 * drives.explained:.0f} % of the variance")


def show_replay(found: "CornerRun", run: int) -> None:
    """Print one run's values and figures."""
    print(f"run {run}, as stored")
    for name, value in (*found.values.items(), *found.figures.items()):
        print(f"  {name} {value:.6g}")


def write_sweep_page(
    found: "SweepResult", figure: str, page: Path, corner: "CornerRun | None" = None
) -> None:
    """Write the plots as a page that needs no network."""
    page.parent.mkdir(parents=True, exist_ok=True)
    found.figure(figure, corner).write_html(page, include_plotlyjs=True)
