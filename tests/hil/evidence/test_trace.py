"""The trace file as any reader of Parquet sees it."""

import hashlib
import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from voltbench.hil.evidence.outcome import Outcome
from voltbench.hil.evidence.recorder import RunRecorder
from voltbench.hil.evidence.signals import Signal, charge_signals


def _digest(folder: Path, name: str) -> str:
    return hashlib.sha256((folder / name).read_bytes()).hexdigest()


def test_every_decimated_row_comes_back(finished: Outcome, synthetic: Any) -> None:
    table = pq.read_table(finished.folder / "trace.parquet", filters=[("window", "=", 0)])
    rows = synthetic.rows()
    np.testing.assert_array_equal(table["time_s"], rows["time_s"])
    for name in ("output_voltage_V", "module5_junction_temperature_degC", "soc_percent"):
        np.testing.assert_array_equal(table[name], rows[name].astype(np.float32))
    asked = table["current_request_A"].combine_chunks()
    absent = np.isnan(rows["current_request_A"])
    np.testing.assert_array_equal(asked.is_null(), absent)
    assert asked.null_count == absent.sum() > 0


def test_windows_hold_full_rate_rows_and_nulls_elsewhere(finished: Outcome, synthetic: Any) -> None:
    table = pq.read_table(finished.folder / "trace.parquet", filters=[("window", "=", 1)])
    truth = synthetic.zoom(28.62, 1, battery=False)
    assert table.num_rows == 4000
    np.testing.assert_array_equal(table["time_s"], truth["time_s"])
    given = table["grid_current_c_A"]
    np.testing.assert_array_equal(given, truth["grid_current_c_A"].astype(np.float32))
    for name in ("battery_current_A", "soc_percent", "session_phase", "fault_bits"):
        assert table[name].null_count == 4000, name


def test_states_are_words_and_units_are_in_the_file(finished: Outcome) -> None:
    file = pq.ParquetFile(finished.folder / "trace.parquet")
    schema = file.schema_arrow
    assert pa.types.is_dictionary(schema.field("session_phase").type)
    phases = file.read(["session_phase"])["session_phase"].drop_null().cast("string")
    assert phases[0].as_py() == "plugged_in"
    assert set(phases.unique().to_pylist()) >= {"cable_check", "current_demand", "unlocked"}
    assert schema.field("output_current_A").metadata[b"unit"] == b"A"
    assert json.loads(schema.field("fault_bits").metadata[b"names"])[0] == "over_voltage"
    about = json.loads(schema.metadata[b"about"])
    assert (about["row_period_s"], about["control_rate_Hz"]) == (0.02, 20e3)
    reasons = json.loads(schema.metadata[b"windows"])
    assert reasons["1"] == "vehicle contactors close"
    assert len(reasons) == 3


def test_row_groups_are_fixed_and_never_mix_windows(finished: Outcome) -> None:
    metadata = pq.ParquetFile(finished.folder / "trace.parquet").metadata
    sizes = [metadata.row_group(k).num_rows for k in range(metadata.num_row_groups)]
    assert sizes == [16384, 16384, 16384, 58700 - 3 * 16384, 4000, 4000, 4000]
    for k in range(metadata.num_row_groups):
        range_of = metadata.row_group(k).column(0).statistics
        assert range_of.min == range_of.max


def test_same_run_same_bytes(finished: Outcome, synthetic: Any, tmp_path: Path) -> None:
    again = synthetic.run(tmp_path / "again")
    for name in ("trace.parquet", "verdicts.json", "report.html", "events.jsonl"):
        assert _digest(again.folder, name) == _digest(finished.folder, name), name


def _small(tmp_path: Path, synthetic: Any) -> RunRecorder:
    signals = [
        Signal("output_voltage_V", "V", "Test."),
        Signal("charger_state", "1", "Test.", "code", ("off", "run")),
        Signal("grid_current_a_A", "A", "Test.", decimated=False, full_rate=True),
    ]
    return RunRecorder(tmp_path / "run", signals, synthetic.start())


