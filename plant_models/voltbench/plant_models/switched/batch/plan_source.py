"""The part of the block kernel that takes a segment by its plan: what it did last time.

The events of a converter come in the same order period after period, at instants that move
little. So each step's transition over its last length is kept, lane by lane; the length is
corrected by a short series, where a guard is to cross by Newton on that series. The plan holds
if every lane starts consistent, no other guard crosses (by the engine's own criterion: value at
the end, or a dip by the tangents) and no length moves further than the series reaches.
Otherwise nothing of it is kept and the segment is worked out step by step.
"""

from textwrap import dedent, indent

from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.batch import plan_layout as pl
from voltbench.plant_models.switched.batch.memory import WIDTH as W
from voltbench.plant_models.switched.batch.plan_layout import StepLayout
from voltbench.plant_models.switched.batch.text import Text

NEWTON = 3
"""Corrections of a root: the last is quadratic and must be `SETTLED` of the reach."""
SETTLED = 1e-5
SAFE = 0.25
"""A guard that falls from v to zero stays above zero if it bends less than v / 4 below its chord:
its chord then falls faster than the bend can."""


def plan_source(t: Text) -> str:
    """Return the code that takes segment k by its plan; `fast` says whether it held."""
    s = StepLayout(t.layout)
    text = dedent(f"""
        fast = 0
        steps = at(whole, plans + k)
        """) + t.each("w# = z#")
    inner = dedent(f"""
        left = load(spans, k * {W})
        turn = 0
        o = k * {pl.MOST_STEPS * s.stride * W}
        i = plans + segments + k * {pl.MOST_STEPS * pl.P_SIZE}
        met = 0
        """)
    body = _projected(t, s) + t.product("n", "cache", "o", s.transition, t.layout.evolving, "z")
    body += t.product("g", "cache", "o", s.at(t.layout.guard), t.layout.guards, "z")
    body += f"h = load(cache, o + {pl.SPAN * W})\n"
    body += f"closes = load(cache, o + {pl.ENDS * W}) > 0.0\nheld = zero <= 0.0\n"
    body += _shifted(t, s)
    body += t.product("e", "cache", "o", s.at(t.layout.guard), t.layout.guards, "n")
    body += _checked(t, s)
    body += dedent(f"""
        if not all_lanes(held):
            break
        left = where(closes, zero, left - h)
        met += at(whole, i + {pl.P_EVENTS})
        turn += 1
        o += {s.stride * W}
        i += {pl.P_SIZE}
        """) + t.each("z# = n#")
    inner += "while turn < steps:\n" + indent(body, " " * 4)
    inner += "if turn == steps:\n    fast = 1\n    events += met\n"
    inner += f"    lazy = i - {pl.P_SIZE - pl.P_LANES}\n"
    inner += "else:\n" + indent(t.each("z# = w#"), " " * 4)
    return text + "if steps > 0:\n" + indent(inner, " " * 4)


def _projected(t: Text, s: StepLayout) -> str:
    """Carry the states onto the constraints; an impulse ends the plan."""
    lo = t.layout
    text = t.product("p", "cache", "o", s.at(lo.project), lo.evolving, "z")
    text += "jump = zero\n" + t.each("jump = max(jump, abs(p# - z#))")
    text += f"if any_lane(jump > {lay.JUMP!r}):\n    break\n" + t.each("z# = p#")
    flags = f"flags = at(whole, i + {pl.P_FLAGS})\n"
    return flags + f"if flags >= {pl.PROJECTS}:\n" + indent(text, " " * 4)


