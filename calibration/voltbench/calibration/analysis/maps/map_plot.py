"""Four maps on shared axes: efficiency, junction temperature, zero-voltage switching, reach."""

from typing import TYPE_CHECKING, Any

import numpy as np

from voltbench.calibration.analysis.maps.operating_map import OperatingMap
from voltbench.calibration.figures import BLUE, BROWN, GREY, INK, ORANGE, PURPLE, RED, axis, paper
from voltbench.plant_models.switched.averaged.linear import Array

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_X = ((0.0, 0.41), (0.55, 0.96))
_Y = ((0.56, 1.0), (0.0, 0.44))
REASON_COLOURS = (BLUE, ORANGE, RED, PURPLE, BROWN)
REACHED = "#dcebe1"
_SEQUENCE = [
    [0.0, "#7b3294"], [0.25, "#4575b4"], [0.5, "#5aae9a"], [0.75, "#b8d96b"], [1.0, "#fdf3a6"],
]  # fmt: skip
_HEAT = [[0.0, "#fff7e6"], [0.35, "#fdc26d"], [0.7, "#e8632c"], [1.0, "#7f0f1d"]]
WORST_MARGIN, BEST_MARGIN = -1.0, 3.0
ZVS_SCALE: list[tuple[float, str]] = [
    (0.0, "#b2182b"), (0.2499, "#ef9a85"), (0.25, "#f7d9b0"), (0.4999, "#fdf0d8"),
    (0.5, "#cfe6d6"), (1.0, "#1b7837"),
]  # fmt: skip
"""Wrong-way current, incomplete, soft: the colour changes at 0 and at 1."""
LOWEST_SHOWN = 0.15
"""Share of points whose efficiency may lie below the scale: no-load columns would fill it."""


def map_figure(found: OperatingMap) -> "Figure":
    """Return the page's figure."""
    import plotly.graph_objects as go

    figure = go.Figure(layout=_layout(found))
    text = _hover(found)
    for panel, (name, about) in enumerate(_panels(found).items()):
        value = np.where(found.reached, found.values[name], np.nan)
        figure.add_heatmap(
            x=found.current_A, y=found.voltage_V, z=value, customdata=text,
            hovertemplate="%{customdata}<extra></extra>", xaxis=_axis("x", panel),
            yaxis=_axis("y", panel), colorbar=_bar(panel, about.pop("ticks", {})),
            hoverongaps=False, **about,
        )  # fmt: skip
        _outline(figure, found, panel)
    _reach(figure, found, text)
    return figure


def _axis(letter: str, panel: int) -> str:
    return letter if panel == 0 else f"{letter}{panel + 1}"


def _layout(found: OperatingMap) -> dict[str, Any]:
    axes: dict[str, Any] = {}
    titles = []
    heads = ("efficiency / %", "hottest junction / degC", "zero-voltage switching: margin of "
             "the worst leg", "reach")  # fmt: skip
    for panel, head in enumerate(heads):
        row, column = divmod(panel, 2)
        number = "" if panel == 0 else str(panel + 1)
        shared = {} if panel == 0 else {"matches": "x"}
        tall = {} if panel == 0 else {"matches": "y"}
        axes[f"xaxis{number}"] = axis(
            "output current / A" if row else "", domain=_X[column], showgrid=False,
            anchor=_axis("y", panel), zeroline=False, **shared,
        )  # fmt: skip
        axes[f"yaxis{number}"] = axis(
            "" if column else "output voltage / V", domain=_Y[row], showgrid=False,
            anchor=_axis("x", panel), zeroline=False, **tall,
        )  # fmt: skip
        titles.append(
            {"text": f"<b>{head}</b>", "x": _X[column][0], "xref": "paper", "xanchor": "left",
             "y": _Y[row][1], "yref": "paper", "yanchor": "bottom", "yshift": 4,
             "showarrow": False, "font": {"size": 13}}
        )  # fmt: skip
    best, at_V, at_A = found.best()
    share = 100.0 * found.reached.mean()
    about = f"best {best:.2f} % at {at_V:.4g} V, {at_A:.3g} A; {share:.0f} % of the points reached"
    return paper(
        860,
        f"{found.title}<br><sup>{about}</sup>",
        annotations=titles,
        hovermode="closest",
        margin={"l": 66, "r": 30, "t": 96, "b": 80, "autoexpand": False},
        legend={"orientation": "h", "y": -0.075, "x": 0.0, "xanchor": "left", "yanchor": "top",
                "font": {"size": 12}},
        **axes,
    )  # fmt: skip


def _bar(panel: int, ticks: dict[str, Any]) -> dict[str, Any]:
    row, column = divmod(panel, 2)
    low, high = _Y[row]
    return {"x": _X[column][1] + 0.006, "y": 0.5 * (low + high), "len": high - low + 0.02,
            "thickness": 12, "outlinewidth": 0, **ticks}  # fmt: skip


def _panels(found: OperatingMap) -> dict[str, dict[str, Any]]:
    """Return the three coloured panels: name of the value, colours and their range."""
    low, top = efficiency_range(found)
    return {
        "efficiency_percent": {
            "colorscale": _SEQUENCE, "zmin": low, "zmax": top,
            "ticks": {"ticklabeloverflow": "allow"},
        },
        "junction_C": {"colorscale": _HEAT},
        "zvs_margin": {
            "colorscale": [list(step) for step in ZVS_SCALE], "zmin": WORST_MARGIN,
            "zmax": BEST_MARGIN,
            "ticks": {
                "tickvals": [WORST_MARGIN, 0.0, 1.0, 2.0, BEST_MARGIN],
                "ticktext": ["wrong way", "0", "1 soft", "2", "3 or more"],
            },
        },
    }  # fmt: skip


