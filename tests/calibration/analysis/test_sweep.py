"""Sweeps of a switched dual active bridge: what is swept, kept, repeated."""

import math
import multiprocessing
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from voltbench.calibration.analysis import sweep_engines
from voltbench.calibration.analysis.corner_run import SAMPLES, Scenario, corner_run
from voltbench.calibration.analysis.sweep import ReplayDiffers, SweepResult, sweep
from voltbench.calibration.analysis.sweep_job import Row, SweepJob
from voltbench.calibration.analysis.sweep_store import StoreError
from voltbench.calibration.analysis.tolerances import Tolerance, tolerance
from voltbench.calibration.switched_loops.dab_voltage import DabVoltage
from voltbench.calibration.switched_loops.front_end_current import FrontEndCurrent

PLANT = DabVoltage()
GAINS = PLANT.formula(1500.0, 55.0)
INDUCTANCE, CAPACITANCE = "parameters.leakage_inductance_H", "parameters.output_capacitance_F"
SPREAD = (tolerance(PLANT, INDUCTANCE, "15%"), tolerance(PLANT, CAPACITANCE, "20%"))
SHORT = Scenario(1.2e-3, 0.6e-3)


def swept(
    count: int, engine: str = "local:1", store: Path | None = None, resume: bool = False
) -> SweepResult:
    return sweep(PLANT, GAINS, SPREAD, count, 5, "monte-carlo", SHORT, engine, store, resume)


def test_the_undershoot_is_the_averaged_models() -> None:
    """Held to the averaged converter under the same PI law, stepped by hand."""
    amps = 5.0
    drawn = {CAPACITANCE: 40e-6}
    run = corner_run(PLANT, GAINS, Scenario(5e-3, 2.5e-3, amps), drawn)
    mean = run.signal[: 500 * SAMPLES].reshape(-1, SAMPLES).mean(axis=1)
    switched = float(mean[225:250].mean() - mean[250:].min())
    per_rad, per_V = PLANT.slopes
    p, T = PLANT.parameters, PLANT.T_s
    per_A = per_rad * PLANT.k_phi / (p.input_voltage_V * (math.pi - 2.0 * PLANT.phi))
    u = x = acting = 0.0
    lowest = 0.0
    fine = 20
    for _ in range(125):
        asked = x - GAINS.k_p * u
        x -= T * GAINS.k_i * u
        for _ in range(fine):
            flow = per_A * acting + (per_V - 1.0 / p.load_resistance_Ohm) * u - amps
            u += T / fine * flow / drawn[CAPACITANCE]
        acting = asked
        lowest = min(lowest, u)
    # the averaged model holds a value over a law's period of two switching ones
    assert switched == pytest.approx(-lowest, rel=0.03)


def test_the_law_stays_nominal() -> None:
    """A changed inductance is not known to the law: it is held by the integral alone."""
    nominal = corner_run(PLANT, GAINS, Scenario(), {}).trace
    other = corner_run(PLANT, GAINS, Scenario(), {INDUCTANCE: 46e-6}).trace
    assert other["u_o"][:2000].min() < nominal["u_o"][:2000].min() - 2.0
    # a 15 % larger inductance lets 15 % less current through at the phase shift the law begins at
    at = slice(0, 10 * SAMPLES)
    ratio = np.abs(other["i_l"][at]).max() / np.abs(nominal["i_l"][at]).max()
    assert ratio == pytest.approx(1.0 / 1.15, rel=0.03)


def test_temperature_is_in_the_circuit() -> None:
    p = replace(PLANT.parameters, r_on_1_change_per_K=0.005)
    hot, same = replace(PLANT, parameters=p, junction_temperature_C=125.0), replace(
        PLANT, parameters=replace(PLANT.parameters, r_on_1_Ohm=1.5 * 30e-3)
    )  # fmt: skip
    assert hot.engine.library.circuit.elements == same.engine.library.circuit.elements
    assert hot.phi == pytest.approx(same.phi, rel=1e-9)  # one number, twice by bisection


