"""The measured speeds as a page: every row a figure, what C takes, and the target."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from voltbench.hil.benchmarking.agreement import Agreement
from voltbench.hil.benchmarking.loop_speed import NUMBA, C, Effort, LoopSpeed
from voltbench.hil.benchmarking.report_text import HOW, PARTS, SAME
from voltbench.hil.benchmarking.session_speed import HALF_HOUR, SessionSpeed

TARGET_S = {"dc150": 20.0, "dc30": 5.0}
"""Wall seconds of a 30-minute charge."""
CONTROL = "step"
PLANT = (
    "grid_step", "grid_contactor", "ac_side", "links_and_cells", "output_side", "slow_step",
    "plant_step",
)  # fmt: skip


@dataclass
class Results:
    """Everything a page is made of."""

    conditions: str
    command: str
    effort: Effort
    loops: list[LoopSpeed] = field(default_factory=list)
    start: dict[str, float] = field(default_factory=dict)
    session: SessionSpeed | None = None


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def judged(value: float, target: float) -> str:
    """Return the target and whether a value stays below it."""
    return f"< {target:g} s: {'met' if value < target else 'missed'}"


def _pair(numba: float, c: float | None, form: str, ratio: float | None = None) -> list[str]:
    """Return cells for Numba, C and their ratio."""
    if c is None:
        return [format(numba, form), "no gcc", "-"]
    if ratio is None and c > 0.01:
        ratio = numba / c
    return [format(numba, form), format(c, form), "-" if ratio is None else f"{ratio:.2f}"]


def loop_rows(one: LoopSpeed) -> list[list[str]]:
    """Return the rows of one charger."""
    numba, c, ratio = one.turns.best(NUMBA), one.ns(C), one.ratio()
    label = f"{one.charger}, {one.modules} module{'s' if one.modules > 1 else ''}"
    rows = [[f"{label}: ns per control interrupt", *_pair(numba, c, ".0f", ratio), ""]]
    if one.modules > 1:
        per = c / one.modules if c else None
        each = _pair(numba / one.modules, per, ".0f", ratio)
        rows.append([f"{label}: ns per module", *each, ""])
    whole = numba * HALF_HOUR * 1e-9
    of_c = c * HALF_HOUR * 1e-9 if c else None
    target = judged(whole, TARGET_S[one.charger]) if one.charger in TARGET_S else ""
    cells = _pair(whole, of_c, ".1f", ratio)
    rows.append([f"{label}: 30 min at 20 kHz, loop only, s", *cells, target])
    return rows + [
        [f"{label}: {name}, ns", *_pair(_sum(one, NUMBA, parts), _of_c(one, parts), ".0f"), ""]
        for name, parts in (("control alone", (CONTROL,)), ("plant alone", PLANT))
        if one.parts
    ]


def _sum(one: LoopSpeed, version: str, parts: Sequence[str]) -> float:
    return sum(one.parts[version].get(name, 0.0) for name in parts)


def _of_c(one: LoopSpeed, parts: Sequence[str]) -> float | None:
    return _sum(one, C, parts) if C in one.parts else None


def session_row(session: SessionSpeed, c_ns: float | None) -> list[str]:
    """Return the row of a whole charge."""
    start, end = session.soc
    label = (
        f"{session.charger}, {session.vehicle} {start:g}:{end:g} %: whole charge with session, "
        f"trace and report ({session.periods / 1e6:.1f} M interrupts, {session.wall_s:.1f} s, of "
        f"these {session.cpu_s:.1f} s of processor), scaled to 36 M, s; C: loop only"
    )
    whole = session.half_hour_s()
    c = c_ns * HALF_HOUR * 1e-9 if c_ns else None
    short = "too short to judge: start and end weigh too much"
    target = judged(whole, TARGET_S[session.charger]) if end - start > 50 else short
    return [label, *_pair(whole, c, ".1f"), target]


def start_rows(start: dict[str, float]) -> list[list[str]]:
    """Return the rows of a process's start."""
    library = start.get("library")
    return [
        ["empty cache: fresh process to first interrupt, s", *_pair(start["cold"], library, ".2f"),
         judged(start["cold"], 60.0)],
        ["warm cache: fresh process to first interrupt, s", *_pair(start["warm"], library, ".2f"),
         judged(start["warm"], 2.0)],
        ["importing the command (bare Python included), s", f"{start['import']:.2f}", "", "", ""],
        ["bare Python, s", f"{start['python']:.2f}", "", "", ""],
    ]  # fmt: skip


def parts_table(one: LoopSpeed) -> str:
    """Return the parts of the loop."""
    rows = [
        [f"`{name}`", *_pair(ns, one.parts[C][name] if C in one.parts else None, ".1f")]
        for name, ns in one.parts[NUMBA].items()
    ]
    totals = {version: sum(found.values()) for version, found in one.parts.items()}
    rows.append(["the loop, without clocks", *_pair(totals[NUMBA], totals.get(C), ".1f")])
    return table([f"part ({one.charger}), ns per interrupt", "Numba", "C", "Numba / C"], rows)


def agreement_line(name: str, ns: float, found: Agreement) -> list[str]:
    """Return a row about one way to compile the C text."""
    return [
        name,
        f"{ns:.0f}",
        f"{found.double:.1e}",
        f"{found.single:.1f}",
        str(found.integers),
    ]


def page(results: Results) -> str:
    """Return the whole page as Markdown."""
    head = ["figure", "voltbench (Numba)", "same loop in C", "Numba / C", "target"]
    rows = [row for one in results.loops for row in loop_rows(one)]
    if results.session is not None:
        rows.append(session_row(results.session, results.loops[0].ns(C)))
    rows += start_rows(results.start)
    first = results.loops[0]
    checks = [
        agreement_line(name, first.turns.best(name), a) for name, a in first.agreement.items()
    ]
    parts = [parts_table(one) for one in results.loops if one.parts]
    how = HOW.format(effort=results.effort)
    check_head = [
        "C text compiled",
        "ns",
        "double, relative",
        "single, ulp",
        "integers that differ",
    ]
    return (
        "\n\n".join(
            [
                "# Speed",
                f"Made by `{results.command}`. {results.conditions}",
                table(head, rows),
                how,
                "## Is it the same loop?",
                SAME.format(effort=results.effort)
                if checks
                else "gcc is not installed: not compared.",
                *([table(check_head, checks)] if checks else []),
                *(["## Where the time goes", PARTS, *parts] if parts else []),
            ]
        )
        + "\n"
    )
