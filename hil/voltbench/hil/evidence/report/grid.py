"""The grid side: current, voltage, distortion, power factor, reactive power."""

import numpy as np

from voltbench.hil.evidence.report import style
from voltbench.hil.evidence.report.figure import Figure, Panel, stack
from voltbench.hil.evidence.report.lines import line
from voltbench.hil.evidence.report.run import Run


def _distortion_range(run: Run) -> tuple[float, float] | None:
    """Return an axis that shows the loaded charge: THD of an idle charger means little."""
    rows = run.rows
    if "grid_current_thd_percent" not in rows or "grid_power_W" not in rows:
        return None
    power = rows["grid_power_W"]
    loaded = power > 0.2 * np.nanmax(power, initial=0.0)
    thd = rows["grid_current_thd_percent"][loaded]
    return (0.0, max(8.0, 1.6 * float(np.nanmax(thd)))) if np.isfinite(thd).any() else None


def grid_figure(run: Run) -> Figure:
    """Return current and voltage, THD with power factor, active and reactive power."""
    rows = run.rows
    return stack(
        rows.time_s,
        [
            Panel(
                "Phase current and voltage, rms",
                "A",
                line(rows, "grid_current_A", "current, mean of phases", style.BLUE, width=1.8)
                + line(rows, "grid_voltage_V", "phase voltage", style.GREY, axis="right"),
                right_unit="V",
                height_px=190,
            ),
            Panel(
                "Distortion and power factor (axis scaled to the loaded charge)",
                "%",
                line(rows, "grid_current_thd_percent", "current THD", style.ORANGE)
                + line(rows, "grid_power_factor", "power factor", style.GREEN, axis="right"),
                right_unit="power factor",
                height_px=190,
                range=_distortion_range(run),
                right_range=(0.9, 1.005),
            ),
            Panel(
                "Reactive power",
                "kvar",
                line(rows, "grid_reactive_power_var", "fundamental", style.PURPLE, 1e-3),
                height_px=120,
            ),
        ],
    )
