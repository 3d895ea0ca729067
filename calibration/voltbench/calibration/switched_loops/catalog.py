"""The loops that can be measured and tuned, by name."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from voltbench.calibration.switched_loops.tappable import LoopPlant


def _dab_voltage(**values: Any) -> "LoopPlant":
    from voltbench.calibration.switched_loops.dab_voltage import DabVoltage

    return DabVoltage(**values)


def _front_end_current(**values: Any) -> "LoopPlant":
    from voltbench.calibration.switched_loops.front_end_current import FrontEndCurrent

    return FrontEndCurrent(**values)


LOOPS: dict[str, tuple[str, "Callable[..., LoopPlant]"]] = {
    "dab-voltage": ("Output voltage of a dual active bridge.", _dab_voltage),
    "pfc-current": ("Grid current of a two-level front end.", _front_end_current),
}
"""What each loop is, and its maker; imported late, since compiled laws take time to load."""
