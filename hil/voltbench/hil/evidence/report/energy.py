"""The energy ledger: where the watt-hours went, and whether they add up."""

from typing import Any

from voltbench.calibration.figures import axis
from voltbench.hil.evidence.report import style
from voltbench.hil.evidence.report.figure import Canvas, Figure, base_layout
from voltbench.hil.evidence.report.run import Run
from voltbench.hil.evidence.report.words import cells, table, words_of

_ROW_px = 24


def ledger_of(run: Run) -> dict[str, Any] | None:
    """Return the ledger of the summary, None if the run gave none."""
    ledger = run.summary.get("energy_ledger")
    return ledger if isinstance(ledger, dict) and ledger.get("lost_Wh") else None


def losses_figure(run: Run) -> Figure | None:
    """Return the losses as bars, largest on top, in Wh and in percent of the supplied energy."""
    ledger = ledger_of(run)
    if ledger is None:
        return None
    lost = sorted(ledger["lost_Wh"].items(), key=lambda item: item[1])
    supplied = ledger["sums_Wh"]["supplied"] or float("nan")
    canvas = Canvas(layout=base_layout(_ROW_px * len(lost) + 88))
    canvas.layout["margin"] = {"l": 320, "r": 24, "t": 30, "b": 46}
    canvas.layout["showlegend"] = False
    canvas.layout["hovermode"] = "closest"
    largest = max(abs(value) for _, value in lost)
    canvas.layout["xaxis"] = axis("energy lost / Wh", range=[0, 1.28 * largest])
    canvas.layout["yaxis"] = axis()
    canvas.data.append(
        {
            "type": "bar",
            "orientation": "h",
            "x": [value for _, value in lost],
            "y": [words_of(name) for name, _ in lost],
            "text": [f"{value:.1f} Wh   {100 * value / supplied:.2f} %" for _, value in lost],
            "textposition": "outside",
            "cliponaxis": False,
            "marker": {"color": style.ORANGE, "opacity": 0.85},
            "width": 0.66,
            "hovertemplate": "%{y}: %{x:.3f} Wh<extra></extra>",
        }
    )
    return canvas.figure()


def ledger_table(run: Run) -> str:
    """Return the sums of the ledger and its check as a table."""
    ledger = ledger_of(run)
    if ledger is None:
        return ""
    supplied = ledger["sums_Wh"]["supplied"] or float("nan")
    rows = []
    for group, sign in (("supplied", ""), ("delivered", "− "), ("lost", "− "), ("stored", "− ")):
        entries = ledger[f"{group}_Wh"]
        if group != "lost":
            rows += [
                cells(words_of(name), group, f"{value:,.2f}", f"{100 * value / supplied:.3f} %")
                for name, value in entries.items()
            ]
        total = ledger["sums_Wh"][group]
        rows.append(
            cells(
                f"<b>{sign}{group}, sum</b>",
                f"{len(entries)} {'entry' if len(entries) == 1 else 'entries'}",
                f"<b>{total:,.2f}</b>",
                f"{100 * total / supplied:.3f} %",
            )
        )
    residual, share = ledger["residual_Wh"], ledger["residual_percent"]
    rows.append(
        cells("<b>= unaccounted for</b>", "sum check", f"{residual:,.2f}", f"{share:.4f} %")
    )
    return table(("energy", "", "Wh", "of supplied"), rows, numbers=(2, 3))
