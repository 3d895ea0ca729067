"""The page of a sweep: how a figure is distributed, what drives it, the worst run's waveform."""

from typing import TYPE_CHECKING, Any

import numpy as np

from voltbench.calibration.analysis.corner_run import SAMPLES, CornerRun
from voltbench.calibration.analysis.sensitivity import Effect, Sensitivity
from voltbench.calibration.figures import BLUE, GREEN, GREY, ORANGE, RED, axis, paper
from voltbench.calibration.loops import Array

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from voltbench.calibration.analysis.sweep import SweepResult

BINS_MAX = 60
SHOWN = 8
"""Parameters in the tornado, the largest effects."""


def sweep_figure(result: "SweepResult", name: str, corner: CornerRun | None = None) -> "Figure":
    """Return distribution, tornado and waveform; by default of the worst run."""
    import plotly.graph_objects as go

    worst = result.worst(name)
    title = f"run {worst.run}, the worst" if corner is None else "the run replayed"
    shown = result.replay(worst.run) if corner is None else corner
    figure = go.Figure(layout=_layout(result, name, shown))
    _distribution(figure, result, name, shown)
    _tornado(figure, result.sensitivity(name))
    for run, colour, label in ((result.nominal, BLUE, "nominal"), (shown, RED, title)):
        _waveform(figure, run, colour, label)
    _step(figure, result)
    return figure


def _layout(result: "SweepResult", name: str, shown: CornerRun) -> dict[str, Any]:
    job = result.job
    failed = f", {len(result.failed)} failed" if result.failed else ""
    told = f"{len(result.rows)} runs{failed}, {job.design}, seed {job.seed}"
    return paper(
        800,
        f"{job.plant.name}<br><span style='font-size:12px'>{told}; "
        f"k_p {job.gains.k_p:.4g}, k_i {job.gains.k_i:.4g}</span>",
        hovermode="closest",
        margin={"l": 66, "r": 24, "t": 96, "b": 46},
        bargap=0.02,
        legend={"orientation": "h", "y": 0.475, "yanchor": "bottom", "x": 1.0, "xanchor": "right"},
        xaxis=axis(quantity(name), domain=[0.0, 0.44], anchor="y"),
        yaxis=axis("runs", domain=[0.6, 0.97], anchor="x"),
        xaxis2=axis(f"change of {quantity(name)}", domain=[0.68, 1.0], anchor="y2"),
        yaxis2=axis("", domain=[0.6, 0.97], anchor="x2", showline=False, ticks="",
                    tickfont={"size": 11.5}),
        xaxis3=axis("time / ms", domain=[0.0, 1.0], anchor="y3"),
        yaxis3=axis(shown.label, domain=[0.0, 0.46], anchor="x3"),
    )  # fmt: skip


def quantity(figure: str) -> str:
    """Return a figure's name and unit in words."""
    name, _, unit = figure.rpartition("_")
    if unit not in ("V", "A"):
        return figure.replace("_", " ")
    first, _, rest = name.partition("_")
    return f"{first}{' of ' + rest if rest else ''} / {unit}"


def _distribution(figure: "Figure", result: "SweepResult", name: str, shown: CornerRun) -> None:
    column = result.column(name)
    column = column[np.isfinite(column)]
    bins = min(max(int(np.sqrt(len(column))), 8), BINS_MAX)
    counts, edges = np.histogram(column, bins)
    figure.add_bar(
        x=0.5 * (edges[1:] + edges[:-1]), y=counts, width=np.diff(edges), showlegend=False,
        marker={"color": "#b9cbe3"}, hovertemplate="%{x:.5g}: %{y} runs<extra></extra>",
    )  # fmt: skip
    p = result.percentiles(name)
    lines = ((p[1.0], GREY, "1 %"), (p[50.0], GREY, "50 %"), (p[99.0], GREY, "99 %"))
    drawn = (result.nominal.figures[name], BLUE, "nominal"), (shown.figures[name], RED, "")
    for level, rows in enumerate((lines, drawn)):
        for at, colour, text in rows:
            dash = "dot" if colour == GREY else "solid"
            figure.add_shape(type="line", x0=at, x1=at, y0=0, y1=1, yref="y domain",
                             line={"color": colour, "width": 1.6, "dash": dash})  # fmt: skip
            figure.add_annotation(
                x=at, y=1.0, yref="y domain", yanchor="bottom", yshift=15 * level, text=text,
                showarrow=False, font={"size": 11, "color": colour},
            )  # fmt: skip


def _tornado(figure: "Figure", found: Sensitivity) -> None:
    effects = found.effects[:SHOWN][::-1]
    names = [_label(e) for e in effects]
    for colour, label, ends in (
        (ORANGE, "at its 5 %", [e.at_low for e in effects]),
        (GREEN, "at its 95 %", [e.at_high for e in effects]),
    ):
        figure.add_bar(
            x=ends, y=names, orientation="h", xaxis="x2", yaxis="y2", width=0.6,
            marker={"color": colour}, showlegend=False, name=label,
            hovertemplate="%{y} " + label + ": %{x:+.4g}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(barmode="overlay")
    figure.add_annotation(
        x=0.0, xref="x2 domain", y=1.0, yref="y2 domain", xanchor="left", yanchor="bottom",
        showarrow=False, font={"size": 11, "color": GREY},
        text=f"each parameter at its <span style='color:{ORANGE}'>5 %</span> and "
        f"<span style='color:{GREEN}'>95 %</span>; lines explain {100.0 * found.explained:.0f} %",
    )  # fmt: skip


def _label(effect: Effect) -> str:
    name = effect.name.rpartition(".")[2]
    if effect.first is None or effect.total is None:
        return name
    told = f"Sobol {effect.first:.2f}, total {effect.total:.2f}"
    return f"{name}<br><span style='font-size:10px;color:{GREY}'>{told}</span>"


def _waveform(figure: "Figure", run: CornerRun, colour: str, label: str) -> None:
    """Draw the mean of each control period in the band of its least and largest value."""
    rows = run.signal[: len(run.signal) // SAMPLES * SAMPLES].reshape(-1, SAMPLES)
    time = 1e3 * run.trace.time[: rows.size].reshape(-1, SAMPLES).mean(axis=1)
    band: Array = np.concatenate([rows.max(axis=1), rows.min(axis=1)[::-1]])
    common = {"xaxis": "x3", "yaxis": "y3", "legendgroup": label}
    figure.add_scatter(
        x=np.concatenate([time, time[::-1]]), y=band, fill="toself", mode="lines",
        line={"width": 0, "color": colour}, opacity=0.25, showlegend=False, hoverinfo="skip",
        **common,
    )  # fmt: skip
    figure.add_scatter(
        x=time, y=rows.mean(axis=1), mode="lines", name=label, line={"color": colour, "width": 1.6},
        hovertemplate="%{x:.3f} ms: %{y:.5g}", **common,
    )  # fmt: skip


def _step(figure: "Figure", result: "SweepResult") -> None:
    at = 1e3 * result.job.scenario.step_s
    if result.figures[0] != "undershoot_V":
        return
    figure.add_shape(type="line", x0=at, x1=at, y0=0, y1=1, xref="x3", yref="y3 domain",
                     line={"color": GREY, "width": 1, "dash": "dot"})  # fmt: skip
    figure.add_annotation(x=at, xref="x3", y=0.0, yref="y3 domain", text="load step ", yshift=8,
                          xanchor="right", showarrow=False, font={"color": GREY})  # fmt: skip
