"""Write the text of a circuit's kernel: flat, scalars, constant offsets, no helper calls.

The text is a small subset of Python (assignments, while, range loops, if; `at`, `put`,
`scratch` for memory, `product` and `polynomials` for vectors): Numba compiles it,
`c_printer` translates it to C. Nothing in it depends on the circuit but sizes; the numbers
live in the tables of `library`.
"""

from textwrap import dedent, indent

from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched import wide
from voltbench.plant_models.switched.layout import Layout, pad

ARGUMENTS = (
    "tables, links, real, whole, edge_t, edge_g, t_end, sample, out, capacity, "
    "event_t, event_c, event_capacity"
)


class Writer:
    """Pieces of the kernel of one layout."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def product(self, target: str, offset: str, rows: int, vector: str) -> str:
        """Return the product of a block at `offset` with the scalars `vector`0, 1, ..."""
        scalars = ", ".join(self.state(vector, j) for j in range(self.layout.size))
        return f"product({target}, tables, {offset}, {rows}, {scalars})\n"

    def state(self, vector: str, j: int) -> str:
        """Return the scalar's name; inputs and the constant are the same at every instant."""
        moving = j < self.layout.evolving and (vector != "y" or self.layout.cells > 1)
        return f"{vector}{j}" if moving else f"z{j}"

    def each(self, template: str) -> str:
        """Return the template once for each evolving state, `#` replaced by its number."""
        return "".join(template.replace("#", str(j)) + "\n" for j in range(self.layout.evolving))

    def polynomial(self, terms: list[str], x: str) -> str:
        """Return a tree of multiply-adds in x, x2, x4, x8 (short chains, not Horner's long one)."""
        powers = [x, "x2", "x4", "x8", "x16"]
        level = 0
        while len(terms) > 1:
            pairs = [terms[k : k + 2] for k in range(0, len(terms), 2)]
            terms = [f"({p[0]} + {powers[level]} * {p[1]})" if len(p) == 2 else p[0] for p in pairs]
            level += 1
        return terms[0]

    def powers(self, x: str) -> str:
        """Return the assignments of the powers that `polynomial` uses."""
        text = f"x2 = {x} * {x}\nx4 = x2 * x2\n"
        if self.layout.order > 4:
            text += "x8 = x4 * x4\n"
        return text + ("x16 = x8 * x8\n" if self.layout.order > 16 else "")

    def at_cell(self, cell: str) -> str:
        """Return the code that puts the state at the start of a cell into y0, y1, ..."""
        lo = self.layout
        if lo.cells == 1:  # the only cell starts at the segment's start: y is z
            return ""
        jump = f"b + {lo.jumps} + ({cell} - 1) * {lo.rows * lo.size}"
        moved = self.product("p", jump, lo.rows, "z") + self.each("y# = at(p, #)")
        return (
            f"if cell_y != {cell}:\n    cell_y = {cell}\n    if {cell} == 0:\n"
            + indent(self.each("y# = z#"), " " * 8)
            + "    else:\n"
            + indent(moved, " " * 8)
        )


def kernel_source(layout: Layout) -> str:
    """Return the text of `advance` for a layout (Python, without imports)."""
    w = Writer(layout)
    body = _load(w) + "while True:\n" + indent(_settle(w) + _edge(w) + _segment(w), " " * 4)
    text = f"def advance({ARGUMENTS}):\n" + indent(body + _store(w), " " * 4)
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip()) + "\n"


