"""The boost-inductor front end in the closed plant: one module (dc22), and three in parallel."""

import math
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq

from voltbench.calibration.loops_grid import current_loop
from voltbench.control.session.stage import StageMode, StageRequest
from voltbench.plant_models import catalog
from voltbench.plant_models.charger_data import Charger
from voltbench.plant_models.grid import Grid, PhaseLoss, Sag

U_PEAK = 400.0 * math.sqrt(2 / 3)


def changed(section: Any, **values: Any) -> Any:
    return section.model_copy(update=values)


@pytest.fixture(scope="module")
def one() -> Charger:
    return catalog.load("dc22", Charger, "chargers")


@pytest.fixture(scope="module")
def three(one: Charger) -> Charger:
    sensor = changed(one.sensors.output_current, full_scale=240.0)
    made: Charger = changed(
        one,
        rating=changed(one.rating, modules=3, power_W=66e3, current_max_A=180.0),
        protection=changed(one.protection, output_current_max_A=210.0),
        sensors=changed(one.sensors, output_current=sensor),
    )
    return made


@pytest.fixture(params=[1, 3])
def data(request: pytest.FixtureRequest, one: Charger, three: Charger) -> Charger:
    return one if request.param == 1 else three


def grid_of(data: Charger, ratio: float) -> Grid:
    """Return a grid by its short-circuit power over the charger's rating."""
    return Grid(short_circuit_power_VA=ratio * data.rating.power_W)


@pytest.mark.parametrize("car", ["ioniq5", "model3_lr"])
def test_power_factor_above_20_percent_load(build: Any, data: Charger, car: str) -> None:
    rig, rated_W = build(car, data=data), data.rating.power_W
    u = rig.bench.battery_terminal_V()
    rig.charge(0.2 * rated_W / u)
    for share in (0.2, 0.35, 0.6, 0.9):
        rig.ask(current_A=share * rated_W / rig.bench.stage_report().output_voltage_V)
        assert rig.run(0.8)
        meter = rig.bench.meter[0]
        assert meter["P"] > 0.2 * rated_W
        assert meter["pf"] > 0.99
        # no capacitor: what is left is the angle of the sensor's RC, atan(50/5000)
        assert meter["Q"] == pytest.approx(0.01 * meter["P"], abs=0.002 * meter["P"])
    assert abs(rig.imbalance()) < 1e-5


@pytest.mark.parametrize("ratio", [67, 20, 10, 6])
def test_stable_on_weak_grids(build: Any, data: Charger, ratio: float) -> None:
    rig = build(data=data, grid=grid_of(data, ratio))
    u = rig.bench.battery_terminal_V()
    rig.charge(0.1 * data.rating.power_W / u)
    assert rig.bench.meter[0]["thd"] < 0.08
    rig.ask(current_A=0.95 * data.rating.power_W / u)
    assert rig.run(2.0)
    assert rig.bench.meter[0]["thd"] < 0.05
    assert rig.bench.meter[0]["pf"] > 0.99


@pytest.mark.parametrize("ratio", [455, 50, 20])
def test_current_step_is_what_the_margins_are_made_of(
    build: Any, data: Charger, ratio: float
) -> None:
    grid = grid_of(data, ratio)
    rig = build(data=data, grid=grid)
    rig.charge(30.0 * data.rating.modules)
    x, pfc, each_W = rig.bench.control_modules["pfc"], rig.bench.gains[0]["pfc"], 3e3
    pfc["k_pv"] = pfc["k_iv"] = 0.0  # the link control holds its output: the loop is alone
    start = float(np.mean(x["i_d"]))
    x["x_v"] += each_W
    size, path = each_W * 2 / (3 * U_PEAK), np.zeros(60)
    for k in range(60):
        rig.bench.execute(1)
        path[k] = float(np.mean(x["i_d"])) - start
    R, L = (data.rating.modules * z for z in grid.impedance())
    A, b = current_loop(data, rig.bench.gains[0], R, L).tracking()
    state, predicted = np.zeros(6, complex), np.zeros(60)
    for k in range(60):
        predicted[k] = size * state[0].real
        state = A @ state + b
    # ADC steps of 44 mA, the link's own change; the law filters the amplitude of the measured
    # voltage only, the prediction both of its axes, which shows the more the weaker the grid
    assert np.abs(path - predicted).max() < 0.08 * size


