"""Tolerance analysis: a switched closed loop at many values of its components.

Every run is the nominal law on a circuit with drawn values (`corner_run`); rows are kept as
they come (`sweep_store`), by whichever engine (`sweep_engines`), and are the same whatever the
engine and the order.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from voltbench.calibration.analysis import sweep_engines
from voltbench.calibration.analysis.corner_run import CornerRun, Scenario, SweptLoop
from voltbench.calibration.analysis.sensitivity import Sensitivity, sensitivity
from voltbench.calibration.analysis.sweep_job import Row, SweepJob, sweep_job
from voltbench.calibration.analysis.sweep_store import Store
from voltbench.calibration.analysis.tolerances import Design, Tolerance
from voltbench.calibration.loops import Array
from voltbench.calibration.switched_loops.tappable import PiGains

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

PERCENTILES = (0.0, 1.0, 5.0, 50.0, 95.0, 99.0, 100.0)
Progress = Callable[[int, int, int], None]
"""Told after each row: runs done, how many of them failed, runs in all."""


class ReplayDiffers(RuntimeError):
    """A run did not give the figures it gave before."""


@dataclass(frozen=True)
class SweepResult:
    """The rows of a sweep.

    Attributes
    ----------
    job : SweepJob
        What was run.
    nominal : CornerRun
        The circuit without deviations, with its waveform.
    rows : tuple[Row, ...]
        By run number.
    """

    job: SweepJob
    nominal: CornerRun
    rows: tuple[Row, ...]

    @property
    def figures(self) -> tuple[str, ...]:
        """Return the names of the figures."""
        return tuple(self.nominal.figures)

    @property
    def failed(self) -> tuple[Row, ...]:
        """Return the runs that have an error instead of figures."""
        return tuple(row for row in self.rows if row.error)

    def column(self, figure: str) -> Array:
        """Return a figure of every run, not a number where a run failed.

        Raises
        ------
        ValueError
            Naming the figures there are.
        """
        check_figure(figure, self.figures)
        return np.array([row.figures.get(figure, np.nan) for row in self.rows])

    def percentiles(self, figure: str) -> dict[float, float]:
        """Return least, 1, 5, 50, 95, 99 % and largest over the runs that have the figure."""
        column = self.column(figure)
        there = column[np.isfinite(column)]
        if not len(there):
            raise ValueError(f"{figure}: every run failed; the first: {self.rows[0].error}")
        return dict(zip(PERCENTILES, map(float, np.percentile(there, PERCENTILES)), strict=True))

    def worst(self, figure: str) -> Row:
        """Return the run whose figure is largest (of equal ones the first)."""
        self.percentiles(figure)
        return self.rows[int(np.nanargmax(self.column(figure)))]

    def replay(self, run: int) -> CornerRun:
        """Run one again, with its waveform.

        Raises
        ------
        ValueError
            If there is no such run.
        ReplayDiffers
            If it gives other figures than its row has.
        CircuitError, SwitchedRunError
            As the run met them, if it failed.
        """
        if not 0 <= run < self.job.count:
            raise ValueError(f"replay {run}: allowed: 0 to {self.job.count - 1}")
        found = self.job.corner(self.job.values(run))
        row = next((row for row in self.rows if row.run == run), None)
        if row is not None and found.figures != row.figures:
            raise ReplayDiffers(
                f"run {run} does not repeat: stored {row.error or row.figures}, now "
                f"{found.figures}: another machine, or other versions of the libraries"
            )
        return found

    def sensitivity(self, figure: str) -> Sensitivity:
        """Return what each tolerance does to a figure."""
        check_figure(figure, self.figures)
        return sensitivity(self, figure)

    @property
    def figure_of_merit(self) -> str:
        """Return the figure a sweep is told by: the undershoot, of a current its peak."""
        return self.figures[0]

    def figure(self, name: str = "", corner: CornerRun | None = None) -> "Figure":
        """Return the plot of a figure; the waveform is the worst run's or the given one's."""
        from voltbench.calibration.analysis.sweep_plot import sweep_figure

        return sweep_figure(self, name or self.figure_of_merit, corner)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.figure()._repr_mimebundle_(**kwargs)


def check_figure(figure: str, known: Sequence[str]) -> None:
    """Refuse a figure there is not, naming those there are."""
    if figure not in known:
        raise ValueError(f"figure is {figure!r}; allowed: {', '.join(known)}")


def sweep(
    plant: SweptLoop,
    gains: PiGains,
    tolerances: Sequence[Tolerance],
    count: int,
    seed: int = 1,
    design: Design = "monte-carlo",
    scenario: Scenario = Scenario(),  # noqa: B008  (frozen)
    engine: str = "local",
    store: Path | None = None,
    resume: bool = False,
    on_row: Progress | None = None,
    about: dict[str, Any] | None = None,
) -> SweepResult:
    """Run a closed loop at many values of its components.

    Parameters
    ----------
    plant
        The nominal loop.
    gains
        Of its law.
    tolerances
        Distributions by dotted names; what they change must be part of the circuit.
    count
        Runs; a Sobol design takes the largest number that fits.
    seed
        Of the draws.
    design
        ``monte-carlo``, ``corners`` or ``sobol``; see `tolerances.draws`.
    scenario
        Times, and the load step.
    engine
        ``local``, ``local:N`` or ``dask://HOST:PORT``.
    store
        File of the rows; without one they are only returned.
    resume
        Go on with the file: rows it has are not computed again.
    on_row
        Told of every row.
    about
        Kept in the store's first line for a command to find again.

    Raises
    ------
    ValueError
        If an argument is outside its range, or the store of another sweep.
    CircuitError, SwitchedRunError
        If the nominal circuit cannot be run.
    EngineError
        If the engine is not there or dies for good.
    """
    job = sweep_job(plant, gains, tolerances, count, seed, design, scenario)
    return run_job(job, engine, store, resume, on_row, about)


def run_job(
    job: SweepJob,
    engine: str,
    store: Path | None,
    resume: bool,
    on_row: Progress | None,
    about: dict[str, Any] | None = None,
    figure: str = "",
) -> SweepResult:
    """Run what `sweep` has made of its arguments; `figure` is only checked, before the runs."""
    sweep_engines.check(engine)
    nominal = job.corner({})  # also compiles, before others would all do so
    if figure:
        check_figure(figure, tuple(nominal.figures))
    found: dict[int, Row] = {}
    if store is None:
        _fill(job, engine, found, found.__setitem__, on_row)
    else:
        with Store(store, job, resume, about) as kept:
            found = kept.rows
            _fill(job, engine, found, lambda _, row: kept.add(row), on_row)
    return SweepResult(job, nominal, tuple(found[run] for run in sorted(found)))


def stored_result(job: SweepJob, store: Path) -> SweepResult:
    """Return what a store has of a job so far; raises `StoreError` if it is of another one."""
    with Store(store, job, resume=True) as kept:
        found = kept.rows
    return SweepResult(job, job.corner({}), tuple(found[run] for run in sorted(found)))


def _fill(
    job: SweepJob,
    engine: str,
    found: dict[int, Row],
    add: Callable[[int, Row], None],
    on_row: Progress | None,
) -> None:
    """Compute the rows that are not there yet."""
    missing = [run for run in range(job.count) if run not in found]
    failed = sum(bool(row.error) for row in found.values())
    with closing(sweep_engines.rows(engine, job, missing)) as coming:
        for row in coming:
            add(row.run, row)
            failed += bool(row.error)
            if on_row is not None:
                on_row(len(found), failed, job.count)
