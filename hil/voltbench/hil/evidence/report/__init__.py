"""The report of a run: one self-contained page, drawn from the folder's own files."""

from pathlib import Path

REPORT = "report.html"


def write_report(folder: Path) -> Path:
    """Draw ``report.html`` of a run folder and return its path.

    Needs ``trace.parquet``, ``verdicts.json``, ``summary.json`` and ``manifest.json``; reads from
    them only what the simulation decided, so the same run gives the same page.
    """
    from voltbench.hil.evidence.jsontext import write
    from voltbench.hil.evidence.report.page import render
    from voltbench.hil.evidence.report.run import load

    path = Path(folder) / REPORT
    write(path, render(load(Path(folder))))
    return path
