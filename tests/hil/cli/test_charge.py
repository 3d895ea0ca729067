"""``voltbench charge`` around a fake run: streams, exit codes, one line for every mistake."""

import io
import json
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from voltbench.hil.cli import charge, charge_summary
from voltbench.hil.cli.charge_screen import ChargeScreen, picture
from voltbench.hil.cli.main import run
from voltbench.hil.errors import Interrupted, SimulationStopped
from voltbench.hil.options import ChargeOptions
from voltbench.hil.progress import Progress, ProgressObserver

VERDICTS = [
    {"name": "ripple", "value": 2.2, "limit": None, "unit": "V", "result": "informative",
     "clause": None, "verified": False},
    {"name": "voltage at closing", "value": 23.0, "limit": 20.0, "unit": "V", "result": "fail",
     "clause": "CC.3.5", "verified": True},
]  # fmt: skip
SUMMARY = {
    "duration_s": 1912.3,
    "energy_delivered_Wh": 50_000.0,
    "energy_from_grid_Wh": 53_000.0,
    "peak_power_W": 150_000.0,
    "max_junction_temperature_degC": 121.3,
    "real_time_factor": 93.2,
    "control_periods": 38_246_000,
    "verdicts": VERDICTS,
}
CHARGING = Progress(
    "charging", 0.47, 751.0, 652.1, 203.4, 132_600, 47.2, 96.4, "module 3", "current_demand", 93
)


@dataclass
class FakeRun:
    """Stands where the charge run is; remembers what it was asked."""

    exit_code: int = 0
    raises: BaseException | None = None
    makes_folder: bool = False
    summary: dict[str, Any] = field(default_factory=lambda: dict(SUMMARY))
    folder: Path = Path()
    asked: ChargeOptions | None = None

    def __call__(self, asked: ChargeOptions, observer: ProgressObserver) -> "FakeRun":
        """Show three snapshots, then end as told."""
        assert asked.out is not None
        self.asked, self.folder = asked, asked.out
        for now in (Progress("compiling", 0.5), CHARGING, Progress("writing", 1.0)):
            observer(now)
        if self.makes_folder:
            asked.out.mkdir(parents=True)
        if self.raises is not None:
            raise self.raises
        return self


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeRun:
    made = FakeRun()
    monkeypatch.setattr(charge, "run_charge", made)
    monkeypatch.chdir(tmp_path)
    return made


def test_options_reach_the_run(fake: FakeRun) -> None:
    line = (
        "charge --vehicle zoe --soc 20:60 --ambient=-10 --grid 480V60Hz,h5=2% --rate 25kHz "
        "--protocol din --din-timers 2024 --seed 7 --out here"
    )
    assert run(line.split()) == 0
    asked = fake.asked
    assert asked is not None
    assert (asked.charger, asked.vehicle) == ("dc150", "zoe")
    assert (asked.soc_start_percent, asked.soc_end_percent) == (20, 60)
    assert (asked.ambient_degC, asked.control_rate_Hz, asked.seed) == (-10, 25e3, 7)
    assert (asked.protocol, asked.din_timers, asked.out) == ("din", "2024", Path("here"))
    assert asked.grid.harmonics == ((5, 0.02),)


def test_screen_ends_in_quantities_and_verdicts(
    fake: FakeRun, capsys: pytest.CaptureFixture[str]
) -> None:
    fake.exit_code = 1
    assert run(["charge"]) == 1
    text = capsys.readouterr().out
    for part in ("50.00 kWh", "94.34 %", "150.00 kW", "121.3 °C", "93 x real time", "31:52"):
        assert part in text
    for part in (
        "voltage at closing",
        "23 V",
        "20 V",
        "1 failed",
        "1 informative",
        "current demand",
    ):
        assert part in text


def test_json_is_one_object_on_stdout_and_progress_on_stderr(
    fake: FakeRun, capsys: pytest.CaptureFixture[str]
) -> None:
    fake.exit_code = 3
    assert run(["charge", "--json"]) == 3
    captured = capsys.readouterr()
    assert json.loads(captured.out) == SUMMARY
    assert captured.out.count("\n") == 1
    assert "current demand" in captured.err


def test_a_stopped_simulation_is_named_and_keeps_its_folder(
    fake: FakeRun, capsys: pytest.CaptureFixture[str]
) -> None:
    fake.raises, fake.makes_folder = SimulationStopped("diverged", "not finite at 3 s"), True
    assert run(["charge", "--out", "kept"]) == 4
    error = capsys.readouterr().err
    assert error == "voltbench: diverged: not finite at 3 s (kept: kept)\n"
    fake.raises = SimulationStopped("diverged", "not finite at 3 s")
    assert run(["charge", "--out", "kept2", "--json"]) == 4
    answer = json.loads(capsys.readouterr().out)
    assert answer["error"]["name"] == "diverged"
    assert answer["error"]["folder"] == "kept2"
    assert answer["exit_code"] == 4


def test_ctrl_c_keeps_the_folder(fake: FakeRun, capsys: pytest.CaptureFixture[str]) -> None:
    fake.raises, fake.makes_folder = KeyboardInterrupt(), True
    assert run(["charge", "--out", "kept"]) == 130
    assert Path("kept").is_dir()
    assert capsys.readouterr().err == "voltbench: Interrupted: stopped by the user (kept: kept)\n"


