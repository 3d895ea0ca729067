"""Kernel text of circuits with many states: a third of the tables' bytes for the same series.

Where a configuration's tables outgrow the caches, loading them costs more than the arithmetic.
Here one block of four matrices, (A d)^j / j! for j = 1 ... 4, is applied three times, each time
to the last coefficient it gave: c_(n+j) = n! j! / (n+j)! ((A d)^j / j!) c_n. Outputs and guards
are rows over the states' coefficients instead of tables of their own, and a short segment
stops after one or two blocks (thresholds in the table's header).
"""

from textwrap import dedent, indent

from voltbench.plant_models.switched.layout import (
    BLOCK,
    CROSSED,
    H_ONE_BLOCK,
    H_TWO_BLOCKS,
    TIE,
    Layout,
)

BLOCKS = ("k1", "k2", "k3")
LOOK = 0.75
"""Of a cell: from here on a look is not earlier than the cell's end."""


def scratches(lo: Layout) -> str:
    """Return the declarations of the three blocks of coefficients, and of guards."""
    text = "".join(f"{name} = scratch({BLOCK * lo.rows})\n" for name in BLOCKS)
    return text + f"q = scratch({lo.ends_rows})\n"


def _each(lo: Layout, template: str) -> str:
    return "".join(template.replace("#", str(j)) + "\n" for j in range(lo.evolving))


def blocks(lo: Layout) -> str:
    """Return the code that computes the blocks up to `want`, those there are not yet."""
    constants = "".join(f", z{j}" for j in range(lo.size))
    text = f"if deep < 1:\n    product(k1, tables, b + {lo.states}, {BLOCK * lo.rows}{constants})\n"
    for n, (name, last) in enumerate(zip(BLOCKS[1:], BLOCKS[:-1], strict=True)):
        # inputs and the constant have no derivative: their columns are not needed again
        moving = "".join(f", at({last}, {(BLOCK - 1) * lo.rows + j})" for j in range(lo.evolving))
        text += (
            f"if deep < {n + 2} and want > {n + 1}:\n"
            f"    product({name}, tables, b + {lo.states}, {BLOCK * lo.rows}{moving})\n"
        )
    return text + "deep = max(deep, want)\n"


def wanted(x: str) -> str:
    """Return the code that finds how many blocks a fraction of a cell needs."""
    return dedent(f"""
        want = 1
        if {x} > at(tables, b + {H_ONE_BLOCK}):
            want = 2
        if {x} > at(tables, b + {H_TWO_BLOCKS}):
            want = 3
        """).lstrip("\n")


def horizon(lo: Layout) -> str:
    """Return the code that looks at the guards before the cell's end, and forgets later crossings.

    A gate edge often comes before what the cell's end alarms of, and the knees of a charge curve
    come several in a cell. One look at the edge, or half again the shortest tangent's length
    after the start, tells which guards have crossed by then: there the first one is among them.
    """
    constants = "".join(f", u{j}" if j < lo.evolving else f", z{j}" for j in range(lo.size))
    look = wanted("early") + blocks(lo) + states_at(lo, "early")
    look += f"product(q, tables, b + {lo.ends}, {lo.ends_rows}{constants})\n"
    look += dedent(f"""
        low = early >= tau
        for r in range({lo.slots}):
            low += at(q, r) < {-CROSSED!r}
        if low > 0:
            reach = early
            for r in range({lo.slots}):
                s0 = early * at(e, r + {lo.slots})
                s1 = early * at(q, r + {lo.slots})
                dip = s0 < 0.0 and s1 > 0.0 and at(e, r) + s0 < 0.0 and at(q, r) - s1 < 0.0
                if at(q, r) >= {-CROSSED!r} and not dip:
                    put(e, r + {2 * lo.slots}, 1.0)
                    put(e, r + {3 * lo.slots}, 0.0)
        """).lstrip("\n")
    shortest = dedent(f"""
        early = tau
        for r in range({lo.guards}):
            if at(e, r) > {TIE!r} and at(e, r + {lo.slots}) < 0.0:
                early = min(early, -1.5 * at(e, r) / at(e, r + {lo.slots}))
        if early < {LOOK!r}:
        """).lstrip("\n")
    text = shortest + indent(look, " " * 4)
    return "reach = 1.0\nif alert > 0:\n" + indent(text, " " * 4)


