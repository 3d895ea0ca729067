"""N + 1: a module that faults alone is taken out, and the others go on.

What one module's own sensors exceed (link, bridge current, output current, heatsink) is held
against that module: after the same qualification as for the charger it is lost for good, all
its gates blocked in that interrupt. What two modules show at once has a common cause (the
grid, the load), as has what the last module shows: that trips the charger. The derating and
rating limits of the others are the charger's limits from then on.
Parked, waking and lost modules are not judged for a low link.
The division of faults is a decision of this charger: no standard at hand draws it.
"""

from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.records import RecordArray
from voltbench.control.protection import ProtectionLimits, ProtectionState, count
from voltbench.control.sharing import FADING, LOST, RUNNING, ModuleShare, SharingState, lose

MODULE_LOST = 1 << 12
"""In `ProtectionState.new` only: a module was lost in this interrupt, the charger goes on."""
OWN = 1 | 2 | 4 | 32 | 2048
"""What a module can exceed by a fault of its own: link, bridge, heatsink, output current."""
_LINK_LOW = 2


@kernel
def counted(x: ModuleShare, exceeded: int) -> int:
    """Return what counts of the limits a module exceeds: nothing of a lost one."""
    if x.mode == LOST:
        return 0
    if x.mode != RUNNING and x.mode != FADING:
        return exceeded & ~_LINK_LOW
    return exceeded


@kernel
def guard(p: ProtectionLimits, x: ModuleShare, exceeded: int) -> int:
    """Count a module's own exceedances; return the faults that qualified, as bits."""
    x.n_link_over = count(x.n_link_over, exceeded & 1 != 0)
    x.n_link_under = count(x.n_link_under, exceeded & 2 != 0)
    x.n_grid_over = count(x.n_grid_over, exceeded & 4 != 0)
    x.n_hot = count(x.n_hot, exceeded & 32 != 0)
    x.n_over_i = count(x.n_over_i, exceeded & 2048 != 0)
    faults = 0
    if x.n_link_over >= p.n_fast:
        faults |= 1
    if x.n_link_under >= p.n_fast:
        faults |= 2
    if x.n_grid_over >= p.n_fast:
        faults |= 4
    if x.n_hot >= p.n_slow:
        faults |= 32
    if x.n_over_i >= p.n_fast:
        faults |= 2048
    return faults


@kernel
def hold_apart(
    p: ProtectionLimits,
    protection: ProtectionState,
    s: SharingState,
    modules: RecordArray,
    alone: int,
) -> None:
    """Judge the module that exceeds limits `alone` (-1: none), and end the others' counts.

    Sets ``MODULE_LOST`` in the interrupt in which a module was taken out.
    """
    s.guarding = 1 if alone >= 0 else 0
    for j in range(len(modules)):
        x = modules[j].sharing
        faults = guard(p, x, x.exceeded & OWN if j == alone else 0)
        if faults != 0:
            lose(s, x, faults)
            protection.new |= MODULE_LOST
