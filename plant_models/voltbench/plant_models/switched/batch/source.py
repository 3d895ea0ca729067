"""Write the text of the kernel that advances one block of designs in lockstep.

All lanes work on the same segment of the pattern, each with its own length. A segment is first
tried by its plan: the steps it took last time, a small product each. Where that does not hold
in some lane, all take masked steps: the Taylor series of the solution, built from the
derivative alone, to the lane's next diode event or the segment's end. These make a new plan.
"""

from textwrap import dedent, indent

from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.batch import layout as bl
from voltbench.plant_models.switched.batch.layout import ORDERS, BlockLayout
from voltbench.plant_models.switched.batch.memory import WIDTH as W
from voltbench.plant_models.switched.batch.plan_source import plan_source
from voltbench.plant_models.switched.batch.record_source import record_source
from voltbench.plant_models.switched.batch.settle_source import settle_source
from voltbench.plant_models.switched.batch.step_source import step_source
from voltbench.plant_models.switched.batch.text import Text

ARGUMENTS = (
    "tables, links, after, real, whole, spans, words, cache, segments, periods, caching, "
    "record, rec, rec_c"
)


def kernel_source(layout: BlockLayout) -> str:
    """Return the text of `advance` for the sizes of a circuit (Python, without imports)."""
    t = Text(layout)
    general = _begin(t) + "going = True\nwhile going:\n"
    inner = settle_source(t) + _opened(t) + step_source(t) + record_source(t) + _events(t)
    general += indent(inner, " " * 4)
    undo = t.each("z# = w#") + "break\n"
    general += "if status != 0:\n" + indent(undo, " " * 4) + "events += taken\n"
    general += "if keep != 0:\n    put(whole, plans + k, planned)\n"
    segment = plan_source(t) + "if fast == 0:\n" + indent(general, " " * 4)
    segment += _finish(t) + "k += 1\n"
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
        plans = {bl.B_MEMO} + segments * {W}
        zero = load(real, 0) * 0.0
        lazy = -1
        room = len(tables) // {lo.stride * W} - 1
        """)
    return text + "".join(f"z{j} = load(real, {j * W})\n" for j in range(lo.size))


def _save(t: Text) -> str:
    text = _settled(t) + "".join(f"store(real, {j * W}, z{j})\n" for j in range(t.layout.size))
    for place, name in (
        ("B_PERIOD", "done"),
        ("B_SEGMENT", "k"),
        ("B_NEED", "need"),
        ("B_EVENTS", "events"),
        ("B_GENERAL", "generals"),
    ):
        text += f"put(whole, {getattr(bl, place)}, {name})\n"
    return text + "return status\n"


def _begin(t: Text) -> str:
    """Guess each lane's configuration: what it settled in there last, or its diodes as they are."""
    lo = t.layout
    text = _settled(t) + dedent(f"""
        generals += 1
        keep = caching
        planned = 0
        put(whole, plans + k, 0)
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
        left = load(spans, k * {W})
        open = zero <= 0.0
        opening = 1
        taken = 0
        storm = 0
        """)
    return text


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
    """Remember where each lane settled at the segment's start."""
    return dedent(f"""
        if opening != 0:
            opening = 0
            for l in range({W}):
                put(whole, memo + k * {W} + l, at(whole, {bl.B_NOW} + l))
        """)


def _settled(t: Text) -> str:
    """Note the lanes' configurations at the end of segments that were taken by their plans."""
    return dedent(f"""
        if lazy >= 0:
            for l in range({W}):
                put(whole, {bl.B_BEFORE} + l, at(whole, lazy + l))
            lazy = -1
        """)


def _finish(t: Text) -> str:
    """Note the configuration at the segment's end, and store the states if asked to."""
    lo = t.layout
    text = dedent(f"""
        if fast == 0:
            for l in range({W}):
                put(whole, {bl.B_BEFORE} + l, at(whole, {bl.B_NOW} + l))
        """)
    store = _settled(t)
    store += t.states(f"store(rec, ((done * segments + k) * {lo.size} + #) * {W}, z#)")
    store += f"for l in range({W}):\n    to = at(whole, {bl.B_BEFORE} + l)\n"
    store += f"    put(rec_c, (done * segments + k) * {W} + l, to)\n"
    return text + "if record != 0:\n" + indent(store, " " * 4)
