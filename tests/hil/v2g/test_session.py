"""Whole sessions in both dialects: order, what is measured, what is asked of the hardware."""

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest

from voltbench.control.session.limits import ChargerCapability
from voltbench.control.session.phases import SessionPhase
from voltbench.control.session.stage import StageMode
from voltbench.hil.v2g.messages import din, iso2
from voltbench.hil.v2g.messages.catalog import Step
from voltbench.hil.v2g.messages.frame import Protocol
from voltbench.hil.v2g.profiles import DIN_2014, DIN_2024, ISO2
from voltbench.hil.v2g.secc.settings import SeccSettings

Simulate = Callable[..., Any]
BOTH = pytest.mark.parametrize("protocol", [Protocol.DIN, Protocol.ISO2])


@BOTH
def test_a_session_passes_every_phase_in_order(
    simulate: Simulate, car: Simulate, protocol: Protocol, good_phases: list[SessionPhase]
) -> None:
    run = simulate(car(protocols=(protocol,)))
    result = run.link.result()
    assert result.completed
    assert list(result.phase_times_s) == good_phases
    assert result.protocol == protocol.value
    assert result.ev_reason == "soc_target"
    assert run.plant.soc_percent >= 20.2
    json.dumps(result.to_json())


def test_the_result_names_the_timer_profile(simulate: Simulate, car: Simulate) -> None:
    profiles = {Protocol.DIN: DIN_2024, Protocol.ISO2: ISO2}
    other = simulate(car(timer_profiles=profiles)).link.result()
    assert (other.evse_timer_profile, other.ev_timer_profile) == (DIN_2014, DIN_2024)
    assert other.completed


def test_the_vehicle_s_first_choice_decides(simulate: Simulate, car: Simulate) -> None:
    run = simulate(car(protocols=(Protocol.ISO2, Protocol.DIN)))
    assert run.link.result().protocol == "ISO 15118-2"
    answer = next(m.message.body for m in run.messages if m.message.name.endswith("ProtocolRes"))
    assert answer.schema_id == 0


@BOTH
def test_responses_carry_the_measurement_and_never_the_request(
    simulate: Simulate, car: Simulate, make_plant: Simulate, protocol: Protocol
) -> None:
    offset = 3.0  # a sensor error that no request contains
    run = simulate(car(protocols=(protocol,)), plant=make_plant(report_offset_V=offset))
    volts = {t: u for t, _, _, u, _ in run.trace}
    amps = {t: i for t, _, _, _, i in run.trace}
    checked = 0
    for entry in run.messages:
        body = entry.message.body
        if isinstance(body, din.PreChargeRes | iso2.PreChargeRes | din.WeldingDetectionRes):
            # half of the wire's grid of 0.1 V
            assert body.present_voltage_V == pytest.approx(volts[entry.time_s] + offset, abs=0.051)
            checked += 1
        if isinstance(body, din.CurrentDemandRes | iso2.CurrentDemandRes):
            assert body.present_current_A == pytest.approx(amps[entry.time_s], abs=0.051)
            checked += 1
    assert checked > 100


def test_the_present_limits_are_in_every_din_current_demand_response(simulate: Simulate) -> None:
    run = simulate()
    bodies = [m.message.body for m in run.messages if m.message.name == "CurrentDemandRes"]
    assert bodies
    for body in bodies:  # V2G-DC-948/949/950
        assert (body.max_voltage_V, body.max_current_A, body.max_power_W) == (1000.0, 500.0, 150e3)


def test_the_charger_s_contactors_close_before_the_cable_check_and_stay_closed(
    simulate: Simulate,
) -> None:
    run = simulate()
    changes = [e for e in run.events if e.name == "output_contactors"]
    assert [e.detail["closed"] for e in changes] == [True, False]
    first_run = next(t for t, stage, *_ in run.trace if stage.mode is StageMode.RUN)
    assert changes[0].time_s < first_run
    assert changes[1].time_s >= run.link.phase_times_s[SessionPhase.SESSION_STOP]
    voltage_at_open = next(u for t, _, _, u, _ in run.trace if t >= changes[1].time_s)
    assert voltage_at_open < 60.0


