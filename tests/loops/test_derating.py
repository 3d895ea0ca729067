"""Derating as a control loop: it settles at its set temperature, without hunting or a trip.

One module at 10 kHz: the heat paths are a module's own, and hours of them are cheap.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from voltbench.plant_models.charger_data import Charger
from voltbench.plant_models.grid import Grid


@pytest.fixture(scope="module")
def one_module(charger: Charger) -> Charger:
    rating = {"modules": 1, "power_W": 30e3, "current_max_A": 100.0}
    return charger.model_copy(update={"rating": charger.rating.model_copy(update=rating)})


def settle(rig: Any, seconds: float, temperature: Callable[[], float]) -> tuple[float, float]:
    """Run; return the last temperature and the limit's largest swing about its drift."""
    limits, temperatures = [], []
    for _ in range(round(seconds / 5.0)):
        assert rig.run(5.0), rig.bench.fault()
        limits.append(float(rig.bench.control[0]["i_thermal"]))
        temperatures.append(temperature())
    last = np.array(limits[-60:])  # five minutes
    k = np.arange(last.size)
    drift = np.polyval(np.polyfit(k, last, 1), k)
    assert max(temperatures[-60:]) - min(temperatures[-60:]) < 1.0
    return temperatures[-1], float(np.abs(last - drift).max())


@pytest.mark.parametrize(
    ("air_left", "ambient_degC", "current_A", "lag_s", "seconds"),
    [
        (0.15, 45.0, 90.0, 5.0, 1500.0),
        (0.15, 45.0, 90.0, 20.0, 1500.0),
        (0.15, 45.0, 70.0, 60.0, 2200.0),
        (0.0, 10.0, 60.0, 5.0, 2000.0),  # fan blocked: only still air
    ],
)
def test_heatsink_settles_at_its_set_temperature(
    build: Any,
    one_module: Charger,
    air_left: float,
    ambient_degC: float,
    current_A: float,
    lag_s: float,
    seconds: float,
) -> None:
    # the grid's impedance that each of five modules would see
    rig = build("ioniq28", data=one_module, grid=Grid(short_circuit_power_VA=2e6), soc=0.05,
                ambient_degC=ambient_degC, rate_Hz=10e3)  # fmt: skip
    plant = rig.bench.plant
    plant.params[0]["thermal"]["G_fan"] *= air_left
    plant.slow[0]["sensor_lag"] = lag_s
    plant.modules["thermal"]["T_hs"] = plant.T_hs_sensor[:] = 72.0  # saves the heating up
    rig.charge(current_A)
    temperature, swing = settle(rig, seconds, lambda: float(plant.modules[0]["thermal"]["T_hs"]))
    T_set = one_module.protection.heatsink_derating_degC
    assert temperature == pytest.approx(T_set, abs=1.0)
    assert swing < 1.0
    # it is the loop that holds the current, and the report says so
    report = rig.bench.stage_report()
    assert report.output_current_A < 0.9 * current_A
    assert report.available_current_A == pytest.approx(report.output_current_A, abs=1.0)
    assert report.current_limited


def test_burnt_contacts_settle_at_their_set_temperature(build: Any, one_module: Charger) -> None:
    cable = one_module.cable.model_copy(update={"pin_resistance_Ohm": 12e-3})  # 48 times new
    rig = build("ioniq28", data=one_module.model_copy(update={"cable": cable}), soc=0.05,
                grid=Grid(short_circuit_power_VA=2e6), ambient_degC=30.0, rate_Hz=10e3)  # fmt: skip
    plant = rig.bench.plant
    rig.charge(90.0)
    temperature, swing = settle(rig, 900.0, lambda: float(plant.slow[0]["cable"]["T_pin"]))
    assert temperature == pytest.approx(one_module.protection.pin_derating_degC, abs=1.0)
    assert swing < 1.0
    assert rig.bench.stage_report().output_current_A < 85.0


def test_a_cool_charger_is_not_derated(build: Any) -> None:
    rig = build()
    rig.charge(200.0)
    assert rig.run(2.0)
    g = rig.bench.gains[0]
    assert rig.bench.control[0]["i_thermal"] == min(
        g["pin_derating"]["i_max"], 5 * g["module_derating"]["i_max"]
    )
    assert not rig.bench.control[0]["output"]["limits"] & 8
