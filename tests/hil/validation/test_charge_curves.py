"""Short stretches of two charge curves; all six whole curves are in ``make validate``."""

from dataclasses import replace

import numpy as np
import pytest

from voltbench.hil.validation.charge_curves import TOLERANCE_PERCENT, followed, options, row
from voltbench.hil.validation.run import charged


@pytest.mark.parametrize(
    ("car", "start", "end"),
    [("id3_58", 69.0, 71.0), ("polestar2", 54.5, 57.6)],
    ids=["corner at 70 %", "step at 56 %"],
)
def test_power_follows_the_curve(car: str, start: float, end: float) -> None:
    found = followed(charged(options(car, start, end)))
    assert found.rows > 30
    assert row(car, found).ok, found


def test_a_charger_at_its_limit_is_not_judged() -> None:
    """Mach-E asks for 148 kW at 350 V: more than the 400 A of dc150. Nothing judged is no pass."""
    found = followed(charged(options("mache_88", 24.0, 27.0)))
    assert found.charger_limited > 30
    assert found.rows == 0
    assert not row("mache_88", found).ok


def test_a_wrong_power_is_seen() -> None:
    run = charged(options("id3_58", 69.0, 71.0))
    rows = {**run.rows, "output_current_A": 1.06 * run.rows["output_current_A"]}
    wrong = followed(replace(run, rows=rows))
    assert abs(wrong.worst_percent) > TOLERANCE_PERCENT
    assert np.isfinite(wrong.mean_percent)
