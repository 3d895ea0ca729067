"""The page: what it says, and that a row out of tolerance fails the command."""

import re
import sys
from pathlib import Path

import pytest

from voltbench.hil import validate
from voltbench.hil.validation.page import failed, markdown, number, short
from voltbench.hil.validation.row import at_most, compare
from voltbench.hil.validation.section import Section

GOOD = Section(
    title="Something",
    kind="validation",
    basis="A book.",
    rows=(compare("length", 10.0, 10.2, "m", 0.5, "by hand"),),
    fitted=("a parameter: 3",),
    residuals=("rms 0.1 m",),
    not_matched=("the colour",),
    figures=("x.png",),
)
BAD = Section("Other", "numerics", "Itself.", (compare("width", 1.0, 2.0, "m", 0.5),))


def test_page_says_everything() -> None:
    text = markdown([GOOD, BAD], "make validate")
    assert re.search(r"`make validate` on \d{4}-\d\d-\d\d, (commit [0-9a-f]{12}|outside)", text)
    for part in ("a parameter: 3", "rms 0.1 m", "the colour", "(x.png)", "not inputs"):
        assert part in text
    assert "| length | 10 | 10.2 | m | +0.2 | 0.5 | yes | by hand |" in text
    assert "| width | 1 | 2 | m | +1 | 0.5 | **no** |  |" in text
    assert "Out of tolerance: width." in text


def test_short_table_names_what_failed() -> None:
    assert [row.name for row in failed([GOOD, BAD])] == ["width"]
    assert "FAILED width: published 1, ours 2 m, allowed 0.5" in short([GOOD, BAD])
    assert "FAILED" not in short([GOOD])


def test_better_is_allowed_only_one_way() -> None:
    assert at_most("x", 5.0, 0.1, "V", 0.0).ok
    assert at_most("x", 5.0, 5.2, "V", 0.3).ok
    assert not at_most("x", 5.0, 5.4, "V", 0.3).ok


def test_numbers_keep_what_is_worth_reading() -> None:
    assert [number(v) for v in (0.0, 353.2, 25000.0, 0.16123)] == ["0", "353.2", "25000", "0.1612"]


@pytest.mark.parametrize(("part", "code"), [(GOOD, 0), (BAD, 1)])
def test_exit_code(
    part: Section,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(validate, "PARTS", (("one", lambda: [part]),))
    monkeypatch.setattr("voltbench.hil.validation.figures.draw", lambda folder: [])
    monkeypatch.setattr(sys, "argv", ["validate", "--out", str(tmp_path / "results")])
    assert validate.main() == code
    assert (tmp_path / "results" / "validation.md").read_text().startswith("# Validation")
    assert part.title in capsys.readouterr().out
