"""Head and foot of the page: what was charged by what, headline figures, parameters, versions."""

from html import escape
from typing import Any

import numpy as np

from voltbench.hil.evidence.report.run import Run
from voltbench.hil.evidence.report.verdicts import attention, counts_line
from voltbench.hil.evidence.report.words import cells, clock, named, number, plain, table

_CONDITIONS = (("ambient_degC", "ambient", "degC"), ("grid", "grid", ""))
"""Parameters of the run in the head of the page: name, words, unit."""


def title_of(run: Run) -> str:
    """Return who charges whom."""
    return f"{run.start['charger']} charging {run.start['vehicle']}"


def conditions_of(run: Run) -> list[str]:
    """Return what the run was asked to do, in words, as far as it says so."""
    about = run.start.get("parameters", {})
    words = []
    if "soc_start_percent" in about and "soc_end_percent" in about:
        first, last = plain(about["soc_start_percent"]), plain(about["soc_end_percent"])
        words.append(f"state of charge {first} to {last} %")
    for key, label, unit in _CONDITIONS:
        if key in about:
            words.append(f"{label} {plain(about[key], unit)}")
    return [*words, f"seed {plain(run.start['seed'])}"]


def _banner(run: Run) -> str:
    """Return a warning above everything else if the run did not come to its end."""
    error = run.summary.get("error")
    if not error:
        return ""
    return (
        f'<div class="banner"><b>This run did not complete: {escape(error["name"])}.</b> '
        f"{escape(error['message'])}</div>"
    )


def _tile(value: str, unit: str, words: str) -> str:
    """Return one headline figure."""
    return f'<div class="tile"><b>{value} <small>{unit}</small></b><span>{words}</span></div>'


def _figure(run: Run, key: str, scale: float, digits: int, unit: str, words: str) -> str:
    """Return the tile of a summary entry, nothing if the summary has none."""
    value = run.summary.get(key)
    if not isinstance(value, int | float):
        return ""
    return _tile(number(value * scale, digits), unit, words)


def _efficiency(run: Run) -> str:
    """Return the tile of the overall efficiency."""
    out = run.summary.get("energy_delivered_Wh")
    grid = run.summary.get("energy_from_grid_Wh")
    if not (isinstance(out, int | float) and isinstance(grid, int | float) and grid > 0):
        return ""
    return _tile(number(100 * out / grid, 4), "%", "charge efficiency")


def _charge_span(run: Run) -> str:
    """Return the tile of the state of charge."""
    if "soc_percent" not in run.rows:
        return ""
    soc = run.rows["soc_percent"]
    soc = soc[np.isfinite(soc)]
    return _tile(f"{soc[0]:.1f} → {soc[-1]:.1f}", "%", "state of charge")


def head(run: Run) -> str:
    """Return the head of the page."""
    session = run.verdicts["session"]
    shown = ("profile", "ev_max_voltage_V")
    words = [*conditions_of(run), *(named(key, session[key]) for key in shown if key in session)]
    tiles = [
        _tile(clock(run.summary.get("duration_s", 0.0)), "", "simulated time"),
        _charge_span(run),
        _figure(run, "energy_delivered_Wh", 1e-3, 4, "kWh", "delivered"),
        _figure(run, "energy_from_grid_Wh", 1e-3, 4, "kWh", "from the grid"),
        _efficiency(run),
        _figure(run, "peak_power_W", 1e-3, 4, "kW", "peak power"),
        _figure(run, "max_junction_temperature_degC", 1.0, 4, "°C", "hottest junction"),
    ]
    return (
        '<header><div class="kind">voltbench charge report</div>'
        f"<h1>{escape(title_of(run))}</h1>"
        f'<div class="sub">{" · ".join(words)}</div></header>{_banner(run)}'
        f'<div class="tiles">{"".join(tiles)}</div>{counts_line(run)}{attention(run)}'
    )


def _flat(entries: dict[str, Any], prefix: str = "") -> list[list[str]]:
    """Return the rows of a two-column table, nested entries with their path."""
    rows: list[list[str]] = []
    for key, value in entries.items():
        if isinstance(value, dict):
            rows += _flat(value, f"{prefix}{key}.")
        else:
            shown = "—" if value is None else escape(str(value))
            rows.append(cells(f"<code>{escape(prefix + key)}</code>", shown))
    return rows


def foot(run: Run) -> str:
    """Return parameters and versions, enough to run it again."""
    start = dict(run.start)
    command = " ".join(start.pop("command", []))
    trace = run.summary["trace"]
    parameters = table(("parameter", "value"), _flat(start))
    software = table(("software", "version"), _flat(run.software))
    return (
        f"<p class='note'>Command: <code>{escape(command)}</code></p>"
        f"<div class='two'><div>{parameters}</div><div>{software}"
        f"<p class='note'>The trace holds {trace['rows']} decimated rows and "
        f"{trace['window_rows']} full-rate rows in {trace['windows']} windows. Hashes of all files "
        "are in <code>manifest.json</code>; wall time, host and speed in "
        "<code>summary.json</code>.</p></div></div>"
    )
