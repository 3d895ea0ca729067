"""The output in the closed plant: voltage, current and power limits, ramps, sharing."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from voltbench.control.session.stage import StageMode
from voltbench.control.signals import Limit
from voltbench.plant_models.ledger import LOSSES

RATE = 20e3


def jumps(i: NDArray[np.float64], samples: int = 20) -> float:
    """Return the largest change of the 1 ms mean from one millisecond to the next, in A."""
    mean = i[: i.size // samples * samples].reshape(-1, samples).mean(axis=1)
    return float(np.abs(np.diff(mean)).max())


@pytest.mark.parametrize(("voltage_V", "high"), [(200.0, False), (460.0, False), (900.0, True)])
def test_soft_start_into_a_capacitor(build: Any, voltage_V: float, high: bool) -> None:
    rig = build()
    rig.ready(high_range=high)
    rig.ask(mode=StageMode.RUN, voltage_V=voltage_V, current_A=2.0, power_W=150e3,
            output_contactors_closed=True)  # fmt: skip
    first = rig.k
    slew = float(rig.bench.gains[0]["output"]["u_slew"])
    assert rig.run(0.45)
    early = rig.signal("output_voltage_V", first)
    assert rig.run(voltage_V / slew + 0.25)
    u = rig.signal("output_voltage_V", rig.k - 9000)
    # the sensor's tolerance is 0.2 % and 0.03 % of 1150 V
    band = 0.002 * voltage_V + 0.35
    assert u.mean() == pytest.approx(voltage_V, abs=band)
    assert np.ptp(u) < 0.005 * voltage_V
    assert rig.bench.observer[0]["u_out_max"] < voltage_V + band + 0.01 * voltage_V
    # the ramp of the reference, over a millisecond; 1.5 for the loop that follows it
    assert np.abs(u[20:] - u[:-20]).max() < 1.5 * slew * 20 / RATE + 0.5
    rise = early[20:] - early[:-20]
    settled = early[:-20] > 60.0  # the inlet jumps up when the contactors close onto the bus
    assert rise[settled].max(initial=0.0) < 1.5 * slew * 20 / RATE + 0.5


def test_regulates_down_without_a_battery(build: Any) -> None:
    rig = build()
    rig.ready(high_range=False)
    rig.ask(mode=StageMode.RUN, voltage_V=450.0, current_A=2.0, power_W=150e3,
            output_contactors_closed=True)  # fmt: skip
    assert rig.run(1.5)
    rig.ask(voltage_V=250.0)
    assert rig.run(1.0)
    assert rig.bench.stage_report().output_voltage_V == pytest.approx(250.0, abs=1.0)


def test_current_follows_its_ramps(build: Any) -> None:
    rig = build()
    rig.charge(20.0)
    o = rig.bench.gains[0]["output"]
    for target, rate in ((100.0, float(o["i_rise"])), (40.0, -float(o["i_fall"]))):
        first = rig.k
        rig.ask(current_A=target)
        assert rig.run(0.1)
        i = rig.signal("output_current_A", first)
        k = np.arange(i.size) / RATE
        middle = slice(600, i.size)
        slope = float(np.polyfit(k[middle], i[middle], 1)[0])
        assert slope == pytest.approx(rate, rel=0.03)  # sensors' gains, 0.5 %, and the trim
        assert rig.run(0.8)
        # the charger's sum of module sensors: 0.5 % each, 0.13 A offset each
        assert rig.bench.plant.state[0]["out"]["x"][3] == pytest.approx(target, abs=1.5)


def test_cells_block_at_zero_current_and_start_again_without_a_jump(build: Any) -> None:
    rig = build()
    rig.charge(20.0)
    rig.ask(current_A=0.0)
    assert rig.run(0.5)
    assert not rig.bench.module_cmd["dcdc_on"].any()
    ledger = rig.bench.plant.state[0]["ledger"]

    def lost() -> float:
        return sum(float(ledger[name]) for name in LOSSES if name.startswith("dcdc_"))

    before, start_s = lost(), rig.bench.now_s
    assert rig.run(0.5)
    # what still switches at zero current takes some 170 W a module
    assert (lost() - before) / (rig.bench.now_s - start_s) < 5.0
    assert rig.bench.stage_report().link_ready
    first = rig.k
    rig.ask(current_A=20.0)
    assert rig.run(0.49)
    i = rig.signal("output_current_A", first)
    assert jumps(i) < 1.0  # the ramp of 0.2 A a millisecond and the first blocks' settling
    assert i[-2000:].mean() == pytest.approx(20.0, abs=1.5)  # as above: module sensors


def test_current_to_voltage_to_power_is_bumpless(build: Any) -> None:
    rig = build(soc=0.5)
    rig.charge(100.0)
    r = rig.bench.stage_report()
    assert r.current_limited
    u, phases = r.output_voltage_V, []
    for changes, limit in (
        ({"voltage_V": u - 0.5}, Limit.VOLTAGE),  # CV takes over
        ({"voltage_V": u + 60.0}, Limit.CURRENT),  # back to CC
        ({"power_W": 50e3}, Limit.POWER),  # CP takes over
        ({"power_W": 150e3}, Limit.CURRENT),
    ):
        rig.ask(**changes)
        first = rig.k
        assert rig.run(0.5)
        i = rig.signal("output_current_A", first)
        if limit is not Limit.POWER:
            rig.run(2.5)
        phases.append((limit, int(rig.bench.control[0]["output"]["limits"]), jumps(i[:-20])))
        assert int(rig.bench.control[0]["output"]["limits"]) == limit
    # from one millisecond to the next: the ramp of 0.2 A is what may be seen, 2 A what a
    # charger of 400 A may jump (0.5 %); where another limit lets go, the ramped limit waits
    # 4 A above what was realised
    assert max(moved for _, _, moved in phases[:3]) < 2.0
    assert phases[3][2] < 4.5


def test_taper_from_current_to_voltage_by_the_battery_itself(build: Any) -> None:
    rig = build("ioniq28", soc=0.6)
    rig.charge(60.0)
    u = rig.bench.stage_report().output_voltage_V
    rig.ask(voltage_V=u + 0.3)  # reached by charging on, not by a step
    first = rig.k
    saw = []
    for _ in range(12):
        assert rig.run(5.0)
        saw.append(int(rig.bench.control[0]["output"]["limits"]))
    i = rig.trace("output_current_A")[round(first / RATE / 0.02) + 5 :]
    assert Limit.VOLTAGE in saw
    assert np.abs(np.diff(i)).max() < 0.3  # A from one row of 20 ms to the next
    assert i[-1] < 59.0


def test_battery_contactors_close_and_the_output_stays_calm(build: Any) -> None:
    rig = build()
    rig.charge(20.0)
    vehicle = rig.bench.plant.state[0]["vehicle"]
    # 0.2 % and 0.03 % of 1150 V of sensor error over 70 mohm of pack: 24 A at most
    assert vehicle["i_peak"] < 24.0


@pytest.mark.parametrize("current_A", [40.0, 120.0, 210.0])
def test_modules_share_within_their_sensors(build: Any, current_A: float) -> None:
    rig = build(seed=11)
    rig.charge(current_A)
    assert rig.run(1.0)
    i = rig.module_currents()
    s = rig.bench.plant.charger.sensors.module_current
    each = current_A / 5
    # the trim brings every *measured* current to the share: gain, offset, two ADC steps
    bound = s.gain_tolerance * each + s.offset_tolerance * s.full_scale
    bound += 2 * s.full_scale * 2 / 2**s.bits
    assert np.abs(i - each).max() < bound
    assert np.ptp(i) > 0.0  # the sensors do differ


def test_the_trim_brings_every_measured_current_to_its_share(build: Any) -> None:
    rig = build(seed=11)
    rig.charge(120.0)
    rig.bench.plant.params[0]["dab"]["inv_L"] /= 1.08  # 8 % more inductance than the law knows
    assert rig.run(0.5)  # seven time constants of the 15 Hz loop
    wanted, measured = [], []
    for _ in range(400):
        rig.bench.execute(1)
        wanted.append(rig.bench.control_modules["i_ref"].copy())
        measured.append(rig.bench.module_meas["i_o"].copy())
    error = np.mean(measured, axis=0) - np.mean(wanted, axis=0)
    assert np.abs(error).max() < 0.03  # A: half an ADC step; without the trim 2 A


def test_the_range_follows_the_request_only_while_off(build: Any) -> None:
    low, high = build("ioniq28", soc=0.5), build("ioniq5", soc=0.5)
    low.charge(100.0)
    high.charge(100.0)
    assert low.bench.control[0]["high_range"] == 0
    assert high.bench.control[0]["high_range"] == 1
    assert low.bench.stage_report().available_voltage_max_V == 500.0
    high.ask(high_range=False)
    assert high.run(0.1)
    assert high.bench.control[0]["high_range"] == 1
    assert high.bench.fault() is None


def test_ramp_down_ends_below_its_threshold_and_ready(build: Any) -> None:
    rig = build()
    rig.charge(100.0)
    first = rig.k
    rig.ask(mode=StageMode.READY)
    assert rig.run(0.4)
    i = rig.signal("output_current_A", first)
    fall = float(rig.bench.gains[0]["output"]["i_fall"])
    assert (i[20:] - i[:-20]).min() > -1.3 * fall * 20 / RATE - 1.0
    assert abs(i[-1]) < 1.0
    assert rig.bench.stage_report().link_ready


def test_energy_balances_over_all_of_this(build: Any) -> None:
    rig = build()
    rig.charge(150.0)
    rig.ask(mode=StageMode.READY)
    assert rig.run(1.0)
    assert abs(rig.imbalance()) < 1e-3
