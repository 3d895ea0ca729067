"""``voltbench sweep``: a user's run, killed, resumed, replayed, and refused."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from voltbench.hil.cli.main import run
from voltbench.hil.errors import ExitCode

SHORT = ["--duration", "1.2e-3"]
SPREAD = [
    "--tolerance", "parameters.leakage_inductance_H=15%",
    "--tolerance", "parameters.input_voltage_V=normal:2%",
]  # fmt: skip
ASK = ["sweep", "dab-voltage", *SPREAD, *SHORT, "--seed", "3"]
WAIT_s = 120.0
"""Until a new process has its first rows: compiling on a loaded machine."""


def rows(folder: Path) -> list[bytes]:
    path = folder / "sweep.jsonl"
    return path.read_bytes().splitlines(keepends=True)[1:] if path.is_file() else []


@pytest.mark.skipif(sys.platform == "win32", reason="kills a process by signal")
def test_killed_and_resumed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "s"
    asked = [*ASK, "--count", "400", "--engine", "local:1", "--out", str(out)]
    code = "import sys; from voltbench.hil.cli.main import run; run(sys.argv[1:])"
    going = subprocess.Popen([sys.executable, "-c", code, *asked], stderr=subprocess.DEVNULL)
    end = time.monotonic() + WAIT_s
    while len(rows(out)) < 20:
        assert going.poll() is None
        assert time.monotonic() < end
        time.sleep(0.02)
    os.kill(going.pid, signal.SIGKILL)
    going.wait()
    kept = [line for line in rows(out) if line.endswith(b"\n")]
    assert 20 <= len(kept) < 400
    # as the command was, or by the folder alone
    assert run(["sweep", "dab-voltage", "--out", str(out), "--resume", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    whole = rows(out)
    assert whole[: len(kept)] == kept
    assert sorted(json.loads(line)["run"] for line in whole) == list(range(400))
    assert told["runs"] == 400
    worst = max((json.loads(line) for line in whole), key=lambda r: r["figures"]["undershoot_V"])
    assert told["worst"]["run"] == worst["run"]
    assert told["worst"]["values"] == worst["values"]
    page = (out / "sweep.html").read_text(encoding="utf-8")
    assert f"run {worst['run']}, the worst" in page
    assert "<script src=" not in page  # works without a network
    again = ["sweep", "dab-voltage", "--out", str(out), "--replay", str(worst["run"]), "--json"]
    assert run(again) == 0
    assert json.loads(capsys.readouterr().out)["figures"] == worst["figures"]
    assert (out / f"replay_{worst['run']}.html").is_file()


def test_the_table_says_what_a_person_needs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [*ASK, "--count", "32", "--design", "sobol", "--figure", "peak_i_l_A"]
    assert run([*asked, "--engine", "local:1", "--out", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    for word in ("32 runs", "undershoot_V", "99 %", "worst peak_i_l_A", "Sobol", "--replay"):
        assert word in told


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["sweep", "dab"], "allowed: dab-voltage"),
        (["sweep", "dab-voltage"], "none given"),
        (["sweep", "dab-voltage", "--tolerance", "x"], "expected: NAME=5%"),
        (["sweep", "dab-voltage", "--tolerance", "x=5%"], "no such value"),
        (["sweep", "dab-voltage", "--resume"], "no such file"),
        (["sweep", "dab-voltage", "--replay", "3"], "no such file"),
        ([*ASK, "--count", "0"], "count is 0"),
        ([*ASK, "--seed", "-1"], "seed is -1"),
        ([*ASK, "--design", "latin"], "allowed: monte-carlo, corners, sobol"),
        ([*ASK, "--engine", "cloud"], "allowed: local, local:N, dask://HOST:PORT"),
        ([*ASK, "--k-p", "1"], "both or neither"),
        ([*ASK, "--duration", "0"], "allowed: above 0"),
        ([*ASK, "--count", "2", "--figure", "noise"], "allowed: undershoot_V"),
    ],
)
def test_bad_input_is_one_line(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments, "--out", str(tmp_path / "s"), "--json"]) == ExitCode.BAD_INPUT
    told = json.loads(capsys.readouterr().out)["error"]["message"]
    assert says in told
    assert "\n" not in told
