"""Averaged against switched converters: the standing sweep, and the page where it ends."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from voltbench.hil.validation.page import number, stamp
from voltbench.hil.validation.row import ValidationRow, compare
from voltbench.hil.validation.section import Section
from voltbench.plant_models.switched.comparison import ALLOWED_PERCENT, ComparisonRow
from voltbench.plant_models.switched.sweep import beyond_points, standing_points, sweep

PAGE = "switched_averaged.md"

ASSUMPTIONS = (
    (
        "LLC, first harmonic",
        "a sine through the tank. Off resonance the currents are arcs of several resonances and "
        "the diodes do not commutate at the sine's zeros; at resonance the output voltage is "
        "right, but the magnetising current is a triangle and missing in part",
    ),
    (
        "DAB",
        "0.02 rad are 32 ns, a fifth of the dead time: a bridge loses its current within the "
        "dead time, and the body diodes' drops and conduction then shape the current",
    ),
    ("PSFB", "discontinuous filter current: refused by name"),
    (
        "two-level",
        "ripple many times the mean of 1 A: the dead time's error changes sign within a period",
    ),
    (
        "Vienna, totem pole",
        "light load with ripple above the mean as well, but the current law corrects what the "
        "mean model misses: means over a grid period hold",
    ),
)
"""Why a model ends where the page shows it."""


@cache
def standing() -> tuple[ComparisonRow, ...]:
    """Return the rows that must hold; a point a model refuses is an error here."""
    rows, refused = sweep(standing_points())
    if refused:
        raise RuntimeError("an averaged model refused a standing point: " + "; ".join(refused))
    return tuple(rows)


def _worst(rows: Sequence[ComparisonRow]) -> ComparisonRow:
    return max(rows, key=lambda row: abs(row.difference_percent))


def section() -> Section:
    """Return for each converter the quantity and operating point that fits worst."""
    rows: list[ValidationRow] = []
    for topology in dict.fromkeys(row.topology for row in standing()):
        own = [row for row in standing() if row.topology == topology]
        worst = _worst(own)
        points = len({row.point for row in own})
        rows.append(
            compare(
                f"{topology}: {worst.quantity} at {worst.point}",
                worst.switched,
                worst.averaged,
                worst.unit,
                0.01 * ALLOWED_PERCENT * abs(worst.switched),
                f"worst of {len(own)} values at {points} points: {worst.difference_percent:+.2f} %",
            )
        )
    return Section(
        title="Averaged against switched converters",
        kind="numerics",
        basis="Both models from one parameter record; 'published' is the switched circuit. "
        f"Currents and powers must agree within {ALLOWED_PERCENT:g} %. Every value, and where "
        f"the averaged models end: [{PAGE}]({PAGE}).",
        rows=tuple(rows),
        figures=("validation_switched_averaged.png",),
    )


def _table(rows: Sequence[ComparisonRow]) -> list[str]:
    lines = [
        "| converter | operating point | quantity | unit | switched | averaged | difference | |",
        "|---|---|---|---|---:|---:|---:|---|",
    ]
    for r in rows:
        mark = "" if r.holds else "**off**"
        lines.append(
            f"| {r.topology} | {r.point} | {r.quantity} | {r.unit} | {number(r.switched)} "
            f"| {number(r.averaged)} | {r.difference_percent:+.2f} % | {mark} |"
        )
    return lines


@cache
def beyond() -> tuple[tuple[ComparisonRow, ...], tuple[str, ...]]:
    """Return rows and refusals outside the assumptions."""
    rows, refused = sweep(beyond_points())
    return tuple(rows), tuple(refused)


def page(command: str) -> str:
    """Return the page: where the models end, then every standing value."""
    rows, refused = beyond()
    off = sum(not row.holds for row in rows)
    lines = [
        "# Averaged against switched converters",
        "",
        f"Written by `{command}` on {stamp()}.",
        "",
        "Every converter has an averaged model from the parameter record of its switched circuit. "
        f"Within its assumptions it must agree within {ALLOWED_PERCENT:g} % (second table, the "
        "standing test); the first table goes where the assumptions end.",
        "",
        "![Differences of both tables](validation_switched_averaged.png)",
        "",
        "## Where it does not hold",
        "",
        f"{off} of {len(rows)} values are off by more than {ALLOWED_PERCENT:g} %. Why:",
        "",
        *(f"- {name}: {why}." for name, why in ASSUMPTIONS),
        "",
        *_table(rows),
        "",
        "Refused by name:",
        "",
        *(f"- {text}." for text in refused),
        "",
        "## Where it must hold",
        "",
        *_table(standing()),
    ]
    return "\n".join(lines) + "\n"


def write(folder: Path, command: str) -> Path:
    """Write the page into a folder and return its path."""
    path = folder / PAGE
    path.write_text(page(command), encoding="utf-8")
    return path
