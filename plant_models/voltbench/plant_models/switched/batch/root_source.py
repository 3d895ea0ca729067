"""The part of the block kernel that locates diode events: Newton in all lanes at once."""

from textwrap import dedent, indent

from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.batch.memory import WIDTH as W
from voltbench.plant_models.switched.batch.text import Text


def root_source(t: Text) -> str:
    """Return the code that finds each lane's first crossing and takes all lanes there.

    Leaves the share of the step in `tau`, the guard in `which` (-1: none), the states and the
    time left.
    """
    lo = t.layout
    body = f"seen = load(ends, (5 * g + 4) * {W}) > 0.0\nif any_lane(seen):\n"
    body += indent(_series(t) + _dip() + _newton(), " " * 4)
    text = f"for g in range({lo.guards}):\n" + indent(body, " " * 4)
    text += "struck = which >= 0.0\n" + t.each("r# = zero")
    text += "for r in range(terms):\n"
    text += indent(
        t.each(f"r# = r# * tau + load(poly, ((terms - 1 - r) * {lo.evolving} + #) * {W})"), " " * 4
    )
    text += t.each("z# = where(struck, r#, n#)")
    return text + "left = where(struck, max(left - d * tau, zero), left - d)\n"


def _series(t: Text) -> str:
    """Write the guard's polynomial, with up to two roots at the start divided out, into c."""
    lo = t.layout
    inner = " + ".join(
        f"load(tables, b + ({lo.guard} + {j * lo.guards} + g) * {W})"
        f" * load(poly, (m * {lo.evolving} + {j}) * {W})"
        for j in range(lo.evolving)
    )
    text = f"store(c, 0, load(ends, 5 * g * {W}))\nfor m in range(1, terms):\n"
    text += f"    store(c, m * {W}, {inner})\n"
    return text + dedent(f"""
        store(c, terms * {W}, zero)
        once = abs(load(c, 0)) <= {lay.TIE!r}
        if any_lane(seen & once):
            twice = once & (abs(load(c, {W})) <= {lay.TIE!r})
            for m in range(terms):
                store(c, m * {W}, where(once, load(c, (m + 1) * {W}), load(c, m * {W})))
            for m in range(terms):
                store(c, m * {W}, where(twice, load(c, (m + 1) * {W}), load(c, m * {W})))
        v0 = load(ends, 5 * g * {W})
        s0 = load(ends, (5 * g + 1) * {W})
        v1 = load(ends, (5 * g + 2) * {W})
        s1 = load(ends, (5 * g + 3) * {W})
        found = seen & (v1 < 0.0)
        low = zero
        high = zero + 1.0
        """)


def _value(slope: str, curve: str = "") -> str:
    """Return the code for the polynomial at x in f, its slope and (doubled) curvature."""
    text = f"f = load(c, (terms - 1) * {W})\n{slope} = zero\n" + (
        f"{curve} = zero\n" if curve else ""
    )
    text += "for r in range(1, terms):\n"
    if curve:
        text += f"    {curve} = {curve} * x + {slope}\n"
    return text + f"    {slope} = {slope} * x + f\n    f = f * x + load(c, (terms - 1 - r) * {W})\n"


def _dip() -> str:
    """Find the lowest point of guards that fall and rise again, by Newton on the slope."""
    text = dedent(f"""
        dips = seen & ~found
        if any_lane(dips):
            x = s0 / (s0 - s1)
            for n in range(60):
                EVALUATE
                high = where(dips & (df > 0.0), x, high)
                low = where(dips & (df <= 0.0), x, low)
                step = 0.5 * df / where(ddf > 0.0, ddf, zero + 1.0)
                inside = (ddf > 0.0) & (x - step > low) & (x - step < high)
                new = where(inside, x - step, 0.5 * (low + high))
                settled = abs(new - x) < 1e-9
                x = where(dips, new, x)
                if all_lanes(settled | ~dips):
                    break
            EVALUATE
            found = found | (dips & (f < {-lay.CROSSED!r}))
            high = where(dips, x, high)
            low = zero
        """).lstrip("\n")
    return _insert(text, _value("df", "ddf"))


def _newton() -> str:
    """Find the crossings in their brackets; a series at or below zero at once is one there."""
    text = dedent(f"""
        start = seen & found & (load(c, 0) <= 0.0)
        guess = v0 / (v0 - v1)
        straight = (high == 1.0) & (guess > 0.0) & (guess < 1.0) & (abs(v0) > {lay.TIE!r})
        x = where(straight, guess, 0.5 * high)
        busy = found & ~start
        for n in range(80):
            EVALUATE
            low = where(busy & (f > 0.0), x, low)
            high = where(busy & (f <= 0.0), x, high)
            step = f / where(df < 0.0, df, zero - 1.0)
            falling = df < 0.0
            close = falling & (abs(step) < 1e-6)
            inside = falling & (x - step > low) & (x - step < high)
            new = where(close | inside, x - step, 0.5 * (low + high))
            over = close | (abs(new - x) < 1e-15)
            x = where(busy, new, x)
            busy = busy & ~over
            if not any_lane(busy):
                break
        x = where(start, zero, x)
        earlier = found & (x < tau)
        tau = where(earlier, x, tau)
        which = where(earlier, zero + g, which)
        """).lstrip("\n")
    return _insert(text, _value("df"))


def _insert(text: str, code: str) -> str:
    """Return the text with each line EVALUATE replaced by the code, indented as it was."""
    lines = []
    for line in text.splitlines():
        depth = " " * (len(line) - len(line.lstrip()))
        lines.append(indent(code, depth).rstrip() if line.strip() == "EVALUATE" else line)
    return "\n".join(lines) + "\n"
