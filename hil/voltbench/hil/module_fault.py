"""Faults of one power module, injected into a simulated bench at an instant of the run.

Each is what that module's controller would see: its heatsink sensor, current transducer or
link divider reads beyond the trip level. The plant keeps its energy; what happens to it is
what the control then does. Not modelled: a shorted switch, a blown fuse.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from voltbench.hil.errors import BadInput
from voltbench.hil.option_values import number, whole_number

if TYPE_CHECKING:
    from voltbench.hil.simulated import SimulatedBench

KINDS = ("temperature", "current", "link")
_U_P, _I_O = 4, 7  # channels of a module's sensors
_LONGEST_S = 6 * 3600.0


@dataclass(frozen=True)
class ModuleFault:
    """One fault: which module (1, 2, ...), when, and what its sensor shows."""

    module: int
    time_s: float
    kind: str

    def __str__(self) -> str:
        """Return the fault as it is written on the command line."""
        return f"{self.module}@{self.time_s:g}:{self.kind}"

    def inject(self, bench: "SimulatedBench") -> None:
        """Let the module's sensor read beyond its trip level from now on."""
        j, limits = self.module - 1, bench.gains[0]["limits"]
        if self.kind == "temperature":
            # the lag draws it back: far enough above for the qualification
            bench.plant.T_hs_sensor[j] = float(limits["T_hs_max"]) + 20.0
            return
        channel = _I_O if self.kind == "current" else _U_P
        bench.sensors[j]["b"][channel] += bench.sensors[j]["top"][channel]


def parse_module_fault(text: str) -> ModuleFault:
    """Read ``3@120:temperature``: module 3, 120 s after the start.

    Raises
    ------
    BadInput
        One line naming field, value, unit and allowed range.
    """
    place, at, rest = text.partition("@")
    when, colon, kind = rest.partition(":")
    if not at or not colon:
        raise BadInput(
            f"module-fault = {text!r}; allowed: module@time:kind such as 3@120:temperature"
        )
    if kind not in KINDS:
        raise BadInput(f"module-fault kind = {kind!r}; allowed: {', '.join(KINDS)}")
    module = whole_number("module-fault module", place, 1, 64)
    return ModuleFault(module, number("module-fault time", when, "s", 0.0, _LONGEST_S), kind)
