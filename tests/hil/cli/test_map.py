"""``voltbench map``: what a user types, what comes back."""

import json
from pathlib import Path

import pytest

from voltbench.hil.cli.main import run
from voltbench.hil.errors import ExitCode

SMALL = ["--voltage", "300:500:3", "--current", "0:40:3"]


def test_a_map_as_json_and_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "maps" / "dab.html"
    asked = ["map", "dab", "--modulation", "triple", *SMALL, "--json", "--out", str(page)]
    assert run(asked) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["output_voltage_V"] == [300.0, 400.0, 500.0]
    assert told["output_current_A"] == [0.0, 20.0, 40.0]
    assert told["reason"][0][0] == ""
    assert told["efficiency_percent"][1][0] == 0.0
    assert 97.0 < told["efficiency_percent"][1][1] < 99.5
    text = page.read_text(encoding="utf-8")
    assert "hottest junction" in text
    assert "<script src=" not in text  # works without a network


def test_a_map_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["map", "llc", *SMALL, "--set", "cooling.sink_C=60"]) == 0
    told = capsys.readouterr().out
    assert "best efficiency" in told
    assert "less than 300 kHz still gives" in told
    assert "-" in told.splitlines()[-1]  # 300 V at 0 A


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["map", "cuk"], "dab, llc, psfb"),
        (["map", "dab", "--modulation", "dual"], "single, extended, triple"),
        (["map", "llc", "--modulation", "single"], "one only"),
        (["map", "dab", "--voltage", "100:400"], "from:to:count"),
        (["map", "dab", "--voltage", "400:100:3"], "rising"),
        (["map", "dab", "--current", "0:10:999"], "2 to 200"),
        (["map", "dab", "--set", "cooling.sink=3"], "nearest: cooling.sink_C"),
        (["map", "dab", "--set", "input.parallel=2"], "no such value"),
        (["map", "dab", *SMALL, "--set", "core.area_m2=0"], "core.area_m2 = 0"),
        (["map", "dab", *SMALL, "--set", "parameters.dead_time_s=0"], "dead_time_s = 0 s"),
        (["map", "llc", *SMALL, "--set", "frequency_min_Hz=400000"], "frequency_max_Hz"),
        (["map", "psfb", "--voltage", "700:800:2", "--current", "1:2:2"], "no point"),
    ],
)
def test_one_line_for_what_cannot_be(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == ExitCode.BAD_INPUT
    lines = [line for line in capsys.readouterr().err.splitlines() if line.strip()]
    assert len(lines) == 1
    assert says in lines[0]
