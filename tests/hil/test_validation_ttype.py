"""The switched T-type against the published sweeps; each row a test."""

import pytest

from voltbench.hil.validation import switched_ttype
from voltbench.hil.validation.row import ValidationRow

ROWS = switched_ttype.rows()


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_published_value(row: ValidationRow) -> None:
    assert row.ok, row


def test_energy_of_the_measured_sixth_adds_up() -> None:
    """Source, heat and load: 1e-4 of the power; inductors and capacitors swap phases in it."""
    found = switched_ttype.full_load()
    total = sum(found.losses.conduction_W.values())
    assert abs(total) < 1e-4 * found.output_W
