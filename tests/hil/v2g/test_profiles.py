"""Timer profiles against the published tables (A5, A6 of the standards notes)."""

from dataclasses import fields

import pytest

from voltbench.hil.v2g.messages.catalog import Step
from voltbench.hil.v2g.profiles import (
    DIN_2014,
    DIN_2024,
    ISO2,
    ProfileError,
    load_profiles,
    parse_profiles,
    profile,
)


@pytest.mark.parametrize(
    ("name", "message", "current_demand", "power_delivery", "sequence_in_loop", "ready", "cable"),
    [
        (DIN_2014, 2.0, 0.25, 2.0, 60.0, 150.0, 40.0),
        (DIN_2024, 2.0, 0.5, 2.0, 5.0, 10.0, 38.0),
        (ISO2, 2.0, 0.25, 5.0, 60.0, float("inf"), 40.0),
    ],
)
def test_the_values_of_each_source(
    name: str,
    message: float,
    current_demand: float,
    power_delivery: float,
    sequence_in_loop: float,
    ready: float,
    cable: float,
) -> None:
    timers = profile(name)
    assert timers.timeout_s(Step.SESSION_SETUP) == message
    assert timers.timeout_s(Step.CURRENT_DEMAND) == current_demand
    assert timers.timeout_s(Step.POWER_DELIVERY) == power_delivery
    assert timers.sequence_timeout_s(Step.CABLE_CHECK) == 60.0
    assert timers.sequence_timeout_s(Step.CURRENT_DEMAND) == sequence_in_loop
    assert timers.timer.ready_to_charge_timeout.value_s == ready
    assert timers.timer.cable_check_timeout.value_s == cable
    assert timers.timer.pre_charge_timeout.value_s == 7.0
    assert timers.timer.communication_setup_timeout.value_s == 20.0


def test_every_value_names_its_source_and_none_claims_verification() -> None:
    for timers in load_profiles().values():
        every = [
            *timers.message_timeout.values(),
            *timers.message_performance.values(),
            *(getattr(timers.timer, field.name) for field in fields(timers.timer)),
        ]
        assert all(timing.source for timing in every)
        assert not any(timing.verified for timing in every)


def test_unknown_profile_lists_the_known_ones() -> None:
    with pytest.raises(ProfileError, match=r"'din' is unknown; known: din-70121:2014 \(EcoG\)"):
        profile("din")


GOOD = """
[p]
protocol = "DIN 70121"
note = "n"
[p.message_timeout_s]
default = { value = 2, source = "s" }
[p.message_performance_s]
default = { value = 2, source = "s" }
[p.timer]
%s
[p.start]
ready_to_charge_timeout = { value = "session_setup", source = "s" }
"""


def _timers(**changes: str | None) -> str:
    entries = {
        field.name: '{ value = 1.0, source = "s" }' for field in fields(type(profile(ISO2).timer))
    }
    entries.update({k: v for k, v in changes.items() if v is not None})
    for name in [k for k, v in changes.items() if v is None]:
        del entries[name]
    return GOOD % "\n".join(f"{name} = {entry}" for name, entry in entries.items())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sequence_timeout": None}, "misses sequence_timeout"),
        ({"surprise": "{ value = 1, source = 's' }"}, "unknown surprise"),
        ({"sequence_timeout": "{ value = -1, source = 's' }"}, "sequence_timeout = -1 s"),
        ({"sequence_timeout": "{ value = 1 }"}, "sequence_timeout has no source"),
    ],
)
def test_malformed_profiles_name_what_is_wrong(changes: dict[str, str | None], said: str) -> None:
    assert parse_profiles(_timers())["p"].timer.sequence_timeout.value_s == 1.0
    with pytest.raises(ProfileError, match=said):
        parse_profiles(_timers(**changes))
