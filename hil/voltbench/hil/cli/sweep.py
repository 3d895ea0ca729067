"""``voltbench sweep``: a switched closed loop at many values of its components."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from voltbench.hil.cli.bode import Converters, Values
from voltbench.hil.errors import BadInput, Interrupted, SimulationStopped
from voltbench.hil.sweep_setup import PAGE, ROWS, SweepRequest, stored_request

if TYPE_CHECKING:
    from voltbench.calibration.analysis.sweep import SweepResult

NAME = "sweep"
REFRESH_s = 0.1
T = TypeVar("T")


def command(
    loop: Annotated[
        str, typer.Argument(help="A loop's name, as dab-voltage; see tune --help.", metavar="LOOP")
    ],
    out: Annotated[Path, typer.Option(help="Folder of rows and page.", metavar="DIR")],
    tolerance: Annotated[
        list[str] | None,
        typer.Option(
            help="As parameters.leakage_inductance_H=15%; also normal:2%, LOW..HIGH, A,B,C.",
            metavar="NAME=SPREAD",
        ),
    ] = None,
    count: Annotated[int, typer.Option(help="Runs.")] = 1000,
    seed: Annotated[int, typer.Option(help="Of the draws.")] = 1,
    design: Annotated[
        str, typer.Option(help="monte-carlo, corners or sobol.", metavar="DESIGN")
    ] = "monte-carlo",
    k_p: Annotated[float | None, typer.Option("--k-p", help="Proportional gain.")] = None,
    k_i: Annotated[float | None, typer.Option("--k-i", help="Integral gain.")] = None,
    bandwidth: Annotated[
        float, typer.Option(help="Without gains: by formula for this crossover, Hz.", metavar="HZ")
    ] = 1500.0,
    phase_margin: Annotated[
        float, typer.Option(help="Without gains: by formula for this margin, deg.", metavar="DEG")
    ] = 55.0,
    load_step: Annotated[
        float | None,
        typer.Option(help="Load step, A; by default a quarter of the load.", metavar="AMPS"),
    ] = None,
    duration: Annotated[float, typer.Option(help="Of a run, s.", metavar="SECONDS")] = 5e-3,
    step_at: Annotated[
        float | None, typer.Option(help="Of the step, s; by default halfway.", metavar="SECONDS")
    ] = None,
    figure: Annotated[
        str,
        typer.Option(
            help="Told and plotted; by default undershoot, or peak current.", metavar="NAME"
        ),
    ] = "",
    engine: Annotated[
        str, typer.Option(help="local, local:N or dask://HOST:PORT.", metavar="ENGINE")
    ] = "local",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the folder.")] = False,
    replay: Annotated[
        int | None, typer.Option(help="Run one of the folder's runs again.", metavar="RUN")
    ] = None,
    values: Values = None,
    adc: Converters = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object on stdout, progress on stderr.")
    ] = False,
) -> int:
    """Run a switched loop at many values of its components; percentiles, worst run, causes."""
    if (k_p is None) != (k_i is None):
        raise BadInput("--k-p and --k-i; expected: both or neither")
    if out.exists() and not out.is_dir():
        raise BadInput(f"out = {out}: is a file; expected: a folder")
    if replay is not None or (resume and not tolerance):
        request = guarded(lambda: stored_request(out, loop))
    else:
        request = SweepRequest(
            loop, tuple(tolerance or ()), count, seed, design, k_p, k_i, bandwidth, phase_margin,
            load_step, duration, step_at, tuple(values or ()), tuple(adc or ()),
        )  # fmt: skip
    if replay is not None:
        return _replay(request, out, replay, figure, as_json)
    found = guarded(lambda: _run(request, out, engine, resume, figure))
    _finish(found, request, out, figure or found.figure_of_merit, as_json)
    return 0


def guarded(run: Callable[[], T]) -> T:
    """Turn what a sweep refuses into one line.

    Raises
    ------
    BadInput
        If a value has no meaning.
    SimulationStopped
        If the nominal circuit does not run, the engine is gone or a run does not repeat.
    Interrupted
        With Ctrl-C.
    """
    from voltbench.calibration.analysis.sweep import ReplayDiffers
    from voltbench.calibration.analysis.sweep_engines import EngineError
    from voltbench.plant_models.switched.averaged.active_bridges import NoSteadyState
    from voltbench.plant_models.switched.errors import SwitchedRunError

    try:
        return run()
    except SwitchedRunError as error:
        raise SimulationStopped("switched_run", str(error)) from None
    except EngineError as error:
        raise SimulationStopped("sweep_engine", str(error)) from None
    except ReplayDiffers as error:
        raise SimulationStopped("replay_differs", str(error)) from None
    except KeyboardInterrupt:
        raise Interrupted("stopped by the user; rows are kept, --resume goes on") from None
    except BrokenPipeError:
        raise  # the reader of our output has gone; see main
    except (NoSteadyState, ValueError, OSError) as error:
        raise BadInput(str(error)) from None


def _run(request: SweepRequest, out: Path, engine: str, resume: bool, figure: str) -> "SweepResult":
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from voltbench.calibration.analysis.sweep import run_job

    job = request.job()
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TextColumn("elapsed"), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(),
    )  # fmt: skip
    # refreshed by its rows: without a thread, processes may be forked
    with Progress(*columns, console=Console(stderr=True), auto_refresh=False) as bar:
        task = bar.add_task("nominal run (compiles the first time)", total=job.count)
        bar.refresh()

        drawn = [0.0]

        def tell(done: int, failed: int, _: int) -> None:
            words = f"sweep, {failed} failed" if failed else "sweep"
            bar.update(task, completed=done, description=words)
            if done == job.count or time.monotonic() - drawn[0] > REFRESH_s:
                drawn[0] = time.monotonic()
                bar.refresh()

        return run_job(job, engine, out / ROWS, resume, tell, request.about(), figure)


def _finish(
    found: "SweepResult", request: SweepRequest, out: Path, figure: str, as_json: bool
) -> None:
    from voltbench.hil.sweep_report import show_sweep, sweep_summary, write_sweep_page

    def told() -> None:
        if as_json:
            print(json.dumps(sweep_summary(found, figure), ensure_ascii=False, allow_nan=False))
        else:
            show_sweep(found, figure, request.loop, out)
        write_sweep_page(found, figure, out / PAGE)

    guarded(told)
    print(f"rows: {out / ROWS}\nplot: {out / PAGE}", file=sys.stderr)


def _replay(request: SweepRequest, out: Path, run: int, figure: str, as_json: bool) -> int:
    from voltbench.hil.sweep_report import show_replay, write_sweep_page

    def again() -> None:
        from voltbench.calibration.analysis.sweep import stored_result

        found = stored_result(request.job(), out / ROWS)
        corner = found.replay(run)
        if as_json:
            told = {"run": run, "values": corner.values, "figures": corner.figures}
            print(json.dumps(told, ensure_ascii=False, allow_nan=False))
        else:
            show_replay(corner, run)
        page = out / f"replay_{run}.html"
        write_sweep_page(found, figure or found.figure_of_merit, page, corner)
        print(f"plot: {page}", file=sys.stderr)

    guarded(again)
    return 0
