"""A whole charge: what the folder holds, that it repeats, that it survives, what it refuses."""

import json
import math
import signal
from pathlib import Path
from typing import Any

import pytest

from voltbench.hil.charge import ChargeResult, run_charge
from voltbench.hil.errors import BadInput, Interrupted, SimulationStopped
from voltbench.hil.evidence import manifest
from voltbench.hil.options import ChargeOptions, parse_grid
from voltbench.hil.progress import Progress


def options(out: Path, **changes: Any) -> ChargeOptions:
    values: dict[str, Any] = {"soc_start_percent": 50.0, "soc_end_percent": 51.6, "out": out}
    values.update(changes)
    return ChargeOptions(**values)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> ChargeResult:
    return run_charge(options(tmp_path_factory.mktemp("charge") / "run"))


def test_folder_is_complete_and_vouched_for(run: ChargeResult) -> None:
    names = {path.name for path in run.folder.iterdir()}
    assert names == {
        "trace.parquet",
        "messages.jsonl",
        "events.jsonl",
        "verdicts.json",
        "summary.json",
        "report.html",
        "manifest.json",
    }
    assert manifest.verify(run.folder) == []
    assert run.exit_code == 0


def test_summary_has_what_scripts_read(run: ChargeResult) -> None:
    for key in (
        "duration_s",
        "energy_delivered_Wh",
        "energy_from_grid_Wh",
        "peak_power_W",
        "max_junction_temperature_degC",
        "real_time_factor",
        "control_periods",
    ):
        assert math.isfinite(run.summary[key]), key
    for verdict in run.summary["verdicts"]:
        assert {"name", "value", "limit", "unit", "result", "clause", "verified"} <= verdict.keys()
    assert run.summary["control_periods"] == round(run.summary["duration_s"] * 20e3)


def test_energy_agrees_with_the_battery(run: ChargeResult) -> None:
    """State of charge times capacity times voltage, from the car's data, against the ledger."""
    from voltbench.plant_models.catalog import vehicle

    battery = vehicle("ioniq5").battery
    first, last = run.summary["soc_percent"]
    middle_V = battery.open_circuit_voltage_V((first + last) / 2)
    cells_Wh = (last - first) / 100 * battery.capacity_Ah * middle_V
    ledger = run.summary["energy_ledger"]
    taken = ledger["delivered_Wh"]["battery (open-circuit voltage)"]
    assert taken == pytest.approx(cells_Wh, rel=0.005)  # curvature of the voltage over 1.6 %
    assert taken < run.summary["energy_delivered_Wh"] < run.summary["energy_from_grid_Wh"]
    assert abs(ledger["residual_percent"]) < 0.001


def test_volts_and_amps_decide_not_messages(run: ChargeResult) -> None:
    """What the charger reported in CurrentDemandRes is what the plant's sensors measured."""
    import pyarrow.parquet as pq

    trace = pq.read_table(run.folder / "trace.parquet")
    rows = trace["window"].to_numpy() == 0
    time_s = trace["time_s"].to_numpy()[rows]
    true_A = trace["output_current_A"].to_numpy()[rows]
    lines = (run.folder / "messages.jsonl").read_text().splitlines()
    replies = [json.loads(line) for line in lines if '"CurrentDemandRes"' in line]
    assert len(replies) > 100
    for reply in replies[20:-20:7]:
        said_A = reply["fields"]["present_current_A"]
        at = int((abs(time_s - reply["t_s"])).argmin())
        # sensor: 0.2 % gain, 0.05 % of 500 A offset; a row may hold one 2 A request step
        assert said_A == pytest.approx(true_A[at], rel=0.002, abs=0.3 + 2.0)


