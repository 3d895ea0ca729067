"""One hour of charging in the heat with a fan that fails or contacts that have burnt.

A single-module charger at its full current into a battery large enough not to fill within the
hour. Control and plant know the same lag of the temperature sensors; fan and contacts are
worse than the control's gains were made for. What is judged is the delivered current of the
last half hour, in rows of 20 ms: its swing about a slow drift.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voltbench.hil.errors import SimulationStopped
from voltbench.hil.validation.bench_drive import Drive
from voltbench.plant_models.catalog_files import load
from voltbench.plant_models.charger_data import Charger

AMBIENT_DEGC = 45.0
LARGEST_SWING_A = 1.0
_CURRENT_A = 90.0
_LARGER = 50.0
"""Of the battery: its charge and heat capacity, so that an hour changes neither much."""
_HEATED = {"contacts": "pin_temperature_degC"}
_HEATSINK = "module1_heatsink_temperature_degC"


@dataclass(frozen=True)
class SoakCase:
    """What is wrong with the charger, and how slow its temperature sensors are."""

    name: str
    air_left: float
    """Share of the fan's conductance that is left."""
    lag_s: float
    pin_ohm: float | None = None
    """Resistance of burnt contacts."""

    @property
    def hot(self) -> str:
        """Return the row column of the part that derating holds."""
        return _HEATED.get(self.name, _HEATSINK)


CASES = tuple(
    SoakCase(name, air, lag, pin)
    for name, air, pin in (
        ("air filter clogged", 0.15, None),
        ("fan blocked", 0.0, None),
        ("contacts", 1.0, 12e-3),
    )
    for lag in (5.0, 15.0, 30.0, 60.0)
)


@dataclass(frozen=True)
class Soak:
    """An hour's traces and what they come to."""

    case: SoakCase
    time_s: NDArray[np.float64]
    current_A: NDArray[np.float64]
    temperature_degC: NDArray[np.float64]
    set_degC: float
    trip_degC: float

    @property
    def _last(self) -> NDArray[np.bool_]:
        late: NDArray[np.bool_] = self.time_s > self.time_s[-1] / 2
        return late

    @property
    def swing_A(self) -> float:
        """Return peak to peak of the last half about a parabola (the battery's drift)."""
        t, i = self.time_s[self._last], self.current_A[self._last]
        t = (t - t.mean()) / np.ptp(t)
        return float(np.ptp(i - np.polyval(np.polyfit(t, i, 2), t)))

    @property
    def settled_A(self) -> float:
        """Return the mean current of the last half."""
        return float(self.current_A[self._last].mean())

    @property
    def settled_degC(self) -> float:
        """Return the mean temperature of the last half."""
        return float(self.temperature_degC[self._last].mean())

    @property
    def hottest_degC(self) -> float:
        """Return the hottest the part became."""
        return float(self.temperature_degC.max())


def soak(case: SoakCase, seconds: float = 3600.0) -> Soak:
    """Run one case from cold.

    Raises
    ------
    SimulationStopped
        If a protection trips.
    """
    data = _charger(case)
    drive = Drive(data, "ioniq28", 0.3, AMBIENT_DEGC)
    plant = drive.bench.plant
    plant.params[0]["thermal"]["G_fan"] *= case.air_left
    for name in ("capacity", "C_th"):
        plant.slow[0]["battery"][name] *= _LARGER
    drive.connect()
    started = drive.bench.now_s
    drive.stage = drive.stage.but(current_A=_CURRENT_A)
    drive.bench.apply(drive.stage, drive.car)
    while drive.bench.now_s < started + seconds:
        drive.bench.advance(min(5.0, started + seconds - drive.bench.now_s + 1e-3))
        if fault := drive.bench.fault():
            raise SimulationStopped("tripped", f"{fault} after {drive.bench.now_s - started:.0f} s")
    rows = drive.rows()
    late = rows["time_s"] > started
    p = data.protection
    pins = case.name in _HEATED
    return Soak(
        case,
        rows["time_s"][late] - started,
        rows["output_current_A"][late],
        rows[case.hot][late],
        p.pin_derating_degC if pins else p.heatsink_derating_degC,
        p.pin_max_degC if pins else p.heatsink_max_degC,
    )


def _charger(case: SoakCase) -> Charger:
    """Return the charger of a case; its gains know the sensors' lag."""
    data = load("dc30", Charger, "chargers")
    thermal = data.thermal.model_copy(update={"sensor_lag_s": case.lag_s})
    cable = data.cable
    if case.pin_ohm is not None:
        cable = cable.model_copy(update={"pin_resistance_Ohm": case.pin_ohm})
    return data.model_copy(update={"thermal": thermal, "cable": cable})