def _shifted(t: Text, s: StepLayout) -> str:
    """Correct the length of the step, and the states at its end by three terms."""
    lo = t.layout
    text = f"reach = load(cache, o + {pl.REACH * W})\nx = where(closes, left - h, zero)\n"
    a = s.at(lo.a)
    text += t.product("b", "cache", "o", a, lo.evolving, "n")
    text += t.product("c", "cache", "o", a, lo.evolving, "b", lo.evolving)
    text += t.each("c# = 0.5 * c#")
    text += t.product("r", "cache", "o", a, lo.evolving, "c", lo.evolving)
    text += t.each("r# = r# * (1.0 / 3.0)")
    text += f"if flags & {pl.CROSSES} != 0:\n" + indent(_root(t, s), " " * 4)
    text += t.each("n# = n# + x * (b# + x * (c# + x * r#))")
    text += "h = h + x\nheld = held & (abs(x) <= reach) & (h >= 0.0) & (h <= left)\n"
    return f"if flags & {pl.SHIFTS} != 0:\n" + indent(text, " " * 4)


def _root(t: Text, s: StepLayout) -> str:
    """Find each lane's crossing near the end of the kept length, by Newton from there."""
    row = s.crossing
    text = t.product("v", "cache", "o", row, 1, "n")
    for power, vector in enumerate("bcr", start=1):
        terms = [f"load(cache, o + {(row + j) * W}) * {vector}{j}" for j in range(t.layout.evolving)]
        text += f"u{power} = {' + '.join(terms)}\n"
    text += f"crosses = load(cache, o + {pl.WHICH * W}) >= 0.0\ny = zero\n"
    for _ in range(NEWTON):
        text += dedent("""
            df = u1 + y * (2.0 * u2 + y * (3.0 * u3))
            f = v0 + y * (u1 + y * (u2 + y * u3))
            dy = f / where(df < 0.0, df, zero - 1.0)
            y = y - dy
            """)
    sure = f"((df < 0.0) & (abs(dy) <= {SETTLED!r} * reach))"
    return text + f"x = where(crosses, y, x)\nheld = held & (~crosses | {sure})\n"


def _checked(t: Text, s: StepLayout) -> str:
    """Say in `held` where the guards allow this step."""
    lo = t.layout
    text = f"which = load(cache, o + {pl.WHICH * W})\n"
    for g in range(lo.guards):
        text += f"mine{g} = which == {float(g)}\n"
        text += f"low{g} = where(mine{g}, {SAFE!r} * g{g}, min(g{g}, e{g}))\n"
    text += "low = low0\n" + "".join(f"low = min(low, low{g})\n" for g in range(1, lo.guards))
    text += f"clear = low > load(cache, o + {pl.MARGIN * W})\n"
    text += t.each(f"clear = clear & (abs(z#) <= load(cache, o + ({s.box} + #) * {W}))")
    return text + "if not all_lanes(clear):\n    generals += 1\n" + indent(_closely(t, s), " " * 4)


def _closely(t: Text, s: StepLayout) -> str:
    """Look at the guards that are near zero: slopes at both ends, curvature at the start."""
    lo, tie = t.layout, repr(lay.TIE)
    text = t.product("s", "cache", "o", s.at(lo.slope), lo.guards, "z")
    text += t.product("f", "cache", "o", s.at(lo.slope), lo.guards, "n")
    text += f"nominal = load(cache, o + {pl.NOMINAL * W})\n"
    text += f"idle = load(cache, o + {pl.IDLE * W}) > 0.0\nfine = zero <= 0.0\nlevel = zero > 0.0\n"
    for g in range(lo.guards):
        text += dedent(f"""
            level{g} = (abs(g{g}) <= {tie}) & (abs(s{g} * nominal) <= {tie})
            level = level | level{g}
            begins = (g{g} > {tie}) | level{g} | ((g{g} >= -{tie}) & (s{g} > 0.0))
            kept = mine{g} | (e{g} >= {-lay.CROSSED!r})
            dips = (s{g} < 0.0) & (f{g} > 0.0) & (g{g} + h * s{g} < 0.0) & (e{g} - h * f{g} < 0.0)
            fine = fine & begins & kept & ~dips
            """)
    curves = t.product("u", "cache", "o", s.at(lo.curvature), lo.guards, "z")
    for g in range(lo.guards):
        curves += f"fine = fine & (~level{g} | (u{g} * nominal * nominal >= -{tie}))\n"
    text += "if any_lane(level & ~idle):\n" + indent(curves, " " * 4)
    return text + "held = held & (clear | fine | idle)\n"
