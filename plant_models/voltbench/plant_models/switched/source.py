"""Write the text of a circuit's kernel: flat, scalars, constant offsets, no helper calls.

The text is a small subset of Python (assignments, while, range loops, if; `at`, `put`,
`scratch` for memory, `product` and `polynomials` for vectors): Numba compiles it,
`c_printer` translates it to C. Nothing in it depends on the circuit but sizes; the numbers
live in the tables of `library`.
"""

from collections.abc import Callable
from functools import cache
from textwrap import dedent, indent

from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.layout import Layout, pad
from voltbench.plant_models.switched.search_source import alert, interval, root, scan_cell
from voltbench.plant_models.switched.writer import Writer

ARGUMENTS = (
    "tables, links, real, whole, edge_t, edge_g, t_end, sample, out, capacity, "
    "event_t, event_c, event_capacity"
)


@cache  # a sweep builds hundreds of circuits of one layout
def kernel_source(layout: Layout) -> str:
    """Return the text of `advance` for a layout (Python, without imports)."""
    w = Writer(layout)
    body = _load(w) + "while True:\n" + indent(_settle(w) + _edge(w) + _segment(w), " " * 4)
    text = f"def advance({ARGUMENTS}):\n" + indent(body + _store(w), " " * 4)
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip()) + "\n"


def _load(w: Writer) -> str:
    lo = w.layout
    coefficients = max(lo.order * lo.rows, lo.order * lo.out_rows)
    text = dedent(f"""
        e = scratch({2 * lo.slots if lo.cells == 1 else lo.ends_rows})
        rare = scratch({lo.ends_rows})
        p = scratch({max(lo.rows, lo.slots, lo.out_rows)})
        c = scratch({coefficients})
        ahead = scratch({2 * lo.slots})
        q = scratch({pad(lo.order) + 4})
        inverse_sample = 0.0
        if sample > 0.0:
            inverse_sample = 1.0 / sample
        t = at(real, {lay.S_TIME})
        ts = at(real, {lay.S_SAMPLE})
        base = at(real, {lay.S_BASE})
        storm_t = at(real, {lay.S_STORM})
        config = at(whole, {lay.N_CONFIG})
        edge = at(whole, {lay.N_EDGE})
        settled = at(whole, {lay.N_SETTLED})
        memo = at(whole, {lay.N_MEMO})
        written = at(whole, {lay.N_SAMPLES})
        events = at(whole, {lay.N_EVENTS})
        flips = at(whole, {lay.N_FLIPS})
        storm = at(whole, {lay.N_STORM})
        edges = at(whole, {lay.N_EDGES})
        status = 0
        need = 0
        """)
    text += "".join(f"z{j} = at(real, {lay.S_STATES + j})\n" for j in range(lo.size))
    text += f"near = scratch({lo.rows})\n" if lo.silent else ""
    return text + w.each("y# = z#")


def _settle(w: Writer) -> str:
    """Find the configuration whose impulses, guards and their slopes are all consistent."""
    lo = w.layout
    curvature = " + ".join(
        f"at(tables, o + {j * pad(lo.order) + 2}) * {w.state('x', j)}" for j in range(lo.size)
    )
    loud = [j for j in range(lo.evolving) if j not in lo.silent]
    difference = "jump = 0.0\n" + "".join(f"jump = max(jump, abs(at(p, {j})))\n" for j in loud)
    text = f"b = config * {lo.stride}\ni = config * {lo.int_stride}\nif settled == 0:\n"
    # z stays as it was until a configuration is accepted: the way there leaves no trace
    inner = "bad = -1\n" + w.each("x# = z#") + "if at(links, i) != 0:\n"
    inner += indent(w.product("p", f"b + {lo.project}", lo.rows, "z"), " " * 4)
    jumps = f"outside(p, {lo.rows}, {-lay.EXACT!r}, {lay.EXACT!r})"
    inner += "    jump = 0.0\n" + f"    if seldom({jumps}):\n" + indent(difference, " " * 8)
    inner += f"    if jump > {lay.JUMP!r} or (flips > {lay.PATIENCE} and jump > {lay.TIE!r}):\n"
    inner += indent(w.product("rare", f"b + {lo.impulses}", lo.slots, "z"), " " * 8)
    inner += indent(
        dedent(f"""
        g = 0
        while g < {lo.guards} and bad < 0:
            if at(rare, g) > {lay.TIE!r}:
                bad = g
            g += 1
        if bad < 0 and at(links, i + 1) != 0:
            status = {lay.INTERRUPTED}
            break
        """),
        " " * 8,
    )
    # the tables project by themselves, and waiting for it would cost more than it moves; but a
    # voltage that follows must be there for what may come after no time at all
    moves = "bad < 0" if lo.silent else f"bad < 0 and jump > {lay.EXACT!r}"
    inner += f"    if {moves}:\n" + indent(w.each("x# = z# + at(p, #)"), " " * 8)
    inner += "if bad < 0:\n"
    inner += indent(w.guards("x"), " " * 4)
    inner += indent(
        dedent(f"""
        low = outside(e, {lo.slots}, {lay.TIE!r}, {lay.FAR!r})
        g = 0
        if seldom(low):
            AGAIN
        while low and g < {lo.guards} and bad < 0:
            if at(rare, g) < {lay.TIE!r}:
                if at(rare, g) < {-lay.TIE!r}:
                    bad = g
                elif at(rare, g + {lo.slots}) < {lay.TIE!r}:
                    if at(rare, g + {lo.slots}) < {-lay.TIE!r}:
                        bad = g
                    else:
                        o = b + {lo.polynomials} + g * {pad(lo.order) * lo.size}
                        if {curvature} < {-lay.TIE!r}:
                            bad = g
            g += 1
        """).replace("AGAIN\n", w.guards("x", "rare")),
        " " * 4,
    )
    inner += _accept(w)
    return text + indent(inner, " " * 4) + "else:\n" + indent(w.guards("z"), " " * 4)


