"""The part of the block kernel that keeps a step just taken, for the plan of its segment."""

from textwrap import dedent, indent

from voltbench.plant_models.switched.batch import layout as bl
from voltbench.plant_models.switched.batch import plan_layout as pl
from voltbench.plant_models.switched.batch.layout import ORDERS
from voltbench.plant_models.switched.batch.memory import WIDTH as W
from voltbench.plant_models.switched.batch.plan_layout import StepLayout
from voltbench.plant_models.switched.batch.settle_source import blend
from voltbench.plant_models.switched.batch.step_source import taylor
from voltbench.plant_models.switched.batch.text import Text

NEAR = 1.0 / 256.0
"""Part of the reach by which a trusted step's length may differ."""
FLOOR = 0.05
"""Least size of the box of states, scaled, for which a step's bounds are made."""


def record_source(t: Text) -> str:
    """Return the code that keeps the step from was# to z#, if there is room for one more."""
    s = StepLayout(t.layout)
    inner = _notes(t, s) + _tables(t, s) + _crossing(t, s) + _bounds(t, s)
    inner += _transition(t, s) + _changes(t, s) + "planned += 1\n"
    text = f"if keep != 0 and planned >= {pl.MOST_STEPS}:\n    keep = 0\n"
    return text + "if keep != 0:\n" + indent(inner, " " * 4)


def _notes(t: Text, s: StepLayout) -> str:
    """Keep lengths, kinds and configurations."""
    return dedent(f"""
        o = (k * {pl.MOST_STEPS} + planned) * {s.stride * W}
        i = plans + segments + (k * {pl.MOST_STEPS} + planned) * {pl.P_SIZE}
        crosses = which >= 0.0
        span = d * tau
        store(cache, o + {pl.SPAN * W}, span)
        store(cache, o + {pl.REACH * W}, load(tables, b))
        ended = ~crosses & (left <= 0.0)
        store(cache, o + {pl.ENDS * W}, where(ended, zero + 1.0, zero))
        store(cache, o + {pl.WHICH * W}, which)
        store(cache, o + {pl.IDLE * W}, where(numbers >= 0.0, zero, zero + 1.0))
        store(cache, o + {pl.NOMINAL * W}, load(tables, b + {t.layout.nominal * W}))
        flags = 0
        if taken > 0:
            flags = {pl.SHIFTS}
        if any_lane(crosses):
            flags = {pl.SHIFTS | pl.CROSSES}
        if bound != 0:
            flags += {pl.PROJECTS}
        put(whole, i + {pl.P_FLAGS}, flags)
        struck_lanes = 0
        store(lane_value, 0, which)
        for l in range({W}):
            if at(lane_value, l) >= 0.0:
                struck_lanes += 1
            put(whole, i + {pl.P_LANES} + l, at(whole, {bl.B_NOW} + l))
        put(whole, i + {pl.P_EVENTS}, struck_lanes)
        """)


def _tables(t: Text, s: StepLayout) -> str:
    """Keep what each lane's configuration says; lanes that were not settled stay where they are."""
    lo = t.layout
    text = "if not same:\n" + indent(blend(t, lo.curvature, lo.impulse), " " * 4)
    text += dedent(f"""
        for j in range({lo.impulse - lo.a}):
            store(cache, o + ({s.copied} + j) * {W}, load(tables, b + ({lo.a} + j) * {W}))
        for j in range({lo.size}):
            row = zero
            for g in range({lo.guards}):
                one_guard = load(tables, b + ({lo.guard} + j * {lo.guards} + g) * {W})
                row = where(which == float(g), one_guard, row)
            store(cache, o + ({s.crossing} + j) * {W}, row)
            for r in range({lo.evolving}):
                one_entry = load(tables, b + ({lo.project} + j * {lo.evolving} + r) * {W})
                stays = zero + (1.0 if r == j else 0.0)
                to = o + ({s.at(lo.project)} + j * {lo.evolving} + r) * {W}
                store(cache, to, where(open, one_entry, stays))
        """)
    return text


def _crossing(t: Text, s: StepLayout) -> str:
    """Keep the crossing guard's Taylor coefficients as rows on the state."""
    lo = t.layout
    text = ""
    for n in range(1, 4):
        before, after = s.crossing + (n - 1) * lo.size, s.crossing + n * lo.size
        entry = " + ".join(
            f"load(cache, o + {(before + r) * W})"
            f" * load(tables, b + ({lo.a} + j * {lo.evolving} + {r}) * {W})"
            for r in range(lo.evolving)
        )
        text += f"for j in range({lo.size}):\n"
        text += f"    store(cache, o + ({after} + j) * {W}, (1.0 / {n}) * ({entry}))\n"
    return text


