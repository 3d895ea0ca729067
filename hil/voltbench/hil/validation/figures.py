"""Figures of the validation page: recorded against simulated sessions of the Ioniq.

matplotlib is imported only here, with its file backend: no display is needed.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from voltbench.hil.validation import ioniq_published as published
from voltbench.hil.validation.ioniq_pack import replays
from voltbench.hil.validation.ioniq_session import (
    COMPLEO,
    HYC150,
    pre_charge_window,
)
from voltbench.hil.validation.run import charged

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OURS, RECORDED, REQUEST = "#0b6e99", "#c2410c", "#777777"
DPI = 100


def draw(folder: Path) -> list[Path]:
    """Write every figure into a folder and return their paths."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    plt.rcParams.update({"font.size": 9, "axes.grid": True, "grid.alpha": 0.3})
    written = []
    for name, panels, paint in (
        ("validation_ioniq28_hyc150.png", 3, _hyc150),
        ("validation_ioniq28_compleo.png", 2, _compleo),
        ("validation_ioniq28_pack.png", 2, _pack),
    ):
        figure, axes = plt.subplots(1, panels, figsize=(4.0 * panels, 3.2), layout="constrained")
        paint(figure, list(axes))
        written.append(folder / name)
        figure.savefig(written[-1], dpi=DPI, metadata={"Software": None})
        plt.close(figure)
    return written


def _label(axes: "Axes", title: str, x: str, y: str) -> None:
    axes.set_title(title, fontsize=10, loc="left")
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.legend(fontsize=8, frameon=False)


def _points(axes: "Axes", points: tuple[tuple[float, float], ...]) -> None:
    """Draw published readings."""
    x, y = zip(*points, strict=True)
    axes.plot(x, y, "o", color=RECORDED, ms=4, mfc="none", label="recorded")


def _hyc150(figure: "Figure", axes: "list[Axes]") -> None:
    """Pre-charge, start of the ramp, whole ramp."""
    figure.suptitle("Ioniq 28 kWh on Alpitronic HYC150 (recorded) and dc150 (simulated)")
    run = charged(HYC150)
    time_s, voltage_V = pre_charge_window(run)
    _points(axes[0], published.HYC150_PRE_CHARGE)
    axes[0].plot(time_s, voltage_V, color=OURS, label="simulated, output")
    _label(axes[0], "PreCharge", "time since first PreChargeReq, s", "V")
    ours = run.demand()
    seen = ((published.HYC150_FIRST_CURRENT_s, 0.0), published.HYC150_TOP)
    for ax, until, title in (
        (axes[1], 4.0, "CurrentDemand: start"),
        (axes[2], 20.0, "CurrentDemand: ramp"),
    ):
        early = ours.time_s <= until
        ax.step(
            ours.time_s[early], ours.request_A[early], where="post", color=REQUEST, lw=0.8,
            label="request (simulated car)",
        )  # fmt: skip
        ax.plot(ours.time_s[early], ours.current_A[early], color=OURS, label="simulated")
        _points(ax, tuple(point for point in seen if point[0] <= until))
        _label(ax, title, "time since first CurrentDemandReq, s", "A")


def _compleo(figure: "Figure", axes: "list[Axes]") -> None:
    """Pre-charge and the course of the current."""
    figure.suptitle("Ioniq 28 kWh on Compleo (recorded) and dc50 (simulated)")
    run = charged(COMPLEO)
    time_s, voltage_V = pre_charge_window(run)
    axes[0].axhline(
        published.COMPLEO_HIGHEST_V, color=RECORDED, lw=0.8, ls="--", label="recorded, highest"
    )
    axes[0].axvline(
        published.COMPLEO_PRE_CHARGE_s, color=RECORDED, lw=0.8, ls=":", label="recorded, end"
    )
    axes[0].plot(time_s, voltage_V, color=OURS, label="simulated, output")
    _label(axes[0], "PreCharge", "time since first PreChargeReq, s", "V")
    ours = run.demand()
    until = run.phase_s("ramp_down") - run.first_s("CurrentDemandReq")
    early = ours.time_s <= until
    _points(axes[1], ((published.COMPLEO_TIME_TO_CURRENT_s, published.COMPLEO_CURRENT_A),))
    axes[1].plot(ours.time_s[early], ours.current_A[early], color=OURS, label="simulated")
    _label(axes[1], "CurrentDemand", "time since first CurrentDemandReq, s", "A")


def _pack(figure: "Figure", axes: "list[Axes]") -> None:
    """Voltage at the charger under the recorded currents."""
    figure.suptitle("Ioniq 28 kWh: voltage at the charger under the recorded current")
    for ax, run in zip(axes, replays(), strict=True):
        ax.plot(run.time_s, run.voltage_V, color=OURS, label="simulated")
        _points(ax, run.points)
        _label(ax, run.title, "time since first CurrentDemandReq, s", "V")
        ax.legend(fontsize=8, frameon=False, loc="upper left")
        beside = ax.twinx()
        imposed = [published.hyc150_current_A(float(t)) for t in run.time_s]
        beside.plot(run.time_s, imposed, color=REQUEST, lw=0.7)
        beside.set_ylim(0.0, 500.0)
        beside.set_yticks([0, 100, 200])
        beside.grid(visible=False)
        beside.set_ylabel("imposed current, A", color=REQUEST, loc="bottom")
