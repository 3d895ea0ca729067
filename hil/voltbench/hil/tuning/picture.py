"""Six Bode plots on one sheet: measured points over averaged models."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from voltbench.calibration.analysis.bode import Bode
from voltbench.calibration.figures import BLUE, GREY, INK, ORANGE
from voltbench.calibration.loops import frequencies
from voltbench.hil.tuning.measured import Proof


def draw(proofs: Sequence[Proof], path: Path) -> None:
    """Write the sheet as PNG: a column a design, magnitude above phase."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    columns = 3
    rows = -(-len(proofs) // columns)
    figure, axes = plt.subplots(
        2 * rows, columns, figsize=(15.0, 4.4 * rows), sharex="col" if rows == 1 else False,
        constrained_layout=True,
    )  # fmt: skip
    for k, proof in enumerate(proofs):
        row, column = 2 * (k // columns), k % columns
        _column(axes[row, column], axes[row + 1, column], proof)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(path, dpi=80)
    plt.close(figure)


def _column(size: Any, turn: Any, proof: Proof) -> None:
    found = proof.tuned.bode
    omega = frequencies(found.model)
    top = 1.2 * np.abs(found.measured.omega).max()
    omega = omega[(omega < top) & (omega > 0.4 * np.abs(found.measured.omega).min())]
    model = found.model.response(omega)
    x = omega / (2.0 * np.pi)
    size.semilogx(x, 20.0 * np.log10(np.abs(model)), color=GREY, lw=1.4, label="averaged model")
    turn.semilogx(x, _phase(model), color=GREY, lw=1.4)
    real = {"color": ORANGE, "marker": "o", "mfc": "none", "ms": 6.0}
    for one, style, label in (
        (found, {"color": BLUE, "marker": ".", "ms": 6.0}, "measured, switched"),
        (proof.real, real, "measured, every non-ideality"),
    ):
        f, value = _ahead(one)
        size.semilogx(f, 20.0 * np.log10(np.abs(value)), ls="none", label=label, **style)
        turn.semilogx(f, _phase(value), ls="none", **style)
    _dress(size, turn, proof)


def _ahead(found: Bode) -> tuple[Any, Any]:
    """Return the points at positive frequencies."""
    here = found.measured.omega > 0.0
    return found.measured.frequency_Hz[here], found.measured.value[here]


def _phase(value: Any) -> Any:
    phase = np.degrees(np.unwrap(np.angle(value)))
    return phase - 360.0 * round((phase[0] + 90.0) / 360.0)


def _dress(size: Any, turn: Any, proof: Proof) -> None:
    m, found = proof.tuned.margins, proof.tuned.bode
    parts = found.name.split(", ")
    title = f"{parts[0]}\n{', '.join(parts[1:-1])}" if len(parts) > 2 else found.name
    size.set_title(title, fontsize=10, color=INK, loc="left")
    size.axhline(0.0, color=INK, lw=0.7)
    turn.axhline(-180.0, color=INK, lw=0.7)
    if m.crossover_Hz is not None:
        for axis in (size, turn):
            axis.axvline(m.crossover_Hz, color=INK, lw=0.7, ls=":")
    size.annotate(
        f"{m.crossover_Hz:.0f} Hz, {m.phase_margin_deg:.1f}°", (0.97, 0.93),
        xycoords="axes fraction", ha="right", va="top", color=BLUE, fontsize=11, weight="bold",
    )  # fmt: skip
    size.set_ylabel("|L| / dB")
    turn.set_ylabel("phase / deg")
    turn.set_xlabel("frequency / Hz")
    turn.set_yticks(np.arange(-360.0, 1.0, 45.0))
    low = min(float(line.get_ydata().min()) for line in turn.lines[:3])
    turn.set_ylim(max(low, -350.0) - 10.0, max(-45.0, float(turn.lines[0].get_ydata().max())) + 10)
    for axis in (size, turn):
        axis.grid(True, which="major", color="#dfe3e8", lw=0.8)
        axis.grid(True, which="minor", axis="x", color="#eff1f4", lw=0.5)
        axis.spines[["top", "right"]].set_visible(False)
        axis.set_xlim(turn.lines[0].get_xdata()[0], turn.lines[0].get_xdata()[-1])
    size.tick_params(labelbottom=False)
