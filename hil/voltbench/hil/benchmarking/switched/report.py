"""The page of switched circuits: speeds beside everything else, and agreement."""

from collections.abc import Sequence
from dataclasses import dataclass

from voltbench.hil.benchmarking.report import table
from voltbench.hil.benchmarking.switched.exact import Pace
from voltbench.hil.benchmarking.switched.fixed_step import FixedStep
from voltbench.hil.benchmarking.switched.scipy_steps import ScipySpeed
from voltbench.hil.benchmarking.switched.spice_race import SpiceRace

C_RATIO, SPICE_RATIO = 1.3, 1900.0

HOW = """\
One process, one core. Speeds are simulated seconds over seconds of processor time: best of {turns}
turns of Numba and C in alternation over {dc_dc_ms:g} ms (DC-DC) or {front_ms:g} ms (front ends,
under a sampled current law); "Numba / C": median of the turns' ratios of time, of the same
generated text. Stored: every probe at 2 MS/s. All solve the same recorded gate edges, so no
modulator is in the time. Errors are rms differences from the exact waveform, of each probe's rms,
the largest of the probes.

- C: the kernel's text printed as C, gcc {flags}.
- RK4: a hand-written Numba loop over the engine's matrices of each configuration, edges at grid
  points, diodes looked at once a step; the largest step found within 1 %, waveform stored, over
  {short_dc_ms:g} / {short_front_ms:g} ms.
- scipy: `solve_ivp` {method}, rtol {relative:g}, restarted at edges and at located diode events,
  right side one matrix product; ten switching periods.
- ngspice: a netlist written from the same circuit, {settings} settings from 200 ns to 10 ns
  steps, gear and trapezoidal, steep and real junctions, judged over
  {short_dc_ms:g} / {short_front_ms:g} ms; the fastest of those within 1 % is then timed over that
  length and {spice_lengths} of it, {spice_turns} times each, and its best speed counts: in short
  runs the process's start weighs (some 10 ms), in long ones its search through the list of gate
  edges. The writing of its result is included. "Failed": stopped or
  took over {limit:g} s; "wrong": ended over 5 % off."""


@dataclass(frozen=True)
class Measured:
    """Everything measured of one topology; None: not run."""

    name: str
    target: float
    stored: Pace
    bare: Pace
    fixed: FixedStep | None
    scipy: ScipySpeed | str
    spice: SpiceRace | None
    by_hand: float | None


def verdict(value: float, target: float, less: bool = False) -> str:
    """Return whether a value meets its target."""
    met = value <= target if less else value >= target
    return f"{'<=' if less else '>='} {target:g}: {'met' if met else 'missed'}"


def _speed(one: Measured) -> list[str]:
    stored, bare = one.stored, one.bare
    c = [f"{stored.c:.1f}", f"{stored.ratio:.2f}", f"{bare.c:.1f}", f"{bare.ratio:.2f}"]
    none = ["no gcc", "-", "no gcc", "-"]
    a, b, x, y = c if stored.c else none
    worst = max(stored.ratio, bare.ratio)
    return [
        one.name, f"{stored.numba:.1f}", a, b, f"{bare.numba:.1f}", x, y,
        verdict(stored.numba, one.target or 1.0),
        verdict(worst, C_RATIO, less=True) if stored.c else "no gcc",
    ]  # fmt: skip


def _others(one: Measured) -> list[str]:
    ours, fixed, spice = one.stored.numba, one.fixed, one.spice
    rk4 = ["none within 1 %", "-", "-"]
    if fixed is not None:
        rk4 = [f"{fixed.step * 1e9:.1f} ns", f"{fixed.speed:.3f}", f"{ours / fixed.speed:.0f}"]
    if isinstance(one.scipy, str):
        scipy = [one.scipy, "-", "-"]
    else:
        s = one.scipy
        scipy = [f"{s.speed:.4f}", f"{100.0 * s.error:.2g} %", f"{ours / s.speed:.0f}"]
    if spice is None:
        return [one.name, *rk4, *scipy, "ngspice is not installed", "-", "-"]
    if spice.speed == 0.0:
        return [one.name, *rk4, *scipy, f"none within 1 % (best {100.0 * spice.best:.1f} %)",
                "-", "-"]  # fmt: skip
    ratio = ours / spice.speed
    return [one.name, *rk4, *scipy, f"{spice.speed:.4f}", f"{ratio:.0f}",
            verdict(ratio, SPICE_RATIO)]  # fmt: skip


def _agreement(one: Measured) -> list[str]:
    hand = "in tests" if one.by_hand is None else f"{one.by_hand:.1e}"
    if one.spice is None:
        return [one.name, hand, "ngspice is not installed", "", ""]
    s = one.spice
    return [
        one.name, hand, f"{100.0 * s.best:.3f} %", verdict(100.0 * s.best, 1.0, less=True),
        f"{s.tried} / {s.failed} / {s.wrong}",
    ]  # fmt: skip


def page(rows: Sequence[Measured], command: str, conditions: str, how: str, rivals: str) -> str:
    """Return the page as Markdown."""
    speed_head = [
        "x real time", "stored: Numba", "C", "Numba / C", "not stored: Numba", "C", "Numba / C",
        "target, stored", "target, Numba / C",
    ]  # fmt: skip
    other_head = [
        "topology", "RK4 step", "RK4 x real time", "ours / RK4", "scipy x real time",
        "scipy error", "ours / scipy", "ngspice x real time", "ours / ngspice", "target",
    ]  # fmt: skip
    agree_head = [
        "topology", "from equations by hand, DOP853 rtol 1e-11 (of the signal)",
        "ngspice's best", "target, %", "settings / failed / wrong",
    ]  # fmt: skip
    return "\n\n".join([
        "# Speed of switched circuits",
        f"Made by `{command}`. {conditions}",
        table(speed_head, [_speed(one) for one in rows]),
        table(other_head, [_others(one) for one in rows]),
        how,
        "## Do they agree?",
        table(agree_head, [_agreement(one) for one in rows]),
        "DAB, full-bridge LLC and Vienna are held to their equations in"
        " `tests/plant_models/switched/test_against_dop853.py`.",
        rivals,
    ]) + "\n"  # fmt: skip
