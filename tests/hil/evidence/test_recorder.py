"""The folder of a run: what is in it, what vouches for it, what happens when a run fails."""

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from voltbench.hil.evidence import manifest
from voltbench.hil.evidence.journal import entries
from voltbench.hil.evidence.outcome import Outcome
from voltbench.hil.evidence.recorder import RunRecorder
from voltbench.hil.evidence.signals import Signal

FILES = {
    "trace.parquet", "messages.jsonl", "events.jsonl", "verdicts.json",
    "summary.json", "report.html", "manifest.json",
}  # fmt: skip


def test_the_folder_holds_exactly_the_agreed_files(finished: Outcome) -> None:
    assert {path.name for path in finished.folder.iterdir()} == FILES


def test_the_manifest_vouches_for_every_other_file(finished: Outcome) -> None:
    content = json.loads((finished.folder / "manifest.json").read_text())
    assert content["files"].keys() == FILES - {"manifest.json"}
    sums = "".join(f"{f['sha256']}  {name}\n" for name, f in content["files"].items())
    # coreutils as the independent witness
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict"], input=sums, text=True, cwd=finished.folder,
        capture_output=True,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout
    assert content["start"]["seed"] == 1
    assert content["start"]["command"][0] == "voltbench"
    assert {"python", "numpy", "numba", "pyarrow", "voltbench"} <= content["software"].keys()
    assert content["state"] == "complete"


def test_a_changed_byte_is_found(finished: Outcome, synthetic: Any, tmp_path: Path) -> None:
    assert manifest.verify(finished.folder) == []
    folder = synthetic.run(tmp_path / "run").folder
    text = (folder / "verdicts.json").read_text()
    (folder / "verdicts.json").write_text(text.replace('"fail": 0', '"fail": 1'))
    (folder / "extra.txt").write_text("later")
    (folder / "events.jsonl").unlink()
    assert manifest.verify(folder) == [
        "events.jsonl: missing",
        "extra.txt: not in the manifest",
        "verdicts.json: changed since the manifest was written",
    ]


def test_only_summary_and_manifest_know_the_host(finished: Outcome) -> None:
    content = json.loads((finished.folder / "manifest.json").read_text())
    for name in FILES - {"summary.json", "manifest.json", "trace.parquet"}:
        text = (finished.folder / name).read_text()
        assert content["created_utc"] not in text, name
        assert content["host"]["system"] not in text, name


def test_an_installed_copy_has_no_commit(tmp_path: Path) -> None:
    module = tmp_path / "manifest.py"
    module.write_text("")
    assert manifest.commit(module) == {"commit": None, "dirty": None}
    git = ["git", "-C", str(tmp_path), "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for words in (["init", "-q"], ["add", "manifest.py"], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], check=True)
    found = manifest.commit(module)
    assert len(str(found["commit"])) == 40
    assert found["dirty"] is False
    (tmp_path / "new.txt").write_text("")
    assert manifest.commit(module)["dirty"] is True
    foreign = tmp_path / "venv" / "manifest.py"
    foreign.parent.mkdir()
    foreign.write_text("")
    assert manifest.commit(foreign)["commit"] is None


def test_nothing_is_created_when_something_is_wrong(tmp_path: Path, synthetic: Any) -> None:
    doubled = [Signal("a_V", "V", ""), Signal("a_V", "V", "")]
    with pytest.raises(ValueError, match="a_V: declared more than once"):
        RunRecorder(tmp_path / "run", doubled, synthetic.start())
    assert not (tmp_path / "run").exists()
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "thesis.txt").write_text("precious")
    with pytest.raises(FileExistsError, match="not empty"):
        RunRecorder(tmp_path / "old", doubled[:1], synthetic.start())
    assert [path.name for path in (tmp_path / "old").iterdir()] == ["thesis.txt"]


class DivergedError(Exception):
    """A run that left the finite numbers."""


def _diverge(recorder: RunRecorder) -> None:
    """Record a little, then fail as a run would."""
    with recorder:
        recorder.rows({"time_s": np.arange(5.0), "output_voltage_V": np.full(5, np.inf)})
        recorder.event(4.0, "trip", cause="over_voltage", value_V=float("inf"), u=np.float32("nan"))
        recorder.message({"t_s": 3.0, "name": "CurrentDemandReq", "raw": b"\x80"})
        raise DivergedError("output_voltage_V at 4.0 s")


def test_an_exception_keeps_what_was_recorded(tmp_path: Path, synthetic: Any) -> None:
    signals = [Signal("output_voltage_V", "V", "")]
    recorder = RunRecorder(tmp_path / "run", signals, synthetic.start())
    with pytest.raises(DivergedError):
        _diverge(recorder)
    folder = tmp_path / "run"
    assert {path.name for path in folder.iterdir()} == FILES
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["error"] == {"name": "DivergedError", "message": "output_voltage_V at 4.0 s"}
    assert summary["trace"]["rows"] == 5
    assert summary["duration_s"] == 4.0
    (event,) = entries(folder / "events.jsonl")
    assert (event["value_V"], event["u"]) == ("Infinity", None)
    assert next(entries(folder / "messages.jsonl"))["raw"] == "80"
    assert manifest.read(folder)["state"] == "stopped"
    assert manifest.verify(folder) == []
    assert "DivergedError" in (folder / "report.html").read_text()


def test_a_run_without_a_single_row_still_ends(tmp_path: Path, synthetic: Any) -> None:
    recorder = RunRecorder(tmp_path / "run", synthetic.signals(), synthetic.start())
    outcome = recorder.abort(KeyboardInterrupt("stopped by hand"))
    assert outcome.summary["error"]["name"] == "KeyboardInterrupt"
    assert outcome.sealed.rows == 0
    with pytest.raises(RuntimeError, match="ended already"):
        recorder.finish({}, synthetic.facts())


def test_the_ledger_is_checked_in_the_summary(finished: Outcome, synthetic: Any) -> None:
    ledger = json.loads((finished.folder / "summary.json").read_text())["energy_ledger"]
    # by hand: 51630 - 47702 - 3921.4 - 4.9
    assert ledger["residual_Wh"] == pytest.approx(1.7, abs=1e-9)  # sums of a dozen floats
    assert ledger["residual_percent"] == pytest.approx(100 * 1.7 / 51630, rel=1e-9)
    assert ledger["sums_Wh"]["lost"] == pytest.approx(sum(synthetic.ledger().lost.values()))


def test_values_become_json_without_loss_of_meaning() -> None:
    from voltbench.control.session.phases import SessionPhase
    from voltbench.control.session.stage import StageMode
    from voltbench.hil.evidence.jsontext import line

    value = {
        SessionPhase.CABLE_CHECK: SessionPhase.CABLE_CHECK, "mode": StageMode.RUN,
        "many": np.arange(2), "flag": np.bool_(True), "bytes": b"\x01\xfe", "u": -np.inf,
    }  # fmt: skip
    assert json.loads(line(value)) == {
        "cable_check": "cable_check", "mode": "RUN", "many": [0, 1], "flag": True,
        "bytes": "01fe", "u": "-Infinity",
    }  # fmt: skip
