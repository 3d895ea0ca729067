"""The Bode plot: measured points over the averaged model, margins drawn where they are read."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from voltbench.calibration.figures import BLUE, GREEN, GREY, INK, ORANGE, axis, paper
from voltbench.calibration.loops import Array, Complex, Margins, frequencies

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from voltbench.calibration.analysis.bode import Bode

_GAP = 0.05
_TOPS = (1.0, 0.56, 0.14)
"""Upper ends of the three panels: magnitude, phase, quality of each point."""


def bode_figure(found: "Bode") -> "Figure":
    """Return magnitude, phase and, below, how far each point can be believed."""
    import plotly.graph_objects as go

    figure = go.Figure(layout=_layout(found))
    _model(figure, found)
    _measured(figure, found)
    _quality(figure, found)
    _margins(figure, found.margins, found)
    return figure


def _layout(found: "Bode") -> dict[str, Any]:
    shown = found.measured.frequency_Hz
    span = [math.log10(0.8 * np.abs(shown).min()), math.log10(1.25 * np.abs(shown).max())]
    frequency = axis("frequency / Hz", type="log", range=span, anchor="y3", dtick=1,
                     minor={"showgrid": True, "gridcolor": "#f2f4f6"})  # fmt: skip
    # the last panel needs room for its axis alone
    bounds = [(_TOPS[1] + _GAP, _TOPS[0]), (_TOPS[2] + _GAP, _TOPS[1]), (0.0, _TOPS[2])]
    return paper(
        640,
        found.name,
        margin={"l": 66, "r": 24, "t": 92, "b": 46},
        xaxis=frequency,
        yaxis=axis("|L| / dB", domain=bounds[0], zeroline=True, zerolinecolor="#7d8791"),
        yaxis2=axis("phase / deg", domain=bounds[1], dtick=45),
        yaxis3=axis("dB", domain=bounds[2], rangemode="tozero", nticks=4),
    )


def _model(figure: "Figure", found: "Bode") -> None:
    omega = frequencies(found.model)
    top = 1.3 * np.abs(found.measured.omega).max()
    omega = omega[(omega < top) & (omega > 0.5 * np.abs(found.measured.omega).min())]
    x = omega / (2.0 * math.pi)
    curves = [(found.model.response(omega), "averaged model", GREY, "solid")]
    if (found.measured.omega < 0.0).any():
        other = found.model.response(-omega).conj()
        curves.append((other, "model, negative sequence", ORANGE, "dot"))
    for value, name, colour, dash in curves:
        line = {"color": colour, "width": 1.6 if dash == "solid" else 1.0, "dash": dash}
        common = {"mode": "lines", "line": line, "legendgroup": name, "name": name}
        figure.add_scatter(x=x, y=20.0 * np.log10(np.abs(value)), showlegend=dash == "solid",
                           hovertemplate="%{y:.2f} dB", **common)  # fmt: skip
        figure.add_scatter(x=x, y=_degrees(value), yaxis="y2", showlegend=False, **common,
                           hovertemplate="%{y:.1f} deg")  # fmt: skip


def _measured(figure: "Figure", found: "Bode") -> None:
    m = found.measured
    sides = [(m.omega > 0.0, BLUE, "measured, switched")]
    if (m.omega < 0.0).any():
        sides.append((m.omega < 0.0, ORANGE, "measured, negative sequence"))
    for here, colour, name in sides:
        x = np.abs(m.frequency_Hz[here])
        value = m.value[here]
        if (m.omega[here] < 0.0).all():
            value = value.conj()
        marker = {"color": colour, "size": 7, "line": {"color": "white", "width": 1}}
        common = {"mode": "markers", "marker": marker, "name": name, "legendgroup": name}
        figure.add_scatter(x=x, y=20.0 * np.log10(np.abs(value)), **common,
                           hovertemplate="%{y:.2f} dB")  # fmt: skip
        figure.add_scatter(x=x, y=_degrees(value), yaxis="y2", showlegend=False, **common,
                           hovertemplate="%{y:.1f} deg")  # fmt: skip


def _quality(figure: "Figure", found: "Bode") -> None:
    m = found.measured
    here = m.omega > 0.0
    x = m.frequency_Hz[here]
    rows = [("certainty of L", -20.0 * np.log10(m.uncertainty[here]), GREEN)]
    if np.isfinite(m.quantisation_dB).all():
        rows.append(("signal to quantisation", m.quantisation_dB[here], ORANGE))
    for name, y, colour in rows:
        figure.add_scatter(
            x=x, y=y, yaxis="y3", mode="lines+markers", name=name,
            line={"color": colour, "width": 1}, marker={"size": 4, "color": colour},
            hovertemplate="%{y:.0f} dB",
        )  # fmt: skip


def _margins(figure: "Figure", m: Margins, found: "Bode") -> None:
    if m.phase_margin_Hz is None or m.phase_margin_deg is None:
        return
    at = m.phase_margin_Hz
    line = {"color": INK, "width": 1, "dash": "dot"}
    for y_axis in ("y", "y2"):
        figure.add_shape(type="line", x0=at, x1=at, y0=0, y1=1, yref=f"{y_axis} domain", line=line)
    figure.add_shape(type="line", x0=at, x1=at, y0=-180.0, y1=-180.0 + m.phase_margin_deg,
                     yref="y2", line={"color": BLUE, "width": 3})  # fmt: skip
    figure.add_hline(y=-180.0, yref="y2", line={"color": "#7d8791", "width": 1})
    gain = "" if m.gain_margin_dB is None else f", gain margin {m.gain_margin_dB:.1f} dB"
    model = found.model_margins
    beside = ""
    if model.crossover_Hz and model.phase_margin_deg:
        beside = f" (model: {model.crossover_Hz:.4g} Hz, {model.phase_margin_deg:.1f} deg)"
    figure.add_annotation(
        text=f"<b>measured: crossover {m.crossover_Hz:.4g} Hz, phase margin "
        f"{m.phase_margin_deg:.1f} deg{gain}</b>{beside}",
        xref="paper", x=0.0, xanchor="left", yref="paper", y=1.0, yanchor="bottom", yshift=28,
        showarrow=False, font={"size": 13},
    )  # fmt: skip


def _degrees(value: Complex) -> Array:
    """Return the phase unwrapped, in the turn that holds -180 ... 180 degrees first."""
    phase = np.degrees(np.unwrap(np.angle(value)))
    found: Array = phase - 360.0 * round((phase[0] + 90.0) / 360.0)
    return found
