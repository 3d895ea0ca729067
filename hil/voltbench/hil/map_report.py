"""What ``voltbench map`` says: lines for people, and a page."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from voltbench.calibration.analysis.maps.operating_map import OperatingMap

SHOWN = 6
"""Rows and columns of the table on the terminal."""


def show_map(found: "OperatingMap") -> None:
    """Print the best point, the efficiency over the grid, and why points are not reached."""
    best, at_V, at_A = found.best()
    print(found.title)
    print(f"  best efficiency {best:.2f} % at {at_V:.4g} V, {at_A:.4g} A")
    hottest = np.where(found.reached, found.values["junction_C"], -np.inf)
    k, j = np.unravel_index(int(hottest.argmax()), hottest.shape)
    place = f"{found.voltage_V[k]:.4g} V, {found.current_A[j]:.4g} A"
    print(f"  hottest junction {hottest[k, j]:.1f} degC at {place}")
    soft = found.values["zvs_margin"][found.reached] >= 1.0
    print(f"  zero-voltage switching at {100.0 * soft.mean():.0f} % of the points reached")
    print(f"  reached: {found.reached.sum()} of {found.reached.size} points")
    for name, count in reasons(found):
        print(f"    not reached: {count}, {found.limits.get(name, name)}")
    print()
    for line in efficiency_table(found):
        print(f"  {line}")


def reasons(found: "OperatingMap") -> list[tuple[str, int]]:
    """Return the reasons and how many points each forbids, the most frequent first."""
    names, counts = np.unique(found.reason[~found.reached], return_counts=True)
    listed = [(str(n), int(c)) for n, c in zip(names, counts, strict=True)]
    return sorted(listed, key=lambda one: -one[1])


def efficiency_table(found: "OperatingMap") -> list[str]:
    """Return efficiencies (%) over some of the voltages and currents, highest voltage first."""
    rows, columns = (
        np.unique(np.linspace(0, len(axis) - 1, SHOWN).round().astype(int))
        for axis in (found.voltage_V, found.current_A)
    )
    head = "".join(f"{found.current_A[j]:>8.3g}A" for j in columns)
    lines = [f"{'efficiency %':>12}{head}"]
    for k in rows[::-1]:
        cells = [
            f"{found.values['efficiency_percent'][k, j]:>9.2f}"
            if found.reached[k, j]
            else f"{'-':>9}"
            for j in columns
        ]
        lines.append(f"{found.voltage_V[k]:>10.4g} V{''.join(cells)}")
    return lines


def write_map(found: "OperatingMap", out: Path) -> None:
    """Write the page; it needs no network."""
    out.parent.mkdir(parents=True, exist_ok=True)
    found.figure().write_html(out, include_plotlyjs=True)
