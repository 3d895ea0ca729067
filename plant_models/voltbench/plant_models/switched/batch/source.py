"""Write the text of the kernel that advances one block of designs in lockstep.

All lanes work on the same segment of the pattern, each with its own length. Where the
transition over the whole segment is known and no lane's guards come near zero, a segment is
one small product. Otherwise lanes take masked steps: the Taylor series of the solution, built
from the derivative alone, to the lane's next diode event or the segment's end.
"""

from textwrap import dedent, indent

from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.batch import layout as bl
from voltbench.plant_models.switched.batch.layout import ORDERS, BlockLayout
from voltbench.plant_models.switched.batch.memory import WIDTH as W
from voltbench.plant_models.switched.batch.root_source import root_source
from voltbench.plant_models.switched.batch.settle_source import blend, settle_source
from voltbench.plant_models.switched.batch.text import Text

ARGUMENTS = (
    "tables, links, after, real, whole, spans, words, cache, segments, periods, caching, "
    "record, rec, rec_c"
)


def kernel_source(layout: BlockLayout) -> str:
    """Return the text of `advance` for the sizes of a circuit (Python, without imports)."""
    t = Text(layout)
    general = _begin(t) + "going = True\nwhile going:\n"
    inner = settle_source(t) + _opened(t) + _step(t) + _events(t)
    general += indent(inner, " " * 4)
    undo = t.each("z# = w#") + "if keep != 0:\n    put(whole, kept + k, 0)\nbreak\n"
    general += "if status != 0:\n" + indent(undo, " " * 4) + "events += taken\n"
    segment = _fast(t) + "if fast == 0:\n" + indent(general, " " * 4) + _finish(t) + "k += 1\n"
    body = _load(t) + "while done < periods and status == 0:\n    while k < segments:\n"
    body += indent(segment, " " * 8)
    body += "    if status != 0:\n        break\n    k = 0\n    done += 1\n"
    text = f"def advance({ARGUMENTS}):\n" + indent(body + _save(t), " " * 4)
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip()) + "\n"


def _load(t: Text) -> str:
    lo = t.layout
    text = dedent(f"""
        poly = scratch({max(ORDERS) * lo.evolving * W})
        c = scratch({(max(ORDERS) + 2) * W})
        ends = scratch({5 * lo.guards * W})
        lane_value = scratch({W})
        done = at(whole, {bl.B_PERIOD})
        k = at(whole, {bl.B_SEGMENT})
        events = at(whole, {bl.B_EVENTS})
        generals = at(whole, {bl.B_GENERAL})
        status = 0
        need = 0
        taken = 0
        memo = {bl.B_MEMO}
        kept = {bl.B_MEMO} + segments * {W}
        zero = load(real, 0) * 0.0
        room = len(tables) // {lo.stride * W} - 1
        """)
    return text + "".join(f"z{j} = load(real, {j * W})\n" for j in range(lo.size))


def _save(t: Text) -> str:
    text = "".join(f"store(real, {j * W}, z{j})\n" for j in range(t.layout.size))
    for place, name in (
        ("B_PERIOD", "done"),
        ("B_SEGMENT", "k"),
        ("B_NEED", "need"),
        ("B_EVENTS", "events"),
        ("B_GENERAL", "generals"),
    ):
        text += f"put(whole, {getattr(bl, place)}, {name})\n"
    return text + "return status\n"


def _fast(t: Text) -> str:
    """Take the whole segment in one product, if its guards stay clear of zero."""
    lo = t.layout
    text = t.product("n", "cache", "o", 0, lo.evolving, "z")
    text += t.product("g", "cache", "o", lo.kept_guard, lo.guards, "z")
    text += t.product("e", "cache", "o", lo.kept_guard, lo.guards, "n")
    text += "low = min(g0, e0)\n"
    text += "".join(f"low = min(low, min(g{g}, e{g}))\n" for g in range(1, lo.guards))
    text += f"clear = low > load(cache, o + {lo.kept_margin * W})\n"
    text += t.each(f"clear = clear & (abs(z#) <= load(cache, o + ({lo.kept_box} + #) * {W}))")
    slopes = t.product("s", "cache", "o", lo.kept_slope, lo.guards, "z")
    slopes += t.product("f", "cache", "o", lo.kept_slope, lo.guards, "n")
    slopes += f"calm = low >= {lay.TIE!r}\n"
    for g in range(lo.guards):
        slopes += f"calm = calm & ((s{g} >= 0.0) | (f{g} <= 0.0)"
        slopes += f" | (g{g} + s{g} >= 0.0) | (e{g} - f{g} >= 0.0))\n"
    slopes += "clear = clear | calm\nif all_lanes(clear):\n    fast = 1\n"
    text += "if all_lanes(clear):\n    fast = 1\nelse:\n" + indent(slopes, " " * 4)
    head = "fast = 0\nkeep = caching\nclear = zero > 0.0\n" + t.states("w# = z#")
    head += f"if at(whole, kept + k) != 0:\n    keep = 0\n    o = k * {lo.kept_stride * W}\n"
    text += t.each("z# = where(clear, n#, z#)")
    return head + indent(text, " " * 4)


