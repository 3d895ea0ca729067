"""Each fault is provoked physically; it blocks the gates in time, and it stays."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from voltbench.control.session.stage import StageMode, StageRequest
from voltbench.control.signals import ChargerPhase, Fault
from voltbench.plant_models.charger_data import Charger
from voltbench.plant_models.grid import Grid, Sag

RATE = 20e3
Exceeds = Callable[[Any], bool]


def bits(rig: Any) -> int:
    return int(rig.bench.control[0]["protection"]["faults"])


def limit(rig: Any, name: str) -> float:
    return float(rig.bench.gains[0]["limits"][name])


def reaction(rig: Any, exceeds: Exceeds, periods: int) -> int:
    """Step until a fault latches; return the reaction time in interrupts.

    It runs from the first sample above the limit to the first period with blocked gates:
    one after the command, for the computation delay.
    """
    run = 0
    for _ in range(periods):
        rig.bench.execute(1)
        run = run + 1 if exceeds(rig.bench) else 0
        if rig.bench.fault():
            assert run > 0, "tripped without a sample above the limit"
            assert not rig.bench.module_cmd["pwm_on"].any()
            assert not rig.bench.module_cmd["dcdc_on"].any()
            return run
    raise AssertionError("no fault latched")


def check_blocked(rig: Any, expected: str) -> None:
    """Check that the fault holds whatever is asked, and that the energy goes down."""
    assert expected in {f.name for f in Fault if bits(rig) & f}
    faults = bits(rig)
    rig.bench.apply(StageRequest(mode=StageMode.OFF), rig.bench.vehicle)
    rig.bench.advance(0.1)
    energy = rig.energy_J()  # after the contactors' delays: until then the grid still feeds
    rig.bench.apply(StageRequest(mode=StageMode.READY), rig.bench.vehicle)
    for _ in range(20):
        rig.bench.advance(0.05)
        assert not rig.bench.module_cmd["pwm_on"].any()
        assert not rig.bench.module_cmd["dcdc_on"].any()
    assert bits(rig) & faults == faults
    assert rig.bench.control[0]["phase"] == ChargerPhase.FAULT
    assert rig.bench.plant.state[0]["grid_closed"] == 0
    assert rig.bench.plant.state[0]["i_g_al"] == 0.0
    assert rig.energy_J() < max(energy, 1.0)  # below 1 J nothing was charged yet


def n_fast(rig: Any) -> int:
    return int(rig.bench.gains[0]["limits"]["n_fast"])


def test_load_dump_trips_on_output_over_voltage(build: Any) -> None:
    rig = build()
    rig.charge(200.0)
    trip_V = 1.1 * rig.bench.plant.vehicle.data.limits.maximum_voltage_V
    rig.ask(voltage_trip_V=trip_V)
    vehicle = rig.bench.plant.state[0]["vehicle"]
    vehicle["u_arc"] = vehicle["arc_max"] = 4e3  # a pyrotechnic fuse: no slow arc
    rig.disconnect()
    took = reaction(rig, lambda b: b.meas[0]["u_bus"] > np.float32(trip_V), 8000)
    assert took <= n_fast(rig) + 1
    # 200 A into the output capacitors until the gates block; then what the chokes, the cable
    # and the series resistances (0.12 ohm, 40 mohm) still bring
    rig.bench.advance(0.05)
    out = rig.bench.plant.charger.output
    C = 5 * out.module_capacitance_F + out.bus_capacitance_F
    bound = trip_V + (n_fast(rig) + 1) / RATE * 200.0 / C + 200.0 * 0.16
    assert rig.bench.observer[0]["u_out_max"] < bound
    check_blocked(rig, "OUTPUT_OVERVOLTAGE")


def test_contactors_opening_under_load_end_without_over_voltage(build: Any) -> None:
    rig = build()
    rig.charge(200.0)
    rig.disconnect()
    rig.bench.advance(0.5)
    rig.run(0.5)
    # the arc's voltage grows slowly enough for the voltage control or the trip
    assert rig.bench.observer[0]["u_out_max"] < 1.03 * limit(rig, "u_out_max")
    assert abs(rig.bench.plant.state[0]["i_bat"]) < 1.0
    assert rig.bench.plant.state[0]["ledger"]["arcs"] > 1.0  # J, the arc's heat is booked
    assert abs(rig.imbalance()) < 1e-3


def test_grid_over_voltage_trips_on_link_over_voltage(build: Any) -> None:
    # 660 V rectified is 933 V
    rig = build(grid=Grid(voltage_V=660.0), gains_for=Grid())
    rig.bench.apply(StageRequest(mode=StageMode.READY), rig.bench.vehicle)
    rig.bench.gains[0]["limits"]["i_g_max"] = 1e4  # the inrush is not the point here
    rig.bench.advance(0.03)
    u, half = limit(rig, "u_dc_max"), limit(rig, "u_half_max")

    def exceeds(b: Any) -> bool:
        p, n = b.module_meas["u_p"], b.module_meas["u_n"]
        return bool(((p + n > u) | (p > half) | (n > half)).any())

    assert reaction(rig, exceeds, 40_000) <= n_fast(rig) + 1
    check_blocked(rig, "LINK_OVERVOLTAGE")


def test_deep_sag_trips_on_link_under_voltage(build: Any) -> None:
    rig = build(grid=Grid(sags=(Sag(8.0, 0.5, 0.3),)))
    rig.charge(200.0)
    assert rig.run(7.999 - rig.bench.now_s)
    low = limit(rig, "u_dc_min")

    def exceeds(b: Any) -> bool:
        return bool((b.module_meas["u_p"] + b.module_meas["u_n"] < low).any())

    assert reaction(rig, exceeds, 2000) <= n_fast(rig) + 1
    check_blocked(rig, "LINK_UNDERVOLTAGE")


def test_long_sag_at_light_load_trips_on_grid_lost(build: Any) -> None:
    rig = build(grid=Grid(sags=(Sag(8.0, 0.5, 0.6),)))
    rig.charge(10.0)
    assert rig.run(7.999 - rig.bench.now_s)
    low = limit(rig, "u_g_min")
    took = reaction(rig, lambda b: bool((b.control_modules["pll"]["u"] < low).any()), 2000)
    assert took <= limit(rig, "n_slow") + 1
    assert rig.bench.now_s - 8.0 < 0.03  # the 5 ms filter and the 10 ms of qualification
    check_blocked(rig, "GRID_LOST")


def test_a_voltage_swell_trips_on_grid_over_current(build: Any) -> None:
    rig = build(grid=Grid(sags=(Sag(8.0, 0.1, 1.5),)))  # beyond what the link can oppose
    rig.charge(200.0)
    assert rig.run(7.999 - rig.bench.now_s)
    high = limit(rig, "i_g_max")

    def exceeds(b: Any) -> bool:
        a, c = b.module_meas["i_g_a"], b.module_meas["i_g_b"]
        return bool(((abs(a) > high) | (abs(c) > high) | (abs(a + c) > high)).any())

    assert reaction(rig, exceeds, 2000) <= n_fast(rig) + 1
    check_blocked(rig, "GRID_OVERCURRENT")


def test_short_circuit_trips_on_over_current(build: Any) -> None:
    rig = build()
    rig.charge(200.0)
    rig.bench.plant.R_short = 0.02
    rig.bench.plant.discretise_output()
    i_out, i_module = limit(rig, "i_out_max"), limit(rig, "i_module_max")

    def exceeds(b: Any) -> bool:
        return bool(abs(b.meas[0]["i_out"]) > i_out or (abs(b.module_meas["i_o"]) > i_module).any())

    assert reaction(rig, exceeds, 400) <= n_fast(rig) + 1
    assert bits(rig) & (Fault.OUTPUT_OVERCURRENT | Fault.MODULE_OVERCURRENT)
    rig.disconnect()
    rig.ask(output_contactors_closed=False)
    check_blocked(rig, rig.bench.fault())


def test_one_hot_heatsink_trips(build: Any) -> None:
    rig = build()
    rig.charge(60.0)
    m = rig.bench.plant.modules["thermal"]
    m["T_hs"][3] = 99.0
    rig.bench.plant.T_hs_sensor[3] = 89.9
    top = limit(rig, "T_hs_max")
    took = reaction(rig, lambda b: bool((b.module_meas["T_hs"] > top).any()), 40_000)
    assert took <= limit(rig, "n_slow") + 1
    check_blocked(rig, "MODULE_OVERTEMPERATURE")


def test_hot_contacts_trip(build: Any) -> None:
    rig = build()
    rig.charge(60.0)
    slow = rig.bench.plant.slow[0]
    slow["cable"]["T_pin"], slow["T_pin_sensor"] = 120.0, 94.9
    top = limit(rig, "T_pin_max")
    took = reaction(rig, lambda b: b.meas[0]["T_pin"] > top, 40_000)
    assert took <= limit(rig, "n_slow") + 1
    check_blocked(rig, "CONNECTOR_OVERTEMPERATURE")


def test_emergency_stop_blocks_in_the_same_interrupt(build: Any) -> None:
    rig = build()
    rig.charge(200.0)
    rig.ask(emergency_stop=True)
    assert reaction(rig, lambda b: True, 2) == 1
    first = rig.k
    rig.ask(emergency_stop=False)  # letting go of the button clears nothing
    rig.bench.advance(0.02)
    i = rig.signal("output_current_A", first)
    assert abs(i[round(0.002 * RATE)]) < 5.0  # the chokes are empty in less than 2 ms
    check_blocked(rig, "EMERGENCY_STOP")


def test_insulation_flag_blocks_in_the_same_interrupt(build: Any) -> None:
    rig = build()
    rig.charge(60.0)
    rig.bench.ref[0]["insulation_fault"] = 1
    assert reaction(rig, lambda b: True, 2) == 1
    rig.bench.ref[0]["insulation_fault"] = 0
    check_blocked(rig, "INSULATION")


def test_precharge_that_never_ends_times_out(build: Any, charger: Charger) -> None:
    # a resistor that has burnt to 4 kohm: the supplies' 100 W pull the link down
    grid = charger.grid.model_copy(update={"precharge_resistance_Ohm": 4e3})
    rig = build(data=charger.model_copy(update={"grid": grid}))
    rig.bench.apply(StageRequest(mode=StageMode.READY), rig.bench.vehicle)
    assert not rig.run(charger.control.precharge_timeout_s + 0.2)
    assert rig.bench.now_s == pytest.approx(charger.control.precharge_timeout_s, abs=0.2)
    check_blocked(rig, "PRECHARGE_TIMEOUT")


def test_a_single_sample_above_a_limit_does_not_trip(build: Any) -> None:
    rig = build()
    rig.charge(60.0)
    counters = rig.bench.control[0]["protection"]
    rig.bench.plant.state[0]["u_bus"] = 1100.0  # what the sensor sees, until the plant moves on
    rig.bench.execute(1)
    assert counters["n_out_u"] == 1
    rig.bench.execute(1)
    assert counters["n_out_u"] == 0
    assert rig.bench.fault() is None


def test_every_fault_bit_has_a_test() -> None:
    text = Path(__file__).read_text("utf-8")
    missing = [f.name for f in Fault if f.name not in text]
    assert missing == []


def test_gates_stay_blocked_on_a_charged_link(build: Any) -> None:
    rig = build()
    rig.charge(100.0)
    rig.ask(emergency_stop=True)
    rig.bench.advance(0.001)
    u = rig.bench.plant.modules["u_p"] + rig.bench.plant.modules["u_n"]
    rig.bench.advance(2.0)
    later = rig.bench.plant.modules["u_p"] + rig.bench.plant.modules["u_n"]
    assert (later < u).all()
    assert np.isfinite(later).all()