def test_vehicle_contactors_close_on_a_match_and_open_without_current(simulate: Simulate) -> None:
    run = simulate()
    result = run.link.result()
    assert result.contactor_closing is not None
    assert abs(result.contactor_closing.difference_V) < 20.0
    assert abs(result.contactor_opening_current_A) < 5.0
    connected = [t for t, stage, *_ in run.trace if stage.battery_connected]
    closed = [t for t, _, vehicle, _, _ in run.trace if vehicle.contactors_closed]
    assert min(connected) > min(closed)  # only after the vehicle said so by PowerDelivery
    assert max(connected) <= max(closed)


def test_lock_and_pilot_follow_the_charge_parameters(simulate: Simulate) -> None:
    run = simulate()
    locks = [e for e in run.events if e.name == "inlet_lock"]
    assert [e.detail["locked"] for e in locks] == [True, False]
    parameters = max(
        m.arrival_s for m in run.messages if m.message.name == "ChargeParameterDiscoveryRes"
    )
    cable_check = min(m.time_s for m in run.messages if m.message.name == "CableCheckReq")
    ready = next(e.time_s for e in run.events if e.name == "pilot" and e.detail["state"] == "C")
    assert parameters <= locks[0].time_s < ready < cable_check
    voltage_at_unlock = next(u for t, _, _, u, _ in run.trace if t >= locks[1].time_s)
    assert voltage_at_unlock < 60.0


def test_the_request_rises_from_1_a_at_the_vehicle_s_ramp(simulate: Simulate) -> None:
    run = simulate()
    asked = [
        (m.time_s, float(m.message.body.target_current_A))
        for m in run.messages
        if m.message.name == "CurrentDemandReq"
    ]
    assert asked[0][1] == 1.0
    rising = [(t, i) for t, i in asked if t < asked[0][0] + 2.0]
    for t, i in rising:
        # 20 A/s from 1 A; half of the wire's grid of 0.1 A, plus rounding of time
        assert i == pytest.approx(1.0 + 20.0 * (t - rising[0][0]), abs=0.06)
    periods = [b[0] - a[0] for a, b in itertools.pairwise(asked)]
    assert periods == pytest.approx([0.1] * len(periods), abs=1e-9)


def test_a_slow_charger_delays_the_next_request(
    simulate: Simulate, car: Simulate, charger: ChargerCapability
) -> None:
    secc = SeccSettings(capability=charger, response_by_step_s={Step.CURRENT_DEMAND: 0.15})
    run = simulate(car(), secc=secc)
    asked = [m.time_s for m in run.messages if m.message.name == "CurrentDemandReq"]
    # 150 ms of charger and 1 ms each way
    assert asked[1] - asked[0] == pytest.approx(0.152, abs=1e-9)
    assert run.event_names().count("performance_time_exceeded") == len(asked)
    assert run.link.result().completed


def test_an_800_v_vehicle_is_charged_in_the_high_range(
    simulate: Simulate, car: Simulate, make_plant: Simulate
) -> None:
    high = simulate(
        car(max_voltage_V=774.0, soc_target_percent=20.05), plant=make_plant(ocv_V=650.0)
    )
    assert high.link.result().completed
    assert high.link.result().cable_check.test_voltage_V == pytest.approx(851.4)
    live = [s for _, s, *_ in high.trace if s.mode is not StageMode.OFF]
    assert all(s.high_range for s in live)
    assert not any(s.high_range for _, s, *_ in simulate().trace)


def test_two_runs_log_the_same(simulate: Simulate) -> None:
    first, second = simulate(), simulate()
    assert [m.to_json() for m in first.messages] == [m.to_json() for m in second.messages]
    assert [e.to_json() for e in first.events] == [e.to_json() for e in second.events]
