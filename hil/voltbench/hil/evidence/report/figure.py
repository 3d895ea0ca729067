"""Stacked panels over one time axis, described as data and turned into a plotly figure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from voltbench.calibration.figures import axis
from voltbench.hil.evidence.report import style
from voltbench.hil.evidence.report.sample import Thinned, along, encoded, thin

Figure = dict[str, Any]
_GAP_px = 30
_BOTTOM_px = 42
_TOP_px = 26


@dataclass(frozen=True)
class Line:
    """One curve of a panel."""

    label: str
    y: NDArray[Any]
    colour: str
    axis: Literal["left", "right"] = "left"
    dash: Literal["solid", "dot", "dash"] = "solid"
    width: float = 1.4
    held: bool = False
    """A value that holds until the next one (requests), drawn as steps."""
    x: NDArray[Any] | None = None
    """Own time axis; the figure's if not given."""


@dataclass(frozen=True)
class Panel:
    """One strip of a figure."""

    title: str
    unit: str
    lines: Sequence[Line]
    right_unit: str = ""
    height_px: int = 200
    levels: Sequence[tuple[float, str]] = ()
    """Horizontal limit lines with their words."""
    range: tuple[float, float] | None = None
    right_range: tuple[float, float] | None = None
    log: bool = False
    decimals: str = ".4~g"
    """Number format of the hover box."""


@dataclass
class Canvas:
    """A figure under construction."""

    data: list[dict[str, Any]] = field(default_factory=list)
    layout: dict[str, Any] = field(default_factory=dict)

    def text(self, **about: Any) -> None:
        """Add an annotation."""
        self.layout.setdefault("annotations", []).append({"showarrow": False, **about})

    def shape(self, **about: Any) -> None:
        """Add a line or a rectangle."""
        self.layout.setdefault("shapes", []).append(about)

    def figure(self) -> Figure:
        """Return what plotly draws."""
        return {"data": self.data, "layout": self.layout}


def base_layout(height_px: int) -> dict[str, Any]:
    """Return the layout all figures share."""
    return {
        "height": height_px,
        # fixed margins: the time axes of all figures stand exactly below one another
        "margin": {"l": 66, "r": 250, "t": _TOP_px, "b": _BOTTOM_px, "autoexpand": False},
        "paper_bgcolor": "#ffffff",
        "plot_bgcolor": "#ffffff",
        "font": {"family": style.FONT, "size": 12.5, "color": style.INK},
        "hovermode": "x unified",
        "hoverlabel": {"font": {"size": 12}},
        "showlegend": True,
    }


def _traces(
    line: Line, x: NDArray[Any], y_axis: str, legend: str, panel: Panel
) -> list[dict[str, Any]]:
    """Return one curve: the mean of each bin, and a shade between its extremes where it shows."""
    curve = thin(x if line.x is None else line.x, line.y)
    unit = panel.right_unit if line.axis == "right" else panel.unit
    shape = "hv" if line.held else "linear"
    common = {"type": "scatter", "mode": "lines", "yaxis": y_axis, "legendgroup": line.label}
    drawn = {
        **common,
        "name": line.label,
        **along(curve.x),
        "y": encoded(curve.mean),
        "legend": legend,
        "line": {"color": line.colour, "width": line.width, "dash": line.dash, "shape": shape},
        "hovertemplate": f"%{{y:{panel.decimals}}} {unit}",
    }
    return [*_shade(curve, line, common), drawn]


def _shade(curve: Thinned, line: Line, common: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the area between the extremes, nothing where it would be thinner than a pixel."""
    spread = curve.high - curve.low
    known = np.isfinite(spread)
    if not known.any() or spread[known].max() <= 0:
        return []
    reach = curve.high[known].max() - curve.low[known].min()
    visible = known & (spread > 0.003 * reach)
    if not visible.any():
        return []
    # where it would not show, the area has no width: two curves instead of many polygons
    low = np.where(known, np.where(visible, curve.low, curve.mean), np.nan)
    high = np.where(known, np.where(visible, curve.high, curve.mean), np.nan)
    edge = {
        **common,
        **along(curve.x),
        "line": {"width": 0},
        "showlegend": False,
        "hoverinfo": "skip",
    }
    fill = {"fill": "tonexty", "fillcolor": line.colour + "40"}
    return [{**edge, "y": encoded(low)}, {**edge, "y": encoded(high), **fill}]


def _suffix(number: int) -> str:
    """Return how plotly counts: nothing for the first."""
    return "" if number == 1 else str(number)


def _add_panel(canvas: Canvas, panel: Panel, number: int, x: NDArray[Any], span: Any) -> None:
    """Add one strip: axes, curves, title, legend, limit lines."""
    left, right = 2 * number - 1, 2 * number
    y_left, y_right = f"y{_suffix(left)}", f"y{right}"
    legend = f"legend{_suffix(number)}"
    kind = {"type": "log"} if panel.log else {}
    bounds = {"range": list(panel.range)} if panel.range else {"rangemode": "normal"}
    canvas.layout[f"yaxis{_suffix(left)}"] = axis(
        panel.unit, domain=span, nticks=7, **bounds, **kind
    )
    if panel.right_unit:
        canvas.layout[f"yaxis{right}"] = axis(
            panel.right_unit,
            overlaying=y_left,
            side="right",
            showgrid=False,
            zeroline=False,
            tickmode="auto",
            **({"range": list(panel.right_range)} if panel.right_range else {}),
        )
    for line in panel.lines:
        y_axis = y_right if line.axis == "right" else y_left
        canvas.data += _traces(line, x, y_axis, legend, panel)
    canvas.layout[legend] = {
        "x": 1.06,
        "y": span[1],
        "yanchor": "top",
        "font": {"size": 12},
        "tracegroupgap": 1,
    }
    canvas.text(
        text=f"<b>{panel.title}</b>", x=0, xref="paper", xanchor="left",
        y=span[1], yref="paper", yanchor="bottom", font={"size": 13},
    )  # fmt: skip
    for value, words in panel.levels:
        canvas.shape(
            type="line", xref="paper", x0=0, x1=1, yref=y_left, y0=value, y1=value,
            line={"color": style.RED, "width": 1, "dash": "dot"},
        )  # fmt: skip
        canvas.text(
            text=words, x=1, xref="paper", xanchor="right", y=value, yref=y_left,
            yanchor="bottom", font={"size": 11, "color": style.RED},
        )  # fmt: skip


def stack(x: NDArray[Any], panels: Sequence[Panel], x_title: str = "simulated time / s") -> Figure:
    """Return a figure of panels one above the other; panels without curves are left out."""
    shown = [panel for panel in panels if panel.lines]
    inner = sum(panel.height_px for panel in shown) + _GAP_px * max(len(shown) - 1, 0)
    canvas = Canvas(layout=base_layout(inner + _TOP_px + _BOTTOM_px))
    top = float(inner)
    for number, panel in enumerate(shown, start=1):
        span = [max(0.0, (top - panel.height_px) / inner), top / inner]
        _add_panel(canvas, panel, number, x, span)
        top -= panel.height_px + _GAP_px
    last = f"y{_suffix(2 * len(shown) - 1)}"
    span_x = {"range": [float(x[0]), float(x[-1])]} if len(x) > 1 else {}
    canvas.layout["xaxis"] = axis(x_title, anchor=last, **span_x)
    return canvas.figure()
