"""The converters that have a map: their design, how the map is made, and how it is proved."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from voltbench.calibration.analysis.maps.dab_map import MODULATIONS, dab_map
from voltbench.calibration.analysis.maps.design import DabDesign, LlcDesign, PsfbDesign
from voltbench.calibration.analysis.maps.llc_map import llc_map
from voltbench.calibration.analysis.maps.operating_map import OperatingMap
from voltbench.calibration.analysis.maps.proof import (
    Proof,
    switched_dab,
    switched_llc,
    switched_psfb,
)
from voltbench.calibration.analysis.maps.psfb_map import psfb_map


@dataclass(frozen=True)
class Mapped:
    """A converter with a map.

    Attributes
    ----------
    design : Callable[[], Any]
        Makes the default design.
    make : Callable[..., OperatingMap]
        ``make(design, voltage_V, current_A)``, and the modulation where there is a choice.
    prove : Callable[[Any, float, Mapping[str, float]], Proof]
        The switched converter at a point: design, output voltage (V), values of the map.
    modulations : tuple[str, ...]
        To choose from, the default first.
    """

    design: Callable[[], Any]
    make: Callable[..., OperatingMap]
    prove: Callable[[Any, float, Mapping[str, float]], Proof]
    modulations: tuple[str, ...] = ()


MAPS = {
    "dab": Mapped(DabDesign, dab_map, switched_dab, tuple(MODULATIONS)),
    "llc": Mapped(LlcDesign, llc_map, switched_llc),
    "psfb": Mapped(PsfbDesign, psfb_map, switched_psfb),
}