def test_the_power_limit_is_reported_where_the_charger_holds_it(run: ChargeResult) -> None:
    lines = (run.folder / "messages.jsonl").read_text().splitlines()
    fields = [json.loads(line)["fields"] for line in lines if '"CurrentDemandRes"' in line]
    share = [f["present_voltage_V"] * f["present_current_A"] / 150e3 for f in fields]
    at_limit = [f for f, part in zip(fields, share, strict=True) if part > 0.995]
    below = [f for f, part in zip(fields, share, strict=True) if part < 0.98]
    assert len(at_limit) > 20
    assert len(below) > 20
    assert all(f["power_limit_achieved"] for f in at_limit)
    assert not any(f["power_limit_achieved"] for f in below)
    # 720 V at 150 kW: the current is what the power leaves, far below the 400 A of the cable
    assert not any(f["current_limit_achieved"] for f in fields)


@pytest.mark.parametrize(("first", "last"), [(50.0, 50.2), (10.0, 10.01), (99.9, 100.0)])
def test_a_short_charge_is_judged_or_says_from_where_on(
    tmp_path: Path, first: float, last: float
) -> None:
    result = run_charge(options(tmp_path / "run", soc_start_percent=first, soc_end_percent=last))
    judged = {v["name"]: v for v in result.summary["verdicts"]}
    assert {v["result"] for v in judged.values()} == {"pass", "informative"}
    assert result.exit_code == 0
    if result.summary["peak_power_W"] > 32e3:
        for name in ("grid_current_tdd_percent", "grid_current_harmonic_below_11_percent"):
            assert judged[name]["result"] == "pass"
            # the distortion of a slowly rising current: not a window of zeros, not a transient
            assert 0.05 < judged[name]["value"] < 3.0
    else:
        assert "rated from 30 kW" in judged["power_factor_min"]["reason"]
        assert "rated from 150 Wh" in judged["energy_meter_error_percent"]["reason"]


def test_same_seed_same_bytes_other_seed_other_sensors(run: ChargeResult, tmp_path: Path) -> None:
    again = run_charge(options(tmp_path / "again"))
    for name in ("trace.parquet", "verdicts.json", "messages.jsonl", "events.jsonl"):
        assert (again.folder / name).read_bytes() == (run.folder / name).read_bytes(), name
    other = run_charge(options(tmp_path / "other", seed=2))
    assert (other.folder / "trace.parquet").read_bytes() != (
        run.folder / "trace.parquet"
    ).read_bytes()


def test_other_protocol_and_range(tmp_path: Path) -> None:
    """A 400 V car on ISO 15118-2: the low range, the other message set."""
    result = run_charge(
        options(tmp_path / "run", vehicle="id4_77", protocol="iso2", control_rate_Hz=10e3)
    )
    assert result.exit_code == 0
    assert result.summary["session"]["high_range"] is False
    assert "15118" in result.summary["session"]["protocol"]


def test_progress_reaches_an_onlooker(tmp_path: Path) -> None:
    seen: list[Progress] = []
    run_charge(options(tmp_path / "run", control_rate_Hz=10e3), seen.append)
    stages = [progress.stage for progress in seen]
    assert stages[0] == "compiling"
    assert stages[-1] == "writing"
    charging = [p for p in seen if p.stage in ("session", "charging")]
    assert charging
    assert all(20.0 < p.hottest_degC < 150.0 for p in charging)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"vehicle": "ionik5"}, ["ionik5", "ioniq5"]),
        ({"charger": "dc15"}, ["dc15", "dc150"]),
        ({"grid": parse_grid("230V50Hz")}, ["230 V", "allowed"]),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    tmp_path: Path, changes: dict[str, Any], words: list[str]
) -> None:
    out = tmp_path / "run"
    with pytest.raises(BadInput) as caught:
        run_charge(options(out, **changes))
    text = str(caught.value)
    assert "\n" not in text
    assert all(word in text for word in words), text
    assert not out.exists()


def test_unsampled_resonance_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="LCL resonance"):
        run_charge(
            options(
                tmp_path / "run",
                control_rate_Hz=10e3,
                charger=str(_stiffer_filter(tmp_path)),
            )
        )


