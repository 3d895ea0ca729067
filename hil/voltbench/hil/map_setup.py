"""A map by a converter's name, axes and values, as ``voltbench map`` asks for it."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from voltbench.hil.errors import BadInput
from voltbench.hil.loop_setup import numbers
from voltbench.hil.switched.values import pair, unknown, with_value

if TYPE_CHECKING:
    from voltbench.calibration.analysis.maps.operating_map import OperatingMap

MOST_POINTS = 200
"""Of an axis: 200 by 200 take about a gigabyte and half a minute."""


def make_map(
    converter: str,
    modulation: str | None,
    voltage: str,
    current: str,
    asked: Sequence[str],
) -> "OperatingMap":
    """Return a converter's map; values are set by ``name=value``.

    Raises
    ------
    BadInput
        One line: which converter, modulation, axis or value, and what there is.
    """
    from voltbench.calibration.analysis.maps.catalog import MAPS

    if converter not in MAPS:
        raise BadInput(f"converter = {converter!r}; allowed: {', '.join(MAPS)}")
    mapped = MAPS[converter]
    chosen: tuple[str, ...] = ()
    if mapped.modulations:
        chosen = (modulation or mapped.modulations[0],)
        if chosen[0] not in mapped.modulations:
            known = ", ".join(mapped.modulations)
            raise BadInput(f"--modulation {modulation!r}; allowed: {known}")
    elif modulation is not None:
        raise BadInput(f"--modulation {modulation!r}: {converter} has one only")
    axes = points("--voltage", voltage, "V", 1.0), points("--current", current, "A", 0.0)
    try:
        made = mapped.make(_with_values(mapped.design(), asked), *axes, *chosen)
        made.best()  # refuses a map of which nothing is reached
    except ValueError as error:  # maps and cores refuse by name what they cannot be made from
        raise BadInput(" ".join(str(error).split())) from None
    return made


def _with_values(design: Any, asked: Sequence[str]) -> Any:
    # how many devices are parallel is in the resistance too: the design's own business
    known = [name for name in numbers(design) if not name.endswith(".parallel")]
    for text in asked:
        name, value = pair(text)
        if name not in known:
            raise unknown(name, known)
        design = with_value(design, name, value)
    return design


def points(option: str, text: str, unit: str, least: float) -> NDArray[np.float64]:
    """Return the points of an axis given as ``from:to:count``.

    Raises
    ------
    BadInput
        If it is not, or leaves its range.
    """
    try:
        first, last, count = text.split(":")
        low, high, many = float(first), float(last), int(count)
    except ValueError:
        raise BadInput(f"{option} {text!r}; expected: from:to:count, as 0:40:30") from None
    if not (math.isfinite(low) and math.isfinite(high) and least <= low < high):
        raise BadInput(f"{option} {text}; allowed: {least:g} {unit} or above, rising, finite")
    if not 2 <= many <= MOST_POINTS:
        raise BadInput(f"{option} {text}: {many} points; allowed: 2 to {MOST_POINTS}")
    return np.linspace(low, high, many)
