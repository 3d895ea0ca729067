"""DC link, phase shift of the DC/DC stage, and insulation."""

from voltbench.hil.evidence.report import style
from voltbench.hil.evidence.report.figure import Figure, Panel, stack
from voltbench.hil.evidence.report.lines import line
from voltbench.hil.evidence.report.run import Run


def link_figure(run: Run) -> Figure:
    """Return link voltage with its balance, phase shift, and insulation resistance."""
    rows = run.rows
    return stack(
        rows.time_s,
        [
            Panel(
                "DC link of module 1",
                "V",
                line(rows, "dc_link_voltage_V", "link voltage", style.BLUE),
                height_px=170,
            ),
            Panel(
                "Balance of the DC link",
                "V",
                line(rows, "dc_link_midpoint_V", "upper − lower half", style.ORANGE),
                height_px=110,
            ),
            Panel(
                "Phase shift of the DAB, module 1",
                "°",
                line(rows, "phase_shift_deg", "phase shift", style.PURPLE),
                height_px=140,
            ),
            Panel(
                "Insulation resistance as monitored",
                "kΩ",
                line(rows, "insulation_resistance_Ohm", "lower pole to PE", style.BROWN, 1e-3),
                height_px=120,
                log=True,
            ),
        ],
    )
