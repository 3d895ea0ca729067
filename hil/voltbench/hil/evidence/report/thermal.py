"""Temperatures, and what derating made of them."""

from voltbench.hil.evidence.report import style
from voltbench.hil.evidence.report.figure import Figure, Panel, stack
from voltbench.hil.evidence.report.lines import extremes, line
from voltbench.hil.evidence.report.run import Run


def _limit(run: Run, fact: str, words: str) -> list[tuple[float, str]]:
    """Return the limit line of a fact, as the verdicts used it."""
    for verdict in run.verdicts["verdicts"]:
        if verdict["fact"] == fact and isinstance(verdict["limit"], int | float):
            note = "" if verdict["result"] != "informative" else ", unsourced"
            return [(verdict["limit"], f"{words} {verdict['limit']:g} °C{note}")]
    return []


def thermal_figure(run: Run) -> Figure:
    """Return module, cable-side and vehicle temperatures, and the current limit."""
    rows = run.rows
    return stack(
        rows.time_s,
        [
            Panel(
                "Power modules",
                "°C",
                extremes(rows, "junction_temperature_degC", "junction", style.RED)
                + extremes(rows, "heatsink_temperature_degC", "heatsink", style.GREY),
                height_px=230,
                levels=_limit(run, "junction_temperature_max_degC", "junction limit"),
            ),
            Panel(
                "Cable, connector, vehicle",
                "°C",
                line(rows, "pin_temperature_degC", "connector pin", style.RED)
                + line(rows, "cable_temperature_degC", "cable", style.ORANGE)
                + line(rows, "inlet_temperature_degC", "vehicle inlet", style.TEAL)
                + line(rows, "battery_temperature_degC", "battery", style.GREEN)
                + line(rows, "ambient_temperature_degC", "ambient", style.GREY, dash="dash"),
                height_px=210,
                levels=_limit(run, "pin_temperature_max_degC", "pin"),
            ),
            Panel(
                "Derating: what the charger could deliver",
                "A",
                line(rows, "current_limit_A", "limit after derating", style.RED, width=1.8)
                + line(rows, "output_current_A", "output", style.BLUE),
                height_px=150,
            ),
        ],
    )
