"""Whatever instant the writer dies at, all that was flushed comes back."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from voltbench.hil.evidence import manifest
from voltbench.hil.evidence.journal import entries
from voltbench.hil.evidence.outcome import Outcome
from voltbench.hil.evidence.recorder import RunRecorder
from voltbench.hil.evidence.recover import RecoverError, recover

WRITER = Path(__file__).with_name("writer.py")
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")


def _writer() -> Any:
    """Load the writer's own module: its rows are the truth."""
    spec = spec_from_file_location("evidence_writer", WRITER)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _kill(folder: Path, seed: int, after_s: float, flushes: int) -> int:
    """Run the writer, kill it some time after its first flushes; return the rows it flushed."""
    words = [sys.executable, str(WRITER), str(folder), str(seed)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        flushed = 0
        for _ in range(flushes):
            flushed = int(process.stdout.readline())
        time.sleep(after_s)
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split("\n")
    # the last word may be torn like everything else; only whole lines count
    return int(rest[-2]) if len(rest) > 1 else flushed


def _check_rows(folder: Path) -> int:
    """Compare every recovered decimated row with what the writer must have written."""
    table = pq.read_table(folder / "trace.parquet", filters=[("window", "=", 0)])
    truth = _writer().rows(0, table.num_rows)
    names = np.array(["start", "middle", "end"])
    np.testing.assert_array_equal(table["time_s"], truth["time_s"])
    for name in ("output_voltage_V", "output_current_A"):
        np.testing.assert_array_equal(table[name], truth[name].astype(np.float32))
    phases = table["session_phase"].cast("string").to_numpy()
    np.testing.assert_array_equal(phases, names[truth["session_phase"]])
    return int(table.num_rows)


@posix_only
@pytest.mark.parametrize("seed", range(6))
def test_killed_at_any_instant_everything_flushed_is_recovered(tmp_path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    folder = tmp_path / "run"
    flushed = _kill(folder, seed, random.uniform(0.0, 0.12), int(random.integers(1, 12)))
    report = recover(folder)
    assert report.rows == _check_rows(folder) >= flushed
    assert report.simulated_s == (report.rows - 1) / 1000.0
    assert not (folder / "trace.arrows").exists()
    assert manifest.read(folder)["state"] == "recovered"
    assert manifest.verify(folder) == []
    assert all(entry["name"].startswith("Req") for entry in entries(folder / "messages.jsonl"))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    again = recover(folder)
    assert (again.changed, again.rows) == (False, report.rows)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def _stopped_mid_run(folder: Path) -> Path:
    """Leave a folder as a killed writer would, without the cost of a process."""
    module = _writer()
    start = manifest.RunStart("charger", "vehicle", ("writer",), 0, 1000.0, 0.001)
    recorder = RunRecorder(folder, module.SIGNALS, start)
    for k in range(8):
        recorder.rows(module.rows(500 * k, 500))
        recorder.event(0.5 * k, "tick", number=k)
        recorder.flush()
    # as the system does for a dead process: files closed (so unlocked), nothing completed
    recorder._stream._file.close()
    recorder._messages.close()
    recorder._events.close()
    return folder


def test_a_stream_cut_anywhere_gives_whole_batches(tmp_path: Path) -> None:
    whole = (_stopped_mid_run(tmp_path / "whole") / "trace.arrows").read_bytes()
    source = tmp_path / "whole"
    cuts = np.random.default_rng(3).integers(2500, len(whole), 25)
    for number, cut in enumerate([*cuts, len(whole) - 1, len(whole)]):
        folder = tmp_path / f"cut{number}"
        folder.mkdir()
        for name in ("manifest.json", "messages.jsonl", "events.jsonl"):
            (folder / name).write_bytes((source / name).read_bytes())
        (folder / "trace.arrows").write_bytes(whole[:cut])
        report = recover(folder)
        assert report.rows % 500 == 0
        assert report.rows == _check_rows(folder)
        # never more than one batch (500 rows of 17 bytes and its header) is given up
        assert report.torn_bytes < 500 * 19 + 2048
    assert report.rows == 4000


def test_torn_line_files_are_mended(tmp_path: Path) -> None:
    folder = _stopped_mid_run(tmp_path / "run")
    with open(folder / "events.jsonl", "ab") as file:
        file.write(b'{"t_s":4.0,"kind":"to')
    report = recover(folder)
    assert report.torn_bytes == 21
    assert [event["number"] for event in entries(folder / "events.jsonl")] == list(range(8))


def test_recovered_bytes_are_those_of_a_finished_run(tmp_path: Path) -> None:
    module = _writer()
    recover(_stopped_mid_run(tmp_path / "killed"))
    start = manifest.RunStart("charger", "vehicle", ("writer",), 0, 1000.0, 0.001)
    with RunRecorder(tmp_path / "aborted", module.SIGNALS, start) as recorder:
        recorder.rows(module.rows(0, 4000))
    killed = (tmp_path / "killed" / "trace.parquet").read_bytes()
    assert killed == (tmp_path / "aborted" / "trace.parquet").read_bytes()


def test_a_finished_run_is_left_alone(finished: Outcome) -> None:
    before = (finished.folder / "manifest.json").read_bytes()
    report = recover(finished.folder)
    assert (report.state, report.changed) == ("complete", False)
    assert "nothing to recover" in str(report)
    assert (finished.folder / "manifest.json").read_bytes() == before


def test_killed_between_manifest_and_removal_of_the_stream(tmp_path: Path) -> None:
    module = _writer()
    start = manifest.RunStart("charger", "vehicle", ("writer",), 0, 1000.0, 0.001)
    with RunRecorder(tmp_path / "run", module.SIGNALS, start) as recorder:
        recorder.rows(module.rows(0, 10))
    (tmp_path / "run" / "trace.arrows").write_bytes(b"left over")
    assert recover(tmp_path / "run").state == "stopped"
    assert not (tmp_path / "run" / "trace.arrows").exists()
    assert manifest.verify(tmp_path / "run") == []


def _nothing(folder: Path) -> None:
    pass


def _a_file(folder: Path) -> None:
    folder.write_text("no run")


def _empty(folder: Path) -> None:
    folder.mkdir()


def _foreign(folder: Path) -> None:
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({"name": "a web page"}))


def _torn_schema(folder: Path) -> None:
    stream = _stopped_mid_run(folder) / "trace.arrows"
    stream.write_bytes(stream.read_bytes()[:100])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_nothing, "does not exist"),
        (_a_file, "not a folder"),
        (_empty, "not a run folder"),
        (_foreign, "not of a voltbench run"),
        (_torn_schema, "ends before its schema"),
    ],
)
def test_what_is_no_run_is_said_in_one_line(
    tmp_path: Path, make: Callable[[Path], None], words: str
) -> None:
    make(tmp_path / "it")
    with pytest.raises(RecoverError, match=words) as caught:
        recover(tmp_path / "it")
    assert "\n" not in str(caught.value)


@posix_only
def test_a_living_writer_is_not_disturbed(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    words = [sys.executable, str(WRITER), str(folder), "1"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            with pytest.raises(RecoverError, match="still running"):
                recover(folder)
        finally:
            process.kill()
            process.stdout.read()
