"""Who computes the rows of a sweep: this computer's cores, or a Dask cluster.

Both take runs by number and yield rows as they come, in any order; a worker that dies costs
the few rows it was computing, which another one computes again.
"""

import multiprocessing
import os
import re
import signal
import sys
import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from voltbench.calibration.analysis.sweep_job import Row, SweepJob

CHUNK = 8
"""Runs handed to a worker at once, about 0.1 s: what a kill costs, well above what sending does."""
ALONE = 32
"""Fewer runs than this are done before other processes have started."""
PATIENCE = 3
"""Times that all processes may die without a single row before the sweep gives up."""
ANSWER_s = 10.0
"""Until a scheduler must answer."""
EMPTY_s = 60.0
"""Until a cluster without workers is given up."""


class EngineError(RuntimeError):
    """The engine cannot go on; what it has computed is stored."""


def rows(engine: str, job: SweepJob, runs: Sequence[int]) -> Generator[Row, None, None]:
    """Yield the rows of some runs of a job.

    Parameters
    ----------
    engine
        ``local`` (as many processes as cores), ``local:N``, ``dask://HOST:PORT``.
    job, runs
        Which rows.

    Raises
    ------
    ValueError
        If there is no such engine.
    EngineError
        If it is not there or dies for good.
    """
    check(engine)
    name, _, rest = engine.partition(":")
    if name == "dask":
        return _dask("tcp:" + rest, job.bare(), runs)
    processes = int(rest) if rest else (cores() if len(runs) >= ALONE else 1)
    if processes == 1:
        return (job.row(run) for run in runs)
    return _processes(processes, job.bare(), runs)


def check(engine: str) -> None:
    """Refuse an engine there is not, with those there are."""
    if not re.fullmatch(r"local(:[1-9][0-9]*)?|dask://[^/]+:[0-9]+", engine):
        raise ValueError(f"engine is {engine!r}; allowed: local, local:N, dask://HOST:PORT")


def cores() -> int:
    """Return the cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _chunks(runs: Sequence[int]) -> list[tuple[int, ...]]:
    return [tuple(runs[k : k + CHUNK]) for k in range(0, len(runs), CHUNK)]


_job: SweepJob | None = None
"""Of a worker process: the loop's operating point and kernels are made once in it."""


def _take(job: SweepJob) -> None:
    global _job
    _job = job
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # the terminal's goes to all; the first one decides
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Leave when the sweep's process is gone: the queue of one that was killed stays open."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _taken(runs: tuple[int, ...]) -> list[Row]:
    assert _job is not None
    return [_job.row(run) for run in runs]


def _processes(count: int, job: SweepJob, runs: Sequence[int]) -> Generator[Row, None, None]:
    """Yield from processes of our own; a pool that breaks is replaced."""
    left = set(_chunks(runs))
    deaths = 0
    while left:
        try:
            for chunk, found in _pool(count, job, sorted(left)):
                left.discard(chunk)
                deaths = 0
                yield from found
        except BrokenProcessPool:
            deaths += 1
            if deaths >= PATIENCE:
                raise EngineError(
                    f"engine local: all {count} processes ended {deaths} times without a row; "
                    "memory, or a script without: if __name__ == '__main__'"
                ) from None


def _method() -> str:
    """Return how processes start: forked with the kernels loaded, where no thread can be torn.

    A new interpreter needs 2 to 3 s to load them, a fifth of a thousand runs.
    """
    alone = sys.platform == "linux" and threading.active_count() == 1
    return "fork" if alone else "spawn"


def _pool(
    count: int, job: SweepJob, chunks: Sequence[tuple[int, ...]]
) -> Iterator[tuple[tuple[int, ...], list[Row]]]:
    context = multiprocessing.get_context(_method())
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=_take, initargs=(job,))
    try:
        waiting = {pool.submit(_taken, chunk): chunk for chunk in chunks}
        while waiting:
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            # whole chunks first: a broken pool fails the others, not these
            for future in sorted(done, key=lambda f: f.exception() is not None):
                yield waiting.pop(future), future.result()
    finally:
        pool.shutdown(cancel_futures=True)


_known: dict[bytes, SweepJob] = {}
"""Of a cluster's worker: the last job, so that its loop is made once."""


def _of_job(packed: bytes, runs: tuple[int, ...]) -> list[Row]:
    import pickle

    job = _known.get(packed)
    if job is None:
        _known.clear()
        job = _known[packed] = pickle.loads(packed)
    return [job.row(run) for run in runs]


def _dask(address: str, job: SweepJob, runs: Sequence[int]) -> Generator[Row, None, None]:
    """Yield from a cluster; it hands the runs of a worker that dies to the others."""
    import pickle

    try:
        from distributed import Client
    except ImportError:
        raise EngineError(
            "engine dask: the library is not installed; pip install 'voltbench[dask]'"
        ) from None
    try:
        client: Any = Client(address, timeout=ANSWER_s, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise EngineError(f"engine {address}: no scheduler answers: {error}") from None
    packed = pickle.dumps(job)
    try:
        futures = [client.submit(_of_job, packed, chunk, pure=False) for chunk in _chunks(runs)]
        yield from _gathered(client, futures, address)
    finally:
        with suppress(Exception):  # the cluster may be gone: nothing left to tell it
            client.close()


def _gathered(client: Any, futures: list[Any], address: str) -> Iterator[Row]:
    ready: SimpleQueue[Any] = SimpleQueue()
    for future in futures:
        future.add_done_callback(ready.put)
    waiting, quiet = len(futures), 0.0
    while waiting:
        try:
            future = ready.get(timeout=ANSWER_s)
        except Empty:
            quiet = 0.0 if client.scheduler_info()["workers"] else quiet + ANSWER_s
            if quiet >= EMPTY_s:
                raise EngineError(f"engine {address}: no workers for {EMPTY_s:g} s") from None
            continue
        waiting, quiet = waiting - 1, 0.0
        if future.status != "finished":
            raise EngineError(f"engine {address}: {_why(future)}")
        yield from future.result()


def _why(future: Any) -> str:
    if future.status == "error":
        return " ".join(f"{type(e := future.exception()).__name__}: {e}".split())
    return f"a task is {future.status}: the scheduler has gone"
