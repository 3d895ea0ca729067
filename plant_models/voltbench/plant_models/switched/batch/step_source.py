"""The part of the block kernel that takes one masked step: each lane to its next event."""

from textwrap import indent

from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.batch.layout import ORDERS
from voltbench.plant_models.switched.batch.memory import WIDTH as W
from voltbench.plant_models.switched.batch.root_source import root_source
from voltbench.plant_models.switched.batch.text import Text


def step_source(t: Text) -> str:
    """Take each lane to the end of its segment or cell by its Taylor series, noting crossings."""
    lo = t.layout
    text = t.each("was# = z#") + f"d = min(left, load(tables, b + {(len(ORDERS) - 1) * W}))\n"
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
