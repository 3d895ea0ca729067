"""Every example runs, is short, and ends in a page."""

import runpy
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent.parent / "hil" / "examples"
SCRIPTS = sorted(FOLDER.glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_example(
    script: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = tmp_path / "page.html"
    monkeypatch.setattr(sys, "argv", [str(script), str(page)])
    runpy.run_path(str(script), run_name="__main__")
    assert page.read_text(encoding="utf-8").count("plotly-graph-div") >= 1
    assert len(capsys.readouterr().out.splitlines()) >= 2  # a result, and where the page is


def test_examples_are_short_and_listed() -> None:
    listed = (FOLDER / "README.md").read_text(encoding="utf-8")
    for script in SCRIPTS:
        assert len(script.read_text(encoding="utf-8").splitlines()) < 40
        assert script.name in listed
