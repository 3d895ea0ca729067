"""Draw a sheet as SVG with schemdraw (imported only here: a development tool)."""

import re
from typing import Any

from voltbench.plant_models.switched.elements import (
    Capacitor,
    Diode,
    Element,
    IdealTransformer,
    Inductor,
    Resistor,
    Sine,
    Switch,
    VoltageSource,
)
from voltbench.plant_models.switched.schematics.sheet import Ends, Sheet, junctions, segments

FONT = 9
INCHES_PER_UNIT = 0.36
MARGIN, SOURCE_MARGIN = 0.8, 2.8
"""Room at the right edge, in units of the sheet: beside a load, beside a source with its label."""
BODY_OFFSET = 0.5
"""How far the body diode lies beside its channel, in units of the sheet."""


def svg(sheet: Sheet) -> str:
    """Return the drawing as text, the same for the same sheet."""
    import schemdraw
    import schemdraw.elements as elm

    schemdraw.use("svg")
    schemdraw.svgconfig.text = "text"
    drawing = schemdraw.Drawing(show=False)
    drawing.config(
        unit=2.0, inches_per_unit=INCHES_PER_UNIT, fontsize=FONT, lw=1.1, bgcolor="white"
    )
    for element in sheet.circuit.elements:
        _add(drawing, elm, element, sheet.parts[element.name])
    for a, b in segments(sheet):
        drawing.add(elm.Line().at(a).to(b))
    for point in junctions(sheet):
        drawing.add(elm.Dot(radius=0.06).at(point))
    right, low = _corner(sheet)
    edge = elm.Line().at((right, low)).to((right, low + 0.1))
    drawing.add(edge.color("white"))
    text: str = drawing.get_imagedata("svg").decode()
    text = re.sub(r"-?\d+\.\d+", _short, text)
    return text.replace("><", ">\n<") + "\n"


def _add(drawing: Any, elm: Any, element: Element, ends: Ends) -> None:
    if isinstance(element, IdealTransformer):
        _transformer(drawing, elm, element.name, ends)
        return
    if isinstance(element, Switch):
        _switch(drawing, elm, element, ends)
        return
    symbols = {
        Resistor: elm.ResistorIEC,
        Inductor: elm.Inductor,
        Capacitor: elm.Capacitor,
        Diode: elm.Diode,
    }
    kind = symbols.get(type(element))
    if isinstance(element, VoltageSource):
        kind = elm.SourceSin if isinstance(element.value, Sine) else elm.SourceV
    if kind is None:
        raise TypeError(f"no symbol for a {type(element).__name__} ({element.name})")
    if isinstance(element, VoltageSource):
        ends = ends[::-1]  # the mark of plus lies at the symbol's end
    symbol = kind().endpoints(*ends)
    drawing.add(symbol.label(_name(element.name), **_beside(ends)))


def _short(found: re.Match[str]) -> str:
    """Return a number of the drawing to a hundredth of a point."""
    return f"{round(float(found.group()), 2) + 0.0:g}"


def _corner(sheet: Sheet) -> tuple[float, float]:
    """Return the right end of what is drawn and labelled, and its lower one."""
    points = [p for ends in sheet.parts.values() for p in ends]
    labelled = [
        max(x for x, _ in sheet.parts[e.name])
        + (SOURCE_MARGIN if isinstance(e, VoltageSource) else MARGIN)
        for e in sheet.circuit.elements
    ]
    return max(labelled), min(y for _, y in points)


def _name(name: str) -> str:
    return name.replace("_", " ")


def _beside(ends: Ends) -> dict[str, Any]:
    """Return where the label goes: right of vertical elements, above others."""
    (x_0, y_0), (x_1, y_1) = ends[:2]
    if abs(x_1 - x_0) > abs(y_1 - y_0):
        return {"loc": "top" if x_1 > x_0 else "bottom", "ofst": 0.12}
    return {"loc": "top" if y_1 < y_0 else "bottom", "ofst": 0.12}


def _switch(drawing: Any, elm: Any, element: Switch, ends: Ends) -> None:
    """Draw a channel, its body diode beside it, or a bidirectional switch without one."""
    if element.body is None:
        drawing.add(
            elm.Switch().at(ends[0]).to(ends[1]).label(_name(element.name), **_beside(ends))
        )
        return
    (x_0, y_0), (x_1, y_1) = ends
    upright = x_0 == x_1
    drawing.add(elm.NFet2().at(ends[0]).to(ends[1]))
    way = 1.0 if x_1 > x_0 else -1.0  # away from the gate
    dx, dy = (-BODY_OFFSET, 0.0) if upright else (0.0, -BODY_OFFSET * way)
    inner = [(x_0 + s * (x_1 - x_0), y_0 + s * (y_1 - y_0)) for s in (0.05, 0.95)]
    beside = [(x + dx, y + dy) for x, y in inner]
    drawing.add(elm.Line().at(inner[0]).to(beside[0]))
    drawing.add(elm.Line().at(inner[1]).to(beside[1]))
    diode = elm.Diode().at(beside[1]).to(beside[0]).scale(0.6)
    drawing.add(diode)
    x, y = 0.5 * (x_0 + x_1), 0.5 * (y_0 + y_1)
    place = (x + 1.05, y - 0.55) if upright else (x + 1.9 * dx, y + 1.9 * dy)
    name = elm.Label().at(place)
    drawing.add(name.label(_name(element.name), halign="left" if upright else "center"))


def _transformer(drawing: Any, elm: Any, name: str, ends: Ends) -> None:
    drawing.add(elm.Inductor().at(ends[1]).to(ends[0]))
    drawing.add(elm.Inductor().at(ends[2]).to(ends[3]))
    x, (top, bottom) = 0.5 * (ends[0][0] + ends[2][0]), (ends[0][1], ends[1][1])
    for side in (-0.07, 0.07):
        drawing.add(elm.Line().at((x + side, bottom + 0.2)).to((x + side, top - 0.2)))
    for end, side in ((ends[0], -0.3), (ends[2], 0.3)):
        drawing.add(elm.Dot(radius=0.05).at((end[0] + side, end[1] - 0.35)))
    drawing.add(elm.Label().at((x, top + 0.35)).label(_name(name)))
