"""The session as a Gantt chart: its beginning and its end, where the seconds matter."""

from typing import Any

from voltbench.calibration.figures import axis
from voltbench.hil.evidence.report import style
from voltbench.hil.evidence.report.figure import Canvas, Figure, base_layout
from voltbench.hil.evidence.report.marks import apart
from voltbench.hil.evidence.report.phases import Interval, longest, phases
from voltbench.hil.evidence.report.run import Run

_ROW_px = 23
_EVENT_COLOUR = style.RED
MOST_MARKED = 60
"""Events with a line and a row of their own; the others stay in events.jsonl."""
_WIDTH_px = 900
"""Least width of the chart for which the numbers of the events stay apart."""


def spans(phases: list[Interval]) -> list[tuple[float, float]]:
    """Return the stretches of time to draw: all, or around the longest phase."""
    first, last = phases[0].begin_s, phases[-1].end_s
    main = max(phases, key=lambda phase: phase.duration_s)
    rest = (last - first) - main.duration_s
    if main.duration_s < 2 * rest:
        return [(first, last)]
    early, late = main.begin_s - first, last - main.end_s
    shown = []
    if early > 0:
        shown.append((first, main.begin_s + 0.15 * early))
    shown.append((main.end_s - 0.3 * max(late, 1.0), last))
    return shown


def _domains(shown: list[tuple[float, float]]) -> list[list[float]]:
    """Return where each stretch stands on the page, the short one never below a third."""
    if len(shown) == 1:
        return [[0.0, 1.0]]
    lengths = [end - begin for begin, end in shown]
    share = min(max(lengths[0] / sum(lengths), 0.36), 0.64)
    return [[0.0, share - 0.02], [share + 0.02, 1.0]]


def _bars(phases: list[Interval], k: int, span: tuple[float, float]) -> dict[str, Any]:
    """Return the bars of one stretch, cut at its edges; words give the whole duration."""
    seen = [p for p in phases if p.end_s > span[0] and p.begin_s < span[1]]
    begins = [max(p.begin_s, span[0]) for p in seen]
    ends = [min(p.end_s, span[1]) for p in seen]
    return {
        "type": "bar",
        "orientation": "h",
        "base": begins,
        "x": [end - begin for begin, end in zip(begins, ends, strict=True)],
        "y": [p.name.replace("_", " ") for p in seen],
        "xaxis": f"x{k}" if k > 1 else "x",
        "marker": {"color": style.BLUE, "opacity": 0.82},
        "width": 0.62,
        "customdata": [[p.begin_s, p.end_s, p.duration_s] for p in seen],
        "hovertemplate": "%{y}: %{customdata[0]:.3f} to %{customdata[1]:.3f} s, "
        "%{customdata[2]:.3f} s<extra></extra>",
        "showlegend": False,
    }


def _label(canvas: Canvas, phase: Interval, k: int, span: tuple[float, float]) -> None:
    """Write how long a phase lasted beside its bar, on the side with room."""
    begin, end = max(phase.begin_s, span[0]), min(phase.end_s, span[1])
    right = (end - span[0]) < 0.8 * (span[1] - span[0])
    canvas.text(
        text=f"{phase.duration_s:.4g} s",
        x=end if right else begin,
        xref=f"x{k}" if k > 1 else "x",
        y=phase.name.replace("_", " "),
        yref="y",
        xanchor="left" if right else "right",
        xshift=4 if right else -4,
        font={"size": 11, "color": style.GREY},
        bgcolor="rgba(255,255,255,0.8)",
    )


def _marks(canvas: Canvas, run: Run, k: int, span: tuple[float, float], share: float) -> None:
    """Mark the events of one stretch, `share` of the chart wide, by numbered lines."""
    x_axis = f"x{k}" if k > 1 else "x"
    px_per_s = share * _WIDTH_px / (span[1] - span[0])
    places = []
    for number, event in enumerate(marked(run), start=1):
        t_s = event["t_s"]
        if not span[0] <= t_s <= span[1]:
            continue
        canvas.shape(
            type="line", xref=x_axis, yref="paper", x0=t_s, x1=t_s, y0=0, y1=1,
            line={"color": _EVENT_COLOUR, "width": 1, "dash": "dot"}, layer="below",
        )  # fmt: skip
        places.append((number, (t_s - span[0]) * px_per_s))
    for mark in apart(places):
        canvas.text(
            text=mark.text, x=span[0] + 0.5 * (mark.begin + mark.end) / px_per_s, xref=x_axis,
            y=1, yref="paper", yanchor="bottom", yshift=13 * mark.row,
            font={"size": 11, "color": _EVENT_COLOUR},
        )  # fmt: skip


def marked(run: Run) -> list[dict[str, Any]]:
    """Return the events worth a line: all but changes of phase, which the bars show."""
    return [event for event in run.events if event["kind"] != "phase"][:MOST_MARKED]


def timeline_figure(run: Run) -> Figure | None:
    """Return the Gantt chart, None without phases."""
    seen = longest(phases(run))
    if not seen:
        return None
    order = list(dict.fromkeys(phase.name.replace("_", " ") for phase in seen))
    shown = spans(seen)
    canvas = Canvas(layout=base_layout(_ROW_px * len(order) + 114))
    canvas.layout["margin"] = {"l": 150, "r": 24, "t": 70, "b": 44}
    canvas.layout["showlegend"] = False
    canvas.layout["hovermode"] = "closest"
    canvas.layout["barmode"] = "overlay"
    canvas.layout["yaxis"] = axis(
        categoryorder="array", categoryarray=order[::-1], dtick=1, range=[-0.5, len(order) - 0.5]
    )
    for k, (span, domain) in enumerate(zip(shown, _domains(shown), strict=True), start=1):
        room = 0.01 * (span[1] - span[0])
        canvas.layout[f"xaxis{k if k > 1 else ''}"] = axis(
            "simulated time / s", domain=domain, range=[span[0] - room, span[1] + room]
        )
        canvas.data.append(_bars(seen, k, span))
        for phase in seen:
            if phase.end_s > span[0] and phase.begin_s < span[1]:
                _label(canvas, phase, k, span)
        _marks(canvas, run, k, span, domain[1] - domain[0])
    return canvas.figure()