def states_at(lo: Layout, x: str) -> str:
    """Return the code that puts the states at a fraction of the cell into u0, u1, ..."""
    first = f"product(p, k1, 0, {lo.rows}, w1, w2, w3, w4)\n" + _each(lo, "u# = z# + at(p, #)")
    more = f"product(p, BLOCK, 0, {lo.rows}, a1, a2, a3, a4)\n" + _each(lo, "u# = u# + at(p, #)")
    # binomials of 4 + j and 8 + j over j
    second = (
        "a1 = w4 * w1 * (1.0 / 5.0)\na2 = w4 * w2 * (1.0 / 15.0)\n"
        "a3 = w4 * w3 * (1.0 / 35.0)\na4 = w4 * w4 * (1.0 / 70.0)\n"
    ) + more.replace("BLOCK", "k2")
    third = (
        "w5 = w4 * w4 * (1.0 / 70.0)\na1 = w5 * w1 * (1.0 / 9.0)\na2 = w5 * w2 * (1.0 / 45.0)\n"
        "a3 = w5 * w3 * (1.0 / 165.0)\na4 = w5 * w4 * (1.0 / 495.0)\n"
    ) + more.replace("BLOCK", "k3")
    text = f"w1 = {x}\nw2 = w1 * w1\nw3 = w2 * w1\nw4 = w2 * w2\n" + first
    text += "if want > 1:\n" + indent(second, " " * 4)
    return text + "if want > 2:\n" + indent(third, " " * 4)


def guard_series(lo: Layout) -> str:
    """Return the code that puts the Taylor coefficients of guard g into c."""
    dot = " + ".join(
        f"at(tables, o + {j * lo.ends_rows}) * at(BLOCK, k * {lo.rows} + {j})"
        for j in range(lo.evolving)
    )
    text = (wanted("reach") if lo.silent else "want = 3\n") + blocks(lo)
    text += f"o = b + {lo.ends} + g\nput(c, 0, v0)\nfactor = 1.0\n"
    for n, name in enumerate(BLOCKS):
        start = BLOCK * n
        scale = f"    factor = factor * (k + 1.0) / (k + {start + 1.0})\n" if n else ""
        series = (
            f"for k in range({BLOCK}):\n{scale}"
            f"    put(c, {start + 1} + k, factor * ({dot.replace('BLOCK', name)}))\n"
        )
        if n and lo.silent:
            none = f"else:\n    for k in range({BLOCK}):\n        put(c, {start + 1} + k, 0.0)\n"
            series = f"if want > {n}:\n" + indent(series, " " * 4) + none
        text += series
    return text


def samples(lo: Layout) -> str:
    """Return the code that stores the outputs at the uniform instants of a segment."""
    scalars = "".join(f", u{j}" if j < lo.evolving else f", z{j}" for j in range(lo.size))
    store = states_at(lo, "(ts - t) * inverse + s * dx")
    store += f"product(p, tables, b + {lo.out}, {lo.out_rows}{scalars})\n"
    for y in range(lo.outputs):
        store += f"put(out, {y} * capacity + written + s, at(p, {y}))\n"
    inner = dedent("""
        count = max(int((length - (ts - t)) * inverse_sample), 0) + 1
        if ts + (count - 1) * sample >= t + length:
            count = max(count - 1, 1)
        if written + count > capacity:
            status = SAMPLES_FULL
            break
        dx = sample * inverse
        for s in range(count):
        """)
    inner += indent(store, " " * 4) + "written += count\nts = ts + count * sample\n"
    return "if sample > 0.0:\n    while ts - t < length:\n" + indent(inner, " " * 8)
