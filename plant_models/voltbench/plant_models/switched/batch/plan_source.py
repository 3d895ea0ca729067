"""The part of the block kernel that takes a segment by its plan: what it did last time.

The events of a converter come in the same order period after period, at instants that move
little. So each step's transition over its last length is kept, lane by lane; the length is
corrected by a short series, where a guard is to cross by the root of that series. The plan
holds if every lane starts consistent, no other guard crosses and no length moves further than
the series reaches. Otherwise nothing of it is kept and the segment is worked out step by step.
"""

from textwrap import dedent, indent

from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.batch import plan_layout as pl
from voltbench.plant_models.switched.batch.guard_source import guard_source
from voltbench.plant_models.switched.batch.memory import WIDTH as W
from voltbench.plant_models.switched.batch.plan_layout import StepLayout
from voltbench.plant_models.switched.batch.text import Text

ROOT = 1e-12
"""How exact a crossing must be, of the nominal period."""
STRAIGHT = 0.25
"""How far a guard's slope may change, of itself, between the kept length and the crossing."""


def plan_source(t: Text) -> str:
    """Return the code that takes segment k by its plan; `fast` says whether it held."""
    s = StepLayout(t.layout)
    text = dedent("""
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
    inner += "while turn < steps:\n" + indent(_step(t, s), " " * 4)
    inner += "if turn == steps:\n    fast = 1\n    events += met\n"
    inner += f"    lazy = i - {pl.P_SIZE - pl.P_LANES}\n"
    inner += "else:\n" + indent(t.each("z# = w#"), " " * 4)
    return text + "if steps > 0:\n" + indent(inner, " " * 4)


def _step(t: Text, s: StepLayout) -> str:
    text = _projected(t, s) + t.product("n", "cache", "o", s.transition, t.layout.evolving, "z")
    text += f"h = load(cache, o + {pl.SPAN * W})\n"
    text += f"closes = load(cache, o + {pl.ENDS * W}) > 0.0\nheld = zero <= 0.0\n"
    text += "near = held\nx = zero\n"
    text += t.each(
        f"near = near & (abs(z# - load(cache, o + ({s.centre} + #) * {W}))"
        f" <= load(cache, o + ({s.radius} + #) * {W}))"
    )
    text += f"if flags & {pl.SHIFTS} != 0:\n" + indent(_shifted(t, s), " " * 4)
    tied = t.product("v", "cache", "o", s.tied, 1, "z")
    tied += f"near = near & (abs(v0) <= {lay.TIE!r})\n"
    text += f"if flags & {pl.TIES} != 0:\n" + indent(tied, " " * 4)
    text += "if not all_lanes(near):\n" + indent(guard_source(t, s), " " * 4)
    return (
        text
        + dedent(f"""
        if not all_lanes(held):
            break
        left = where(closes, zero, left - h)
        met += at(whole, i + {pl.P_EVENTS})
        turn += 1
        o += {s.stride * W}
        i += {pl.P_SIZE}
        """)
        + t.each("z# = n#")
    )


def _projected(t: Text, s: StepLayout) -> str:
    """Carry the states onto the constraints; an impulse ends the plan."""
    lo = t.layout
    text = t.product("p", "cache", "o", s.at(lo.project), lo.evolving, "z")
    text += "jump = zero\n" + t.each("jump = max(jump, abs(p# - z#))")
    text += f"if any_lane(jump > {lay.JUMP!r}):\n    break\n" + t.each("z# = p#")
    flags = f"flags = at(whole, i + {pl.P_FLAGS})\n"
    return flags + f"if flags & {pl.PROJECTS} != 0:\n" + indent(text, " " * 4)


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
    text += f"moved = abs(x - load(cache, o + {pl.MOVED * W}))\n"
    text += f"near = near & (moved <= load(cache, o + {pl.NEAR * W}))\n"
    return text + "h = h + x\nheld = held & (abs(x) <= reach) & (h >= 0.0) & (h <= left)\n"


def _root(t: Text, s: StepLayout) -> str:
    """Find each lane's crossing near the end of the kept length: series reversion, one correction.

    Of v0 + u1 y + u2 y^2 + u3 y^3 = 0, divided by u1.
    """
    text = "".join(
        t.product(name, "cache", "o", s.crossing + n * t.layout.size, 1, "n")
        for n, name in enumerate(("v", "ua", "ub", "uc"))
    )
    return text + dedent(f"""
        crosses = load(cache, o + {pl.WHICH * W}) >= 0.0
        inverse = 1.0 / where(ua0 < 0.0, ua0, zero - 1.0)
        v0 = v0 * inverse
        ub0 = ub0 * inverse
        uc0 = uc0 * inverse
        y = -v0 * (1.0 + v0 * (ub0 + v0 * (2.0 * ub0 * ub0 - uc0)))
        y = y - (v0 + y * (1.0 + y * (ub0 + y * uc0))) * (1.0 - 2.0 * ub0 * y)
        miss = abs(v0 + y * (1.0 + y * (ub0 + y * uc0)))
        sure = (ua0 < 0.0) & (miss <= {ROOT!r} * load(cache, o + {pl.NOMINAL * W}))
        sure = sure & (abs(ub0 * y) <= {STRAIGHT!r})
        x = where(crosses, y, x)
        held = ~crosses | sure
        """)
