"""The switched converters with their losses against the published tables."""

import pytest

from voltbench.hil.validation import dab_switched
from voltbench.hil.validation.row import ValidationRow

ROWS = dab_switched.rows()


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_published_value(row: ValidationRow) -> None:
    assert row.ok, row
