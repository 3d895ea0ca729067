"""Voltage and current at the output against what the vehicle asked for, and module sharing."""

import numpy as np

from voltbench.hil.evidence.report import style
from voltbench.hil.evidence.report.figure import Figure, Line, Panel, stack
from voltbench.hil.evidence.report.lines import deviations, line, typical_range
from voltbench.hil.evidence.report.run import Run


def _error(run: Run) -> list[Line]:
    """Return measured minus requested current."""
    rows = run.rows
    if "output_current_A" not in rows or "current_request_A" not in rows:
        return []
    allowed = rows["current_request_A"]
    if "current_limit_A" in rows:
        allowed = np.minimum(allowed, rows["current_limit_A"])
    return [Line("output − allowed request", rows["output_current_A"] - allowed, style.RED)]


def _drops(run: Run) -> list[Line]:
    """Return the voltage lost on the way to the pack, where current flows."""
    rows = run.rows
    names = ("output_voltage_V", "inlet_voltage_V", "battery_voltage_V", "battery_current_A")
    if any(name not in rows for name in names):
        return []
    output, inlet, battery, current = (rows[name] for name in names)
    flows = np.abs(current) > 0.02 * np.nanmax(np.abs(current))
    return [
        Line("output to inlet", np.where(flows, output - inlet, np.nan), style.BLUE),
        Line("inlet to battery", np.where(flows, inlet - battery, np.nan), style.GREEN),
    ]


def output_figure(run: Run) -> Figure:
    """Return voltage, voltage drops, current, current error and module sharing."""
    rows, error, drops = run.rows, _error(run), _drops(run)
    sharing = deviations(rows, "output_current_A")
    return stack(
        rows.time_s,
        [
            Panel(
                "Voltage",
                "V",
                line(rows, "output_voltage_V", "output", style.BLUE, width=1.8)
                + line(rows, "battery_voltage_V", "battery", style.GREEN)
                + line(rows, "voltage_request_V", "request", style.ORANGE, dash="dash", held=True),
                height_px=230,
            ),
            Panel("Voltage drop", "V", drops, height_px=120, range=typical_range(drops)),
            Panel(
                "Current",
                "A",
                line(rows, "output_current_A", "output", style.BLUE, width=1.8)
                + line(rows, "current_request_A", "request", style.ORANGE, dash="dash", held=True)
                + line(rows, "current_limit_A", "limit of the charger", style.RED, dash="dot"),
                height_px=230,
            ),
            Panel(
                "Current error against the request, or the charger's limit where that is lower",
                "A",
                error,
                height_px=120,
                range=typical_range(error),
            ),
            Panel(
                "Current sharing: each power module minus their mean",
                "A",
                sharing,
                height_px=140,
                range=typical_range(sharing),
            ),
        ],
    )
