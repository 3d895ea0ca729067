"""A loop by its name and values, as ``voltbench bode`` and ``tune`` ask for it."""

import math
from collections.abc import Sequence
from dataclasses import is_dataclass, replace
from typing import TYPE_CHECKING, Any

from voltbench.hil.errors import BadInput
from voltbench.hil.switched.values import pair, unknown, values, with_value

if TYPE_CHECKING:
    from voltbench.calibration.switched_loops.tappable import LoopPlant


def loop_plant(name: str, asked: Sequence[str], converters: Sequence[str]) -> "LoopPlant":
    """Return a loop with values set by ``name=value`` and ADCs by ``probe=low:high:bits``.

    Raises
    ------
    BadInput
        One line: which loop, value or converter, and what there is.
    """
    from voltbench.calibration.switched_loops.catalog import LOOPS

    if name not in LOOPS:
        raise BadInput(f"loop = {name!r}; allowed: {', '.join(LOOPS)}")
    plant: Any = LOOPS[name][1]()
    known = numbers(plant)
    try:
        for text in asked:
            key, value = pair(text)
            if key not in known:
                raise unknown(key, list(known))
            plant = with_value(plant, key, value)
        if converters:
            adc = dict(_adc(text, plant) for text in converters)
            plant = replace(plant, sampling=replace(plant.sampling, adc=adc))
    except ValueError as error:  # loops refuse by name what their model does not hold
        raise BadInput(str(error)) from None
    made: LoopPlant = plant
    return made


def numbers(plant: Any) -> dict[str, Any]:
    """Return the values of a loop that can be set."""
    assert is_dataclass(plant)
    return {name: value for name, value in values(plant).items() if isinstance(value, int | float)}


def _adc(text: str, plant: Any) -> tuple[str, Any]:
    from voltbench.plant_models.switched.sampling import Adc

    probe, value = pair(text)
    names = [one.name for one in plant.engine.library.circuit.probes]
    if probe not in names:
        raise BadInput(f"--adc {probe}: no such probe; probes: {', '.join(names)}")
    try:
        low, high, bits = value.split(":")
        made = Adc(float(low), float(high), int(bits))
    except ValueError:
        raise BadInput(f"--adc {text!r}; expected: probe=low:high:bits, as u_o=0:500:12") from None
    if not (math.isfinite(made.low) and math.isfinite(made.high) and made.low < made.high):
        raise BadInput(f"--adc {text!r}; allowed: finite, low below high")
    if not 1 <= made.bits <= 24:
        raise BadInput(f"--adc {text!r}: {made.bits} bits; allowed: 1 to 24")
    return probe, made
