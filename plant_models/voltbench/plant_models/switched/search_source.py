"""The text that looks for the first guard to fall within a segment: alert, scan, root.

Hardly any segment has one: what decides that is a few vector operations, and all of the search
stands behind them.
"""

from textwrap import dedent, indent

from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.layout import pad
from voltbench.plant_models.switched.writer import Writer


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
        high = 1.0
        found = v1 < 0.0
        """)
    text += _dip(w)
    text += dedent(f"""
        elif m == last and s0 < 0.0 and s1 < 0.0:
            x = tau
            POWERS
            found = {value} <= 0.0
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
    return dedent(f"""
        elif found:
            x = 0.5 * high
            if high == 1.0 and zeros == 0:
                x = v0 / (v0 - v1)
                if s0 < 0.0 and s1 < 0.0:
                    h = 1.0 - x
                    new = x * x * (3.0 - 2.0 * x) + (v1 - v0) * x * h * (h / s0 - x / s1)
                    if new > 0.0 and new < 1.0:
                        x = new
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
