"""``make heat-soak``: an hour of heat in every case, ``results/heat_soak.md`` with its plot.

Prints a line a case; exit code 1 if one of them hunts, trips or does not settle.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from voltbench.hil.errors import SimulationStopped
from voltbench.hil.sharing.soak import AMBIENT_DEGC, CASES, LARGEST_SWING_A, Soak, soak
from voltbench.hil.validation.page import stamp

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RESULTS = Path("results")
FIGURE = "heat_soak.png"
COLOURS = {5.0: "#1c5fb0", 15.0: "#2a8a55", 30.0: "#d8700f", 60.0: "#bf2f2a"}
_NEAR_K = 1.0
_HEAD = (
    "| what is wrong | sensor lag | settles at | set | hottest | trip | current | swing | ok |",
    "|---|---:|---:|---:|---:|---:|---:|---:|---|",
)


def fine(one: Soak) -> bool:
    """Tell whether a case settled at its set temperature without hunting or a trip.

    A part may stay below its set temperature, never above.
    """
    return (
        one.swing_A < LARGEST_SWING_A
        and one.settled_degC < one.set_degC + _NEAR_K
        and one.hottest_degC < one.trip_degC
    )


def line(one: Soak) -> str:
    """Return a row of the table."""
    cells = (
        one.case.name,
        f"{one.case.lag_s:g} s",
        f"{one.settled_degC:.2f} °C",
        f"{one.set_degC:g} °C",
        f"{one.hottest_degC:.1f} °C",
        f"{one.trip_degC:g} °C",
        f"{one.settled_A:.2f} A",
        f"{one.swing_A:.3f} A",
        "yes" if fine(one) else "**no**",
    )
    return "| " + " | ".join(cells) + " |"


def markdown(found: Sequence[Soak]) -> str:
    """Return the page."""
    return "\n".join(
        (
            "# Heat soak",
            "",
            f"Written by `make heat-soak` on {stamp()}.",
            "",
            f"A dc30 charges at 90 A for one hour at {AMBIENT_DEGC:g} °C, from cold, every control "
            "interrupt executed (20 kHz), and derates: with 15 % of the fan's air left, with the "
            "fan blocked altogether, and with contacts of 12 mohm instead of 0.4. The temperature "
            "sensors lag by 5 to 60 s, which the control knows and takes out "
            "(`control/voltbench/control/derating.py`). Settled values are means of the last half "
            "hour; swing is the largest minus the smallest current there, in rows of 20 ms, about "
            f"a parabola. Allowed: {LARGEST_SWING_A:g} A.",
            "",
            *_HEAD,
            *map(line, found),
            "",
            f"![heat soak]({FIGURE})",
            "",
            "With the fan blocked still air does not carry off what the switching front end and "
            "cells lose without any load: the current goes to zero, and at milliamperes the cells "
            "pass in and out of rest such that the heatsink stays at its set temperature.",
            "",
            "Not modelled: noise and resolution of the temperature sensors, a lag that the "
            "control does not know.",
            "",
        )
    )


def draw(found: Sequence[Soak], path: Path) -> None:
    """Write the plot: current above, temperature below, a column for each kind of case."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    plt.rcParams.update({"font.size": 9, "axes.grid": True, "grid.alpha": 0.3})
    names = list(dict.fromkeys(one.case.name for one in found))
    figure, axes = plt.subplots(
        2, len(names), figsize=(10.0, 5.4), layout="constrained", sharex=True, squeeze=False
    )
    for column, name in enumerate(names):
        _column(list(axes[:, column]), name, [one for one in found if one.case.name == name])
    axes[0, 0].set_ylabel("output current, A")
    axes[1, 0].set_ylabel("heatsink or contacts, °C")
    axes[0, -1].legend(title="sensor lag", frameon=False)
    figure.savefig(path, dpi=100, metadata={"Software": None})
    plt.close(figure)


def _column(axes: "Sequence[Axes]", name: str, found: Sequence[Soak]) -> None:
    """Draw the hours of one kind of case over each other."""
    for one in found:
        every = slice(None, None, 50)  # a point a second
        t, colour = one.time_s[every] / 60.0, COLOURS[one.case.lag_s]
        axes[0].plot(t, one.current_A[every], color=colour, lw=1.1, label=f"{one.case.lag_s:g} s")
        axes[1].plot(t, one.temperature_degC[every], color=colour, lw=1.1)
    axes[1].axhline(found[0].set_degC, color="#1d242c", lw=0.8, ls="--")
    axes[1].axhline(found[0].trip_degC, color="#bf2f2a", lw=0.8, ls=":")
    axes[0].set_title(name, fontsize=10, loc="left")
    axes[1].set_xlabel("minutes")


def main() -> int:
    """Run every case, write page and plot."""
    found = []
    for case in CASES:
        try:
            found.append(soak(case))
        except SimulationStopped as error:
            print(f"{case.name}, lag {case.lag_s:g} s: {error}", file=sys.stderr)
            return 1
        print(line(found[-1]), flush=True)
    RESULTS.mkdir(exist_ok=True)
    draw(found, RESULTS / FIGURE)
    (RESULTS / "heat_soak.md").write_text(markdown(found), "utf-8")
    return 0 if all(map(fine, found)) else 1


if __name__ == "__main__":
    sys.exit(main())
