"""The small verbs of the command line."""

import io
import json
from pathlib import Path

import pytest

from voltbench.hil.cli.main import run
from voltbench.hil.cli.tune import margin_table
from voltbench.plant_models import catalog


def test_vehicles_lists_the_catalog(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["vehicles"]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in catalog.vehicles())
    assert max(map(len, text.splitlines())) <= 80
    assert run(["vehicles", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == catalog.vehicles()
    zoe = next(row for row in rows if row["name"] == "zoe")
    assert zoe["maximum_current_A"] == 165
    assert "charge curve" in zoe["sourced_groups"]


def test_chargers_lists_the_catalog(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["chargers"]) == 0
    assert "dc150" in capsys.readouterr().out
    assert run(["chargers", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    dc150 = next(row for row in rows if row["name"] == "dc150")
    assert (dc150["power_W"], dc150["modules"]) == (150_000, 5)


def test_version_names_what_computes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["version", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"voltbench", "python", "numpy", "numba"} <= found.keys()
    assert "not installed" not in found.values()


def test_recover_refuses_what_is_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["recover", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert "not a run folder" in error
    assert error.count("\n") == 1
    assert run(["recover", str(tmp_path / "none"), "--json"]) == 2
    assert "does not exist" in json.loads(capsys.readouterr().out)["error"]["message"]


def test_tune_show_lists_margins(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tune", "show", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) >= 3
    assert run(["tune", "show"]) == 0
    assert str(next(iter(rows[0].values()))) in capsys.readouterr().out


@pytest.mark.parametrize("columns", [80, 120])
def test_tune_show_is_readable_at_80_columns_and_when_piped(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["tune", "show", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    monkeypatch.setenv("COLUMNS", str(columns))
    assert run(["tune", "show"]) == 0
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert max(map(len, lines)) <= columns
    for row in rows:  # whole on their lines: nothing cut, nothing wrapped
        at = next(k for k, line in enumerate(lines) if line.strip() == row["note"])
        assert lines[at - 1].strip().startswith(row["loop"])
        assert f"{row['phase_margin_deg']:.3g}" in lines[at - 1].split()
    assert "…" not in "".join(lines)


@pytest.mark.parametrize("charger", catalog.chargers())
def test_tune_show_knows_every_charger(charger: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tune", "show", "--json", "--charger", charger]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["stable"] for row in rows} == {"yes"}
    assert sum(row["loop"] == "derating, heatsink" for row in rows) == 2


def test_tune_show_says_when_a_loop_is_unstable() -> None:
    from rich.console import Console

    row = {"loop": "PLL", "note": "", "stable": "no", "asked_Hz": None, "crossover_Hz": 41.2}
    row |= {"phase_margin_deg": -3.0, "gain_margin_dB": None, "modulus_margin": 0.01}
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(margin_table([row]))
    assert "PLL UNSTABLE" in console.export_text()


def test_tune_of_an_unknown_charger(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tune", "show", "--charger", "dc15"]) == 2
    assert "did you mean dc150?" in capsys.readouterr().err


def test_no_verb_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    assert "charge" in capsys.readouterr().out


def test_unknown_verb_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["chrage"]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "chrage" in error
