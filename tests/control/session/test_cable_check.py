"""Cable check on a resistor, a capacitor and an insulation monitor with a delay."""

from dataclasses import dataclass

import pytest

from voltbench.control.session.cable_check import (
    CableCheck,
    CableCheckResult,
    CableCheckSettings,
)
from voltbench.control.session.limits import ChargerCapability
from voltbench.control.session.stage import StageMode, StageReport, StageRequest

CHARGER = ChargerCapability(150.0, 1000.0, 500.0, 500.0, 150e3, 2.0)
STEP_s = 0.01


@dataclass
class Cable:
    """Output voltage follows the request at 400 V/s; a loop resistor may load it."""

    loop_Ohm: float = 1e9
    insulation_Ohm: float | None = 1e6
    ceiling_V: float = 1e9
    holds: bool = False
    """Discharge does nothing."""
    keeps_current: bool = False
    offset_A: float = 0.0
    """Of the current sensor."""
    u: float = 0.0
    i: float = 0.0
    monitored_s: float = 0.0

    def step(self, request: StageRequest) -> None:
        """Advance by one step."""
        if request.mode is StageMode.RUN:
            target = min(request.voltage_V, self.ceiling_V, request.current_A * self.loop_Ohm)
            self.u = min(target, self.u + 400.0 * STEP_s) if target > self.u else target
            self.i = self.u / self.loop_Ohm
        else:
            self.i = self.i if self.keeps_current else 0.0
            loaded = request.discharge or self.loop_Ohm < 1e3
            self.u *= 0.9 if loaded and not self.holds else 1.0
        on = request.insulation_monitor_on
        self.monitored_s = self.monitored_s + STEP_s if on else 0.0

    def report(self, request: StageRequest) -> StageReport:
        """Read the sensors."""
        ready = self.monitored_s > 2.0
        return StageReport(
            output_voltage_V=self.u,
            output_current_A=self.i + self.offset_A,
            insulation_resistance_Ohm=self.insulation_Ohm if ready else None,
            link_ready=True,
            output_contactors_closed=request.output_contactors_closed,
            available_voltage_max_V=1000.0,
            available_voltage_min_V=150.0,
            available_current_A=500.0,
            available_power_W=150e3,
            current_limited=False,
            voltage_limited=False,
            power_limited=False,
            fault=None,
        )


def run(
    cable: Cable, settings: CableCheckSettings | None = None, ev_max_V: float = 412.8
) -> tuple[CableCheckResult, list[StageRequest]]:
    check = CableCheck(settings or CableCheckSettings(), CHARGER, ev_max_V, False, 10.0)
    now_s, requests = 10.0, [check.request]
    while check.result is None:
        now_s += STEP_s
        assert now_s < 60.0
        cable.step(requests[-1])
        requests.append(check.advance(now_s, cable.report(requests[-1])))
    return check.result, requests


def test_a_sound_cable_passes_and_is_discharged_before_the_end() -> None:
    cable = Cable()
    result, requests = run(cable)
    assert result.passed
    assert result.test_voltage_V == pytest.approx(462.8)  # 412.8 V + 50 V
    assert result.insulation_voltage_V == pytest.approx(462.8, abs=10.0)  # tolerance of the test
    assert cable.u < 60.0
    assert all(r.current_A <= 2.0 for r in requests)
    running = [r.voltage_V for r in requests if r.mode is StageMode.RUN]
    first_high = next(k for k, voltage in enumerate(running) if voltage >= 60.0)
    # 0.5 s of stimulus at a voltage that is safe to touch come first
    assert first_high * STEP_s == pytest.approx(0.5, abs=2 * STEP_s)
    assert all(r.voltage_V > 400.0 for r in requests if r.insulation_monitor_on)


@pytest.mark.parametrize("loop_Ohm", [0.0, 50.0, 100.0, 109.9])
def test_the_short_circuit_is_found_before_high_voltage(loop_Ohm: float) -> None:
    result, requests = run(Cable(loop_Ohm=loop_Ohm + 1e-9))
    assert result.reason == "short_circuit"
    assert result.loop_resistance_Ohm == pytest.approx(loop_Ohm, abs=0.1)
    assert max(r.voltage_V for r in requests) < 60.0
    assert result.short_current_fall_s is not None
    assert result.short_current_fall_s < 1.0
    assert result.short_voltage_fall_s is not None
    assert result.short_voltage_fall_s < 2.5
    assert requests[-1].mode is StageMode.OFF


@pytest.mark.parametrize("offset_A", [-0.25, 0.25])
def test_the_current_sensor_s_offset_does_not_hide_a_short_circuit(offset_A: float) -> None:
    """0.05 % of 500 A against the 0.48 A of the standard's 100 ohm."""
    result, _ = run(Cable(loop_Ohm=100.0, offset_A=offset_A))
    assert result.reason == "short_circuit"
    assert result.loop_resistance_Ohm == pytest.approx(100.0)
    assert run(Cable(offset_A=offset_A))[0].passed


def test_a_load_well_above_110_ohm_is_no_short_circuit() -> None:
    # 48 V over 140 ohm and what the sensor does not resolve: 118 ohm
    result, _ = run(Cable(loop_Ohm=140.0, ceiling_V=200.0))
    assert result.loop_resistance_Ohm == pytest.approx(140.0)
    assert result.reason == "insulation_test_voltage_not_reached"


def test_a_short_whose_current_stays_is_reported_as_such() -> None:
    result, _ = run(Cable(loop_Ohm=1e-6, keeps_current=True), CableCheckSettings())
    assert result.short_current_fall_s is not None  # 2 A is already below 5 A
    held = Cable(loop_Ohm=50.0, holds=True)
    held.u = 0.0
    slow, _ = run(held, CableCheckSettings(stimulus_voltage_V=95.0))
    assert slow.reason == "short_circuit"
    assert slow.short_voltage_fall_s is None  # 95 V held: never below 60 V within 2.5 s


@pytest.mark.parametrize(("insulation_Ohm", "passed"), [(99e3, False), (101e3, True)])
def test_insulation_threshold_is_100_kohm(insulation_Ohm: float, passed: bool) -> None:
    result, requests = run(Cable(insulation_Ohm=insulation_Ohm))
    assert result.passed is passed
    assert result.insulation_resistance_Ohm == insulation_Ohm
    if not passed:
        assert result.reason == "insulation_fault"
        assert requests[-1].mode is StageMode.OFF


def test_missing_reading_missing_voltage_and_missing_stimulus_fail() -> None:
    assert run(Cable(insulation_Ohm=None))[0].reason == "insulation_reading_missing"
    assert run(Cable(ceiling_V=300.0))[0].reason == "insulation_test_voltage_not_reached"
    assert run(Cable(ceiling_V=20.0))[0].reason == "short_circuit_stimulus_missing"
    assert run(Cable(holds=True))[0].reason == "output_not_discharged"


def test_later_texts_of_the_edition_need_no_discharge() -> None:
    cable = Cable(holds=True)
    result, _ = run(cable, CableCheckSettings(discharge_before_finished=False))
    assert result.passed
    assert cable.u > 400.0


def test_the_performance_time_ends_a_check_that_takes_too_long() -> None:
    settings = CableCheckSettings(performance_time_s=5.0)
    result, _ = run(Cable(insulation_Ohm=None), settings)
    assert result.reason == "cable_check_performance_time"
    assert result.duration_s == pytest.approx(5.0, abs=2 * STEP_s)  # found at the next report
