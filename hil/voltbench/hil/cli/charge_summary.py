"""The table after a charge: quantities, then one line a verdict."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from voltbench.hil.cli.charge_screen import clock

_COLOURS = {"pass": "green", "fail": "bold red", "inconclusive": "yellow", "informative": "cyan"}
_KILO = {"W": "kW", "Wh": "kWh"}
_UNITS = {"1": "", "percent": "%", "degC": "°C"}
_SIGNS = {"max": "≤", "below": "<", "min": "≥", "above": ">"}
_SCALES = ((1e6, "M"), (1e3, "k"))
_LABELS = (
    ("duration_s", "duration"),
    ("soc_percent", "state of charge"),
    ("energy_delivered_Wh", "energy delivered"),
    ("energy_from_grid_Wh", "energy from the grid"),
    ("peak_power_W", "peak power"),
    ("max_junction_temperature_degC", "hottest junction"),
    ("max_pin_temperature_degC", "hottest pin, charger"),
    ("max_inlet_temperature_degC", "hottest pin, vehicle"),
    ("real_time_factor", "speed"),
    ("control_periods", "control interrupts"),
    ("timer_profile", "timers"),
    ("ended", "ended"),
)


def quantities(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return label and text of the quantities a summary has, in reading order."""
    made = [(label, shown(key, summary[key])) for key, label in _LABELS if key in summary]
    delivered, drawn = summary.get("energy_delivered_Wh"), summary.get("energy_from_grid_Wh")
    if delivered and drawn:
        at = [label for label, _ in made].index("energy from the grid") + 1
        made.insert(at, ("charge efficiency", f"{100 * delivered / drawn:.2f} %"))
    return made


def shown(key: str, value: Any) -> str:
    """Return a value for people: scaled, with the unit its key carries."""
    unit = key.rpartition("_")[2]
    if key == "soc_percent":
        return f"{value[0]:.1f} to {value[-1]:.1f} %"
    if not isinstance(value, int | float):
        return str(value)
    if unit in _KILO:
        return f"{value / 1e3:.2f} {_KILO[unit]}"
    if key == "duration_s":
        return f"{clock(value)} ({value:.1f} s)"
    if unit == "degC":
        return f"{value:.1f} °C"
    if key == "real_time_factor":
        return f"{value:.0f} x real time"
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def quantity_table(summary: Mapping[str, Any]) -> Table:
    """Return the table of quantities."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True, min_width=20)
    table.add_column(overflow="fold")
    for label, text in quantities(summary):
        table.add_row(label, text)
    return table


def number(value: Any, unit: str) -> str:
    """Return a verdict's value or limit with its unit."""
    if value is None:
        return "-"
    unit = _UNITS.get(unit, unit)
    if isinstance(value, list | tuple):
        return " to ".join(number(item, "") for item in value) + f" {unit}".rstrip()
    if isinstance(value, float):
        scale, prefix = next((s for s in _SCALES if unit == "Ohm" and abs(value) >= s[0]), (1, ""))
        return f"{value / scale:.4g} {prefix}{unit}".rstrip()
    return f"{value} {unit}".rstrip()


def limit_text(verdict: Mapping[str, Any]) -> str:
    """Return a verdict's limit with its sign, tolerance and unit."""
    unit, bound = str(verdict.get("unit") or ""), verdict.get("limit")
    if bound is None:
        return "-"
    sign = _SIGNS.get(str(verdict.get("comparison")), "")
    tolerance = verdict.get("tolerance") or 0
    if verdict.get("comparison") == "near":
        return f"{number(bound, '')} ± {number(tolerance, unit)}"
    return f"{sign} {number(bound, unit)}".lstrip()


def verdict_table(verdicts: Sequence[Mapping[str, Any]], wide: bool) -> Table:
    """Return the table of verdicts; a narrow screen goes without the clause column."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), header_style="bold")
    table.add_column("verdict", ratio=1)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("limit", justify="right", no_wrap=True)
    table.add_column("result", no_wrap=True)
    if wide:
        table.add_column("clause", max_width=34)
    for verdict in verdicts:
        unit = str(verdict.get("unit") or "")
        result = str(verdict["result"])
        cells: list[str | Text] = [
            str(verdict["name"]),
            number(verdict.get("value"), unit),
            limit_text(verdict),
            Text(result, style=_COLOURS.get(result, "")),
        ]
        if wide:
            mark = "" if verdict.get("verified") else " (unverified)"
            cells.append(f"{verdict.get('clause') or '-'}{mark}")
        table.add_row(*cells)
    return table


def tally(verdicts: Sequence[Mapping[str, Any]]) -> str:
    """Return how many verdicts had which result, worst first."""
    results = [str(verdict["result"]) for verdict in verdicts]
    order = ("fail", "inconclusive", "pass", "informative")
    words = {"fail": "failed", "pass": "passed"}
    parts = [f"{results.count(r)} {words.get(r, r)}" for r in order if r in results]
    return ", ".join(parts) or "no verdicts"


def print_summary(summary: Mapping[str, Any], folder: Path, console: Console | None = None) -> None:
    """Print the end of a charge."""
    console = console or Console(highlight=False)
    console.print()
    console.print(quantity_table(summary))
    verdicts = summary.get("verdicts", [])
    if verdicts:
        console.print(verdict_table(verdicts, wide=console.width >= 100))
    console.print(tally(verdicts), soft_wrap=True)
    console.print(f"report: {folder / 'report.html'}", soft_wrap=True)
