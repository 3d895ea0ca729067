"""Half the control step: no reported quantity may change by more than 0.1 %.

The same short charge at 20, 40 and 10 kHz. Control bandwidths follow the rate (the current
loop's is a share of it), so this is the whole simulation's step, not the plant's alone.
"""

from dataclasses import replace
from functools import cache

from voltbench.hil.validation.energy_balance import CHARGE
from voltbench.hil.validation.row import ValidationRow, compare
from voltbench.hil.validation.run import charged
from voltbench.hil.validation.section import Section

HALF_HZ, DOUBLE_HZ = 40e3, 10e3
LIMIT_PERCENT = 0.1
HEADLINE = (
    "duration_s",
    "energy_delivered_Wh",
    "energy_from_grid_Wh",
    "peak_power_W",
    "max_junction_temperature_degC",
    "max_pin_temperature_degC",
)
GROUPS = ("supplied_Wh", "delivered_Wh", "lost_Wh", "stored_Wh", "sums_Wh")
NEGLIGIBLE = 1e-6
"""Share of the supplied energy below which an entry of the ledger counts by that share."""
OF_THE_CONTROL = {
    "grid_current_tdd_percent": "current loop's bandwidth, 4 % of the rate",
    "grid_current_harmonic_below_11_percent": "current loop's bandwidth, 4 % of the rate",
    "grid_current_thd_percent": "current loop's bandwidth, 4 % of the rate",
    "current_ripple_below_5kHz_A": "what of the mains' ripple the control lets through",
    "voltage_slew_V_per_ms": "largest sample of a ringing voltage",
    "contactor_close_inrush_current_A": "largest sample of a ringing current",
}
"""Verdict values that belong to the control rate itself, and why."""


@cache
def quantities(rate_Hz: float) -> dict[str, float]:
    """Return every reported quantity of the charge at a control rate."""
    run = charged(replace(CHARGE, control_rate_Hz=rate_Hz))
    found = {name: float(run.summary[name]) for name in HEADLINE}
    found["soc end"] = float(run.summary["soc_percent"][1])
    for group in GROUPS:
        for name, value in run.summary["energy_ledger"][group].items():
            found[f"{group.removesuffix('_Wh')}: {name}"] = float(value)
    return found


def changes(rate_Hz: float) -> dict[str, float]:
    """Return the change in % of every quantity from 20 kHz to another rate.

    The change of an entry of the ledger below a millionth of what the grid supplied counts
    relative to that millionth.
    """
    base, other = quantities(20e3), quantities(rate_Hz)
    floor = NEGLIGIBLE * base["sums: supplied"]
    table = {}
    for name, value in base.items():
        scale = max(abs(value), floor) if ": " in name else abs(value)
        table[name] = 100.0 * (other[name] - value) / scale
    return table


def moved_verdicts() -> dict[str, tuple[float, float]]:
    """Return verdict values at 20 and 40 kHz that moved by more than 0.1 % and their uncertainty.

    A value whose change is below the uncertainty stated with it reports the same thing.
    """
    base, other = (
        {v["name"]: v for v in charged(replace(CHARGE, control_rate_Hz=rate)).summary["verdicts"]}
        for rate in (20e3, HALF_HZ)
    )
    moved = {}
    for name, verdict in base.items():
        a, b = verdict["value"], other[name]["value"]
        if a is None or b is None:
            continue
        allowed = max(LIMIT_PERCENT / 100.0 * abs(a), float(verdict["uncertainty"] or 0.0))
        if abs(b - a) > allowed:
            moved[name] = (float(a), float(b))
    return moved


def section() -> Section:
    """Return the comparison of steps."""
    half, double = changes(HALF_HZ), changes(DOUBLE_HZ)
    rows: list[ValidationRow] = [
        compare(f"half the step: {name}", 0.0, value, "%", LIMIT_PERCENT, "")
        for name, value in half.items()
        if ": " not in name or name.startswith("sums: ") or abs(value) > 0.5 * LIMIT_PERCENT
    ]
    moved = moved_verdicts()
    rows.append(
        compare(
            "half the step: verdict values that moved, besides the control's own",
            0.0,
            sum(name not in OF_THE_CONTROL for name in moved),
            "",
            0.0,
            "by more than 0.1 % and more than the uncertainty stated with the value",
        )
    )
    quiet = {n: v for n, v in half.items() if f"half the step: {n}" not in {r.name for r in rows}}
    worst = max(quiet, key=lambda name: abs(quiet[name]))
    energy = max(abs(double[name]) for name in ("energy_delivered_Wh", "energy_from_grid_Wh"))
    return Section(
        title="Half the control step",
        kind="numerics",
        basis="`voltbench charge --vehicle ioniq5 --soc 50:52` at 20 kHz and at 40 kHz; each row "
        "is the change of one quantity in %.",
        rows=tuple(rows),
        residuals=(
            f"{len(quiet)} more entries of the energy ledger change by less: at most "
            f"{abs(quiet[worst]):.3f} % ({worst}).",
            f"At 10 kHz (twice the step) the two energies change by at most {energy:.4f} %.",
        ),
        not_matched=tuple(
            f"{name}: {a:.3g} at 20 kHz, {b:.3g} at 40 kHz "
            f"({OF_THE_CONTROL.get(name, 'not explained')})."
            for name, (a, b) in moved.items()
        ),
    )
