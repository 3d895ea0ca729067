"""``make shedding``: losses over the load and what parking modules gains, a page and a plot.

Writes ``results/shedding.md``; exit code 1 if what the law picks loses noticeably more than the
best number of modules.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voltbench.hil.sharing.shedding import CARS, CURRENTS_A, Point, chosen, fixed
from voltbench.hil.validation.page import stamp

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RESULTS = Path("results")
FIGURE = "shedding.png"
_COLOURS = ("#1c5fb0", "#148490", "#2a8a55", "#d8700f", "#bf2f2a")
_LARGEST_POINTS = 1.0
"""Of efficiency, that the law may miss of the best: its band and its reserve."""


@dataclass(frozen=True)
class Study:
    """One vehicle's points: by number of modules and current, and the law's."""

    car: str
    fixed: dict[int, dict[float, Point]]
    chosen: dict[float, Point]

    def best(self, current_A: float) -> Point:
        """Return the point with the least loss."""
        points = (by[current_A] for by in self.fixed.values() if current_A in by)
        return min(points, key=lambda one: one.loss_W)

    def missed(self, current_A: float) -> float:
        """Return the points of efficiency that the law leaves."""
        lost = 100.0 * (self.best(current_A).efficiency - self.chosen[current_A].efficiency)
        return max(lost, 0.0)  # the law's modules have cooled on the way down

    def gained(self, current_A: float) -> float:
        """Return the points of efficiency against all modules running."""
        return 100.0 * (self.chosen[current_A].efficiency - self._all[current_A].efficiency)

    @property
    def _all(self) -> dict[float, Point]:
        return self.fixed[max(self.fixed)]

    def lines(self) -> list[str]:
        """Return the table."""
        voltage_V = self.chosen[max(CURRENTS_A)].voltage_V
        counts = list(self.fixed)
        head = [f"{k} run" for k in counts]
        lines = [
            f"## {self.car}, some {voltage_V:.0f} V",
            "",
            "| current, A | " + " | ".join(head) + " | law runs | efficiency | gain | missed |",
            "|---:|" + "---:|" * (len(head) + 4),
        ]
        for i in CURRENTS_A:
            losses = [
                f"{self.fixed[k][i].loss_W:.0f}" if i in self.fixed[k] else "" for k in counts
            ]
            law = self.chosen[i]
            cells = [f"{i:g}", *losses, str(law.running), f"{100 * law.efficiency:.2f} %"]
            cells += [f"{self.gained(i):+.2f}", f"{self.missed(i):.2f}"]
            lines.append("| " + " | ".join(cells) + " |")
        return [*lines, ""]


def markdown(studies: Sequence[Study]) -> str:
    """Return the page."""
    lines = [
        "# Phase shedding",
        "",
        f"Written by `make shedding` on {stamp()}.",
        "",
        "Losses of dc150 in W, from the grid's source to the inlet, with one to five modules "
        "running and the others parked (all gates blocked); heatsinks start at 50 °C. An empty "
        "cell: so few modules cannot carry it. Then what the law of "
        "`control/voltbench/control/sharing.py` runs once settled, coming down from full load: "
        "its efficiency, the gain in points against five modules, and what it misses of the best "
        "number: a band around equal losses, and a module more where the load could outgrow those "
        "that run (20 A/s) before another is awake. Each point is 0.4 s of the charger with every "
        "control interrupt executed.",
        "",
    ]
    for study in studies:
        lines += study.lines()
    lines += [f"![losses over the load]({FIGURE})", ""]
    return "\n".join(lines)


def draw(studies: Sequence[Study], path: Path) -> None:
    """Write the plot: losses over the current, a curve for each number of modules."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    plt.rcParams.update({"font.size": 9, "axes.grid": True, "grid.alpha": 0.3})
    figure, axes = plt.subplots(1, len(studies), figsize=(9.0, 3.6), layout="constrained")
    for one, study in zip(axes, studies, strict=True):
        _curves(one, study)
    axes[0].set_ylabel("losses, W")
    axes[-1].legend(frameon=False)
    figure.savefig(path, dpi=100, metadata={"Software": None})
    plt.close(figure)


def _curves(axes: "Axes", study: Study) -> None:
    for colour, (k, points) in zip(_COLOURS, study.fixed.items(), strict=True):
        losses = [p.loss_W for p in points.values()]
        axes.plot(list(points), losses, color=colour, lw=1.2, label=f"{k} run")
    law = [study.chosen[i].loss_W for i in CURRENTS_A]
    axes.plot(CURRENTS_A, law, "o", color="#1d242c", mfc="none", label="the law")
    axes.set_title(study.car, fontsize=10, loc="left")
    axes.set_xlabel("output current, A")
    axes.set_ylim(bottom=0.0)


def main() -> int:
    """Compute both vehicles, write page and plot."""
    studies = [Study(car, fixed(car, soc), chosen(car, soc)) for car, soc in CARS]
    RESULTS.mkdir(exist_ok=True)
    draw(studies, RESULTS / FIGURE)
    (RESULTS / "shedding.md").write_text(markdown(studies), "utf-8")
    worst = max(study.missed(i) for study in studies for i in CURRENTS_A)
    print(f"the law misses at most {worst:.2f} points of efficiency")
    return 0 if worst < _LARGEST_POINTS else 1


if __name__ == "__main__":
    sys.exit(main())
