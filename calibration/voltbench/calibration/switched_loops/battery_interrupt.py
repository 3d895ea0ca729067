"""Contactors in sequence, then the phase-shift law: a dual active bridge onto a battery.

The battery charges the output's capacitors through the precharge resistor; the main contactor
closes onto nearly equal voltages; only then do the bridges switch, and the current ramps up.
"""

from typing import Any

from voltbench.calibration.switched_loops.dab_interrupt import DabLoop, dab_period
from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import i32, nested, record


@record
class BatteryLoop:
    """What the interrupt keeps. Probes: as `DabLoop`, then any."""

    bridge: DabLoop = nested(DabLoop)
    precharge_index: int = i32("period in which the precharge contactor closes")
    main_index: int = i32("period in which the main contactor closes")
    run_index: int = i32("period in which the bridges begin")
    precharge_bit: int = i32("of its gate")
    main_bit: int = i32("of its gate")


@plant_kernel
def battery_period(memory: BatteryLoop, index: int, outputs: Any, edge_t: Any, edge_g: Any) -> int:
    """Close contactors when their time has come, then run the bridges; return the edges."""
    m = memory
    b = m.bridge
    if index < m.run_index:
        if index == m.precharge_index:
            b.legs.word = b.legs.word | m.precharge_bit
        elif index == m.main_index:
            b.legs.word = b.legs.word | m.main_bit
        else:
            return 0
        edge_t[0] = 0.0
        edge_g[0] = b.legs.word
        return 1
    count: int = dab_period(b, index - m.run_index, outputs, edge_t, edge_g)
    return count
