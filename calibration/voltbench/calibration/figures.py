"""Colours and axes of every plot: one place, used by analysis pages and reports."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

BLUE = "#1c5fb0"
ORANGE = "#d8700f"
GREEN = "#2a8a55"
RED = "#bf2f2a"
PURPLE = "#7a4aa3"
TEAL = "#148490"
GREY = "#6c7480"
BROWN = "#8a5a32"
INK = "#1d242c"
GRID = "#e6e9ed"
FONT = "system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"

CONFIG = {"displaylogo": False, "responsive": True}
"""How plotly shows a figure."""


def axis(title: str = "", **about: Any) -> dict[str, Any]:
    """Return an axis in the project's style."""
    return {
        "title": {"text": title, "standoff": 6, "font": {"size": 12.5}},
        "gridcolor": GRID,
        "zerolinecolor": "#c3c9d0",
        "linecolor": "#aab2bb",
        "showline": True,
        "ticks": "outside",
        "tickcolor": "#aab2bb",
        "ticklen": 4,
        **about,
    }


def paper(height_px: int, title: str = "", **about: Any) -> dict[str, Any]:
    """Return the layout of a figure that stands alone."""
    head = {"text": title, "x": 0.0, "xref": "paper", "yref": "container", "y": 1.0,
            "yanchor": "top", "pad": {"t": 12}, "font": {"size": 15}}  # fmt: skip
    above = {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 1.0, "xanchor": "right"}
    return {
        "height": height_px,
        "margin": {"l": 66, "r": 24, "t": 70, "b": 46},
        "paper_bgcolor": "#ffffff",
        "plot_bgcolor": "#ffffff",
        "font": {"family": FONT, "size": 12.5, "color": INK},
        "colorway": [BLUE, ORANGE, GREEN, PURPLE, TEAL, BROWN],
        "title": head,
        "hovermode": "x unified",
        "legend": above,
        **about,
    }


def save(name: str, *figures: "Figure") -> Path:
    """Write figures one below the other into a page that needs no network; return its path.

    The page is ``runs/examples/<name>.html``, or the script's first argument.
    """
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("runs/examples") / f"{name}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = [
        figure.to_html(full_html=False, include_plotlyjs=k == 0, config=CONFIG)
        for k, figure in enumerate(figures)
    ]
    text = f"<!doctype html><meta charset=utf-8><title>{name}</title>\n" + "\n".join(parts)
    path.write_text(text, encoding="utf-8")
    print(path)
    return path