def _accept(w: Writer) -> str:
    """Change the diodes of the first violated guard and repeat, or accept and record."""
    lo = w.layout
    text = dedent(f"""
        if bad >= 0:
            flips += 1
            if flips > {lay.MAX_FLIPS}:
                status = {lay.CHATTER}
                break
            to = at(links, i + {lo.flip} + bad)
            if to < 0:
                need = i + {lo.flip} + bad
                status = {lay.NEED}
                break
            config = to
            continue
        ACCEPT
        settled = 1
        flips = 0
        if memo >= 0:
            put(links, memo, config)
            memo = -1
        if event_capacity > 0:
            if events >= event_capacity:
                settled = 0
                status = {lay.EVENTS_FULL}
                break
            put(event_t, events, base + t)
            put(event_c, events, config)
        events += 1
        """)
    return text.replace("ACCEPT\n", w.each("z# = x#"))


def _edge(w: Writer) -> str:
    """Apply the edge that is due, or return at the end of the call."""
    lo = w.layout
    return dedent(f"""
        limit = t_end
        if edge < edges:
            limit = at(edge_t, edge)
            if limit < t or limit > t_end:
                status = {lay.EDGE_ORDER}
                break
        left = limit - t
        if left <= 0.0:
            if edge >= edges:
                break
            at_link = i + {lo.after_gate} + at(edge_g, edge)
            to = at(links, at_link)
            if to < 0:
                need = at_link
                status = {lay.NEED}
                break
            storm = 0
            edge += 1
            if to != config:
                memo = at_link
                config = to
                settled = 0
            continue
        """)


def _segment(w: Writer) -> str:
    """Advance to the next edge, crossing or end of the table, storing samples on the way."""
    lo = w.layout
    found = indent(root(w), " " * 8).strip("\n").lstrip()
    scan = scan_cell(w).replace("ROOT", found)
    text = dedent(f"""
        inverse = at(tables, b + 1)
        span = left * inverse
        last = int(min(span, {lo.cells}.0))
        tau = span - last
        whole_table = 0
        if last >= {lo.cells}:
            last = {lo.cells - 1}
            whole_table = 1
            tau = 1.0
        reach = tau
        cell_y = 0
        """) + w.each("y# = z#")
    if lo.cells == 1:
        return text + _one_cell(w, scan) + _after(w)
    text += alert(w) + "while m <= last:\n" + indent(scan, " " * 4)
    text += indent(
        dedent("""
        if first < 2.0:
            if m < last or first <= tau or whole_table != 0:
                hit = 1
                last = m
                tau = first
                break
        m += 1
        """),
        " " * 4,
    )
    text += "reach = tau\nlength = (last + tau) * at(tables, b)\n"
    text += "if hit == 0 and whole_table == 0:\n    length = left\n"
    text += _samples(w) + w.at_cell("last") + _by_length(w, _end)
    return text + _after(w)


def _one_cell(w: Writer, scan: str) -> str:
    """Advance within a table of one cell: to the end first, and back if a guard fell on the way.

    Between start and end of the segment, a guard that is negative at the end has crossed, and a
    dip needs both end tangents to fall below zero. Neither is usual: the search is left out.
    """
    lo = w.layout
    text = _by_length(w, _end) + w.columns(
        "ahead", f"b + {lo.ends}", 2 * lo.slots, lo.ends_rows, "p"
    )
    text += dedent(f"""
        hit = 0
        which = 0
        if seldom(fallen(e, ahead, {lo.slots}, tau, {-lay.CROSSED!r})):
            m = 0
            INTERVAL
            SCAN
            if first < 2.0:
                if first <= tau or whole_table != 0:
                    hit = 1
                    tau = first
                    AGAIN
        length = tau * at(tables, b)
        if hit == 0 and whole_table == 0:
            length = left
        """).lstrip("\n")
    again = _by_length(w, lambda w, order: f"polynomials(p, c, {lo.rows}, {order}, tau)\n")
    for name, part, depth in (
        ("INTERVAL", interval(w), 4),
        ("SCAN", scan, 4),
        ("AGAIN", again, 12),
    ):
        text = text.replace(" " * depth + name + "\n", indent(part.strip("\n") + "\n", " " * depth))
    if len(lo.plain) == 0:
        return text + _samples(w)
    text += "if sample > 0.0 and ts - t < length:\n" + indent(_plain_samples(w), " " * 4)
    return text + "if status != 0:\n    break\n"


