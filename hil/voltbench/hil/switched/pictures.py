"""Waveforms of a run as a picture: the whole of it on the left, some switching periods beside it.

matplotlib is imported only here, with its file backend: no display is needed.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from voltbench.hil.switched.case import Blocking
from voltbench.hil.switched.run import Outcome
from voltbench.plant_models.switched.figures.pieces import Pieces
from voltbench.plant_models.switched.figures.turn_on import turn_ons
from voltbench.plant_models.switched.trace import Trace

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#0b6e99", "#c2410c", "#3f7d20", "#6b4fa0", "#525252")
SOFT, HARD = "#15803d", "#b91c1c"
ZOOM_PERIODS = 3
DPI = 90
SIZE = (9.6, 6.0)


def draw(outcome: Outcome, path: Path) -> None:
    """Write the picture of a run."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    plt.rcParams.update({"font.size": 8, "axes.grid": True, "grid.alpha": 0.3})
    figure = plt.figure(figsize=SIZE, layout="constrained")
    figure.suptitle(outcome.case.title, fontsize=9)
    left, right = figure.subfigures(1, 2, squeeze=False)[0]
    _whole(outcome, left)
    _zoom(outcome, right)
    figure.savefig(path, dpi=DPI, metadata={"Software": None})
    plt.close(figure)


def _rows(part: Any, heights: list[float], unit: str) -> list["Axes"]:
    """Return axes one above the other, the lowest with the time."""
    axes = part.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)
    found: list[Axes] = list(axes[:, 0])
    found[-1].set_xlabel(f"time, {unit}")
    return found


def _whole(outcome: Outcome, part: Any) -> None:
    """Draw a line cycle, or the run from its start over its load step or its sequence."""
    ready = outcome.ready
    trace = outcome.trace if outcome.whole is None else outcome.whole
    window = Pieces(trace, float(trace.time[0]), trace.end)
    tuned = ready.timer_gate is not None
    axes = _rows(part, [1.0] * 3 if ready.line_Hz or tuned else [1.0] * 2, "ms")
    if ready.line_Hz:
        title, middle = "line cycle", tuple(u for u, _ in ready.inputs)
        currents = ready.currents
    else:
        title = "from the start"
        middle, currents = ready.dc, tuple(dict.fromkeys((*ready.currents, *outcome.loads)))
    _lines(axes[0], trace, window, currents, 1e3, "current, A")
    _lines(axes[1], trace, window, middle, 1e3, "voltage, V")
    if ready.line_Hz:
        _lines(axes[2], trace, window, ready.dc[:2], 1e3, "DC voltage, V")
    elif ready.timer_gate is not None:
        _frequency(axes[2], trace, ready.timer_gate)
    axes[0].set_title(title, fontsize=8, loc="left")


def _zoom(outcome: Outcome, part: Any) -> None:
    """Draw some switching periods: currents, devices with their turn-ons, DC side."""
    ready, trace = outcome.ready, outcome.trace
    span = ZOOM_PERIODS / ready.switching_Hz
    if ready.line_Hz is None:
        window = Pieces(trace, trace.end - span, trace.end)
    else:
        # around the crest of phase a: a quarter of the cycle after its start
        middle = trace.end - 0.75 * ready.cycle_s
        start = round((middle - trace.time[0]) * ready.switching_Hz) / ready.switching_Hz
        start += float(trace.time[0])
        window = Pieces(trace, start, start + span)
    shown = [(group, gate) for group in ready.blocking for gate in group.shown or group.gates[:1]]
    axes = _rows(part, [1.6, *[1.0] * len(shown), 1.3], "µs")
    currents = ready.currents if ready.line_Hz is None else ready.currents[:1]
    _lines(axes[0], trace, window, currents, 1e6, "current, A")
    for ax, (group, gate), colour in zip(axes[1:-1], shown, COLOURS * 2, strict=False):
        _device(ax, outcome, window, group, gate, colour)
    _lines(axes[-1], trace, window, ready.dc[:2], 1e6, "DC voltage, V")
    where = "" if ready.line_Hz is None else " at the crest"
    axes[0].set_title(f"{ZOOM_PERIODS} switching periods{where}", fontsize=8, loc="left")


def _device(
    ax: "Axes", outcome: Outcome, window: Pieces, group: Blocking, gate: str, colour: str
) -> None:
    """Draw a device's voltage and mark its turn-ons, soft or hard."""
    trace = outcome.trace
    _line(ax, trace, window, f"v_{gate}", 1e6, colour)
    rail = float(trace[group.rail].mean())
    edges = turn_ons(window, gate, f"v_{gate}", rail, group.both_ways)
    at = (edges.time - window.start) * 1e6
    for chosen, paint, word in ((edges.soft, SOFT, "soft"), (~edges.soft, HARD, "hard")):
        if chosen.any():
            ax.plot(at[chosen], edges.voltage[chosen], "v", color=paint, ms=6, zorder=5,
                    label=f"turns on {word}")  # fmt: skip
    ax.set_ylabel("voltage, V")
    _finish(ax)


def _frequency(ax: "Axes", trace: Trace, gate: str) -> None:
    """Draw the switching frequency from turn-on to turn-on."""
    bit = 1 << trace.gates.index(gate)
    on = (np.array(trace.gate_words, np.int64)[trace.event_configuration] & bit) != 0
    edges = trace.event_time[np.flatnonzero(on[1:] & ~on[:-1]) + 1]
    ax.plot(edges[1:] * 1e3, 1e-3 / np.diff(edges), color=COLOURS[3], lw=1.0)
    ax.set_ylabel("frequency, kHz")


def _lines(
    ax: "Axes", trace: Trace, window: Pieces, names: tuple[str, ...], scale: float, label: str
) -> None:
    for name, colour in zip(names, COLOURS, strict=False):
        _line(ax, trace, window, name, scale, colour)
    ax.set_ylabel(label)
    _finish(ax)


def _finish(ax: "Axes") -> None:
    ax.margins(x=0.01, y=0.08)
    ax.ticklabel_format(axis="y", useOffset=False)
    ax.legend(fontsize=7, loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.1,
              borderpad=0.1, frameon=False, ncols=5)  # fmt: skip


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