def test_bytes_do_not_depend_on_how_rows_were_handed_over(tmp_path: Path, synthetic: Any) -> None:
    t = np.arange(40_000) * 1e-3
    block = {"time_s": t, "output_voltage_V": np.sin(t), "charger_state": (t > 3) * 1.0}
    whole = _small(tmp_path / "a", synthetic)
    whole.rows(block)
    whole.abort("Stop: enough")
    pieces = _small(tmp_path / "b", synthetic)
    cuts = [0, 1, 17, 16_384, 16_385, 33_000, 40_000]
    for first, last in pairwise(cuts):
        matrix = np.stack([y[first:last] for y in block.values()], axis=1)
        pieces.rows(matrix)
        pieces.flush()
    pieces.abort("Stop: enough")
    first_file = _digest(tmp_path / "a" / "run", "trace.parquet")
    assert first_file == _digest(tmp_path / "b" / "run", "trace.parquet")


def _structured() -> Any:
    return np.zeros(3, [("time_s", "f8"), ("output_voltage_V", "f4"), ("charger_state", "i1")])


def _separate() -> Any:
    return {name: np.zeros(3, dtype) for name, dtype in _structured().dtype.descr}


@pytest.mark.parametrize("make", [_structured, _separate])
def test_the_caller_may_reuse_its_arrays(
    tmp_path: Path, synthetic: Any, make: Callable[[], Any]
) -> None:
    block = make()
    with _small(tmp_path, synthetic) as recorder:
        for k in range(2):
            block["time_s"][:] = k + np.arange(3) / 4
            block["output_voltage_V"][:] = 100 * (k + 1)
            block["charger_state"][:] = k
            recorder.rows(block)
    table = pq.read_table(tmp_path / "run" / "trace.parquet")
    assert table["output_voltage_V"].to_pylist() == [100.0] * 3 + [200.0] * 3
    assert table["charger_state"].to_pylist() == ["off"] * 3 + ["run"] * 3


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ({"time_s": [0.0, 0.0]}, "time_s 0.0 s after 0.0 s"),
        ({"time_s": [0.0, np.nan]}, "time_s nan s"),
        ({"output_voltage_V": [1.0]}, r"output_voltage_V has shape \(1,\), time_s has \(2,\)"),
        ({"charger_state": [0, 2]}, "charger_state: 2, allowed 0 to 1"),
        ({"output_volts": [0, 2]}, "output_volts is not a signal"),
        ({"output_voltage_V": None}, "output_voltage_V is missing"),
    ],
)
def test_wrong_rows_are_refused_by_name(
    tmp_path: Path, synthetic: Any, block: dict[str, Any], words: str
) -> None:
    right = {"time_s": [0.0, 1.0], "output_voltage_V": [1.0, 2.0], "charger_state": [0, 1]}
    wrong = {name: y for name, y in {**right, **block}.items() if y is not None}
    with _small(tmp_path, synthetic) as recorder, pytest.raises(ValueError, match=words):
        recorder.rows({name: np.array(y) for name, y in wrong.items()})


def test_time_goes_on_across_blocks_and_windows_keep_their_reason(
    tmp_path: Path, synthetic: Any
) -> None:
    one = {"time_s": np.array([1.0]), "output_voltage_V": np.ones(1), "charger_state": np.zeros(1)}
    with _small(tmp_path, synthetic) as recorder:
        recorder.rows(one)
        with pytest.raises(ValueError, match=r"time_s 1.0 s after 1.0 s"):
            recorder.rows(one)
        shown = {"time_s": np.array([0.5]), "grid_current_a_A": np.ones(1)}
        recorder.window(shown, 1, "trip")
        with pytest.raises(ValueError, match="window 1: reason 'stop', was 'trip'"):
            recorder.window({**shown, "time_s": np.array([0.6])}, 1, "stop")


@pytest.mark.parametrize(
    ("name", "unit", "more", "words"),
    [
        ("output_voltage", "V", {}, "must end in _V"),
        ("speed_mph", "mph", {}, "unit 'mph'"),
        ("state", "1", {"storage": "code"}, "needs 1 to 127 names"),
    ],
)
def test_a_signal_without_its_unit_is_refused(
    name: str, unit: str, more: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Signal(name, unit, "", **more)


def test_the_charge_has_the_agreed_signals() -> None:
    names = {s.name for s in charge_signals(2, ["a"], ["b"], ["c"])}
    assert {"session_phase", "dc_link_midpoint_V", "module2_heatsink_temperature_degC"} <= names
    full = {s.name for s in charge_signals(2, ["a"], ["b"], ["c"]) if s.full_rate}
    assert "module1_output_current_A" in full
    assert "module2_output_current_A" not in full
