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


def _llc_voltage(**values: Any) -> "LoopPlant":
    from voltbench.calibration.switched_loops.llc_voltage import LlcVoltage

    return LlcVoltage(**values)


def _psfb_voltage(**values: Any) -> "LoopPlant":
    from voltbench.calibration.switched_loops.psfb_voltage import PsfbVoltage

    return PsfbVoltage(**values)


LOOPS: dict[str, tuple[str, "Callable[..., LoopPlant]"]] = {
    "dab-voltage": ("Output voltage of a dual active bridge.", _dab_voltage),
    "llc-voltage": ("Output voltage of an LLC, by frequency.", _llc_voltage),
    "psfb-voltage": (
        "Output voltage of a phase-shifted full bridge over its current loop.",
        _psfb_voltage,
    ),
    "pfc-current": ("Grid current of a two-level front end.", _front_end_current),
}
"""What each loop is, and its maker; imported late, since compiled laws take time to load."""
