"""A charger and a car in simulated time, driven without a session."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from voltbench.calibration.tuning import charger_gains
from voltbench.control.session.stage import StageMode, StageRequest, VehicleRequest
from voltbench.hil.observe import RING
from voltbench.hil.plant_build import build_plant
from voltbench.hil.simulated import SimulatedBench
from voltbench.plant_models import catalog
from voltbench.plant_models.charger_data import Charger
from voltbench.plant_models.grid import Grid
from voltbench.plant_models.ledger import LOSSES
from voltbench.plant_models.slow_path import stored_energy
from voltbench.plant_models.vehicle import vehicle_plant


@dataclass
class Rig:
    """A bench with the verbs that the tests of the loops share."""

    bench: SimulatedBench
    rows: list[NDArray[np.float64]]

    @property
    def k(self) -> int:
        """Return the number of executed interrupts."""
        return self.bench.control_periods

    def run(self, seconds: float) -> bool:
        """Let time pass over contactor movements; False when a fault latched."""
        end = self.bench.now_s + seconds
        while self.bench.now_s < end - 1e-9:
            self.bench.advance_to(end)
            if self.bench.fault():
                return False
        return True

    def ask(self, **changes: Any) -> None:
        """Change the stage's request."""
        self.bench.apply(self.bench.stage.but(**changes), self.bench.vehicle)

    def connect(self) -> None:
        """Close the vehicle's contactors and wait for them."""
        self.bench.apply(self.bench.stage, VehicleRequest(contactors_closed=True))
        close_s, _ = self.bench.plant.vehicle.contactor_s
        assert self.run(close_s + 0.05)
        assert self.bench.vehicle_report().contactors_closed

    def disconnect(self) -> None:
        """Tell the vehicle's contactors to open, whatever flows."""
        self.bench.apply(self.bench.stage, VehicleRequest(contactors_closed=False))

    def ready(self, high_range: bool) -> None:
        """Charge and regulate the links."""
        request = StageRequest(mode=StageMode.READY, high_range=high_range)
        self.bench.apply(request, self.bench.vehicle)
        assert self.run(1.6)
        assert self.bench.stage_report().link_ready

    def charge(self, current_A: float, voltage_V: float | None = None) -> None:
        """Go from off to charging at a current, to the car's highest voltage by default."""
        u = self.bench.battery_terminal_V()
        self.ready(high_range=u > 480.0)
        self.ask(mode=StageMode.RUN, voltage_V=u, current_A=2.0, power_W=150e3,
                 output_contactors_closed=True)  # fmt: skip
        assert self.run(1.5)
        self.connect()
        top = voltage_V or self.bench.plant.vehicle.data.limits.maximum_voltage_V
        self.ask(voltage_V=top, current_A=current_A, battery_connected=True)
        assert self.run(0.6 + current_A / 150.0)

    def signal(self, name: str, first: int) -> NDArray[np.float64]:
        """Return a full-rate signal from interrupt `first` to now (at most 0.5 s)."""
        return self.bench.window(first)[1][:, RING.index(name)].astype(np.float64)

    def trace(self, name: str) -> NDArray[np.float64]:
        """Return a column of all rows so far."""
        self.bench.drain()
        return np.concatenate(self.rows)[:, self.bench.columns.index(name)]

    def module_currents(self) -> NDArray[np.float64]:
        """Return the true output currents of the modules."""
        found: NDArray[np.float64] = self.bench.plant.modules["out"]["i_f"].astype(np.float64)
        return found

    def energy_J(self) -> float:
        """Return the energy in every store but the battery."""
        p = self.bench.plant
        return float(stored_energy(p.params[0], p.state[0], p.modules))

    def imbalance(self) -> float:
        """Return grid minus battery, auxiliaries, losses and stores, relative to the grid's."""
        ledger = self.bench.plant.state[0]["ledger"]
        out = float(ledger["battery"] + ledger["vehicle_auxiliary"])
        out += sum(float(ledger[name]) for name in LOSSES) + self.energy_J()
        grid = float(ledger["grid_source"])
        return (grid - out) / grid


Build = Callable[..., Rig]


@pytest.fixture(scope="session")
def charger() -> Charger:
    return catalog.load("dc150", Charger, "chargers")


@pytest.fixture(scope="session")
def build(charger: Charger) -> Build:
    """Return a function that makes a rig; every argument has a default."""

    def make(
        car: str = "ioniq5",
        *,
        data: Charger = charger,
        grid: Grid | None = None,
        soc: float = 0.3,
        ambient_degC: float = 25.0,
        rate_Hz: float = 20e3,
        seed: int = 1,
        gains_for: Grid | None = None,
    ) -> Rig:
        grid = grid or Grid()
        nominal = gains_for or grid
        vehicle = vehicle_plant(catalog.vehicle(car), ambient_degC)
        plant = build_plant(data, vehicle, grid, soc, ambient_degC, rate_Hz)
        gains = charger_gains(data, rate_Hz, nominal.voltage_V, nominal.frequency_Hz)
        rows: list[NDArray[np.float64]] = []
        bench = SimulatedBench(plant, gains, seed, lambda r: rows.append(r.copy()))
        return Rig(bench, rows)

    return make
