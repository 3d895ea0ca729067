"""The energy ledger closes, and closes only with every loss as it is."""

import pytest

from voltbench.hil.validation.energy_balance import COARSE_BOUND, Balance, balances, witness
from voltbench.plant_models.ledger import LOSSES


@pytest.mark.parametrize("number", range(5))
def test_closes(number: int) -> None:
    """Bounds are a few times the residuals found (1.3, 0.7, 111, 66 and 10 ppm)."""
    b = balances()[number]
    assert b.turnover > 0.0
    assert abs(b.residual()) <= b.bound <= COARSE_BOUND


def test_no_loss_is_negative() -> None:
    for b in balances():
        least = min(b.lost, key=lambda name: b.lost[name])
        assert b.lost[least] >= 0.0, (b.name, least)


@pytest.mark.parametrize("loss", LOSSES)
def test_flipping_one_loss_breaks_a_balance(loss: str) -> None:
    b = witness(loss)
    assert b is not None, f"no scenario shows {loss}"
    assert abs(b.residual(loss)) > b.bound >= abs(b.residual())


def test_most_losses_break_the_balance_of_a_whole_charge() -> None:
    whole = balances()[0]
    assert sum(whole.breaks(loss, COARSE_BOUND) for loss in LOSSES) >= 15
    assert sum(whole.breaks(loss) for loss in LOSSES) >= 25


def test_a_balance_by_hand() -> None:
    b = Balance("x", 1e-3, supplied=100.0, delivered=90.0, stored=-4.0, lost={"a": 10.0, "b": 4.0})
    assert b.turnover == 104.0
    assert b.residual() == 0.0
    assert b.residual("b") == pytest.approx(8.0 / 104.0)
    assert b.breaks("b")
    assert not b.breaks("b", bound=0.1)
