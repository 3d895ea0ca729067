"""The text that looks for the first guard to fall within a segment: alert, scan, root.

Hardly any segment has one: what decides that is a few vector operations, and all of the search
stands behind them.
"""

from textwrap import dedent, indent

from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.layout import pad
from voltbench.plant_models.switched.writer import Writer

LOOK = 0.75
"""Of the segment: from here on a look is hardly earlier than its end."""


def interval(w: Writer) -> str:
    """Put the guards at both ends of what is to be searched into `rare`: of a table of one cell.

    That is the cell. With output capacitances, whose knees come several in a segment, it is the
    segment or less: `width` cells long, slopes per width.
    """
    lo = w.layout
    if not lo.silent:
        return w.product("rare", f"b + {lo.ends}", lo.ends_rows, "z")

    def ends(target: str, vector: str) -> str:
        return w.columns(target, f"b + {lo.ends}", 2 * lo.slots, lo.ends_rows, vector)

    far = f"beyond(rare, {2 * lo.slots})"
    text = "width = tau\n" + ends("rare", "z") + ends(far, "p")
    text += _look(w, ends(far, "near"), ends(far, "p"))
    return text + dedent(f"""
        for r in range({lo.slots}):
            put(rare, r + {lo.slots}, width * at(rare, r + {lo.slots}))
            put(rare, r + {3 * lo.slots}, width * at(rare, r + {3 * lo.slots}))
        """).lstrip("\n")


def _look(w: Writer, near: str, far: str) -> str:
    """Shorten what is searched to where the first of several guards has crossed already.

    Half again the shortest tangent's length after the start is a good guess of where.
    """
    lo, end = w.layout, 2 * w.layout.slots
    look = f"polynomials(near, c, {lo.rows}, ORDER, early)\n"
    few, many = (look.replace("ORDER", str(order)) for order in (lo.short, lo.order))
    return dedent(f"""
        early = tau
        several = 0
        for r in range({lo.guards}):
            several += at(rare, r + {end}) < {-lay.CROSSED!r}
            if at(rare, r) > {lay.TIE!r} and at(rare, r + {lo.slots}) < 0.0:
                early = min(early, -1.5 * at(rare, r) / at(rare, r + {lo.slots}))
        if several > 1 and early < {LOOK!r} * tau:
            if reach <= at(tables, b + 3):
                {few}
            else:
                {many}
            {near}
            if outside(beyond(rare, {end}), {lo.slots}, {-lay.CROSSED!r}, {lay.FAR!r}):
                width = early
            else:
                {far}
        """).lstrip("\n")


def scan_cell(w: Writer) -> str:
    """Look for the first crossing in cell m: sign at its end, then a dip between."""
    lo = w.layout
    step = 2 * lo.slots
    return dedent(f"""
        first = 2.0
        g = 0
        while g < {lo.guards}:
            v1 = at(rare, m * {step} + g + {step})
            s1 = at(rare, m * {step} + g + {step + lo.slots})
            v0 = at(rare, m * {step} + g)
            s0 = at(rare, m * {step} + g + {lo.slots})
            dip = s0 < 0.0 and s1 > 0.0 and v0 + s0 < 0.0 and v1 - s1 < 0.0
            if v1 < {-lay.CROSSED!r} or dip:
                ROOT
            g += 1
        """)


def alert(w: Writer) -> str:
    """Count over all cells what the scan would stop at (one vector loop); skip the scan if none.

    A dip needs both end tangents, drawn over the whole cell, to fall below zero.
    """
    lo, low = w.layout, -lay.CROSSED
    text = "hit = 0\nwhich = 0\n"
    for cell in range(lo.cells):
        a, b = cell * 2 * lo.slots, (cell + 1) * 2 * lo.slots
        test = f"alert = fallen(beyond(e, {a}), beyond(e, {b}), {lo.slots}, 1.0, {low!r})\n"
        more = test.replace("alert = ", "alert = alert or ")
        text += f"if last >= {cell}:\n    {more}" if cell else test
    again = w.product("rare", f"b + {lo.ends}", lo.ends_rows, "z")
    return text + f"m = 0\nif alert:\n    {again}else:\n    m = last + 1\n"


def root(w: Writer) -> str:
    """Locate the crossing on the guard's polynomial; leaves it in `first` (cell units).

    Up to two roots at the start are divided out: a diode that has just turned on starts with
    no current and perhaps no slope, and only its way back to zero is a crossing.
    """
    lo = w.layout
    block = f"b + {lo.polynomials} + g * {pad(lo.order) * lo.size}"
    value, _, _ = _guard_series(w)
    text = w.at_cell("m") + w.product("q", block, pad(lo.order), "y")
    text += dedent(f"""
        put(q, {lo.order}, 0.0)
        put(q, {lo.order + 1}, 0.0)
        zeros = 0
        if m == 0:
            if abs(at(q, 0)) <= {lay.TIE!r}:
                zeros = 1
                if abs(at(q, 1)) <= {lay.TIE!r}:
                    zeros = 2
        low = 0.0
        high = {_width(w)}
        found = v1 < 0.0
        """)
    text += _dip(w)
    if not lo.silent:  # else what is searched ends with the segment
        text += dedent(f"""
            elif m == last and s0 < 0.0 and s1 < 0.0:
                x = tau
                POWERS
                found = {value} <= 0.0
            """).lstrip("\n")
    text += _earlier(value) if lo.silent else ""
    text += dedent("""
        if found and at(q, zeros) <= 0.0:
            if first > 0.0:
                first = 0.0
                which = g
        """).lstrip("\n")
    return _with_powers(w, text + _newton(w))


def _guard_series(w: Writer) -> tuple[str, str, str]:
    """Return a guard's polynomial (roots at the start divided out) and two derivatives."""
    order = w.layout.order
    terms = [f"at(q, zeros + {k})" for k in range(order)]
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


def _width(w: Writer) -> str:
    """Return the length of what is searched, in cells."""
    return "width" if w.layout.silent else "1.0"


def _scaled(w: Writer) -> str:
    return "width * " if w.layout.silent else ""


def _earlier(value: str) -> str:
    """Drop a guard that still holds at the crossing found so far: its own comes later."""
    return dedent(f"""
        if found and v1 < 0.0 and first < 2.0:
            x = first
            POWERS
            found = {value} <= 0.0
            high = min(high, first)
        """).lstrip("\n")


def _dip(w: Writer) -> str:
    """Find the lowest point of a guard that falls and rises again, by Newton on its slope."""
    value, slope, curve = _guard_series(w)
    return dedent(f"""
        if not found:
            x = {_scaled(w)}s0 / (s0 - s1)
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
            if high == {_width(w)} and zeros == 0:
                x = v0 / (v0 - v1)
                if s0 < 0.0 and s1 < 0.0:
                    h = 1.0 - x
                    new = x * x * (3.0 - 2.0 * x) + (v1 - v0) * x * h * (h / s0 - x / s1)
                    if new > 0.0 and new < 1.0:
                        x = new
                STRETCH
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
    stretch = "x = width * x\n" if w.layout.silent else ""
    return text.replace(" " * 8 + "STRETCH\n", indent(stretch, " " * 8))