def test_same_rows_whatever_the_engine() -> None:
    one = swept(12)
    assert swept(12, "local:2").rows == one.rows
    assert swept(5).rows == one.rows[:5]
    assert len({row.figures["undershoot_V"] for row in one.rows}) == 12


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_process_that_dies_loses_nothing(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    monkeypatch.setattr(sweep_engines, "_method", lambda: method)
    killed: list[int] = []

    def kill_one(done: int, failed: int, whole: int) -> None:
        if done >= 16 and not killed:
            child = multiprocessing.active_children()[0]
            child.kill()
            killed.append(done)

    found = sweep(PLANT, GAINS, SPREAD, 120, 5, "monte-carlo", SHORT, "local:2", on_row=kill_one)
    assert killed
    assert [row.run for row in found.rows] == list(range(120))
    assert found.rows[:8] == swept(8).rows


def test_the_worst_run_is_replayed_to_the_bit() -> None:
    found = swept(8)
    worst = found.worst("peak_i_l_A")
    assert worst.figures["peak_i_l_A"] == np.max(found.column("peak_i_l_A"))
    assert found.replay(worst.run).figures == worst.figures
    changed = replace(worst, figures={**worst.figures, "peak_i_l_A": 1.0})
    rows = tuple(changed if row is worst else row for row in found.rows)
    with pytest.raises(ReplayDiffers, match=f"run {worst.run} does not repeat"):
        replace(found, rows=rows).replay(worst.run)
    with pytest.raises(ValueError, match="allowed: 0 to 7"):
        found.replay(8)


def test_a_run_that_fails_is_a_row() -> None:
    spread = Tolerance(INDUCTANCE, "values", (-40e-6, 40e-6))
    found = sweep(PLANT, GAINS, [spread], 6, 1, scenario=SHORT, engine="local:1")
    assert len(found.rows) == 6
    assert 0 < len(found.failed) < 6
    for row in found.failed:
        assert row.values[INDUCTANCE] < 0.0
        assert row.error.startswith("CircuitError: ")
        assert "leakage" in row.error
    assert found.worst("undershoot_V").values[INDUCTANCE] > 0.0
    assert found.percentiles("undershoot_V")[50.0] > 0.0


def test_resume_computes_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = tmp_path / "rows.jsonl"
    whole = swept(6, store=store)
    lines = store.read_bytes().splitlines(keepends=True)
    store.write_bytes(b"".join(lines[:4]) + lines[4][:50])  # three rows, and one torn
    asked: list[int] = []
    before = sweep_engines.rows

    def watched(engine: str, job: SweepJob, runs: list[int]) -> Iterator[Row]:
        asked.extend(runs)
        return before(engine, job, runs)

    monkeypatch.setattr(sweep_engines, "rows", watched)
    assert swept(6, store=store, resume=True).rows == whole.rows
    assert asked == [3, 4, 5]
    assert store.read_bytes() == b"".join(lines)


def test_a_store_is_of_one_sweep(tmp_path: Path) -> None:
    store = tmp_path / "rows.jsonl"
    swept(2, store=store)
    with pytest.raises(StoreError, match="there already"):
        swept(2, store=store)
    with pytest.raises(StoreError, match="count is 2 there, 3 here"):
        swept(3, store=store, resume=True)
    broken = store.read_bytes().replace(b'{"run": 0', b'{"run" 0')
    store.write_bytes(broken)
    with pytest.raises(StoreError, match="line 2"):
        swept(2, store=store, resume=True)


@pytest.mark.parametrize(
    ("spread", "says"),
    [
        ((), "none given"),
        ((SPREAD[0], SPREAD[0]), "given twice"),
        ((Tolerance("parameters.dead_time_s", "uniform", (1e-7, 2e-7)),), "changes nothing"),
        ((Tolerance("junction_temperature_C", "uniform", (0.0, 90.0)),), "needs changes per K"),
        ((Tolerance("parameters.wrong", "uniform", (0.0, 1.0)),), "no such value"),
    ],
)
def test_tolerances_without_a_meaning_are_refused(spread: tuple[Tolerance, ...], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        sweep(PLANT, GAINS, spread, 4, scenario=SHORT)


def test_grid_tolerances_of_a_current_loop() -> None:
    plant = FrontEndCurrent()
    spread = [tolerance(plant, "parameters.grid.grid_voltage_V", "10%")]
    gains = plant.formula(2000.0, 55.0)
    found = sweep(plant, gains, spread, 2, 1, "corners", Scenario(20e-3, 10e-3), "local:1")
    assert found.figure_of_merit == "peak_i_A"  # there is no load step to a current
    with pytest.raises(ValueError, match="load_step_A is 5 A"):
        corner_run(plant, gains, Scenario(load_step_A=5.0), {})
    for row in found.rows:
        grid_V = row.values["parameters.grid.grid_voltage_V"]
        amplitude = math.sqrt(2.0 / 3.0) * plant.power_W / grid_V
        # the load's power is fed forward over the measured amplitude; ripple and losses aside
        assert row.figures["settled_i_A"] == pytest.approx(amplitude, rel=0.02)