def efficiency_range(found: OperatingMap) -> tuple[float, float]:
    """Return the ends of the efficiency's scale (%): light loads lie below it."""
    efficiency = found.values["efficiency_percent"][found.reached]
    low = float(np.quantile(efficiency, LOWEST_SHOWN)) // 0.5 * 0.5
    top = float(np.ceil(2.0 * efficiency.max()) / 2.0)
    return max(min(low, top - 1.0), 0.0), max(top, 1.0)


def _edges(axis_values: Array) -> Array:
    """Return the borders of the cells around the points of an axis."""
    if len(axis_values) == 1:
        alone: Array = axis_values[0] + np.array([-0.5, 0.5])
        return alone
    inner = 0.5 * (axis_values[1:] + axis_values[:-1])
    ends = 2.0 * axis_values[[0, -1]] - inner[[0, -1]]
    return np.concatenate([ends[:1], inner, ends[1:]])


def boundary(found: OperatingMap) -> tuple[list[float | None], list[float | None]]:
    """Return the outline of what is reached as lines (A, V), None between them."""
    x, y, inside = _edges(found.current_A), _edges(found.voltage_V), found.reached
    xs: list[float | None] = []
    ys: list[float | None] = []
    for k, j in np.argwhere(inside[:, 1:] != inside[:, :-1]):
        xs += [float(x[j + 1]), float(x[j + 1]), None]
        ys += [float(y[k]), float(y[k + 1]), None]
    for k, j in np.argwhere(inside[1:] != inside[:-1]):
        xs += [float(x[j]), float(x[j + 1]), None]
        ys += [float(y[k + 1]), float(y[k + 1]), None]
    return xs, ys


def _outline(figure: "Figure", found: OperatingMap, panel: int) -> None:
    x, y = boundary(found)
    figure.add_scatter(
        x=x, y=y, mode="lines", line={"color": INK, "width": 2}, xaxis=_axis("x", panel),
        yaxis=_axis("y", panel), hoverinfo="skip", showlegend=False,
    )  # fmt: skip


def _reach(figure: "Figure", found: OperatingMap, text: "np.ndarray[Any, Any]") -> None:
    """Draw which limit forbids each point, with lines of equal power where it is reached."""
    names = ["", *sorted(set(found.reason[~found.reached].tolist()))]
    number = np.vectorize(names.index)(found.reason).astype(float)
    colours = [REACHED, *REASON_COLOURS[: len(names) - 1]]
    scale: list[list[Any]] = []
    for k, colour in enumerate(colours):
        scale += [[k / len(colours), colour], [(k + 1) / len(colours), colour]]
    figure.add_heatmap(
        x=found.current_A, y=found.voltage_V, z=number, customdata=text, showscale=False,
        colorscale=scale, zmin=-0.5, zmax=len(colours) - 0.5, xaxis="x4", yaxis="y4",
        hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip
    for name, colour in zip(names, colours, strict=True):
        said = found.limits.get(name, name) if name else "reached"
        figure.add_scatter(
            x=[None], y=[None], mode="markers", name=said, xaxis="x4", yaxis="y4",
            marker={"symbol": "square", "size": 11, "color": colour,
                    "line": {"width": 1, "color": GREY}},
        )  # fmt: skip
    if found.current_A.size > 1 and found.voltage_V.size > 1:
        figure.add_contour(
            x=found.current_A, y=found.voltage_V,
            z=1e-3 * found.voltage_V[:, None] * found.current_A,
            contours={"coloring": "none", "showlabels": True,
                      "labelfont": {"size": 10, "color": INK}, "labelformat": ".0f"},
            line={"width": 1, "dash": "dot", "color": INK}, ncontours=8, hoverinfo="skip",
            showlegend=True, name="output power / kW", showscale=False, xaxis="x4", yaxis="y4",
        )  # fmt: skip
    _outline(figure, found, 3)


def _hover(found: OperatingMap) -> "np.ndarray[Any, Any]":
    """Return all values of each point as text."""
    text = np.empty(found.reason.shape, dtype=object)
    for k, j in np.ndindex(*text.shape):
        lines = [f"<b>{found.voltage_V[k]:.4g} V, {found.current_A[j]:.4g} A</b>"]
        if reason := str(found.reason[k, j]):
            lines.append(f"<b>not reached</b>: {found.limits.get(reason, reason)}")
        for name, value in found.values.items():
            if np.isfinite(value[k, j]):
                words, unit = said(name)
                lines.append(f"{words} {value[k, j]:.5g} {unit}")
        text[k, j] = "<br>".join(lines)
    return text


UNITS = {"percent": "%", "W": "W", "C": "degC", "A": "A", "rad": "rad", "Hz": "Hz", "V": "V"}


def said(name: str) -> tuple[str, str]:
    """Return a value's name in words, and its unit."""
    head, _, tail = name.rpartition("_")
    words, unit = (head, UNITS[tail]) if tail in UNITS else (name, "")
    return words.replace("_", " ").replace("zvs", "ZVS"), unit
