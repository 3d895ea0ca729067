"""Power, losses, efficiency and state of charge over the charge."""

import numpy as np

from voltbench.hil.evidence.report import style
from voltbench.hil.evidence.report.figure import Figure, Line, Panel, stack
from voltbench.hil.evidence.report.lines import line
from voltbench.hil.evidence.report.run import Run


def _efficiency(run: Run) -> list[Line]:
    """Return output over grid power where there is enough of it to mean something."""
    rows = run.rows
    if "output_power_W" not in rows or "grid_power_W" not in rows:
        return []
    out, grid = rows["output_power_W"], rows["grid_power_W"]
    if not np.nanmax(grid, initial=0.0) > 0:
        return []
    loaded = grid > 0.05 * np.nanmax(grid)
    ratio = np.where(loaded, 100 * out / np.where(loaded, grid, 1.0), np.nan)
    return [Line("efficiency", ratio, style.TEAL, "right")]


def power_figure(run: Run) -> Figure:
    """Return power with state of charge, and losses with efficiency."""
    rows = run.rows
    return stack(
        rows.time_s,
        [
            Panel(
                "Power and state of charge",
                "kW",
                line(rows, "grid_power_W", "from the grid", style.GREY, 1e-3)
                + line(rows, "output_power_W", "at the output", style.BLUE, 1e-3, width=2)
                + line(rows, "soc_percent", "state of charge", style.GREEN, axis="right", width=2),
                right_unit="%",
                height_px=250,
                right_range=(0, 100),
            ),
            Panel(
                "Losses and efficiency (grid to output, above 5 % of peak power)",
                "kW",
                line(rows, "loss_power_W", "losses", style.RED, 1e-3) + _efficiency(run),
                right_unit="%",
                height_px=150,
                right_range=(90, 100),
            ),
        ],
    )
