"""Charge curves of six cars: the power follows the curve in the car's file.

The published curve is an input (the BMS asks for it), so this is a consistency check of
everything between the request and the inlet: session, charger, limits, cable. Judged are
all rows of the trace above 20 % state of charge in which the charger was not the limit.
"""

import math
from typing import NamedTuple

import numpy as np

from voltbench.hil.options import ChargeOptions
from voltbench.hil.validation.row import ValidationRow, compare
from voltbench.hil.validation.run import Charge, charged
from voltbench.hil.validation.section import Section
from voltbench.plant_models.catalog import vehicle
from voltbench.plant_models.catalog_files import load
from voltbench.plant_models.charger_data import Charger

CARS = ("id3_58", "enyaq_77", "zoe", "ix3", "polestar2", "mache_88")
"""Cars whose announced current permits their curve within 5 % (Enyaq: 350 A, 1.5 % short)."""
RATE_HZ = 10e3
"""Half the usual rate: shown to change the energies by less than 0.002 %."""
TOLERANCE_PERCENT = 5.0


class Followed(NamedTuple):
    """How a charge followed its curve."""

    worst_percent: float
    mean_percent: float
    """Of the absolute difference."""
    rows: int
    charger_limited: int
    """Rows above 20 % that were left out because the charger was the limit."""


def options(car: str, start: float = 20.0, end: float = 80.0) -> ChargeOptions:
    """Return the run of a car."""
    return ChargeOptions(
        vehicle=car, soc_start_percent=start, soc_end_percent=end, control_rate_Hz=RATE_HZ
    )


def followed(run: Charge) -> Followed:
    """Compare the power at the inlet with the car's curve, row by row."""
    r, car = run.rows, vehicle(run.options.vehicle)
    rating = load(run.options.charger, Charger, "chargers").rating
    curve, limits = car.charge_curve, car.limits
    step = max(round(1.0 / (r["time_s"][1] - r["time_s"][0])), 1)  # one row a second
    begin = run.phase_s("current_demand")
    begin += limits.maximum_current_A / car.session.current_ramp_A_per_s + 1.0  # its own ramp
    inside = (r["time_s"] > begin) & (r["time_s"] < run.phase_s("ramp_down"))
    inside &= r["soc_percent"] >= 20.0
    index = np.flatnonzero(inside)[::step]
    soc, power = r["soc_percent"][index], (r["inlet_voltage_V"] * r["output_current_A"])[index]
    wanted = np.array([curve.power_W(float(s)) for s in soc])
    available = np.minimum(r["current_limit_A"][index], rating.current_max_A)
    charger_W = np.minimum(available * r["output_voltage_V"][index], rating.power_W)
    free = wanted < 0.99 * charger_W
    if not free.any():
        return Followed(math.nan, math.nan, 0, len(free))  # fails its row: nothing was judged
    difference = 100.0 * (power / wanted - 1.0)[free]
    worst = float(difference[np.argmax(np.abs(difference))])
    mean = float(np.mean(np.abs(difference)))
    return Followed(worst, mean, int(free.sum()), int((~free).sum()))


def row(car: str, found: Followed) -> ValidationRow:
    """Return the row of one car."""
    note = f"mean {found.mean_percent:.2f} %, {found.rows} seconds judged"
    if found.charger_limited:
        note += f", {found.charger_limited} left out: charger at its limit"
    name = f"charge curve {vehicle(car).title}"
    return compare(name, 0.0, found.worst_percent, "%", TOLERANCE_PERCENT, note)


def section() -> Section:
    """Return the comparison of all six cars."""
    return Section(
        title="Charge curves of six cars",
        kind="consistency",
        basis="Published curves (chargeprice/open-ev-data@e495ff9) are in the vehicle files; ours: "
        "`voltbench charge --vehicle ... --soc 20:80 --rate 10kHz` on dc150, the largest "
        "difference of the power at the inlet from the curve, in % of the curve.",
        rows=(
            *(row(car, followed(charged(options(car)))) for car in CARS),
            compare(
                "energy balance, worst of the six charges",
                0.0,
                max(
                    float(charged(options(car)).summary["energy_ledger"]["residual_percent"])
                    for car in CARS
                ),
                "%",
                0.1,
            ),
        ),
    )
