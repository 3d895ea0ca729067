"""``voltbench bode`` and ``tune LOOP``: what a user types, what comes back."""

import json
from pathlib import Path

import pytest

from voltbench.hil.cli.main import run
from voltbench.hil.errors import ExitCode

TUNE = ["tune", "dab-voltage", "--bandwidth", "1500", "--phase-margin", "55"]


def test_tune_proves_what_was_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "plots" / "dab.html"
    assert run([*TUNE, "--json", "--out", str(page)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["measured"]["phase_margin_deg"] == pytest.approx(55.0, abs=3.0)
    assert told["measured"]["crossover_Hz"] == pytest.approx(1500.0, rel=0.1)
    assert len(told["points"]) == 25
    text = page.read_text(encoding="utf-8")
    assert "averaged model" in text
    assert "<script src=" not in text  # works without a network


def test_the_gains_that_tune_found_are_measured_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run([*TUNE, "--json"]) == 0
    tuned = json.loads(capsys.readouterr().out)
    gains = tuned["gains"]
    asked = ["--k-p", repr(gains["k_p"]), "--k-i", repr(gains["k_i"])]
    assert run(["bode", "dab-voltage", *asked, "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["measured"] == pytest.approx(tuned["measured"])


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["bode", "dab"], 2, "dab-voltage"),
        (["bode", "dab-voltage", "--k-p", "1"], 2, "both or neither"),
        (["bode", "dab-voltage", "--set", "output_voltage_V=900"], 2, "114.9 to 675.2 V"),
        (["bode", "dab-voltage", "--set", "parameters.capacitance_F=1"], 2, "nearest"),
        (["bode", "dab-voltage", "--adc", "u_o=0:500"], 2, "probe=low:high:bits"),
        (["bode", "dab-voltage", "--adc", "u_x=0:500:12"], 2, "u_o"),
        (["bode", "dab-voltage", "--low", "40000"], 2, "25000 Hz"),
        (["bode", "dab-voltage", "--peak", "300"], 4, "linear range"),
        (["bode", "dab-voltage", "--adc", "u_o=0:500:8", "--peak", "0.3"], 4, "ADC's noise"),
        (["tune", "dab-voltage", "--bandwidth", "9000", "--phase-margin", "60"], 4, "measured"),
        (["tune", "dab-voltage", "--bandwidth", "0", "--phase-margin", "60"], 2, "25000 Hz"),
        (["tune", "dab-voltage", "--bandwidth", "1000"], 2, "--phase-margin"),
    ],
)
def test_one_line_for_what_cannot_be(
    arguments: list[str], code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == ExitCode(code)
    told = capsys.readouterr()
    lines = [line for line in told.err.splitlines() if line.strip()]
    assert says in lines[-1]
    assert "Traceback" not in told.err
    assert not told.out.strip()
