"""The part of the block kernel that finds the configuration each lane is in."""

from textwrap import dedent, indent

from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.batch import layout as bl
from voltbench.plant_models.switched.batch.memory import WIDTH as W
from voltbench.plant_models.switched.batch.text import Text


def settle_source(t: Text) -> str:
    """Return the loop that flips diodes lane by lane until impulses and guards are consistent."""
    text = "flips = 0\nsettling = True\nwhile settling:\n"
    inner = _base(t) + _project(t) + _guards(t) + _change(t)
    return text + indent(inner, " " * 4) + "if status != 0:\n    break\n" + _remember(t)


def _base(t: Text) -> str:
    """Point b at the lanes' table; where configurations differ, blend one behind the last.

    Lanes that have settled and have no time left may read anybody's.
    """
    lo = t.layout
    text = dedent(f"""
        store(lane_value, 0, where(open | (left > 0.0), zero + 1.0, zero))
        now = -1
        same = True
        bound = 0
        for l in range({W}):
            if at(lane_value, l) > 0.0:
                one = at(whole, {bl.B_NOW} + l)
                if now < 0:
                    now = one
                same = same and one == now
                bound += at(links, one * {lo.int_stride})
                put(lane_value, l, float(one))
            else:
                put(lane_value, l, -1.0)
        numbers = load(lane_value, 0)
        b = max(now, 0) * {lo.stride * W}
        if not same:
            b = room * {lo.stride * W}
        """)
    return text + "if not same:\n" + indent(blend(t, 0, lo.curvature), " " * 4)


def blend(t: Text, first: int, last: int) -> str:
    """Return the code that fills vectors `first` ... `last` - 1 of the table at b, lane by lane.

    Few configurations are about at a time: one masked copy for each beats a load a lane.
    """
    return dedent(f"""
        rest = numbers >= 0.0
        for l in range({W}):
            one = at(whole, {bl.B_NOW} + l)
            mine = rest & (numbers == float(one))
            if any_lane(mine):
                rest = rest & ~mine
                own_at = one * {t.layout.stride * W}
                for j in range({first}, {last}):
                    own = load(tables, own_at + j * {W})
                    store(tables, b + j * {W}, where(mine, own, load(tables, b + j * {W})))
        """)


def _project(t: Text) -> str:
    """Carry the states of unsettled lanes onto their constraints, by impulse if need be."""
    lo = t.layout
    text = t.states("x# = z#") + "bad = zero - 1.0\n"
    inner = "free = 0\n"
    inner += "if not same:\n" + indent(blend(t, lo.project, lo.stride), " " * 4)
    inner += t.product("p", "tables", "b", lo.project, lo.evolving, "z")
    inner += "jump = zero\n" + t.each("jump = max(jump, abs(p# - z#))")
    inner += f"strong = open & (jump > ({lay.JUMP!r} if flips < {lay.PATIENCE} else {lay.TIE!r}))\n"
    impulses = t.product("q", "tables", "b", lo.impulse, lo.guards, "z")
    for g in range(lo.guards - 1, -1, -1):
        impulses += f"bad = where(strong & (q{g} > {lay.TIE!r}), zero + {float(g)}, bad)\n"
    impulses += dedent(f"""
        store(lane_value, 0, where(strong & (bad < 0.0), zero + 1.0, zero))
        for l in range({W}):
            if at(lane_value, l) > 0.0:
                if at(links, at(whole, {bl.B_NOW} + l) * {lo.int_stride} + 1) != 0:
                    status = {lay.INTERRUPTED}
                    put(whole, {bl.B_WHY}, l)
        if status != 0:
            break
        """)
    inner += "if any_lane(strong):\n" + indent(impulses, " " * 4)
    inner += t.each("x# = where(open & (bad < 0.0), p#, z#)")
    return text + "if bound != 0:\n" + indent(inner, " " * 4)


def _guards(t: Text) -> str:
    """Find the first violated guard of each unsettled lane: value, then slope, then curvature."""
    lo = t.layout
    tie = repr(lay.TIE)
    text = t.product("g", "tables", "b", lo.guard, lo.guards, "x")
    text += t.product("s", "tables", "b", lo.slope, lo.guards, "x")
    text += f"nominal = load(tables, b + {lo.nominal * W})\n"
    text += "fine = bad >= 0.0\nlevel = bad >= 0.0\n"
    for g in range(lo.guards - 1, -1, -1):
        text += (
            f"tied{g} = abs(g{g}) <= {tie}\n"
            f"flat{g} = tied{g} & (abs(s{g} * nominal) <= {tie})\n"
            f"wrong{g} = (g{g} < -{tie}) | (tied{g} & (s{g} * nominal < -{tie}))\n"
            f"level = level | flat{g}\n"
        )
    curves = "if not same:\n" + indent(blend(t, lo.curvature, lo.project), " " * 4)
    curves += t.product("u", "tables", "b", lo.curvature, lo.guards, "x")
    curves += "".join(
        f"wrong{g} = wrong{g} | (flat{g} & (u{g} * nominal * nominal < -{tie}))\n"
        for g in range(lo.guards)
    )
    text += "if any_lane(open & level):\n" + indent(curves, " " * 4)
    text += "impulsive = bad >= 0.0\n"
    for g in range(lo.guards - 1, -1, -1):
        change = f"open & wrong{g} & ~impulsive"
        text += f"bad = where({change}, zero + {float(g)}, bad)\n"
    return text


def _change(t: Text) -> str:
    """Change the diodes of the bad guards and repeat, or accept all lanes."""
    lo = t.layout
    change = dedent(f"""
        flips += 1
        if flips > {lay.MAX_FLIPS}:
            status = {lay.CHATTER}
            break
        store(lane_value, 0, bad)
        for l in range({W}):
            if at(lane_value, l) >= 0.0:
                put(whole, {bl.B_WHY}, l)
                at_link = at(whole, {bl.B_NOW} + l) * {lo.int_stride} + {lo.flip}
                at_link += int(at(lane_value, l))
                to = at(links, at_link)
                if to < 0:
                    need = at_link
                    status = {lay.NEED}
                    break
                put(whole, {bl.B_NOW} + l, to)
        if status != 0:
            break
        """)
    text = "if any_lane(bad >= 0.0):\n" + indent(change, " " * 4)
    return text + "else:\n" + indent(t.each("z# = x#") + "settling = False\n", " " * 4)


def _remember(t: Text) -> str:
    """Remember where each lane settled, for the next time it comes to this segment or event."""
    return dedent(f"""
        for l in range({W}):
            place = at(whole, {bl.B_AFTER} + l)
            if place >= 0:
                put(after, place, at(whole, {bl.B_NOW} + l))
                put(whole, {bl.B_AFTER} + l, -1)
        """)
