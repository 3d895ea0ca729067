"""The part of the block kernel that looks at the guards of a planned step.

A look costs more than the step, so it also says how far the states may move before the next is
due. Both rest on how far a guard can bend below the chord between its ends: d^2 / 8 times its
largest curvature, which is that at its ends and what it bends itself, by the same rule. From a
to b it stays positive if (sqrt(a) + sqrt(b))^2 exceeds four times that. Where this does not
decide, the engine's own criterion does: value at the end, or a dip by the tangents.
"""

from textwrap import dedent, indent

from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.batch import plan_layout as pl
from voltbench.plant_models.switched.batch.memory import WIDTH as W
from voltbench.plant_models.switched.batch.plan_layout import StepLayout
from voltbench.plant_models.switched.batch.text import Text


def guard_source(t: Text, s: StepLayout) -> str:
    """Return the code that says in `held` where the guards allow this step."""
    lo = t.layout
    text = f"which = load(cache, o + {pl.WHICH * W})\n"
    text += f"idle = load(cache, o + {pl.IDLE * W}) > 0.0\n"
    text += t.product("g", "cache", "o", s.at(lo.guard), lo.guards, "z")
    text += t.product("e", "cache", "o", s.at(lo.guard), lo.guards, "n")
    text += t.product("u", "cache", "o", s.at(lo.curvature), lo.guards, "z")
    text += t.product("q", "cache", "o", s.at(lo.curvature), lo.guards, "n")
    text += f"store(cache, o + {pl.MOVED * W}, x)\nlongest = h + load(cache, o + {pl.NEAR * W})\n"
    text += "area = 0.125 * longest * longest\n"
    text += "low = zero + 1.0\nclear = zero <= 0.0\n"
    text += t.each(f"clear = clear & (abs(z#) <= load(cache, o + ({s.box} + #) * {W}))")
    text += "boxed = clear\n"
    for g in range(lo.guards):
        text += dedent(f"""
            mine{g} = which == {float(g)}
            tied{g} = abs(g{g}) <= {lay.TIE!r}
            bend = max(area * max(u{g}, q{g}) + load(cache, o + {(s.bend + g) * W}), zero)
            start = where(tied{g}, zero, g{g})
            stop = where(mine{g}, zero, e{g})
            reserve = start + stop + 2.0 * sqrt(max(start, zero) * max(stop, zero))
            spare = reserve - 4.0 * bend
            clear = clear & (start >= 0.0) & (stop >= 0.0) & (spare > {lay.TIE!r})
            share = 0.5 * spare / max(reserve, zero + {lay.TIE!r})
            start = start * load(cache, o + {(s.first + g) * W})
            low = min(low, where(tied{g}, 1.0, share * start))
            stop = stop - load(cache, o + {(s.drift + g) * W})
            stop = stop * load(cache, o + {(s.last + g) * W})
            low = min(low, where(mine{g}, 1.0, share * stop))
            low = min(low, 0.125 * spare * load(cache, o + {(s.bent + g) * W}))
            """)
    text += "if not all_lanes(boxed | idle):\n    put(whole, plans + k, 0)\n"
    text += "good = clear | idle\nif not all_lanes(good):\n"
    text += indent(_closely(t, s), " " * 4) + "held = held & good\n"
    return text + _trusted(t, s)


def _closely(t: Text, s: StepLayout) -> str:
    """Look at the guards that are near zero: slopes at both ends, curvature at the start."""
    lo, tie = t.layout, repr(lay.TIE)
    text = t.product("s", "cache", "o", s.at(lo.slope), lo.guards, "z")
    text += t.product("f", "cache", "o", s.at(lo.slope), lo.guards, "n")
    text += f"nominal = load(cache, o + {pl.NOMINAL * W})\nfine = zero <= 0.0\n"
    for g in range(lo.guards):
        text += dedent(f"""
            level{g} = tied{g} & (abs(s{g} * nominal) <= {tie})
            begins = (g{g} > {tie}) | level{g} | (tied{g} & (s{g} > 0.0))
            ended = mine{g} | (e{g} >= {-lay.CROSSED!r})
            dips = (s{g} < 0.0) & (f{g} > 0.0) & (g{g} + h * s{g} < 0.0) & (e{g} - h * f{g} < 0.0)
            fine = fine & begins & ended & ~dips
            """)
    for g in range(lo.guards):
        text += f"fine = fine & (~level{g} | (u{g} * nominal * nominal >= -{tie}))\n"
    return text + "good = good | fine\n"


def _trusted(t: Text, s: StepLayout) -> str:
    """Keep how far the states may move with every guard that was clear still clear.

    A guard that is zero at the start is looked at each time; of two, the step is.
    """
    lo = t.layout
    text = "ties = zero\n"
    text += "".join(f"ties = ties + where(tied{g} & ~idle, 1.0, zero)\n" for g in range(lo.guards))
    text += "low = where(boxed & clear & (ties <= 1.0), low, zero - 1.0)\n"
    text += "low = where(idle, 1e30, low)\n"
    text += t.each(
        f"store(cache, o + ({s.centre} + #) * {W}, z#)\n"
        f"store(cache, o + ({s.radius} + #) * {W},"
        f" 0.25 * low * load(cache, o + ({s.box} + #) * {W}))"
    )
    row = "".join(
        f"row = where(tied{g} & ~idle,"
        f" load(cache, o + ({s.at(lo.guard)} + j * {lo.guards} + {g}) * {W}), row)\n"
        for g in range(lo.guards)
    )
    inner = f"flags = flags | {pl.TIES}\nfor j in range({lo.size}):\n    row = zero\n"
    inner += indent(row, " " * 4) + f"    store(cache, o + ({s.tied} + j) * {W}, row)\n"
    text += f"flags = flags & {~pl.TIES}\nif any_lane(ties > 0.0):\n" + indent(inner, " " * 4)
    return text + f"put(whole, i + {pl.P_FLAGS}, flags)\n"
