"""Limits and range choice against formula CC.1 and Table 103 as EVerest gives them."""

import pytest

from voltbench.control.session.limits import (
    MATCH_VOLTAGE,
    SAFE_VOLTAGE,
    STOP_CURRENT,
    ChargerCapability,
    cable_check_voltage_V,
    emergency_overvoltage_V,
    may_unlock,
    needs_high_range,
)
from voltbench.control.session.over_voltage import ErrorOverVoltage
from voltbench.control.session.sourced import UNSOURCED, Sourced


def capability(**changes: float) -> ChargerCapability:
    values = {
        "voltage_min_V": 150.0,
        "voltage_max_V": 1000.0,
        "low_range_max_V": 500.0,
        "current_max_A": 500.0,
        "power_max_W": 150e3,
        "peak_ripple_A": 2.0,
    }
    return ChargerCapability(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ev_max_V", "evse_max_V", "test_V"),
    [
        (413.0, 1000.0, 463.0),
        (470.0, 1000.0, 500.0),
        (500.0, 1000.0, 500.0),
        (412.8, 450.0, 450.0),
        (774.0, 1000.0, 851.4),
        (825.6, 1000.0, 908.16),
        (950.0, 1000.0, 1000.0),
    ],
)
def test_cable_check_voltage(ev_max_V: float, evse_max_V: float, test_V: float) -> None:
    charger = capability(voltage_max_V=evse_max_V, low_range_max_V=min(500.0, evse_max_V))
    assert cable_check_voltage_V(charger, ev_max_V) == pytest.approx(test_V)


@pytest.mark.parametrize(
    ("negotiated_V", "threshold_V"),
    [(413.0, 550.0), (500.0, 550.0), (501.0, 825.0), (850.0, 935.0), (1000.0, 1100.0)],
)
def test_emergency_over_voltage_table_103(negotiated_V: float, threshold_V: float) -> None:
    assert emergency_overvoltage_V(negotiated_V) == threshold_V


@pytest.mark.parametrize(
    ("ev_max_V", "high"), [(412.8, False), (500.0, False), (501.0, True), (774.0, True)]
)
def test_output_range(ev_max_V: float, high: bool) -> None:
    assert needs_high_range(capability(), ev_max_V) is high


def test_a_cable_check_above_the_low_range_needs_the_high_one() -> None:
    assert needs_high_range(capability(low_range_max_V=450.0), 412.8)


def test_capability_names_field_value_unit_and_range() -> None:
    with pytest.raises(ValueError, match=r"low_range_max_V 1200.0 V is outside 150.0..1000.0 V"):
        capability(low_range_max_V=1200.0)
    with pytest.raises(ValueError, match=r"current_max_A nan A"):
        capability(current_max_A=float("nan"))


def test_unlock_needs_both_low_voltage_and_no_current() -> None:
    assert may_unlock(59.0, 0.1)
    assert not may_unlock(61.0, 0.0)
    assert not may_unlock(10.0, 6.0)


def test_error_over_voltage_tolerates_200_ms_and_ends_at_400_ms() -> None:
    rule = ErrorOverVoltage(413.0)
    assert not rule.exceeded(0.0, 420.0)
    assert not rule.exceeded(0.2, 420.0)
    assert not rule.exceeded(0.3, 412.0)  # back below: the clock starts anew
    assert not rule.exceeded(0.4, 420.0)
    assert not rule.exceeded(0.79, 420.0)
    assert rule.exceeded(0.8, 420.0)


def test_limits_know_their_source_and_claim_no_verification() -> None:
    for limit in (SAFE_VOLTAGE, STOP_CURRENT, MATCH_VOLTAGE):
        assert limit.is_sourced
        assert not limit.verified
    assert not Sourced(1.0, "V", "", UNSOURCED).is_sourced
