"""The converter stages against the published tables."""

import pytest

from voltbench.hil.validation import dab_tida010054, ttype_crd25bda
from voltbench.hil.validation.row import ValidationRow, compare, within

ROWS = [*dab_tida010054.rows(), *ttype_crd25bda.rows()]


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_published_value(row: ValidationRow) -> None:
    assert row.ok, row


def test_a_row_fails_outside_its_tolerance() -> None:
    assert compare("x", 10.0, 10.4, "W", 0.5).ok
    assert not compare("x", 10.0, 10.6, "W", 0.5).ok
    assert within("x", 8.0, 12.0, 9.0, "W").ok
    assert not within("x", 8.0, 12.0, 12.1, "W").ok


def test_fitted_values_are_physical() -> None:
    plain, fitted = dab_tida010054.cell(), dab_tida010054.fitted()
    factor = fitted.winding_1_resistance_Ohm / plain.winding_1_resistance_Ohm
    assert 1.0 < factor < 5.0  # litz or planar windings at 100 kHz
    assert 0.0 < ttype_crd25bda.series_resistance() < 0.05
    assert 0.0 < ttype_crd25bda.split()[1] < 2.0  # insulated TO-247 pad
