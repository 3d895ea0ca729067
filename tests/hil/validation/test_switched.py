"""The switched circuits against published figures, and the page on averaged models."""

from collections.abc import Callable
from pathlib import Path

import pytest

from voltbench.hil.validation import (
    switched_averaged,
    switched_dab,
    switched_resonant,
    switched_vienna,
)
from voltbench.hil.validation.section import Section
from voltbench.plant_models.switched.comparison import ComparisonRow


@pytest.mark.parametrize(
    "section",
    [
        switched_dab.section,
        switched_dab.formulas,
        switched_resonant._published,
        switched_resonant._time_domain,
        switched_resonant._cllc,
        switched_vienna.section,
    ],
    ids=["tida-010054", "dab-formulas", "llc-limits", "llc-time-domain", "cllc", "vienna"],
)
def test_published_values(section: Callable[[], Section]) -> None:
    found = section()
    assert found.rows
    assert not [row for row in found.rows if not row.ok]


def test_zero_voltage_boundary_is_where_the_current_changes_sign() -> None:
    stiff = switched_dab.Stiff(1.25)
    assert stiff.run(0.30)[1].input_A < 0.0 < stiff.run(0.33)[1].input_A
    assert stiff.run(0.05)[1].output_A > 0.0


def test_page_marks_what_is_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = ComparisonRow("DAB", "here", "input power", "W", 100.0, 101.0)
    bad = ComparisonRow("DAB", "there", "input power", "W", 100.0, 110.0)
    monkeypatch.setattr(switched_averaged, "standing", lambda: (good,))
    monkeypatch.setattr(switched_averaged, "beyond", lambda: ((bad,), ("PSFB: discontinuous",)))
    text = switched_averaged.write(tmp_path, "make validate").read_text(encoding="utf-8")
    assert "1 of 1 values are off by more than 2 %" in text
    assert "| DAB | there | input power | W | 110 | 100 | -9.09 % | **off** |" in text
    assert "| DAB | here | input power | W | 101 | 100 | -0.99 % |  |" in text
    assert "- PSFB: discontinuous." in text
    assert [row.ok for row in switched_averaged.section().rows] == [True]
    monkeypatch.setattr(switched_averaged, "standing", lambda: (good, bad))
    assert [row.ok for row in switched_averaged.section().rows] == [False]
