"""Figures of the switched converters on the validation page.

matplotlib is imported only here, with its file backend: no display is needed.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from voltbench.hil.validation import switched_averaged
from voltbench.hil.validation.switched_resonant import (
    FACTORS,
    SWITCHED_FACTORS,
    gains,
    switched_gain,
)
from voltbench.plant_models.switched.comparison import ALLOWED_PERCENT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EXACT, HARMONIC, OUTSIDE = "#0b6e99", "#c2410c", "#c2410c"
DPI = 100


def draw(folder: Path) -> list[Path]:
    """Write the figures into a folder and return their paths."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    plt.rcParams.update({"font.size": 9, "axes.grid": True, "grid.alpha": 0.3})
    written = []
    for name, panels, size, paint in (
        ("validation_llc_first_harmonic.png", 2, (8.0, 3.2), _first_harmonic),
        ("validation_switched_averaged.png", 1, (8.0, 4.6), _averaged),
    ):
        figure, axes = plt.subplots(1, panels, figsize=size, layout="constrained", squeeze=False)
        paint(list(axes[0]))
        written.append(folder / name)
        figure.savefig(written[-1], dpi=DPI, metadata={"Software": None})
        plt.close(figure)
    return written


def _first_harmonic(axes: "list[Axes]") -> None:
    """Gain over frequency, and the first harmonic's error."""
    fine = [FACTORS[0] + 0.02 * k for k in range(round((FACTORS[-1] - FACTORS[0]) / 0.02) + 1)]
    pairs = [gains(f) for f in fine]
    axes[0].plot(fine, [g.exact for g in pairs], color=EXACT, label="time domain")
    axes[0].plot(fine, [g.harmonic for g in pairs], "--", color=HARMONIC, label="first harmonic")
    axes[0].plot(
        SWITCHED_FACTORS,
        [switched_gain(f) for f in SWITCHED_FACTORS],
        "o",
        color=EXACT,
        mfc="none",
        label="switched circuit",
    )
    axes[0].set_title("LLC without losses, 14.5 Ohm", fontsize=10, loc="left")
    axes[0].set_ylabel("n U_o / U_in")
    axes[0].legend(frameon=False)
    axes[1].plot(fine, [100.0 * (g.harmonic / g.exact - 1.0) for g in pairs], color=HARMONIC)
    axes[1].axhline(0.0, color="black", lw=0.6)
    axes[1].set_title("error of the first harmonic", fontsize=10, loc="left")
    axes[1].set_ylabel("% of the output voltage")
    for ax in axes:
        ax.axvline(1.0, color="black", lw=0.6, ls=":")
        ax.set_xlabel("switching frequency over series resonance")


def _averaged(axes: "list[Axes]") -> None:
    """All differences by converter: inside the assumptions, and beyond."""
    ax = axes[0]
    outside = switched_averaged.beyond()[0]
    rows = switched_averaged.standing()
    names = list(dict.fromkeys(r.topology for r in (*rows, *outside)))
    for part, marker, color, label, shift in (
        (rows, "|", EXACT, "standing points", 0.12),
        (outside, "x", OUTSIDE, "beyond the assumptions", -0.12),
    ):
        x = [r.difference_percent for r in part]
        y = [names.index(r.topology) + shift for r in part]
        ax.plot(x, y, marker, color=color, ms=6, label=label)
    ax.axvspan(-ALLOWED_PERCENT, ALLOWED_PERCENT, color=EXACT, alpha=0.1, lw=0)
    ax.set_xscale("symlog", linthresh=ALLOWED_PERCENT)
    ticks = [-40, -20, -10, -5, -2, -1, 0, 1, 2, 5, 10, 20, 40]
    ax.set_xticks(ticks, [f"{t}" for t in ticks])
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
    ax.set_xlabel(
        f"averaged less switched, % (linear within the {ALLOWED_PERCENT:g} % allowed, shaded)"
    )
    ax.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