@pytest.mark.parametrize(
    ("ratio", "k_i_factor", "stable"),
    [(10.0, 2.5, True), (10.0, 5.0, False), (6.0, 1.0, True), (4.0, 2.5, False)],
)
def test_whole_feed_forward_is_stable_where_the_margins_say_so(
    build: Any, one: Charger, ratio: float, k_i_factor: float, stable: bool
) -> None:
    """The terminals hold 81 to 92 % of the bridge's own voltage here: hardly any margin is left."""
    grid = grid_of(one, ratio)
    rig = build(data=one, grid=grid)
    rig.charge(5.0)
    gains = rig.bench.gains[0]
    assert rig.bench.meter[0]["thd"] < 0.05
    gains["pfc"]["k_ff"] = 1.0
    gains["pfc"]["k_i"] *= k_i_factor
    assert current_loop(one, gains, *grid.impedance()).loop("", 800.0, "").stable() == stable
    assert bool(rig.run(1.0) and rig.bench.meter[0]["thd"] < 0.05) == stable


def rectified(power_W: float, R: float, drop_V: float) -> float:
    """Return the voltage of a three-phase bridge on 400 V that feeds a constant power.

    Two phases conduct through 2 R around each of the six crests of the line voltage.
    """

    def surplus(u: float) -> float:
        half = math.acos(min((u + drop_V) / (400.0 * math.sqrt(2)), 1.0))
        pulse = quad(
            lambda x: (400 * math.sqrt(2) * math.cos(x) - drop_V - u) / (2 * R), -half, half
        )[0]
        return float(pulse * 3 / math.pi * u - power_W)

    return float(brentq(surplus, 500.0, 400.0 * math.sqrt(2) - drop_V))


def test_blocked_bridge_charges_to_the_rectified_peak(build: Any, data: Charger) -> None:
    rig = build(data=data)
    bench = rig.bench
    bench.gains[0]["limits"]["u_g_min"] = 1e6  # never bypassed: the bridge stays a rectifier
    bench.apply(StageRequest(mode=StageMode.READY), bench.vehicle)
    largest = 0.0
    for _ in range(200):
        bench.advance(0.01)
        each = (rig.signal(f"grid_current_{p}_A", max(rig.k - 200, 0)) for p in "abc")
        largest = max(largest, *(float(np.abs(i).max()) for i in each))
    assert not bench.module_cmd["pwm_on"].any()
    n, R = data.rating.modules, data.grid.precharge_resistance_Ohm
    u_dc = bench.plant.modules["u_p"] + bench.plant.modules["u_n"]
    expected = rectified(n * data.dc_link.control_supply_W, R, 2 * data.front_end.diode_drop_V)
    # 50 us of diode conduction more or less at each crest; the link's own ripple
    assert u_dc == pytest.approx(expected, rel=0.005)
    assert 0.95 * U_PEAK / R < largest < U_PEAK / R
    assert abs(rig.imbalance()) < 1e-3


@pytest.mark.parametrize("ratio", [200, 10])
def test_blocked_bridges_above_the_peak_carry_nothing(
    build: Any, three: Charger, ratio: float
) -> None:
    """The terminals then show the source itself, delayed and damped by the sensor's RC."""
    grid = grid_of(three, ratio)
    rig = build(data=three, grid=grid)
    bench, x = rig.bench, rig.bench.plant.modules
    x["u_p"] = x["u_n"] = 330.0
    x["u_p"][1] = 300.0  # unlike its neighbours, and no clamp yet
    bench.apply(StageRequest(mode=StageMode.READY), bench.vehicle)
    assert rig.run(0.1)
    assert np.abs(x["ac"]["i1_al"]).max() < 1e-6
    assert abs(float(bench.plant.state[0]["i_g_be"])) < 1e-6
    first = rig.k
    assert rig.run(0.1)
    u = rig.signal("grid_voltage_a_V", first)
    turn = np.exp(-2j * np.pi * 50.0 * np.arange(1, u.size + 1) / 20e3)
    phasor = 2 * np.mean(u * turn)
    corner = 1.0 / (1.0 + 50.0j / 5e3)  # voltage_filter_Hz
    assert abs(phasor) == pytest.approx(U_PEAK * abs(corner), rel=1e-4)  # held source: 1e-5


