"""A charge killed at random instants leaves a folder that `voltbench recover` rebuilds."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

COMMAND = [sys.executable, "-c", "from voltbench.hil.cli.main import main; main()"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_charge_is_recovered(seed: int, tmp_path: Path) -> None:
    out = tmp_path / "run"
    charge = subprocess.Popen(
        [*COMMAND, "charge", "--soc", "20:80", "--out", str(out), "--json"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    stream = out / "trace.arrows"
    deadline = time.monotonic() + 120  # hang guard: a cold start compiles first
    while not (stream.exists() and stream.stat().st_size > 50_000):
        assert charge.poll() is None, "the charge ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(random.Random(seed).uniform(0.0, 1.5))
    os.kill(charge.pid, signal.SIGKILL)
    charge.wait()
    assert not (out / "trace.parquet").exists()
    done = subprocess.run(
        [*COMMAND, "recover", str(out), "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    trace = pq.read_table(out / "trace.parquet")
    rows = trace.filter(trace["window"].to_numpy() == 0)
    times = rows["time_s"].to_numpy()
    assert len(times) > 100
    assert (times[1:] > times[:-1]).all()
    lines = (out / "messages.jsonl").read_text().splitlines()
    assert all(json.loads(line) for line in lines)
    # at most what was not flushed is lost: a second of the trace behind the last message
    assert times[-1] > json.loads(lines[-1])["t_s"] - 2.1
    assert json.loads((out / "manifest.json").read_text())["state"] == "recovered"
    assert not stream.exists()
