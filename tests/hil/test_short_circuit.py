"""A short circuit in the cable: the averaged charger finds it before any dangerous voltage."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from voltbench.hil import charge
from voltbench.hil.charge_setup import ChargeSetup, prepare
from voltbench.hil.options import ChargeOptions


@pytest.mark.parametrize(("loop_Ohm", "found"), [(1.0, True), (100.0, True), (200.0, False)])
def test_the_stimulus_finds_a_short_before_high_voltage(
    loop_Ohm: float, found: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shorted(options: ChargeOptions) -> ChargeSetup:
        setup = prepare(options)
        setup.bench.plant.R_short = loop_Ohm
        setup.bench.plant.discretise_output()
        return setup

    monkeypatch.setattr(charge, "prepare", shorted)
    options = ChargeOptions(soc_start_percent=50.0, soc_end_percent=60.0, out=tmp_path / "run")
    result = charge.run_charge(options)
    check = result.summary["session"]["cable_check"]
    trace = pq.read_table(tmp_path / "run" / "trace.parquet")
    voltage = np.nan_to_num(trace["output_voltage_V"].to_numpy())
    assert (check["reason"] == "short_circuit") is found
    judged = {v["name"]: v for v in result.summary["verdicts"]}
    after = judged["short_circuit_test_current_after_1s_A"]
    assert not check["passed"]
    assert result.exit_code == 1
    if not found:  # above 110 ohm it is a load: 2 A cannot raise the test voltage over it
        assert check["reason"] == "insulation_test_voltage_not_reached"
        assert after["result"] == "informative"
        return
    # resolution of the sensor, 0.065 A of 0.48 A: 14 %
    assert check["loop_resistance_Ohm"] == pytest.approx(loop_Ohm, rel=0.16, abs=0.1)
    assert voltage.max() < 60.0
    assert after["result"] == "pass"
    assert after["value"] < 0.1
    assert judged["short_circuit_test_voltage_after_2p5s_V"]["result"] in ("pass", "inconclusive")
    events = (tmp_path / "run" / "events.jsonl").read_text("utf-8").splitlines()
    assert any(json.loads(e).get("reason") == "short_circuit" for e in events)
