"""Losses of a charger over its load with one to all modules running, and what shedding picks.

Every point is the whole charger (five modules for dc150), modules parked as the law parks
them, heatsinks at the same temperature; losses are those from the grid's source to the inlet.
"""

from dataclasses import dataclass

import numpy as np

from voltbench.control.sharing import FADING
from voltbench.hil.errors import SimulationStopped
from voltbench.hil.validation.bench_drive import Drive
from voltbench.plant_models.catalog_files import load
from voltbench.plant_models.charger_data import Charger

CURRENTS_A = (5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 60.0, 80.0, 100.0, 120.0, 140.0)
CARS = (("ioniq5", 0.5), ("ioniq28", 0.5))
_HEATSINK_DEGC = 50.0
_NEVER = 2**30


@dataclass(frozen=True)
class Point:
    """A steady output."""

    running: int
    current_A: float
    voltage_V: float
    loss_W: float

    @property
    def efficiency(self) -> float:
        """Return output over output and losses."""
        out = self.voltage_V * self.current_A
        return out / (out + self.loss_W)


class Loads:
    """A charger at a vehicle, brought from one steady current to the next."""

    def __init__(self, car: str, soc: float, shedding: bool) -> None:
        data = load("dc150", Charger, "chargers")
        values = {"shedding": True, "least_on_s": 0.2, "least_off_s": 0.2}
        self.charger = data.model_copy(update={"sharing": data.sharing.model_copy(update=values)})
        self.drive = Drive(self.charger, car, soc)
        bench = self.drive.bench
        if not shedding:
            for name in ("n_on", "n_off", "rotate_s"):
                bench.gains[0]["sharing"][name] = _NEVER
            bench.gains[0]["sharing"]["i_slew"] = 0.0
        bench.plant.modules["thermal"]["T_hs"] = _HEATSINK_DEGC
        top_V = bench.plant.vehicle.data.limits.maximum_voltage_V
        high = top_V > self.charger.rating.low_range_max_V
        self.drive.stage = self.drive.stage.but(high_range=high)
        self.drive.connect()

    def run_only(self, running: int) -> None:
        """Park all but some modules."""
        self.drive.bench.control_modules["sharing"]["mode"][running:] = FADING

    def at(self, current_A: float, settle_s: float) -> Point:
        """Go to a current and return the means of its last 0.4 s."""
        self.drive.hold(settle_s, current_A=current_A)
        if fault := self.drive.bench.fault():
            raise SimulationStopped("tripped", f"{fault} at {current_A:g} A")
        begin = self.drive.bench.now_s
        self.drive.hold(0.4)
        rows = self.drive.rows()
        late = rows["time_s"] > begin
        modes = self.drive.bench.control_modules["sharing"]["mode"]
        return Point(
            int(np.count_nonzero(modes == 0)),
            float(rows["output_current_A"][late].mean()),
            float(rows["output_voltage_V"][late].mean()),
            float(rows["loss_power_W"][late].mean()),
        )


def fixed(car: str, soc: float) -> dict[int, dict[float, Point]]:
    """Return the points of each number of modules, by the current asked; what they can carry."""
    found: dict[int, dict[float, Point]] = {}
    modules = load("dc150", Charger, "chargers").rating.modules
    for running in range(1, modules + 1):
        loads = Loads(car, soc, shedding=False)
        loads.run_only(running)
        found[running] = {}
        for current_A in CURRENTS_A:
            point = loads.at(current_A, 0.6)
            if point.running != running:  # a module woke because it was needed
                break
            found[running][current_A] = point
    return found


def chosen(car: str, soc: float) -> dict[float, Point]:
    """Return what the law comes to at each current, from the highest down."""
    loads = Loads(car, soc, shedding=True)
    return {current_A: loads.at(current_A, 2.6) for current_A in reversed(CURRENTS_A)}
