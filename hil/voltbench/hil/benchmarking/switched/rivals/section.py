"""The page's section on pulsim and motulator."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from voltbench.hil.benchmarking.report import table
from voltbench.hil.benchmarking.switched.exact import SAMPLE, Pace, race
from voltbench.hil.benchmarking.switched.rivals import motulator_race, pulsim_race
from voltbench.hil.benchmarking.switched.rivals.setting import Raced

ABSENT = "not installed"
PERIODS = 50
"""Of the race with motulator."""


@dataclass(frozen=True)
class Rival:
    """A simulator beside ours on one case: its name, the case, our speed, its result if any."""

    simulator: str
    case: str
    ours: float
    raced: Raced | None


def beside_motulator(turns: int) -> Rival:
    """Race motulator and our kernel over the lossless two-level front end."""
    parameters = motulator_race.lossless()
    case = motulator_race.lossless_case(PERIODS / parameters.switching_frequency_Hz)
    pace: Pace = race(case, SAMPLE, turns)
    return Rival("motulator", case.name, pace.numba, motulator_race.motulator_race(case))


def _row(one: Rival) -> list[str]:
    raced = one.raced
    if raced is None:
        return [one.simulator, one.case, ABSENT, "-", "-", "-", "-"]
    counts = f"{raced.tried} / {raced.failed} / {raced.wrong}"
    error = f"{100.0 * raced.error:.2g} %"
    if not raced.setting:
        return [one.simulator, one.case, "none within 1 %", "-", error, "-", counts]
    ratio = f"{one.ours / raced.speed:.0f}"
    return [one.simulator, one.case, raced.setting, f"{raced.speed:.4f}", error, ratio, counts]


def _version(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return f"{name}: {ABSENT}"


def section(rivals: Sequence[Rival]) -> str:
    """Return the section as Markdown."""
    head = [
        "simulator", "case", "fastest setting within 1 %", "x real time", "its error",
        "ours / theirs", "settings / failed / wrong",
    ]  # fmt: skip
    text = f"""\
{_version("pulsim")}, {_version("motulator")} (group `races` of `pyproject.toml`). Same circuits,
same recorded edges, every step stored as they do by themselves; best processor time of
{pulsim_race.TURNS} turns, their set-up not counted where their own call does not contain it.
pulsim: {pulsim_race.PERIODS} switching periods, {len(pulsim_race.SETTINGS)} settings of its
engines `pwl` (fixed steps of 100 ns to 5 ns, with and without its correction within a step),
`trbdf2` (rtol 1e-5 to 1e-2) and `dsed` (events, ceilings of 10 us to 100 ns); a diode's drop is
a source beside its ideal diode, for pulsim's `V_th` is a threshold only. motulator: {PERIODS}
periods of its lossless two-level converter on an L filter, ours made lossless too;
{len(motulator_race.SETTINGS)} ceilings of `solve_ivp`'s step. "Failed": stopped, refused the
circuit or took over {pulsim_race.LIMIT_S:g} s (motulator: {motulator_race.LIMIT_S:g} s); "wrong":
ended over 5 % off."""
    return "\n\n".join(
        ["## pulsim and motulator", table(head, [_row(one) for one in rivals]), text]
    )
