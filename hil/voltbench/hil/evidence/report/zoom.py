"""Full-rate windows side by side: what happened within a tenth of a second."""

from collections.abc import Sequence
from dataclasses import dataclass

from voltbench.calibration.figures import axis
from voltbench.hil.evidence.report import style
from voltbench.hil.evidence.report.figure import Canvas, Figure, base_layout
from voltbench.hil.evidence.report.marks import joined
from voltbench.hil.evidence.report.run import Run, Window
from voltbench.hil.evidence.report.sample import along, encoded, outlined
from voltbench.hil.evidence.report.timeline import marked

PER_FIGURE = 3
_PANEL_px = 150
_GAP_px = 26
_COLUMN_px = 300
_LABEL_px = 16
"""Width of a column and of an upright label in it, at the least."""
_SPACE = 0.07
"""Between columns, share of the width."""


@dataclass(frozen=True)
class Strip:
    """One row of small plots: signals that share a unit."""

    title: str
    unit: str
    signals: tuple[tuple[str, str, str], ...]
    """Signal, label, colour."""


_STRIPS = (
    Strip(
        "Voltage",
        "V",
        (
            ("output_voltage_V", "output voltage", style.BLUE),
            ("inlet_voltage_V", "inlet voltage", style.TEAL),
        ),
    ),
    Strip(
        "Current",
        "A",
        (
            ("output_current_A", "output current", style.BLUE),
            ("battery_current_A", "battery current", style.GREEN),
            ("module1_output_current_A", "module 1 current", style.ORANGE),
        ),
    ),
    Strip("DC link", "V", (("dc_link_voltage_V", "DC link", style.BLUE),)),
    Strip("Midpoint", "V", (("dc_link_midpoint_V", "upper − lower half", style.ORANGE),)),
    Strip("Phase shift", "°", (("phase_shift_deg", "phase shift", style.PURPLE),)),
    Strip(
        "Grid current",
        "A",
        tuple((f"grid_current_{p}_A", f"phase {p}", style.PHASES[k]) for k, p in enumerate("abc")),
    ),
    Strip("Grid voltage a", "V", (("grid_voltage_a_V", "phase a to N", style.PHASES[0]),)),
)


def _present(windows: Sequence[Window]) -> list[Strip]:
    """Return the strips for which any window has a signal."""
    return [
        strip
        for strip in _STRIPS
        if any(name in window.rows for window in windows for name, _, _ in strip.signals)
    ]


def _mark_events(canvas: Canvas, run: Run, window: Window, x_name: str) -> None:
    """Mark the events inside a window with the numbers they have in the list of events."""
    begin, end = window.rows.time_s[[0, -1]].tolist()
    centre, px_per_s = 0.5 * (begin + end), _COLUMN_px / (end - begin)
    listed = marked(run)
    inside = [(k, event["t_s"]) for k, event in enumerate(listed) if begin <= event["t_s"] <= end]
    for _, t_s in inside:
        at = 1e3 * (t_s - centre)
        canvas.shape(
            type="line", xref=x_name, yref="paper", x0=at, x1=at, y0=0, y1=1,
            line={"color": style.RED, "width": 1, "dash": "dot"},
        )  # fmt: skip
    for mark in joined([(k + 1, (t_s - begin) * px_per_s) for k, t_s in inside], _LABEL_px):
        words = listed[mark.first - 1]["kind"].replace("_", " ")
        more = "" if mark.first == mark.last else " …"
        canvas.text(
            text=f"{mark.text} {words}{more}", x=1e3 * (mark.end / px_per_s + begin - centre),
            xref=x_name, y=0, yref="paper", yanchor="bottom", xanchor="left", textangle=-90,
            font={"size": 10.5, "color": style.RED}, bgcolor="rgba(255,255,255,0.7)",
        )  # fmt: skip


def _column(canvas: Canvas, run: Run, window: Window, column: int, strips: list[Strip]) -> None:
    """Draw one window: its strips one above the other, its events as lines."""
    time = window.rows.time_s
    centre = float(0.5 * (time[0] + time[-1]))
    x = 1e3 * (time - centre)
    x_name = f"x{column + 1}" if column else "x"
    for row, strip in enumerate(strips):
        number = row * PER_FIGURE + column + 1
        y_name = f"y{number}" if number > 1 else "y"
        for name, label, colour in strip.signals:
            if name not in window.rows:
                continue
            at, y = outlined(x, window.rows[name])
            canvas.data.append(
                {
                    "type": "scatter", "mode": "lines", "name": label, "legendgroup": label,
                    **along(at), "y": encoded(y),
                    "xaxis": x_name, "yaxis": y_name, "showlegend": False,
                    "line": {"color": colour, "width": 1.2},
                    "hovertemplate": f"%{{y:.5~g}} {strip.unit}",
                }
            )  # fmt: skip
    _mark_events(canvas, run, window, x_name)


def _axes(canvas: Canvas, windows: Sequence[Window], strips: list[Strip]) -> None:
    """Place the axes of all small plots."""
    inner = len(strips) * _PANEL_px + (len(strips) - 1) * _GAP_px
    wide = (1.0 - _SPACE * (PER_FIGURE - 1)) / PER_FIGURE
    for column, window in enumerate(windows):
        left = column * (wide + _SPACE)
        time = window.rows.time_s
        centre = 0.5 * (time[0] + time[-1])
        bottom = (len(strips) - 1) * PER_FIGURE + column + 1
        canvas.layout[f"xaxis{column + 1 if column else ''}"] = axis(
            f"ms from {centre:.4f} s",
            domain=[left, left + wide],
            anchor=f"y{bottom}" if bottom > 1 else "y",
        )
        canvas.text(
            text=f"<b>{window.number}: {window.reason}</b>", x=left, xref="paper",
            xanchor="left", y=1, yref="paper", yanchor="bottom", yshift=20, font={"size": 13.5},
        )  # fmt: skip
        for row, strip in enumerate(strips):
            number = row * PER_FIGURE + column + 1
            top = inner - row * (_PANEL_px + _GAP_px)
            canvas.layout[f"yaxis{number if number > 1 else ''}"] = axis(
                strip.unit,
                domain=[max(0.0, (top - _PANEL_px) / inner), top / inner],
                anchor=f"x{column + 1}" if column else "x",
            )
            _key(canvas, strip, left, top / inner)


def _key(canvas: Canvas, strip: Strip, left: float, top: float) -> None:
    """Write what a strip shows above it, each word in the colour of its curve."""
    words = " · ".join(
        f'<span style="color:{colour}">{label}</span>' for _, label, colour in strip.signals
    )
    canvas.text(
        text=words, x=left, xref="paper", xanchor="left", y=top, yref="paper",
        yanchor="bottom", font={"size": 11.5},
    )  # fmt: skip


def zoom_figures(run: Run) -> list[Figure]:
    """Return figures of up to three windows each."""
    windows = [window for window in run.windows if len(window.rows.time_s) > 1]
    figures = []
    for start in range(0, len(windows), PER_FIGURE):
        some = windows[start : start + PER_FIGURE]
        strips = _present(some)
        inner = len(strips) * _PANEL_px + (len(strips) - 1) * _GAP_px
        canvas = Canvas(layout=base_layout(inner + 124))
        canvas.layout["margin"] = {"l": 62, "r": 16, "t": 78, "b": 46}
        canvas.layout["showlegend"] = False
        _axes(canvas, some, strips)
        for column, window in enumerate(some):
            _column(canvas, run, window, column, strips)
        figures.append(canvas.figure())
    return figures
