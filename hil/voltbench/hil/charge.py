"""The main run: one vehicle, one charger, from plug-in to unlocked.

Reads from top to bottom: prepare, compile, let session and power stage meet until both
are done, judge, write. The control interrupt itself is ``voltbench.control.charger``.
"""

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voltbench.hil.bench import Bench
from voltbench.hil.charge_facts import gather_facts
from voltbench.hil.charge_log import ChargeLog
from voltbench.hil.charge_setup import ChargeSetup, prepare
from voltbench.hil.charge_summary import summarise
from voltbench.hil.errors import BadInput, ExitCode, Interrupted, SimulationStopped
from voltbench.hil.options import ChargeOptions
from voltbench.hil.progress import Progress, ProgressObserver
from voltbench.hil.stop_request import StopRequest
from voltbench.hil.v2g.evcc.settings import BmsLimits

LONGEST_RUN_S = 6 * 3600.0
"""A session that has not ended by then is stopped with an error."""


@dataclass(frozen=True)
class ChargeResult:
    """What a run came to."""

    summary: dict[str, Any]
    folder: Path
    exit_code: int


def run_charge(options: ChargeOptions, observer: ProgressObserver | None = None) -> ChargeResult:
    """Take a vehicle through a full charge and write its folder of evidence.

    Raises
    ------
    BadInput
        Before anything is written, if the options do not describe a possible run.
    SimulationStopped, Interrupted
        If the run ended early; the folder keeps what was recorded.
    """
    setup = prepare(options)
    tell = Teller(observer, options)
    compile_kernels(setup, tell)
    try:
        log = ChargeLog(setup)
    except OSError as error:
        raise BadInput(f"out = {str(options.out)!r}: {error.strerror or error}") from None
    started = time.perf_counter()
    try:
        with tell.stop:
            charge(setup, log, tell)
            log.close()
            wall_s = time.perf_counter() - started
            tell.stage(Progress("writing", 1.0, setup.bench.now_s))
            outcome = log.recorder.finish(summarise(setup, log, wall_s), gather_facts(setup, log))
    except Interrupted as error:
        keep_reached(error, setup, log, time.perf_counter() - started)
        raise
    except BaseException as error:
        log.keep(error)
        if isinstance(error, SimulationStopped):
            error.folder = log.recorder.folder
        raise
    return ChargeResult(dict(outcome.summary), outcome.folder, int(ExitCode(outcome.exit_code)))


def keep_reached(error: Interrupted, setup: ChargeSetup, log: ChargeLog, wall_s: float) -> None:
    """Write what a run came to that the user stopped, and hand it over with the error."""
    log.close()
    error.folder = log.recorder.folder
    if not log.blocks:  # not one row: nothing to sum up
        log.keep(error)
        return
    try:
        reached = {**summarise(setup, log, wall_s), "ended": str(error)}
        facts = gather_facts(setup, log, stopped=True)
        error.summary = dict(log.recorder.abort(error, reached, facts).summary)
    finally:
        log.keep(error)


def compile_kernels(setup: ChargeSetup, tell: "Teller") -> None:
    """Compile (or load from the cache) the loop before the clock starts."""
    from voltbench.hil.compiling import compile_loop

    tell.stage(Progress("compiling", 0.0))
    compile_loop(setup, lambda fraction: tell.stage(Progress("compiling", fraction)))


def charge(setup: ChargeSetup, log: ChargeLog, tell: "Teller") -> None:
    """Advance bench and session together until the session is over.

    The session says when it wants to be asked again; the bench goes there (or stops on the
    way, when a contactor moved or a fault latched); the session sees what was measured.
    """
    bench: Bench = setup.bench
    link, bms = setup.link, setup.bms
    limits = BmsLimits(0.0, setup.vehicle.limits.maximum_voltage_V)
    bms_due_s = 0.0
    while not link.finished:
        tell.stop.check()
        if bench.now_s > LONGEST_RUN_S:
            raise SimulationStopped("endless", f"no end of the session after {LONGEST_RUN_S:g} s")
        due_s = link.next_deadline()
        bench.advance(due_s - bench.now_s)
        now_s = max(bench.now_s, due_s) if due_s - bench.now_s < 1e-9 else bench.now_s
        stage, vehicle = bench.stage_report(), bench.vehicle_report()
        if now_s >= bms_due_s:
            bms_due_s = now_s + 0.05
            limits = BmsLimits(
                bms.current_A(
                    vehicle.soc_percent,
                    vehicle.battery_voltage_V,
                    vehicle.battery_current_A,
                    vehicle.battery_temperature_degC,
                ),
                setup.vehicle.limits.maximum_voltage_V,
                full=vehicle.soc_percent >= 100.0,
            )
        out = link.advance_to(now_s, stage, vehicle, limits)
        bench.apply(out.stage_request, out.vehicle_request)
        log.note(out, stage, vehicle)
        tell.charging(bench, out.phase.value)
    log.settle()


class Teller:
    """Tells an onlooker about ten times a second of wall time, and hears a wish to stop.

    Never touches the simulation.
    """

    def __init__(self, observer: ProgressObserver | None, options: ChargeOptions) -> None:
        self._observer = observer
        self._options = options
        self._next = 0.0
        self._start: float | None = None
        self.stop = StopRequest()

    def stage(self, progress: Progress) -> None:
        """Pass on a snapshot at once."""
        if self._observer is not None:
            self._observer(progress)

    def charging(self, bench: Bench, phase: str) -> None:
        """Pass on the state of the bench when it is time."""
        if self._observer is None:
            return
        wall = time.perf_counter()
        if self._start is None:
            self._start = wall
        if wall < self._next:
            return
        self._next = wall + 0.1
        stage, vehicle = bench.stage_report(), bench.vehicle_report()
        hottest, place = bench.hottest()
        o = self._options
        done = (vehicle.soc_percent - o.soc_start_percent) / (
            o.soc_end_percent - o.soc_start_percent
        )
        self.stage(
            Progress(
                "charging" if phase in ("current_demand", "ramp_down") else "session",
                min(max(done, 0.0), 1.0) if math.isfinite(done) else 0.0,
                bench.now_s,
                stage.output_voltage_V,
                stage.output_current_A,
                stage.output_voltage_V * stage.output_current_A,
                vehicle.soc_percent,
                hottest,
                place,
                phase,
                bench.now_s / max(wall - self._start, 1e-3),
            )
        )