def _load(w: Writer) -> str:
    lo = w.layout
    series = 0 if lo.wide else lo.order * max(lo.rows, lo.out_rows)
    coefficients = max(series, pad(lo.order) + 4)
    text = dedent(f"""
        e = scratch({lo.ends_rows})
        p = scratch({max(lo.rows, lo.slots, lo.out_rows)})
        c = scratch({coefficients})
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
    return text + (wide.scratches(lo) if lo.wide else w.each("y# = z#"))


def _early_looks(lo: Layout) -> bool:
    """Return whether several guards cross in a cell: the knees of output capacitances do."""
    return lo.wide and bool(lo.silent)


def _settle(w: Writer) -> str:
    """Find the configuration whose impulses, guards and their slopes are all consistent."""
    lo = w.layout
    step, second, block = pad(lo.order), 2, f"g * {pad(lo.order) * lo.size}"
    if lo.wide:
        step, second, block = lo.slots, 0, "g"
    curvature = " + ".join(
        f"at(tables, o + {j * step + second}) * {w.state('x', j)}" for j in range(lo.size)
    )
    loud = [j for j in range(lo.evolving) if j not in lo.silent]
    difference = "".join(f"jump = max(jump, abs(at(p, {j}) - z{j}))\n" for j in loud)
    text = f"b = config * {lo.stride}\ni = config * {lo.int_stride}\nif settled == 0:\n"
    # z stays as it was until a configuration is accepted: the way there leaves no trace
    inner = "bad = -1\n" + w.each("x# = z#") + "if at(links, i) != 0:\n"
    inner += indent(w.product("p", f"b + {lo.project}", lo.rows, "z"), " " * 4)
    inner += indent("jump = 0.0\n" + difference, " " * 4)
    inner += f"    if jump > {lay.JUMP!r} or (flips > {lay.PATIENCE} and jump > {lay.TIE!r}):\n"
    inner += indent(w.product("e", f"b + {lo.impulses}", lo.slots, "z"), " " * 8)
    inner += indent(
        dedent(f"""
        g = 0
        while g < {lo.guards} and bad < 0:
            if at(e, g) > {lay.TIE!r}:
                bad = g
            g += 1
        if bad < 0 and at(links, i + 1) != 0:
            status = {lay.INTERRUPTED}
            break
        """),
        " " * 8,
    )
    inner += "    if bad < 0:\n" + indent(w.each("x# = at(p, #)"), " " * 8)
    inner += "if bad < 0:\n"
    inner += indent(w.product("e", f"b + {lo.ends}", lo.ends_rows, "x"), " " * 4)
    inner += indent(
        dedent(f"""
        low = 0
        for r in range({lo.slots}):
            low += at(e, r) < {lay.TIE!r}
        g = 0
        while low > 0 and g < {lo.guards} and bad < 0:
            if at(e, g) < {lay.TIE!r}:
                if at(e, g) < {-lay.TIE!r}:
                    bad = g
                elif at(e, g + {lo.slots}) < {lay.TIE!r}:
                    if at(e, g + {lo.slots}) < {-lay.TIE!r}:
                        bad = g
                    else:
                        o = b + {lo.polynomials} + {block}
                        if {curvature} < {-lay.TIE!r}:
                            bad = g
            g += 1
        """),
        " " * 4,
    )
    inner += _accept(w)
    fresh = w.product("e", f"b + {lo.ends}", lo.ends_rows, "z")
    return text + indent(inner, " " * 4) + "else:\n" + indent(fresh, " " * 4)


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


def _scan_cell(w: Writer) -> str:
    """Look for the first crossing in cell m: sign at its end, then a dip between."""
    lo = w.layout
    step = 2 * lo.slots
    return dedent(f"""
        first = 2.0
        g = 0
        while g < {lo.guards}:
            v1 = at(e, m * {step} + g + {step})
            s1 = at(e, m * {step} + g + {step + lo.slots})
            v0 = at(e, m * {step} + g)
            s0 = at(e, m * {step} + g + {lo.slots})
            dip = s0 < 0.0 and s1 > 0.0 and v0 + s0 < 0.0 and v1 - s1 < 0.0
            if v1 < {-lay.CROSSED!r} or dip:
                ROOT
            g += 1
        """)


def _alert(w: Writer) -> str:
    """Count over all cells what the scan would stop at (one vector loop); skip the scan if none.

    A dip needs both end tangents, drawn over the whole cell, to fall below zero.
    """
    step, slots = 2 * w.layout.slots, w.layout.slots
    text = "hit = 0\nwhich = 0\nalert = 0\n"
    for cell in range(w.layout.cells):
        a, b = cell * step, (cell + 1) * step
        count = f"""
            v1 = at(e, r + {b})
            low_0 = at(e, r + {a}) + at(e, r + {a + slots})
            low_1 = v1 - at(e, r + {b + slots})
            alert += (v1 < {-lay.CROSSED!r}) | ((low_0 < 0.0) & (low_1 < 0.0))
            """
        loop = f"for r in range({slots}):\n" + indent(dedent(count).strip(), " " * 4) + "\n"
        text += f"if last >= {cell}:\n" + indent(loop, " " * 4) if cell else loop
    return text + "m = 0\nif alert == 0:\n    m = last + 1\n"


def _root(w: Writer) -> str:
    """Locate the crossing on the guard's polynomial; leaves it in `first` (cell units).

    Up to two roots at the start are divided out: a diode that has just turned on starts with
    no current and perhaps no slope, and only its way back to zero is a crossing.
    """
    lo = w.layout
    block = f"b + {lo.polynomials} + g * {pad(lo.order) * lo.size}"
    value, _, _ = _guard_series(w)
    if lo.wide:
        text = wide.guard_series(lo)
    else:
        text = w.at_cell("m") + w.product("c", block, pad(lo.order), "y")
    text += dedent(f"""
        put(c, {lo.order}, 0.0)
        put(c, {lo.order + 1}, 0.0)
        zeros = 0
        if m == 0:
            if abs(at(c, 0)) <= {lay.TIE!r}:
                zeros = 1
                if abs(at(c, 1)) <= {lay.TIE!r}:
                    zeros = 2
        low = 0.0
        high = HIGH
        found = v1 < 0.0
        """).replace("HIGH", "reach" if _early_looks(lo) else "1.0")
    text += _dip(w)
    text += dedent(f"""
        elif m == last and s0 < 0.0 and s1 < 0.0:
            x = tau
            POWERS
            found = {value} <= 0.0
        EARLIER
        if found and at(c, zeros) <= 0.0:
            if first > 0.0:
                first = 0.0
                which = g
        """).lstrip("\n")
    text = text.replace("EARLIER\n", _earlier(value) if _early_looks(lo) else "")
    return _with_powers(w, text + _newton(w))


def _earlier(value: str) -> str:
    """Drop a guard that still holds at the crossing found so far: its own comes later."""
    return dedent(f"""
        if found and first < 1.0:
            x = first
            POWERS
            found = {value} <= 0.0
            high = min(high, first)
        """).lstrip("\n")


def _guard_series(w: Writer) -> tuple[str, str, str]:
    """Return a guard's polynomial (roots at the start divided out) and two derivatives."""
    order = w.layout.order
    terms = [f"at(c, zeros + {k})" for k in range(order)]
    slope = [f"{float(k)} * {terms[k]}" for k in range(1, order)]
    curve = [f"{float(k * (k - 1))} * {terms[k]}" for k in range(2, order)]
    return w.polynomial(terms, "x"), w.polynomial(slope, "x"), w.polynomial(curve, "x")


def _with_powers(w: Writer, text: str) -> str:
    """Return the text with each line POWERS replaced by the powers of x."""
    lines = []
    for line in text.splitlines():
        depth = len(line) - len(line.lstrip())
        powers = indent(w.powers("x"), " " * depth).rstrip()
        lines.append(powers if line.strip() == "POWERS" else line)
    return "\n".join(lines) + "\n"


def _dip(w: Writer) -> str:
    """Find the lowest point of a guard that falls and rises again, by Newton on its slope."""
    value, slope, curve = _guard_series(w)
    return dedent(f"""
        if not found:
            x = s0 / (s0 - s1)
            for n in range(40):
                POWERS
                f = {slope}
                df = {curve}
                if f > 0.0:
                    high = x
                else:
                    low = x
                new = 0.5 * (low + high)
                if df > 0.0:
                    if x - f / df > low and x - f / df < high:
                        new = x - f / df
                if abs(new - x) < 1e-9:
                    break
                x = new
            POWERS
            found = {value} < {-lay.CROSSED!r}
            low = 0.0
            high = x
        """).lstrip("\n")


def _newton(w: Writer) -> str:
    """Find the crossing in its bracket, from an inverse Hermite guess."""
    value, slope, _ = _guard_series(w)
    text = dedent(f"""
        elif found:
            x = 0.5 * high
            if high == 1.0 and zeros == 0:
                x = v0 / (v0 - v1)
                if s0 < 0.0 and s1 < 0.0:
                    h = 1.0 - x
                    new = x * x * (3.0 - 2.0 * x) + (v1 - v0) * x * h * (h / s0 - x / s1)
                    if new > 0.0 and new < 1.0:
                        x = new
            START
            for n in range(80):
                POWERS
                f = {value}
                df = {slope}
                if f > 0.0:
                    low = x
                else:
                    high = x
                new = 0.5 * (low + high)
                if df < 0.0:
                    step = f / df
                    if abs(step) < 1e-6:
                        x = x - step
                        break
                    if x - step > low and x - step < high:
                        new = x - step
                if abs(new - x) < 1e-15:
                    break
                x = new
            if x < first:
                first = x
                which = g
        """).lstrip("\n")
    return text.replace("    START\n", indent(_start(), " " * 4) if _early_looks(w.layout) else "")


def _start() -> str:
    """Begin on the start's tangent where that ends early: knees come thick in a cell."""
    return dedent("""
        if zeros == 0 and v0 + 0.5 * high * s0 < 0.0:
            x = 0.0 - v0 / s0
        """).lstrip("\n")


def _segment(w: Writer) -> str:
    """Advance to the next edge, crossing or end of the table, storing samples on the way."""
    lo = w.layout
    root = indent(_root(w), " " * 8).strip("\n").lstrip()
    scan = _scan_cell(w).replace("ROOT", root)
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
        cell_y = 0
        deep = 0
        """) + ("" if lo.wide else w.each("y# = z#"))
    text += (
        _alert(w)
        + (wide.horizon(lo) if _early_looks(lo) else "")
        + "while m <= last:\n"
        + indent(scan, " " * 4)
    )
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
    text += "length = (last + tau) * at(tables, b)\n"
    text += "if hit == 0 and whole_table == 0:\n    length = left\n"
    text += _wide_end(w) if lo.wide else _end(w)
    return text + dedent(f"""
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


def _end(w: Writer) -> str:
    """Store samples, then the states at the segment's end from their polynomials."""
    lo = w.layout
    text = _samples(w) + w.at_cell("last")
    text += w.product("c", f"b + {lo.states}", lo.order * lo.rows, "y")
    return text + f"polynomials(p, c, {lo.rows}, {lo.order}, tau)\n" + w.each("z# = at(p, #)")


def _wide_end(w: Writer) -> str:
    """Return the same from the states' blocks."""
    lo = w.layout
    text = wide.wanted("tau") + wide.blocks(lo) + wide.samples(lo)
    text = text.replace("SAMPLES_FULL", str(lay.SAMPLES_FULL))
    text += "    if status != 0:\n        break\n" + wide.states_at(lo, "tau")
    return text + w.each("z# = u#")


def _samples(w: Writer) -> str:
    """Store the outputs at the uniform instants of this segment, exact from the polynomials."""
    lo = w.layout
    store = (
        f"for s in range(count):\n    polynomials(p, c, {lo.out_rows}, {lo.order}, x0 + s * dx)\n"
    )
    for y in range(lo.outputs):
        store += f"    put(out, {y} * capacity + written + s, at(p, {y}))\n"
    inner = dedent(f"""
        x0 = (ts - t) * inverse
        m = min(max(int(x0), 0), last)
        until = length
        if m < last:
            until = min((m + 1) * at(tables, b), length)
        count = max(int((until - (ts - t)) * inverse_sample), 0) + 1
        if ts + (count - 1) * sample >= t + until:
            count = max(count - 1, 1)
        if written + count > capacity:
            status = {lay.SAMPLES_FULL}
            break
        x0 = x0 - m
        dx = sample * inverse
        """)
    inner += w.at_cell("m") + w.product("c", f"b + {lo.out}", lo.order * lo.out_rows, "y")
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