def test_a_stopped_run_shows_what_it_came_to(
    fake: FakeRun, capsys: pytest.CaptureFixture[str]
) -> None:
    error = Interrupted("stopped by the user")
    error.summary = {**SUMMARY, "soc_percent": [10.0, 31.4], "ended": "stopped by the user"}
    error.folder = Path("kept")
    fake.raises = error
    assert run(["charge", "--out", "kept"]) == 130
    captured = capsys.readouterr()
    for part in ("10.0 to 31.4 %", "50.00 kWh", "stopped by the user", "voltage at closing"):
        assert part in captured.out
    assert captured.err == "voltbench: Interrupted: stopped by the user (kept: kept)\n"
    assert run(["charge", "--out", "kept3", "--json"]) == 130
    answer = json.loads(capsys.readouterr().out)
    assert answer["summary"]["soc_percent"] == [10.0, 31.4]
    assert answer["error"]["message"] == "stopped by the user"


BAD = [
    (["--vehicle", "ioniq6"], "did you mean ioniq5?); known: "),
    (["--charger", "dc15"], "did you mean dc150?); known: "),
    (["--soc", "90:10"], "soc = 90:10 %; allowed: start below end"),
    (["--ambient=-200"], "ambient = -200 degC; allowed: -40 to 60 degC"),
    (["--grid", "0V50Hz"], "grid voltage = 0 V; allowed: 80 to 690 V"),
    (["--vehicle", "kona_64", "--protocol", "iso2"], "protocol = 'iso2'; allowed: din (kona_64)"),
    (["--vehicle", "none.toml"], "vehicle file = 'none.toml' does not exist"),
    (["--socs", "10:80"], "No such option"),
    (["extra"], "unexpected extra argument"),
    (["--soc"], "requires an argument"),
]


@pytest.mark.parametrize(("arguments", "part"), BAD)
def test_bad_input_is_one_line_and_leaves_nothing(
    fake: FakeRun, capsys: pytest.CaptureFixture[str], arguments: list[str], part: str
) -> None:
    assert run(["charge", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert part in captured.err
    assert run(["charge", "--json", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err == ""
    assert part in json.loads(captured.out)["error"]["message"]
    assert fake.asked is None
    assert list(Path().iterdir()) == []


def test_a_malformed_file_is_one_line(fake: FakeRun, capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.toml").write_text("[battery\n")
    assert run(["charge", "--vehicle", "mine.toml"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("voltbench: BadInput: mine.toml: malformed TOML: ")
    assert error.count("\n") == 1


def test_a_defect_of_the_program_is_not_dressed_as_bad_input(fake: FakeRun) -> None:
    fake.raises = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        run(["charge"])


@pytest.mark.parametrize("width", [80, 120])
def test_the_live_picture_fits_the_screen(width: int) -> None:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    console.print(picture(CHARGING))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert [len(line) <= width for line in text.splitlines()] == [True] * 3
    for part in (
        "current demand",
        "47 %",
        "652.1 V",
        "203.4 A",
        "132.6 kW",
        "SoC 47.2 %",
        "96.4 °C",
    ):
        assert part in text


def test_the_terminal_is_left_as_it_was_when_the_run_fails() -> None:
    stream = io.StringIO()
    console = Console(file=stream, width=80, force_terminal=True)
    screen = ChargeScreen(ChargeOptions(), False, console)
    with screen, suppress(KeyboardInterrupt):
        screen.update(CHARGING)
        raise KeyboardInterrupt
    assert stream.getvalue().rstrip().endswith("\x1b[?25h")  # cursor shown again


def test_the_clause_column_is_left_out_on_a_narrow_screen() -> None:
    def drawn(width: int) -> str:
        console = Console(file=io.StringIO(), width=width)
        charge_summary.print_summary(SUMMARY, Path("x"), console)
        return str(console.file.getvalue())  # type: ignore[attr-defined]

    assert "CC.3.5" in drawn(120)
    assert "CC.3.5" not in drawn(80)


@pytest.mark.parametrize(
    ("limit", "comparison", "tolerance", "text"),
    [
        (20.0, "below", 0.0, "< 20 V"),
        (20.0, "max", 0.0, "≤ 20 V"),
        ((3.0, 5.0), "range", 0.0, "3 to 5 V"),
        (500.0, "near", 10.0, "500 ± 10 V"),
        (None, "max", 0.0, "-"),
    ],
)
def test_a_limit_is_shown_with_its_sign(
    limit: object, comparison: str, tolerance: float, text: str
) -> None:
    verdict = {"limit": limit, "comparison": comparison, "tolerance": tolerance, "unit": "V"}
    assert charge_summary.limit_text(verdict) == text


def test_help_and_bad_input_load_no_compiler() -> None:
    # what makes the first answer slow is not time but these imports
    code = (
        "import sys; from voltbench.hil.cli.main import run; code = run(sys.argv[1:]); "
        "slow = {'numba', 'pyarrow', 'plotly', 'scipy', 'control'} & set(sys.modules); "
        "sys.exit(f'{code} {slow}')"
    )
    for arguments, expected in ((["--help"], "0 set()"), (["charge", "--soc", "9:1"], "2 set()"),
                                (["charge", "--vehicle", "x"], "2 set()")):  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
        )
        assert done.stderr.splitlines()[-1] == expected
