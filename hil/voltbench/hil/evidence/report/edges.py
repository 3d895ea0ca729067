"""Start and stop of the charge at the full resolution of the decimated rows."""

from voltbench.hil.evidence.report import style
from voltbench.hil.evidence.report.figure import Figure, Panel, stack
from voltbench.hil.evidence.report.lines import line
from voltbench.hil.evidence.report.phases import Interval, phases
from voltbench.hil.evidence.report.run import Rows, Run

_START = ("cable_check", "pre_charge", "contactors_closing", "power_delivery")
_STOP = ("ramp_down", "welding_detection", "session_stop", "unlocked", "aborted", "error")
_AROUND_s = 1.5
_FIRST_CURRENT_s = 6.0
_LONGEST_s = 90.0


def _edge(rows: Rows) -> Figure:
    """Return voltage and current of a stretch."""
    return stack(
        rows.time_s,
        [
            Panel(
                "Voltage",
                "V",
                line(rows, "output_voltage_V", "output", style.BLUE, width=1.8)
                + line(rows, "inlet_voltage_V", "vehicle inlet", style.TEAL, dash="dot")
                + line(rows, "battery_voltage_V", "battery", style.GREEN)
                + line(rows, "voltage_request_V", "request", style.ORANGE, dash="dash", held=True),
                height_px=230,
            ),
            Panel(
                "Current",
                "A",
                line(rows, "output_current_A", "output", style.BLUE, width=1.8)
                + line(rows, "battery_current_A", "battery", style.GREEN, dash="dot")
                + line(rows, "current_request_A", "request", style.ORANGE, dash="dash", held=True),
                height_px=170,
            ),
        ],
    )


def _phases(run: Run, names: tuple[str, ...]) -> list[Interval]:
    """Return the intervals of some phases."""
    return [phase for phase in phases(run) if phase.name in names]


def start_figure(run: Run) -> Figure | None:
    """Return cable check to first current, None if the session did not get there."""
    seen = _phases(run, _START)
    if not seen:
        return None
    begin, end = seen[0].begin_s - _AROUND_s, seen[-1].end_s + _FIRST_CURRENT_s
    return _edge(run.rows.between(begin, min(end, begin + _LONGEST_s)))


def stop_figure(run: Run) -> Figure | None:
    """Return the end of the current to the end of the session, None if there was none."""
    seen = _phases(run, _STOP)
    if not seen:
        return None
    begin = seen[0].begin_s - _AROUND_s
    return _edge(run.rows.between(begin, begin + _LONGEST_s))
