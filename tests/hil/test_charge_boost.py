"""A whole short charge on the charger with boost inductors: energy, verdicts, half the step."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from voltbench.calibration.loops import margins
from voltbench.calibration.margins import charger_loops
from voltbench.hil.charge import ChargeResult, run_charge
from voltbench.hil.options import ChargeOptions
from voltbench.hil.simulated import ROW_S
from voltbench.plant_models import catalog
from voltbench.plant_models.charger_data import Charger


def charge(out: Path, rate_Hz: float, vehicle: str = "ioniq5") -> ChargeResult:
    options = ChargeOptions(
        charger="dc22",
        vehicle=vehicle,
        soc_start_percent=50.0,
        soc_end_percent=50.6,
        control_rate_Hz=rate_Hz,
        out=out,
    )
    return run_charge(options)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> ChargeResult:
    return charge(tmp_path_factory.mktemp("boost") / "run", 20e3)


def test_every_joule_is_accounted_for(run: ChargeResult) -> None:
    ledger = run.summary["energy_ledger"]
    assert abs(ledger["residual_percent"]) < 0.002
    lost = ledger["lost_Wh"]
    # there is neither a second inductor nor a damping resistor
    assert lost["grid-side inductors"] == 0.0
    assert lost["damping resistors"] == 0.0
    # 3 R I^2 of what the meter at the grid terminals read, row by row
    trace = pq.read_table(run.folder / "trace.parquet")
    rows = trace["window"].to_numpy() == 0
    current_A = trace["grid_current_A"].to_numpy()[rows].astype(float)
    by_hand = 3 * 25e-3 * float(np.sum(current_A**2)) * ROW_S / 3600.0
    # between switching off and discharge the meter shows its last cycle
    assert lost["converter-side inductors"] == pytest.approx(by_hand, rel=0.005)


def test_verdicts_pass_and_say_what_they_do_not_hold(run: ChargeResult) -> None:
    assert run.exit_code == 0
    judged = {v["name"]: v for v in run.summary["verdicts"]}
    assert judged["power_factor_min"]["value"] > 0.99
    assert judged["power_factor_min"]["result"] == "pass"
    thd = next(v for name, v in judged.items() if name.startswith("grid_current_tdd"))
    assert "0.36 A rms a phase at 40 kHz" in thd["reason"]


def test_the_report_says_that_the_ripple_is_missing(run: ChargeResult) -> None:
    page = (run.folder / "report.html").read_text(encoding="utf-8")
    assert "Grid current without the switching ripple of the boost inductors" in page
    manifest = json.loads((run.folder / "manifest.json").read_text())
    assert "boost_inductor" in json.dumps(manifest)


def test_half_the_step_changes_no_energy_by_a_thousandth(run: ChargeResult, tmp_path: Path) -> None:
    half = charge(tmp_path / "half", 40e3)
    for name in (
        "duration_s",
        "energy_delivered_Wh",
        "energy_from_grid_Wh",
        "peak_power_W",
        "max_junction_temperature_degC",
    ):
        assert half.summary[name] == pytest.approx(run.summary[name], rel=1e-3), name
    base, other = (r.summary["energy_ledger"] for r in (run, half))
    floor = 1e-6 * base["sums_Wh"]["supplied"]
    for name, value in base["lost_Wh"].items():
        # the resistors' loss is a power times the moment of an event (see results/validation.md)
        rel = 0.05 if name == "pre-charge resistors" else 1e-3
        assert other["lost_Wh"][name] == pytest.approx(value, rel=rel, abs=rel * floor), name


def test_the_charger_has_the_margins_it_should() -> None:
    # as for dc150: 30 degrees, 6 dB and 0.5 are the least that is called robust
    for loop in charger_loops(catalog.load("dc22", Charger, "chargers")):
        found = margins(loop)
        assert found.stable
        assert found.phase_margin_deg is not None
        assert found.gain_margin_dB is not None
        assert found.phase_margin_deg > 30.0, loop
        assert found.gain_margin_dB > 6.0, loop
        assert found.modulus_margin > 0.5, loop
