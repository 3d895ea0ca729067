"""Waveforms of a run as a picture: a line cycle with a zoom, or some switching periods.

matplotlib is imported only here, with its file backend: no display is needed.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from voltbench.hil.switched.run import Outcome
from voltbench.plant_models.switched.figures.pieces import Pieces
from voltbench.plant_models.switched.figures.turn_on import turn_ons
from voltbench.plant_models.switched.trace import Trace

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#0b6e99", "#c2410c", "#3f7d20", "#6b4fa0")
SOFT, HARD = "#15803d", "#b91c1c"
ZOOM_PERIODS = 3
DPI = 90


def draw(outcome: Outcome, path: Path) -> None:
    """Write the picture of a run."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    plt.rcParams.update({"font.size": 8, "axes.grid": True, "grid.alpha": 0.3})
    ready, trace = outcome.ready, outcome.trace
    columns = 1 if ready.line_Hz is None else 2
    size = (4.2 + 4.2 * (columns - 1), 5.2)
    figure, axes = plt.subplots(3, columns, figsize=size, layout="constrained", squeeze=False,
                                sharex="col")  # fmt: skip
    figure.suptitle(f"{outcome.case.title}\n{ready.loop.partition(':')[0]}", fontsize=9)
    span = ZOOM_PERIODS / ready.switching_Hz
    if columns == 2:
        whole = Pieces(trace, float(trace.time[0]), trace.end)
        _column(outcome, whole, axes[:, 0], 1e3, "ms", marks=False)
        # around the crest of phase a: a quarter of the cycle after its start
        middle = trace.end - 0.75 * ready.cycle_s
        start = round((middle - trace.time[0]) * ready.switching_Hz) / ready.switching_Hz
        start += float(trace.time[0])
        zoom = Pieces(trace, start, start + span)
    else:
        zoom = Pieces(trace, trace.end - span, trace.end)
    _column(outcome, zoom, axes[:, columns - 1], 1e6, "µs", marks=True)
    figure.savefig(path, dpi=DPI, metadata={"Software": None})
    plt.close(figure)


def _column(
    outcome: Outcome, window: Pieces, axes: "np.ndarray", scale: float, unit: str, marks: bool
) -> None:
    """Draw currents, a device's voltage and the DC side of one window."""
    ready, trace = outcome.ready, outcome.trace
    top, middle, low = axes
    for name, colour in zip(ready.currents, COLOURS, strict=False):
        _line(top, trace, window, name, scale, colour)
    gates = [group.gates[0] for group in ready.blocking][:2]
    if marks:
        for group, colour in zip(ready.blocking, COLOURS, strict=False):
            gate = group.gates[0]
            _line(middle, trace, window, f"v_{gate}", scale, colour)
            edges = turn_ons(window, gate, f"v_{gate}", _rail(outcome, group.rail), group.both_ways)
            at = (edges.time - window.start) * scale
            for chosen, paint, word in ((edges.soft, SOFT, "soft"), (~edges.soft, HARD, "hard")):
                if chosen.any():
                    middle.plot(at[chosen], edges.voltage[chosen], "v", color=paint, ms=6,
                                zorder=5, label=f"{gate} on, {word}")  # fmt: skip
    else:
        for name, colour in zip((u for u, _ in ready.inputs), COLOURS, strict=False):
            _line(middle, trace, window, name, scale, colour)
    for name, colour in zip(ready.dc[:2], COLOURS, strict=False):
        _line(low, trace, window, name, scale, colour)
    for ax, label in ((top, "current, A"), (middle, "voltage, V"), (low, "DC voltage, V")):
        ax.set_ylabel(label)
        ax.margins(y=0.08)
        ax.legend(fontsize=7, loc="lower right", bbox_to_anchor=(1.0, 0.97), frameon=False, ncols=4)
    low.set_xlabel(f"time, {unit}")
    low.ticklabel_format(axis="y", useOffset=False)
    top.set_title("devices " + ", ".join(gates) if marks else "line cycle", fontsize=8, loc="left")


def _rail(outcome: Outcome, rail: str) -> float:
    return float(outcome.trace[rail].mean())


def _line(ax: "Axes", trace: Trace, window: Pieces, name: str, scale: float, colour: str) -> None:
    """Draw a probe, thinned to what a picture can show of a long window, extremes kept."""
    low, high = np.searchsorted(trace.time, [window.start, window.end])
    time, values = (trace.time[low:high] - window.start) * scale, trace[name][low:high]
    group = max(len(time) // 1500, 1)
    if group > 1:
        used = len(time) // group * group
        blocks = values[:used].reshape(-1, group)
        time = np.repeat(time[:used:group], 2)
        values = np.column_stack([blocks.min(axis=1), blocks.max(axis=1)]).ravel()
    ax.plot(time, values, color=colour, lw=1.0, label=name)
