"""A sweep on a Dask cluster of two workers on loopback, one of which is killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from voltbench.calibration.analysis.corner_run import Scenario
from voltbench.calibration.analysis.sweep import sweep
from voltbench.calibration.analysis.sweep_engines import EngineError
from voltbench.calibration.analysis.tolerances import tolerance
from voltbench.calibration.switched_loops.dab_voltage import DabVoltage

pytest.importorskip("distributed", reason="the extra `dask` is not installed")

WAIT_s = 60.0
"""Until a process of the cluster is up, on a loaded machine."""
PLANT = DabVoltage()
GAINS = PLANT.formula(1500.0, 55.0)
SPREAD = [tolerance(PLANT, "parameters.leakage_inductance_H", "15%")]
SHORT = Scenario(1.2e-3, 0.6e-3)


class Cluster:
    """A scheduler and two single-threaded workers, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[subprocess.Popen[bytes]] = []
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._start("scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard")
        wait_until(self._answers)
        self.workers = [
            self._start("worker", f"tcp://127.0.0.1:{self.port}", "--no-nanny", "--nthreads", "1",
                        "--no-dashboard", "--local-directory", str(folder))
            for _ in range(2)
        ]  # fmt: skip

    def _start(self, role: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{role}", *options]
        with (self.folder / "log").open("ab") as log:
            made = subprocess.Popen(command, stdout=log, stderr=log)
        self.started.append(made)
        return made

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    @property
    def engine(self) -> str:
        """Return the engine's name."""
        return f"dask://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """End every process of it."""
        for one in reversed(self.started):
            one.kill()
            one.wait()


def wait_until(true: object) -> None:
    assert callable(true)
    end = time.monotonic() + WAIT_s
    while not true():
        assert time.monotonic() < end, "the cluster does not come up"
        time.sleep(0.05)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path)
    try:
        yield made
    finally:
        made.stop()


@pytest.mark.skipif(sys.platform == "win32", reason="kills a process by signal")
def test_a_worker_killed_mid_sweep_loses_nothing(cluster: Cluster, tmp_path: Path) -> None:
    from distributed import Client

    with Client(f"tcp://127.0.0.1:{cluster.port}", timeout=WAIT_s, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=WAIT_s)
        count = 400
        killed_at: list[int] = []

        def kill_one(done: int, failed: int, whole: int) -> None:
            if done >= 40 and not killed_at:
                # both have worked, and most is still to do
                os.kill(cluster.workers[0].pid, signal.SIGKILL)
                cluster.workers[0].wait()
                killed_at.append(done)

        store = tmp_path / "rows.jsonl"
        found = sweep(
            PLANT, GAINS, SPREAD, count, 2, scenario=SHORT, engine=cluster.engine, store=store,
            on_row=kill_one,
        )  # fmt: skip
        assert killed_at
        assert killed_at[0] < count // 2
        assert len(client.scheduler_info()["workers"]) == 1
    assert [row.run for row in found.rows] == list(range(count))
    assert not found.failed
    assert len(store.read_bytes().splitlines()) == count + 1
    alone = sweep(PLANT, GAINS, SPREAD, 40, 2, scenario=SHORT, engine="local:1")
    assert found.rows[:40] == alone.rows


def test_no_scheduler_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voltbench.calibration.analysis.sweep_engines.ANSWER_s", 1.0)
    with pytest.raises(EngineError, match="no scheduler answers"):
        sweep(PLANT, GAINS, SPREAD, 2, scenario=SHORT, engine="dask://127.0.0.1:9")