def test_soft_start_has_no_overshoot(build: Any, data: Charger) -> None:
    rig = build(data=data)
    rig.ready(high_range=False)
    assert rig.trace("dc_link_voltage_V").max() < 1.02 * data.dc_link.reference_min_V


@pytest.mark.parametrize(("phase", "current_A"), [(0, 3.0), (1, 10.0), (2, 30.0), (1, 50.0)])
def test_a_lost_phase_carries_nothing_and_trips(
    build: Any, data: Charger, phase: int, current_A: float
) -> None:
    rig = build("model3_lr", data=data, grid=Grid(phase_loss=PhaseLoss(8.0, 0.3, phase)))
    rig.charge(current_A * data.rating.modules)
    assert rig.run(7.995 - rig.bench.now_s)
    first = rig.k
    assert not rig.run(0.3)
    assert rig.bench.now_s - 8.0 < 0.06
    assert rig.bench.fault() in ("GRID_LOST", "LINK_UNDERVOLTAGE", "GRID_OVERCURRENT")
    i = np.array([rig.signal(f"grid_current_{name}_A", first) for name in "abc"])
    opened = np.abs(i[phase]) < 1e-6
    assert opened[-20:].all()
    others = np.delete(i, phase, axis=0)[:, opened]
    assert np.abs(others.sum(axis=0)).max() < 1e-3  # what one brings the other takes
    assert np.abs(others).max() > 1.0
    x, ac = rig.bench.plant.state[0], rig.bench.plant.modules["ac"]
    for axis in ("al", "be"):  # an inductor's two ends carry one current
        assert ac[f"i1_{axis}"].sum() == pytest.approx(float(x[f"i_g_{axis}"]), abs=1e-9)


def test_the_phase_comes_back_when_the_loss_ends(build: Any, one: Charger) -> None:
    rig = build(data=one, grid=Grid(phase_loss=PhaseLoss(8.0, 0.012, 2)))
    rig.charge(6.0)
    assert rig.run(7.995 - rig.bench.now_s)
    first = rig.k
    assert rig.run(0.4)
    i = rig.signal("grid_current_c_A", first)
    assert np.count_nonzero(np.abs(i[:400]) < 1e-6) > 10
    rms = [float(rig.signal(f"grid_current_{p}_A", rig.k - 2000).std()) for p in "abc"]
    assert rms[2] == pytest.approx(rms[0], rel=0.03)


@pytest.mark.parametrize("residual", [0.9, 0.8])
def test_rides_through_a_shallow_sag_at_full_power(
    build: Any, data: Charger, residual: float
) -> None:
    rig = build(data=data, grid=Grid(sags=(Sag(8.0, 0.1, residual),)))
    rig.charge(0.97 * data.rating.power_W / rig.bench.battery_terminal_V())
    assert rig.run(8.5 - rig.bench.now_s), rig.bench.fault()
    u = rig.signal("dc_link_voltage_V", rig.k - 10_000)
    target = float(rig.bench.control_modules[0]["pfc"]["u_dc_ref"])
    assert np.abs(u - target).max() < 0.1 * target


@pytest.mark.parametrize("rate_Hz", [10e3, 50e3])
def test_every_control_rate_is_allowed(build: Any, data: Charger, rate_Hz: float) -> None:
    rig = build(data=data, rate_Hz=rate_Hz)
    rig.charge(20.0 * data.rating.modules)
    assert rig.run(1.0)
    assert rig.bench.meter[0]["pf"] > 0.99
    assert abs(rig.imbalance()) < 1e-3


def test_modules_share_the_grid_current(build: Any, three: Charger) -> None:
    rig = build(data=three, seed=5)
    rig.charge(75.0)
    assert rig.run(1.0)
    ac = rig.bench.plant.modules["ac"]
    total = complex(rig.bench.plant.state[0]["i_g_al"], rig.bench.plant.state[0]["i_g_be"])
    each = ac["i1_al"] + 1j * ac["i1_be"]
    assert each.sum() == pytest.approx(total, abs=1e-9)
    # current sensors within 0.5 % and 0.1 % of 90 A, link sensors within 0.5 % of the link
    assert np.abs(each - total / 3).max() < 0.06 * abs(total / 3)
    assert np.ptp(np.abs(each)) > 0.0
