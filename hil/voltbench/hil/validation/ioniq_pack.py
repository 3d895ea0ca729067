"""The Ioniq's pack under the current of the recorded sessions: its voltage alone.

The published course of the current is imposed on the whole simulated plant (charger, cable,
inlet, pack), starting from the state of charge at which the pack rests at the recorded
voltage; what is compared is the voltage at the charger. The pack's impedance was fitted to
these sessions: a consistency check, with its residuals.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from voltbench.hil.validation import ioniq_published as published
from voltbench.hil.validation.bench_drive import Drive
from voltbench.hil.validation.row import ValidationRow, compare
from voltbench.hil.validation.run import Series
from voltbench.hil.validation.section import Section
from voltbench.plant_models.catalog import vehicle

CAR = "ioniq28"
STEP_S = 0.1
WARM_DEGC = 25.0
"""Pack and air: not recorded; a day of several charges."""
Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Replay:
    """A session: published voltages, and the plant's answer to its current."""

    title: str
    points: Points
    """s since the first CurrentDemandReq, V at the charger."""
    time_s: Series
    """From the first CurrentDemandReq."""
    voltage_V: Series
    """At the charger."""

    def at(self, time_s: float) -> float:
        """Return the simulated voltage at a time, in V."""
        return float(np.interp(time_s, self.time_s, self.voltage_V))

    def residuals(self) -> Series:
        """Return simulated minus published voltage at every published point under load, in V."""
        time_s, voltage_V = np.array(self.points[1:]).T
        found: Series = np.interp(time_s, self.time_s, self.voltage_V) - voltage_V
        return found


def state_of_charge(rest_V: float) -> float:
    """Return the state of charge (0..1) at which the pack rests at a voltage."""
    battery, soc = vehicle(CAR).battery, np.linspace(0.0, 100.0, 1001)
    rest = [battery.open_circuit_voltage_V(float(s)) for s in soc]
    return float(np.interp(rest_V, rest, soc)) / 100.0


def _replay(title: str, points: Points, until_s: float) -> Replay:
    drive = Drive("dc150", CAR, state_of_charge(points[0][1]), WARM_DEGC)
    drive.connect()
    start_s = drive.bench.now_s
    for k in range(round(until_s / STEP_S)):
        drive.hold(STEP_S, current_A=published.hyc150_current_A((k + 0.5) * STEP_S))
    rows = drive.rows()
    after = rows["time_s"] > start_s
    return Replay(title, points, rows["time_s"][after] - start_s, rows["output_voltage_V"][after])


@cache
def replays() -> tuple[Replay, Replay]:
    """Return the two sessions on the HYC150."""
    return (
        _replay("HYC150, first outlet", published.PACK_FIRST, 33.0),
        _replay("HYC150, second outlet", published.PACK_SECOND, 54.2),
    )


def _rows() -> list[ValidationRow]:
    first, second = replays()
    rows = [
        compare(f"pack, {name} session, {t:g} s", u, run.at(t), "V", 1.0, f"from {rest:g} V")
        for name, run in (("first", first), ("second", second))
        for (_, rest), (t, u) in ((run.points[0], point) for point in run.points[1:])
    ]
    slope = (first.at(32.9) - first.at(18.0)) / (32.9 - 18.0)
    rest = vehicle(CAR).battery.open_circuit_voltage_V(28.0)
    return [
        *rows,
        compare(
            "pack, drift from 18 s to 33 s",
            published.PACK_FIRST_DRIFT_V_per_s,
            slope,
            "V/s",
            0.04,
            "first session, at constant current",
        ),
        compare(
            "pack, rest voltage at 28 % displayed",
            published.COMPLEO_REST_V,
            rest,
            "V",
            5.0,
            "not fitted: the table's offset was set at 58 %; 1.5 %",
        ),
    ]


def _residual(run: Replay) -> str:
    r = run.residuals()
    rms, worst = float(np.sqrt(np.mean(r**2))), float(r[np.argmax(np.abs(r))])
    return f"{run.title}: rms {rms:.2f} V, largest {worst:+.2f} V over {len(r)} of the points"


def section() -> Section:
    """Return the comparison of the pack's voltage."""
    z = vehicle(CAR).battery.impedance
    warm = 100 * state_of_charge(published.PACK_FIRST[0][1])
    low = 100 * state_of_charge(published.COMPLEO_REST_V)
    return Section(
        title="Ioniq 28 kWh: the pack's voltage under the recorded current",
        kind="consistency",
        basis="The published course of the current on the HYC150 (none for 0.9 s, then evenly "
        "to 171.6 A at 17.3 s, then constant) is imposed on the plant; start at the state of "
        f"charge whose rest voltage was recorded ({warm:.1f} % for 57 % displayed). Tolerance: "
        "1 V is 7 % of the rise.",
        rows=tuple(_rows()),
        fitted=(
            f"pack impedance (ioniq28.toml): {1e3 * z.series_resistance_Ohm:g} mohm in series, "
            f"{1e3 * z.fast_resistance_Ohm:g} mohm with {z.fast_time_constant_s:g} s, "
            f"{1e3 * z.slow_resistance_Ohm:g} mohm with {z.slow_time_constant_s:g} s",
            f"pack temperature: {WARM_DEGC:g} degC (not recorded; a day of several charges)",
            "offset of the open-circuit table: 353.2 V at 58 %",
        ),
        residuals=tuple(_residual(run) for run in replays()),
        not_matched=(
            f"28 % displayed is {low:.0f} % of our table: the table is a demonstration cell's, and "
            "the display's 0 to 100 % need not be its ends.",
        ),
        figures=("validation_ioniq28_pack.png",),
    )
