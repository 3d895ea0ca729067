"""Run foreign solvers in a process of their own: one that hangs or crashes is counted, not met."""

import multiprocessing as mp
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection

from voltbench.hil.benchmarking.switched.cases import Case
from voltbench.hil.benchmarking.switched.rivals.setting import Outcome, Setting

Runner = Callable[[Case, Setting], Outcome]
START_S = 120.0
"""Time a process gets to import everything and say that it is there."""


def _serve(pipe: Connection, runner: Runner, case: Case) -> None:
    pipe.send("ready")
    while True:
        pipe.send(runner(case, pipe.recv()))


class _Worker:
    """A process that runs settings of a case one after another."""

    def __init__(self, runner: Runner, case: Case) -> None:
        context = mp.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, runner, case), daemon=True)
        self._process.start()
        theirs.close()
        self.there = self._pipe.poll(START_S) and self._pipe.recv() == "ready"

    def run(self, setting: Setting, limit_s: float) -> Outcome:
        """Return what came of a setting; the process is of no use after a failure to answer."""
        try:
            self._pipe.send(setting)
            if self._pipe.poll(limit_s):
                found: Outcome = self._pipe.recv()
                return found
            failure = f"not done after {limit_s:g} s"
        except (EOFError, OSError):
            failure = "the process ended"
        self.there = False
        return Outcome(setting, failure=failure)

    def end(self) -> None:
        """Stop the process."""
        self._process.kill()
        self._process.join()
        self._pipe.close()


def run_guarded(
    runner: Runner, case: Case, settings: Sequence[Setting], limit_s: float
) -> list[Outcome]:
    """Run each setting with `limit_s` of wall time; a process that does not answer is replaced."""
    outcomes: list[Outcome] = []
    worker = _Worker(runner, case)
    try:
        for setting in settings:
            if not worker.there:
                worker.end()
                worker = _Worker(runner, case)
            outcomes.append(worker.run(setting, limit_s))
    finally:
        worker.end()
    return outcomes
