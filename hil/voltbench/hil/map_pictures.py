"""A map as a small picture: efficiency, hottest junction, ZVS margin, reach.

matplotlib is imported only here, with its file backend: no display is needed.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from voltbench.calibration.analysis.maps.map_plot import (
    BEST_MARGIN,
    REACHED,
    REASON_COLOURS,
    WORST_MARGIN,
    ZVS_SCALE,
    boundary,
    efficiency_range,
)

if TYPE_CHECKING:
    from voltbench.calibration.analysis.maps.operating_map import OperatingMap

DPI = 80
SIZE = (10.4, 6.2)


def draw_map(found: "OperatingMap", path: Path) -> None:
    """Write the picture of a map."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.colors import LinearSegmentedColormap

    plt.rcParams.update({"font.size": 8})
    figure, axes = plt.subplots(2, 2, figsize=SIZE, sharex=True, sharey=True, layout="constrained")
    figure.suptitle(found.title, fontsize=10)
    low, top = efficiency_range(found)
    zvs = LinearSegmentedColormap.from_list("zvs", [(p, c) for p, c in ZVS_SCALE])
    panels = (
        ("efficiency_percent", "efficiency / %", "viridis", low, top),
        ("junction_C", "hottest junction / degC", "YlOrRd", None, None),
        ("zvs_margin", "ZVS margin of the worst leg (1: soft)", zvs, WORST_MARGIN, BEST_MARGIN),
    )
    for place, (name, title, colours, least, most) in zip(axes.flat, panels, strict=False):
        value = np.ma.masked_invalid(np.where(found.reached, found.values[name], np.nan))
        drawn = place.pcolormesh(
            found.current_A, found.voltage_V, value, cmap=colours, vmin=least, vmax=most,
            shading="nearest", rasterized=True,
        )  # fmt: skip
        extend = "min" if name == "efficiency_percent" else "neither"
        figure.colorbar(drawn, ax=place, extend="both" if name == "zvs_margin" else extend)
        place.set_title(title, loc="left", fontsize=9)
    _reach(found, axes[1, 1])
    for place in axes.flat:
        x, y = boundary(found)
        ends = [[np.nan if v is None else v for v in line] for line in (x, y)]
        place.plot(*ends, color="#1d242c", linewidth=1.4)
    for place in axes[1]:
        place.set_xlabel("output current / A")
    for place in axes[:, 0]:
        place.set_ylabel("output voltage / V")
    figure.savefig(path, dpi=DPI, metadata={"Software": None})
    plt.close(figure)


def _reach(found: "OperatingMap", place: Any) -> None:
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    names = ["", *sorted(set(found.reason[~found.reached].tolist()))]
    colours = [REACHED, *REASON_COLOURS[: len(names) - 1]]
    number = np.vectorize(names.index)(found.reason)
    place.pcolormesh(
        found.current_A, found.voltage_V, number, cmap=ListedColormap(colours),
        vmin=-0.5, vmax=len(names) - 0.5, shading="nearest", rasterized=True,
    )  # fmt: skip
    power = 1e-3 * found.voltage_V[:, None] * found.current_A
    lines = place.contour(
        found.current_A, found.voltage_V, power, levels=[2, 5, 10, 15, 20], colors="#555555",
        linewidths=0.7, linestyles="dotted",
    )  # fmt: skip
    place.clabel(lines, fmt="%g kW", fontsize=7)
    said = ["reached", *(found.limits.get(n, n) for n in names[1:])]
    handles = [Patch(facecolor=c, edgecolor="#888888") for c in colours]
    place.figure.legend(handles, said, loc="outside lower right", fontsize=8, ncols=len(said))
    place.set_title("reach", loc="left", fontsize=9)
