"""A simulated bench brought to a state by hand, without a session: for replays and faults."""

import numpy as np

from voltbench.calibration.tuning import charger_gains
from voltbench.control.session.stage import StageMode, StageRequest, VehicleRequest
from voltbench.hil.plant_build import build_plant
from voltbench.hil.simulated import SimulatedBench
from voltbench.hil.validation.run import Columns
from voltbench.plant_models.catalog import vehicle
from voltbench.plant_models.catalog_files import load
from voltbench.plant_models.charger_data import Charger
from voltbench.plant_models.grid import Grid
from voltbench.plant_models.vehicle import vehicle_plant

RATE_HZ = 20e3


class Drive:
    """A bench and the requests it is under; everything starts at the ambient temperature."""

    def __init__(
        self, charger: str | Charger, car: str, soc: float, ambient_degC: float = 25.0
    ) -> None:
        data = load(charger, Charger, "chargers") if isinstance(charger, str) else charger
        grid = Grid()
        pack = vehicle_plant(vehicle(car), ambient_degC)
        plant = build_plant(data, pack, grid, soc, ambient_degC, RATE_HZ)
        gains = charger_gains(data, RATE_HZ, grid.voltage_V, grid.frequency_Hz)
        self.bench = SimulatedBench(plant, gains, 1, self._keep)
        self.stage, self.car = StageRequest(), VehicleRequest()
        self._blocks: list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]] = []

    def _keep(self, block: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> None:
        self._blocks.append(block.copy())

    def hold(self, duration_s: float, **changes: object) -> None:
        """Change the stage's request and go on for some time (to its end, whatever happens)."""
        self.stage = self.stage.but(**changes)
        self.bench.apply(self.stage, self.car)
        end_s = self.bench.now_s + duration_s
        while self.bench.now_s < end_s - 0.5 * self.bench.plant.T_s:
            self.bench.advance_to(end_s)

    def link_up(self) -> None:
        """Charge the DC link and close the output contactors."""
        self.hold(1.2, mode=StageMode.READY)
        self.hold(0.1, output_contactors_closed=True)

    def connect(self) -> None:
        """Bring the output to the battery's voltage and close the vehicle's contactors."""
        self.link_up()
        battery_V, limit_W = (
            self.bench.battery_terminal_V(),
            self.bench.plant.charger.rating.power_W,
        )
        self.hold(1.0, mode=StageMode.RUN, voltage_V=battery_V, current_A=2.0, power_W=limit_W)
        self.car = VehicleRequest(contactors_closed=True)
        top_V = self.bench.plant.vehicle.data.limits.maximum_voltage_V
        self.hold(0.5, current_A=0.0)
        self.hold(0.1, voltage_V=top_V, battery_connected=True)

    def rows(self) -> Columns:
        """Return the decimated rows so far."""
        self.bench.drain()
        return dict(zip(self.bench.columns, np.concatenate(self._blocks).T, strict=True))
