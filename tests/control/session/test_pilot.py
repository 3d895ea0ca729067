"""Control pilot against the resistances and levels of IEC 61851-1 (esp32-evse, OpenEVSE)."""

import pytest

from voltbench.control.session.pilot import (
    PILOT_BANDS,
    PILOT_DIGITAL,
    PILOT_STEADY,
    PILOT_UNAVAILABLE,
    PILOT_UNPOWERED,
    PilotCommand,
    PilotReading,
    PilotState,
    classify,
    digital_communication,
    duty_current_A,
    pilot_reading,
)
from voltbench.control.session.sourced import UNSOURCED


@pytest.mark.parametrize(
    ("resistance_Ohm", "level_V", "state"),
    [
        (None, 12.0, PilotState.A),
        (2740.0, 9.0, PilotState.B),
        (882.0, 6.0, PilotState.C),
        (246.0, 3.0, PilotState.D),
    ],
)
def test_the_published_resistances_make_the_published_levels(
    resistance_Ohm: float | None, level_V: float, state: PilotState
) -> None:
    reading = pilot_reading(PILOT_DIGITAL, resistance_Ohm)
    # 0.1 V: the resistances are standard values, not exact solutions
    assert reading.high_V == pytest.approx(level_V, abs=0.1)
    assert reading.low_V == -12.0
    assert classify(reading) is state


def test_state_c_is_the_parallel_connection_of_b_and_1k3() -> None:
    parallel = 1.0 / (1.0 / 2740.0 + 1.0 / 1300.0)
    assert parallel == pytest.approx(882.0, abs=1.0)
    assert classify(pilot_reading(PILOT_STEADY, parallel)) is PilotState.C


def test_a_resistor_without_diode_is_state_e_while_the_oscillator_runs() -> None:
    reading = pilot_reading(PILOT_DIGITAL, 2740.0, diode_present=False)
    assert reading.low_V == pytest.approx(-8.79, abs=0.01)  # 12 V x 2740 / 3740
    assert classify(reading) is PilotState.E


def test_short_and_unavailable() -> None:
    assert classify(pilot_reading(PILOT_DIGITAL, 0.0)) is PilotState.E
    assert classify(pilot_reading(PILOT_UNAVAILABLE, 2740.0)) is PilotState.F


@pytest.mark.parametrize("resistance_Ohm", [None, 2740.0, 882.0, 246.0])
def test_state_f_is_minus_12_v_whatever_the_vehicle_does(resistance_Ohm: float | None) -> None:
    assert PILOT_UNAVAILABLE.unavailable
    assert not PILOT_UNAVAILABLE.oscillating
    reading = pilot_reading(PILOT_UNAVAILABLE, resistance_Ohm)
    assert (reading.high_V, reading.low_V, reading.duty_percent) == (-12.0, -12.0, 0.0)
    assert classify(reading) is PilotState.F


def test_a_driver_without_supply_is_state_e_and_not_f() -> None:
    assert not PILOT_UNPOWERED.unavailable
    assert not PilotCommand(5.0, powered=False).oscillating
    assert classify(pilot_reading(PILOT_UNPOWERED, 882.0)) is PilotState.E
    assert classify(pilot_reading(PilotCommand(5.0, powered=False), None)) is PilotState.E


def test_every_state_has_a_band() -> None:
    assert {band.state for band in PILOT_BANDS} == set(PilotState) - {PilotState.UNDEFINED}


def test_between_the_bands_nothing_is_read() -> None:
    assert classify(PilotReading(7.5, -12.0, 5.0)) is PilotState.UNDEFINED


def test_the_bands_say_that_they_are_unsourced() -> None:
    assert {band.source for band in PILOT_BANDS} == {UNSOURCED}


@pytest.mark.parametrize(
    ("duty_percent", "current_A"),
    [(5.0, None), (9.0, 6.0), (10.0, 6.0), (50.0, 30.0), (85.0, 51.0), (96.0, 80.0), (98.0, None)],
)
def test_duty_to_current_as_the_fluke_manual_has_it(
    duty_percent: float, current_A: float | None
) -> None:
    found = duty_current_A(duty_percent)
    assert found == (None if current_A is None else pytest.approx(current_A))


def test_digital_communication_between_3_and_7_percent() -> None:
    assert [digital_communication(d) for d in (2.9, 3.0, 5.0, 7.0, 7.1)] == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_impossible_values_are_refused() -> None:
    with pytest.raises(ValueError, match="duty_percent 101"):
        PilotCommand(101.0)
    with pytest.raises(ValueError, match="resistance_Ohm -1"):
        pilot_reading(PILOT_DIGITAL, -1.0)