def _stiffer_filter(folder: Path) -> Path:
    """Write a charger whose grid-side inductor puts the resonance above 5 kHz."""
    from voltbench.plant_models.catalog_files import DATA

    text = (DATA / "chargers" / "dc150.toml").read_text()
    changed = text.replace("grid_inductance_H = 100e-6", "grid_inductance_H = 30e-6")
    assert changed != text
    path = folder / "stiff.toml"
    path.write_text(changed)
    return path


def test_divergence_is_named_and_keeps_the_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from voltbench.hil import charge as module

    def poisoned(setup: Any, log: Any, tell: Any) -> None:
        setup.bench.advance(0.5)
        setup.bench.plant.modules[0]["u_p"] = math.nan
        setup.bench.advance(0.5)

    monkeypatch.setattr(module, "charge", poisoned)
    with pytest.raises(SimulationStopped) as caught:
        run_charge(options(tmp_path / "run"))
    assert caught.value.name == "diverged"
    assert caught.value.folder == tmp_path / "run"
    kept = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert kept["trace"]["rows"] > 20


def test_ctrl_c_ends_the_run_in_order_and_sums_up(tmp_path: Path) -> None:
    out = tmp_path / "run"

    def press(now: Progress) -> None:
        if now.stage == "charging" and now.current_A > 60.0:
            signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(Interrupted) as caught:
        run_charge(options(out, soc_end_percent=60.0), press)
    assert signal.getsignal(signal.SIGINT) is before
    assert caught.value.exit_code == 130
    assert caught.value.folder == out
    assert manifest.verify(out) == []
    assert not (out / "trace.arrows").exists()
    kept = json.loads((out / "summary.json").read_text())
    assert kept["error"] == {"name": "Interrupted", "message": "stopped by the user"}
    assert kept["ended"] == "stopped by the user"
    assert kept["energy_delivered_Wh"] > 1.0
    assert abs(kept["energy_ledger"]["residual_percent"]) < 0.01
    judged = {v["name"]: v["result"] for v in kept["verdicts"]}
    assert judged["cable_check_voltage_V"] == "pass"
    assert judged["charge_shortfall_percent"] == "inconclusive"
    assert "fail" not in judged.values()
    assert "did not complete" in (out / "report.html").read_text("utf-8")


@pytest.mark.parametrize(
    "phase", ["", "slac", "cable_check", "pre_charge", "contactors_closing", "ramp_down"]
)
def test_ctrl_c_in_any_phase_is_no_traceback(
    phase: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from voltbench.hil import charge as module

    def charging(self: module.Teller, bench: Any, now: str) -> None:
        if phase in ("", now):
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(module.Teller, "charging", charging)  # every step, whatever the clock
    with pytest.raises(Interrupted) as caught:
        run_charge(options(tmp_path / "run", soc_end_percent=50.1))
    assert caught.value.summary is not None or phase == ""
    assert manifest.verify(tmp_path / "run") == []


def test_car_with_a_ground_fault_is_stopped(tmp_path: Path) -> None:
    """20 kohm behind the car's contactors: the cable check cannot see it, the monitor must."""
    from voltbench.plant_models.catalog_files import DATA

    text = (DATA / "vehicles" / "ioniq5.toml").read_text()
    lines = [
        "insulation_resistance_Ohm = 20e3" if line.startswith("insulation_res") else line
        for line in text.splitlines()
    ]
    car = tmp_path / "faulty.toml"
    car.write_text("\n".join(lines))
    result = run_charge(options(tmp_path / "run", vehicle=str(car)))
    events = (result.folder / "events.jsonl").read_text()
    assert '"fault":"INSULATION"' in events
    judged = {v["name"]: v["result"] for v in result.summary["verdicts"]}
    assert judged["insulation_resistance_Ohm"] == "fail"
    assert judged["charge_shortfall_percent"] == "fail"
    assert judged["unlock_voltage_V"] == "pass"
    assert result.exit_code == 1
