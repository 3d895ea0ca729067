"""The plot of a step: samples of the law over the averaged model, figures in its head."""

from typing import TYPE_CHECKING

from voltbench.calibration.figures import BLUE, GREY, axis, paper

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from voltbench.calibration.analysis.step import Step


def step_figure(found: "Step") -> "Figure":
    """Return the answer over time, in the signal's unit from where it stood."""
    import plotly.graph_objects as go

    layout = paper(
        420, found.name, margin={"l": 66, "r": 24, "t": 92, "b": 46},
        xaxis=axis("time / ms", zeroline=True), yaxis=axis(f"change / {found.unit}"),
    )  # fmt: skip
    figure = go.Figure(layout=layout)
    x = 1e3 * found.time
    figure.add_scatter(x=x, y=found.model, name="averaged model", mode="lines",
                       line={"color": GREY, "width": 1.6, "shape": "hv"},
                       hovertemplate="%{y:.4g}")  # fmt: skip
    figure.add_scatter(x=x, y=found.value, name="switched, as the law samples it",
                       mode="lines+markers", line={"color": BLUE, "width": 1},
                       marker={"size": 4, "color": BLUE}, hovertemplate="%{y:.4g}")  # fmt: skip
    figure.add_annotation(
        text=f"<b>{_says(found)}</b>", xref="paper", x=0.0, xanchor="left", yref="paper", y=1.0,
        yanchor="bottom", yshift=28, showarrow=False, font={"size": 13},
    )  # fmt: skip
    return figure


def _says(found: "Step") -> str:
    settling = found.settling_time_s
    settled = "not settled" if settling is None else f"settled after {1e3 * settling:.3g} ms"
    if found.kind == "load":
        size = f"load step of {found.size:g} A"
        return f"{size}: {found.peak_deviation:.3g} {found.unit} at worst, {settled}"
    rise = found.rise_time_s
    risen = "" if rise is None else f"rise {1e3 * rise:.3g} ms, "
    size = f"reference step of {found.size:g} {found.unit}"
    return f"{size}: {risen}overshoot {found.overshoot_percent:.3g} %, {settled}"
