"""``make maps``: the maps of the default designs -> ``results/maps.md`` and its pictures."""

import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from voltbench.calibration.analysis.maps.catalog import MAPS
from voltbench.calibration.analysis.maps.proof import CurrentNotFound
from voltbench.hil.evidence import manifest
from voltbench.hil.map_pictures import draw_map
from voltbench.hil.map_report import efficiency_table, reasons

if TYPE_CHECKING:
    from voltbench.calibration.analysis.maps.operating_map import OperatingMap

VOLTAGE_V = np.linspace(150.0, 500.0, 30)
CURRENT_A = np.linspace(0.0, 50.0, 30)
CASES = (
    ("dab", "single"), ("dab", "extended"), ("dab", "triple"), ("llc", ""), ("psfb", ""),
)  # fmt: skip
PROOFS = ((7, 14), (14, 3), (20, 9), (20, 20), (26, 6), (26, 14))
"""Points of the maps (row, column) that are also run on the switched engine."""

HEAD = """# Maps of the DC-DC converters

Made by `make maps` on {date}, commit {commit}: 30 x 30 points, 150 to 500 V, 0 to 50 A, from the
default designs (`calibration/analysis/maps/design.py`). `voltbench map dab|llc|psfb` makes one
with other values, and a page to look into.

Every point is a periodic steady state: dead time, output charge of the devices, losses
(conduction, switching energies at the commutation currents, core, copper) and junctions settled
on their sink. White is not reached, and the last panel says by which limit. The efficiency's
scale leaves out light loads; at 0 A it is 0 by definition and the loss counts.

The ZVS margin of the worst leg: above 1 the charge that its current can move in the dead time
over the charge needed, 0 to 1 how far the node had come when the gate closed it hard, below 0 a
current that flows the wrong way.

| map | best efficiency | at | reached | not reached | processor time |
|---|---:|---|---:|---|---:|
{rows}

Processor time of one core with compiled kernels at hand, {count} points.
"""

PROVED = """## On the switched engine

Points of the maps run with the exact switched circuit between stiff ports, output capacitances as
polygons, losses by `switched/losses`, the modulation moved until the same current flows. The
standing test (`tests/calibration/analysis/test_maps_switched.py`) allows 0.2 points. Where the
current jumps no fixed modulation makes it: the map's point is one that only a loop can hold.

| map | point | efficiency, map | switched | difference | turn-on voltage, map | switched |
|---|---|---:|---:|---:|---:|---:|
{rows}

Largest difference: {worst:.3f} points.
"""


@dataclass(frozen=True)
class Made:
    """A map and what it took (s of processor time)."""

    converter: str
    modulation: str
    found: "OperatingMap"
    seconds: float

    @property
    def name(self) -> str:
        """Return a short name."""
        return f"{self.converter} {self.modulation}".strip()


def main() -> int:
    """Write page and pictures below ``results`` (or the folder named)."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "results")
    (folder / "maps").mkdir(parents=True, exist_ok=True)
    made = [_make(*case) for case in CASES]
    parts = [
        HEAD.format(
            date=datetime.now(UTC).date().isoformat(),
            commit=str(manifest.commit().get("commit"))[:12],
            rows="\n".join(_row(one) for one in made),
            count=VOLTAGE_V.size * CURRENT_A.size,
        )
    ]
    for one in made:
        picture = f"maps/{one.name.replace(' ', '_')}.png"
        draw_map(one.found, folder / picture)
        parts.append(_section(one, picture))
        print(f"{one.name}: {folder / picture}, {one.seconds:.1f} s")
    parts.append(_proved(made))
    (folder / "maps.md").write_text("\n".join(parts), encoding="utf-8")
    return 0


def _make(converter: str, modulation: str) -> Made:
    mapped = MAPS[converter]
    chosen = (modulation,) if modulation else ()
    mapped.make(mapped.design(), VOLTAGE_V[:2], CURRENT_A[:2], *chosen)  # kernels at hand
    start = time.process_time()
    found = mapped.make(mapped.design(), VOLTAGE_V, CURRENT_A, *chosen)
    return Made(converter, modulation, found, time.process_time() - start)


def _row(one: Made) -> str:
    best, at_V, at_A = one.found.best()
    why = "; ".join(f"{n}: {one.found.limits.get(r, r)}" for r, n in reasons(one.found))
    reached = f"{one.found.reached.sum()} of {one.found.reached.size}"
    place = f"{at_V:.0f} V, {at_A:.1f} A"
    return f"| {one.name} | {best:.2f} % | {place} | {reached} | {why} | {one.seconds:.1f} s |"


def _section(one: Made, picture: str) -> str:
    chosen = f" --modulation {one.modulation}" if one.modulation else ""
    lines = [
        f"## {one.found.title}",
        "",
        f"`voltbench map {one.converter}{chosen} --out {one.name.replace(' ', '_')}.html`",
        "",
        f"![{one.found.title}]({picture})",
        "",
        "```text",
        *efficiency_table(one.found),
        "```",
        "",
    ]
    return "\n".join(lines)


def _proved(made: list[Made]) -> str:
    rows, worst = [], 0.0
    for one in made:
        mapped = MAPS[one.converter]
        for row, column in PROOFS:
            if not one.found.reached[row, column]:
                continue
            point = one.found.point(row, column)
            place = f"{point['output_voltage_V']:.0f} V, {point['output_current_A']:.1f} A"
            try:
                proof = mapped.prove(mapped.design(), float(VOLTAGE_V[row]), point)
            except CurrentNotFound:
                efficiency = f"{point['efficiency_percent']:.3f} %"
                rows.append(f"| {one.name} | {place} | {efficiency} | current jumps | - | - | - |")
                continue
            off = point["efficiency_percent"] - proof.efficiency_percent
            worst = max(worst, abs(off))
            turn_on = max(proof.worst_turn_on_V, 0.0)
            rows.append(
                f"| {one.name} | {place} | {point['efficiency_percent']:.3f} % | "
                f"{proof.efficiency_percent:.3f} % | {off:+.3f} | {point['turn_on_V']:.0f} V | "
                f"{turn_on:.0f} V |"
            )
    return PROVED.format(rows="\n".join(rows), worst=worst)


if __name__ == "__main__":
    sys.exit(main())
