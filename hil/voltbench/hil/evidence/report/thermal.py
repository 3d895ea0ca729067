"""Temperatures, and what derating made of them."""

from voltbench.hil.evidence.report import style
from voltbench.hil.evidence.report.figure import Figure, Panel, stack
from voltbench.hil.evidence.report.lines import extremes, line
from voltbench.hil.evidence.report.run import Run

_DERATING_RANGE = (0.0, 108.0)
"""Fixed, so that no derating looks like none."""


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
                "Derating by cause: share of its cool limit that each loop allows (100 %: none)",
                "%",
                line(rows, "modules_derating_percent", "module heatsinks", style.GREY, width=1.8)
                + line(rows, "pin_derating_percent", "connector pins", style.RED)
                + line(rows, "cable_derating_percent", "cable", style.ORANGE, dash="dash"),
                height_px=110,
                range=_DERATING_RANGE,
            ),
            Panel(
                "Available current: the rating (constant power above its corner), then derating",
                "A",
                line(rows, "rating_limit_A", "rating at this voltage", style.GREY, width=1.8)
                + line(rows, "current_limit_A", "after derating", style.RED, dash="dot")
                + line(rows, "output_current_A", "output", style.BLUE),
                height_px=150,
            ),
        ],
    )
