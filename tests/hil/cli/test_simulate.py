"""`voltbench simulate`: figures of converters, values by name, refusals in one line."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from voltbench.hil.cli.main import run
from voltbench.hil.switched.cases import find, with_values
from voltbench.plant_models.switched.engine import simulate


def found(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert run(["simulate", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_two_level_holds_its_bus_at_unity_power_factor(capsys: pytest.CaptureFixture[str]) -> None:
    figures = found(capsys, "pfc", "--set", "dc.load_resistance_Ohm=40")["figures"]
    assert figures["u_dc_V"]["mean"] == pytest.approx(800.0, abs=1.0)  # integral control
    assert figures["output_power_W"] == pytest.approx(800.0**2 / 40.0, rel=3e-3)
    assert figures["power_factor"] > 0.995
    assert max(figures["thd_percent"].values()) < 5.0


def test_dab_delivers_the_current_asked_for_and_the_files_are_the_api(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    summary = found(
        capsys, "dab", "--set", "output_current_ref_A=26", "--set", "load_resistance_Ohm=15.4",
        "--out", str(tmp_path),
    )  # fmt: skip
    # the trim's bandwidth is 15 Hz: 100 ms leave 1e-4 of what the formula misses
    assert summary["figures"]["u_o_V"]["mean"] == pytest.approx(26.0 * 15.4, rel=5e-3)
    ready = with_values(
        find("dab"), ["output_current_ref_A=26", "load_resistance_Ohm=15.4"]
    ).ready()
    start = 0.1 - ready.window_s
    ours = simulate(ready.circuit, ready.controller, 0.1, ready.sample_s, store_from=start)
    written = pq.read_table(tmp_path / "trace.parquet")
    assert np.array_equal(written["i_l_A"].to_numpy(), ours["i_l"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["sepic"], "converter = 'sepic'; allowed: pfc, llc, dab, psfb"),
        (["pfc", "--topology", "swiss"], "allowed for pfc: two-level, totem-pole, t-type, vienna"),
        (["dab", "--set", "leakage_H=1e-6"], "nearest: leakage_inductance_H"),
        (["dab", "--set", "leakage_inductance_H=-1"], "allowed: 0 or above"),
        (
            ["llc", "--set", "control_rate_Hz=much"],
            "control_rate_Hz = 'much'; expected: a number",
        ),
        (["llc", "--set", "control_rate_Hz=1e3"], "control period is 0.001 s; allowed: above 0"),
        (["llc", "--set", "frequency_min_Hz=40e3"], "the gain's peak at this load"),
        (["llc", "--set", "output_voltage_ref_V=600"], "output_voltage_ref_V = 600 V; allowed: up"),
        (["llc", "--set", "frequency_max_Hz=90e3"], "allowed: above frequency_min_Hz = 100000 Hz"),
        (["llc", "--set", "voltage_slew_V_per_s=0"], "voltage_slew_V_per_s = 0; allowed: above 0"),
        (["psfb", "--set", "voltage_bandwidth_of_rate=0"], "allowed: above 0"),
        (["llc", "--modulation", "burst"], "llc has no choice of it"),
        (["dab", "--modulation", "burst"], "allowed for dab: single, extended, triple"),
        (
            ["dab", "--topology", "battery", "--modulation", "triple"],
            "allowed for dab battery: single",
        ),
        (
            ["dab", "--topology", "battery", "--set", "main_at_s=1e-4"],
            "main_at_s = 0.0001 s; allowed: above precharge_at_s = 0.001 s",
        ),
        (["psfb", "--set", "duty_max=1.2"], "duty_max = 1.2; allowed: above 0, to 1"),
        (["psfb", "--set", "output_voltage_ref_V=600"], "allowed: below 548.6 V (duty_max = 0.96)"),
        (
            ["pfc", "--topology", "totem-pole", "--set", "bus_voltage_ref_V=300"],
            "bus_voltage_ref_V = 300 V; allowed: 325.3 V or above",
        ),
        (
            ["psfb", "--set", "load_step.resistance_Ohm=1e-3"],
            "load_step.resistance_Ohm = 0.001 Ohm; allowed: 0 (none) or above",
        ),
        (["pfc", "--set", "grid.filter_capacitance_F=1e-5"], "loop of ideal voltages through"),
        (["dab", "--set", "dead_time_s=-1e-7"], "dead_time_s = -1e-7; allowed: 0 or above"),
        (["dab", "--set", "output_capacitance_F=0"], "output_capacitance_F = 0; allowed: above 0"),
        (["dab", "--t-end", "1e-6"], "t_end = 1e-06 s; allowed: 0.0002 s or above"),
    ],
)
def test_bad_input_is_one_line(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["simulate", *arguments]) == 2
    error = capsys.readouterr().err.strip()
    assert says in error
    assert "Traceback" not in error
    assert len([line for line in error.splitlines() if line.startswith("voltbench: ")]) == 1
