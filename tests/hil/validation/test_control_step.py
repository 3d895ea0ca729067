"""Half the control step changes no reported quantity by more than 0.1 %."""

import pytest

from voltbench.hil.validation.control_step import (
    DOUBLE_HZ,
    HALF_HZ,
    HEADLINE,
    LIMIT_PERCENT,
    OF_THE_CONTROL,
    changes,
    moved_verdicts,
    quantities,
)


@pytest.mark.parametrize("name", HEADLINE)
def test_summary(name: str) -> None:
    assert abs(changes(HALF_HZ)[name]) < LIMIT_PERCENT


def test_every_entry_of_the_ledger() -> None:
    """All losses, stores and sums; what is known to be off is held to its own bound."""
    found = changes(HALF_HZ)
    beyond = {n: v for n, v in found.items() if abs(v) > LIMIT_PERCENT}
    assert len(found) > 40
    assert not beyond


def test_verdict_values() -> None:
    """Only those that belong to the control rate move beyond their uncertainty."""
    assert set(moved_verdicts()) <= set(OF_THE_CONTROL)


def test_the_runs_differ() -> None:
    """Else the comparison would be one run with itself."""
    assert quantities(20e3) != quantities(HALF_HZ)


def test_twice_the_step_keeps_the_energies() -> None:
    """The charge curves run at 10 kHz: their energies and powers must not depend on it."""
    found = changes(DOUBLE_HZ)
    for name in ("duration_s", "energy_delivered_Wh", "energy_from_grid_Wh", "peak_power_W"):
        assert abs(found[name]) < 0.01