def _by_length(w: Writer, code: Callable[[Writer, int], str]) -> str:
    """Return code that takes few coefficients of the series where the segment is short."""
    lo = w.layout
    few, all_of_them = indent(code(w, lo.short), " " * 4), indent(code(w, lo.order), " " * 4)
    return f"if reach <= at(tables, b + 3):\n{few}else:\n{all_of_them}"


def _after(w: Writer) -> str:
    """Take the state at the segment's end over; behind a crossing look for what follows."""
    lo = w.layout
    return w.each("z# = at(p, #)") + dedent(f"""
        if hit == 0 and whole_table == 0:
            t = limit
        else:
            t = t + length
        if hit != 0:
            if t - storm_t > at(tables, b + 2):
                storm = 0
                storm_t = t
            storm += 1
            if storm > {lay.MAX_STORM}:
                status = {lay.STORM}
                break
            settled = 0
            memo = i + {lo.after_event} + which
            to = at(links, memo)
            if to < 0:
                to = at(links, i + {lo.flip} + which)
            if to < 0:
                need = i + {lo.flip} + which
                status = {lay.NEED}
                break
            config = to
        """)


def _end(w: Writer, order: int) -> str:
    """Return the code for the state at the segment's end."""
    return w.series(order) + f"polynomials(p, c, {w.layout.rows}, {order}, tau)\n"


def _plain_samples(w: Writer) -> str:
    """Store the states that are probed, from their polynomials at hand."""

    def store(w: Writer, order: int) -> str:
        lo, text = w.layout, ""
        for y, state in enumerate(lo.plain):
            place = f"{y} * capacity + written, count, beyond(c, {state}), {lo.rows}, {order}"
            text += f"series(out, {place}, x0, dx, at(tables, b + {lo.scales + y}))\n"
        return text

    inner = _by_length(w, store) + "written += count\nts = ts + count * sample\n"
    text = _count("length") + "x0 = (ts - t) * inverse\ndx = sample * inverse\n"
    return text + "if status == 0:\n" + indent(inner, " " * 4)


def _count(until: str) -> str:
    """Return the code that counts the samples before `until` of this segment."""
    return dedent(f"""
        count = max(int(({until} - (ts - t)) * inverse_sample), 0) + 1
        if ts + (count - 1) * sample >= t + {until}:
            count = max(count - 1, 1)
        if written + count > capacity:
            status = {lay.SAMPLES_FULL}
        """).lstrip("\n")


def _samples(w: Writer) -> str:
    """Store the outputs at the uniform instants of this segment, exact from the polynomials."""
    lo = w.layout
    store = ""
    for y in range(lo.outputs):
        place = f"{y} * capacity + written, count, beyond(c, {y}), {lo.out_rows}, {lo.order}"
        store += f"series(out, {place}, x0, dx, 1.0)\n"
    inner = dedent("""
        x0 = (ts - t) * inverse
        m = min(max(int(x0), 0), last)
        until = length
        if m < last:
            until = min((m + 1) * at(tables, b), length)
        COUNT
        if status != 0:
            break
        x0 = x0 - m
        dx = sample * inverse
        """).replace("COUNT\n", _count("until"))
    inner += w.at_cell("m") + w.product("c", f"b + {lo.out}", lo.out_step, "y")
    inner += store + "written += count\nts = ts + count * sample\n"
    head = "if sample > 0.0:\n    while ts - t < length:\n" + indent(inner, " " * 8)
    return head + "    if status != 0:\n        break\n"


def _store(w: Writer) -> str:
    lo = w.layout
    names = (
        ("N_CONFIG", "config"),
        ("N_EDGE", "edge"),
        ("N_NEED", "need"),
        ("N_SETTLED", "settled"),
        ("N_MEMO", "memo"),
        ("N_SAMPLES", "written"),
        ("N_EVENTS", "events"),
        ("N_FLIPS", "flips"),
        ("N_STORM", "storm"),
    )
    text = "".join(f"put(whole, {getattr(lay, slot)}, {name})\n" for slot, name in names)
    text += f"put(real, {lay.S_TIME}, t)\nput(real, {lay.S_SAMPLE}, ts)\n"
    text += f"put(real, {lay.S_STORM}, storm_t)\n"
    text += "".join(f"put(real, {lay.S_STATES + j}, z{j})\n" for j in range(lo.size))
    return text + "return status\n"