def _begin(t: Text) -> str:
    """Guess each lane's configuration: what it settled in there last, or its diodes as they are."""
    lo = t.layout
    text = dedent(f"""
        generals += 1
        for l in range({W}):
            to = at(whole, memo + k * {W} + l)
            if to < 0:
                before = at(whole, {bl.B_BEFORE} + l)
                at_link = before * {lo.int_stride} + {lo.after_gate} + at(words, k)
                to = at(links, at_link)
                if to < 0:
                    need = at_link
                    status = {lay.NEED}
                    break
            put(whole, {bl.B_NOW} + l, to)
            put(whole, {bl.B_AFTER} + l, -1)
        if status != 0:
            break
        left = where(clear, zero, load(spans, k * {W}))
        open = ~clear
        opening = 1
        taken = 0
        storm = 0
        """)
    return text


def _step(t: Text) -> str:
    """Take each lane to the end of its segment or cell by its Taylor series, noting crossings."""
    lo = t.layout
    text = f"d = min(left, load(tables, b + {(len(ORDERS) - 1) * W}))\n"
    text += f"terms = {max(ORDERS)}\n"
    for n in range(len(ORDERS) - 2, -1, -1):
        text += f"if all_lanes(d <= load(tables, b + {n * W})):\n    terms = {ORDERS[n]}\n"
    text += taylor(t, "z", "n", True)
    text += t.product("e", "tables", "b", lo.guard, lo.guards, "n")
    text += t.product("f", "tables", "b", lo.slope, lo.guards, "n")
    text += "tau = zero + 1.0\nwhich = zero - 1.0\nalert = d < 0.0\n"
    for g in range(lo.guards):
        text += f"s{g} = s{g} * d\nf{g} = f{g} * d\n"
        text += (
            f"alert{g} = (d > 0.0) & ((e{g} < {-lay.CROSSED!r}) | ((s{g} < 0.0) & (f{g} > 0.0)"
            f" & (g{g} + s{g} < 0.0) & (e{g} - f{g} < 0.0)))\n"
            f"alert = alert | alert{g}\n"
        )
    spill = ""
    for g in range(lo.guards):
        for n, name in enumerate("gsef"):
            spill += f"store(ends, {(5 * g + n) * W}, {name}{g})\n"
        spill += f"store(ends, {(5 * g + 4) * W}, where(alert{g}, zero + 1.0, zero))\n"
    spill += root_source(t)
    text += "if any_lane(alert):\n" + indent(spill, " " * 4)
    text += "else:\n" + indent(t.each("z# = n#") + "left = left - d\n", " " * 4)
    return text


def taylor(t: Text, state: str, end: str, keep: bool) -> str:
    """Return the code that puts the state after d into `end`; b# are the terms.

    The inputs and the constant act through the first term only: they do not change.
    """
    lo = t.layout
    text = ""
    first = t.product("b", "tables", "b", lo.a, lo.evolving, state)
    text += first + t.each("b# = b# * d") + t.each(f"{end}# = {state}# + b#")
    if keep:
        text += t.each(f"store(poly, # * {W}, {state}#)")
        text += t.each(f"store(poly, ({lo.evolving} + #) * {W}, b#)")
    loop = "h = d * (1.0 / m)\n"
    loop += t.product("r", "tables", "b", lo.a, lo.evolving, "b", lo.evolving)
    loop += t.each("b# = r# * h") + t.each(f"{end}# = {end}# + b#")
    if keep:
        loop += t.each(f"store(poly, (m * {lo.evolving} + #) * {W}, b#)")
    return text + "for m in range(2, terms):\n" + indent(loop, " " * 4)