def _bounds(t: Text, s: StepLayout) -> str:
    """Bound how far guards bend, and change, while the states stay about what they are now."""
    lo = t.layout
    text = t.each(
        f"box# = 2.0 * max(abs(was#), abs(z#)) + {FLOOR!r}\n"
        f"store(cache, o + ({s.box} + #) * {W}, box#)"
    )
    text += f"longest = span + load(tables, b)\nsmall = {NEAR!r} * load(tables, b)\n"
    text += f"store(cache, o + {pl.NEAR * W}, small)\n"
    text += "area = 0.125 * longest * longest\n"
    for g in range(lo.guards):
        slope, bend = (_extent(t, first, g) for first in (lo.slope, lo.curvature))
        text += f"store(cache, o + {(s.drift + g) * W}, 1.5 * small * ({slope}))\n"
        text += f"bend{g} = area * ({bend})\n"
        text += _fourth(t, g)
        text += f"store(cache, o + {(s.bend + g) * W}, 1.25 * area * area * fourth)\n"
    for j in range(lo.evolving):
        text += f"store(cache, o + {(s.radius + j) * W}, zero - 1.0)\n"
    return text


def _extent(t: Text, first: int, g: int) -> str:
    """Return the most a guard's row at `first` makes of states in the box."""
    lo = t.layout
    return " + ".join(
        f"abs(load(tables, b + {(first + j * lo.guards + g) * W})) * "
        + (f"box{j}" if j < lo.evolving else f"abs(z{j})")
        for j in range(lo.size)
    )


def _fourth(t: Text, g: int) -> str:
    """Bound a guard's fourth derivative in the box: its curvature's row times A twice."""
    lo = t.layout
    rows = [
        f"load(tables, b + {(lo.curvature + r * lo.guards + g) * W})" for r in range(lo.evolving)
    ]
    text = ""
    for name, columns in (("third", lo.evolving), ("fourth", lo.size)):
        for j in range(columns):
            entry = " + ".join(
                f"{row} * load(tables, b + {(lo.a + j * lo.evolving + r) * W})"
                for r, row in enumerate(rows)
            )
            text += f"{name}{j} = {entry}\n"
        rows = [f"third{j}" for j in range(lo.evolving)]
    parts = [
        f"abs(fourth{j}) * " + (f"box{j}" if j < lo.evolving else f"abs(z{j})")
        for j in range(lo.size)
    ]
    return text + f"fourth = {' + '.join(parts)}\n"


def _changes(t: Text, s: StepLayout) -> str:
    """Keep the inverse of what the guards change by over a quarter of the box, at both ends."""
    lo = t.layout
    text = ""
    for g in range(lo.guards):
        first, last = [], []
        for j in range(lo.evolving):
            first.append(f"abs(load(tables, b + {(lo.guard + j * lo.guards + g) * W})) * box{j}")
            inner = " + ".join(
                f"load(tables, b + {(lo.guard + r * lo.guards + g) * W})"
                f" * load(cache, o + {(s.transition + j * lo.evolving + r) * W})"
                for r in range(lo.evolving)
            )
            last.append(f"abs({inner}) * box{j}")
        for place, parts in ((s.first, first), (s.last, last), (s.bent, [f"bend{g}"])):
            change = f"0.25 * ({' + '.join(parts)}) + 1e-30"
            text += f"store(cache, o + {(place + g) * W}, 1.0 / ({change}))\n"
    return text


def _transition(t: Text, s: StepLayout) -> str:
    """Keep the transition over the step: the series of each unit vector."""
    lo = t.layout
    column = t.each("y# = zero + (1.0 if j == # else 0.0)")
    for j in range(lo.evolving, lo.size):
        column += f"y{j} = zero + (1.0 if j == {j} else 0.0)\n"
    column += taylor(t, "y", "n", False)
    column += t.each(f"store(cache, o + ({s.transition} + j * {lo.evolving} + #) * {W}, n#)")
    return f"terms = {max(ORDERS)}\nd = span\nfor j in range({lo.size}):\n" + indent(
        column, " " * 4
    )