def _events(t: Text) -> str:
    """Change the diodes of the lanes that crossed, and go on while a lane has time left."""
    lo = t.layout
    text = dedent(f"""
        open = which >= 0.0
        if any_lane(open):
            storm += 1
            if storm > {lay.MAX_STORM}:
                status = {lay.STORM}
                break
            store(lane_value, 0, which)
            for l in range({W}):
                if at(lane_value, l) >= 0.0:
                    taken += 1
                    now = at(whole, {bl.B_NOW} + l)
                    place = (now * {lo.guards} + int(at(lane_value, l))) * {W} + l
                    to = at(after, place)
                    if to < 0:
                        need = now * {lo.int_stride} + {lo.flip} + int(at(lane_value, l))
                        to = at(links, need)
                        if to < 0:
                            status = {lay.NEED}
                            break
                    put(whole, {bl.B_AFTER} + l, place)
                    put(whole, {bl.B_NOW} + l, to)
            if status != 0:
                break
            going = True
        else:
            going = any_lane(left > 0.0)
        """)
    return text


def _opened(t: Text) -> str:
    """Remember where each lane settled at the segment's start, and keep the way from there."""
    text = dedent(f"""
        opening = 0
        for l in range({W}):
            if at(whole, memo + k * {W} + l) != at(whole, {bl.B_NOW} + l):
                put(whole, memo + k * {W} + l, at(whole, {bl.B_NOW} + l))
                put(whole, kept + k, 0)
        if keep != 0:
        """)
    longest = f"load(tables, b + {(len(ORDERS) - 1) * W})"
    keep = f"if all_lanes(left <= {longest}):\n" + indent(_keep(t), " " * 4)
    return "if opening != 0:\n" + indent(text + indent(keep, " " * 4), " " * 4)


def _keep(t: Text) -> str:
    """Keep transition and guards over this segment; constrained lanes keep to masked steps."""
    lo = t.layout
    column = t.each("y# = zero + (1.0 if j == # else 0.0)")
    for j in range(lo.evolving, lo.size):
        column += f"y{j} = zero + (1.0 if j == {j} else 0.0)\n"
    column += taylor(t, "y", "n", False)
    column += t.each(f"store(cache, o + (j * {lo.evolving} + #) * {W}, n#)")
    text = f"o = k * {lo.kept_stride * W}\nd = left\nterms = {max(ORDERS)}\n"
    text += "if not same:\n" + indent(blend(t, lo.curvature, lo.project), " " * 4)
    text += f"for j in range({lo.size}):\n" + indent(column, " " * 4)
    text += dedent(f"""
        for j in range({lo.guards * lo.size}):
            store(cache, o + ({lo.kept_guard} + j) * {W}, load(tables, b + ({lo.guard} + j) * {W}))
            slope = load(tables, b + ({lo.slope} + j) * {W}) * d
            store(cache, o + ({lo.kept_slope} + j) * {W}, slope)
        for l in range({W}):
            if at(links, at(whole, {bl.B_NOW} + l) * {lo.int_stride}) != 0:
                put(cache, o + {(lo.kept_guard + (lo.size - 1) * lo.guards) * W} + l, -1e30)
        """)
    text += t.product("n", "cache", "o", 0, lo.evolving, "z")
    text += t.each(
        f"box# = 2.0 * max(abs(z#), abs(n#)) + 1e-3\n"
        f"store(cache, o + ({lo.kept_box} + #) * {W}, box#)"
    )
    text += f"margin = zero + {lay.TIE!r}\n"
    for g in range(lo.guards):
        bend = " + ".join(
            f"abs(load(tables, b + {(lo.curvature + j * lo.guards + g) * W})) * "
            + (f"box{j}" if j < lo.evolving else f"abs(z{j})")
            for j in range(lo.size)
        )
        text += f"margin = max(margin, 0.125 * d * d * ({bend}))\n"
    return text + f"store(cache, o + {lo.kept_margin * W}, margin)\nput(whole, kept + k, 1)\n"


def _finish(t: Text) -> str:
    """Note the configuration at the segment's end, and store the states if asked to."""
    lo = t.layout
    text = dedent(f"""
        for l in range({W}):
            to = at(whole, {bl.B_NOW} + l)
            if fast != 0:
                to = at(whole, memo + k * {W} + l)
            put(whole, {bl.B_BEFORE} + l, to)
        """)
    store = t.states(f"store(rec, ((done * segments + k) * {lo.size} + #) * {W}, z#)")
    store += f"for l in range({W}):\n    to = at(whole, {bl.B_BEFORE} + l)\n"
    store += f"    put(rec_c, (done * segments + k) * {W} + l, to)\n"
    return text + "if record != 0:\n" + indent(store, " " * 4)
