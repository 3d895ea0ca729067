"""A contactor pair: mechanical delay, and an arc when it opens under load.

Closing takes effect after its delay. Opening under current does not interrupt it: an arc
keeps conducting with a voltage that grows as the contacts part (blow-out magnets), and
the circuit opens when the current reaches zero: the caller sees it change sign over a
period, takes that period back and calls ``quench``. The arc's energy is accounted.
Not modelled: bounce, welding by the arc, restrike.
"""

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import f64, i32, record


@record
class Contactor:
    """One pair (DC+ and DC-), both poles alike."""

    command: int = i32("1 to close")
    closed: int = i32("1 while it conducts, arc included")
    arcing: int = i32("1 while it conducts through an arc")
    timer: int = i32("periods since the command differed from the state")
    n_close: int = i32("periods to close")
    n_open: int = i32("periods to part")
    arc: float = f64("V", "arc voltage against the current")
    u_arc: float = f64("V", "arc voltage when the contacts part")
    arc_slope: float = f64("V/period", "growth of the arc voltage")
    arc_max: float = f64("V")
    i_min: float = f64("A", "below this current no arc burns")
    i_opened: float = f64("A", "current when the contacts last parted")
    i_peak: float = f64("A", "largest current since it last closed")
    welded: int = i32("1: never opens (fault)")


@plant_kernel
def contactor_step(c: Contactor, i: float) -> bool:
    """Advance by a period with the present current; True when the circuit opens now."""
    c.i_peak = max(c.i_peak, abs(i))
    if c.arcing:
        if c.command == 1:  # closed again onto its own arc
            c.arcing = 0
            c.arc = 0.0
            c.timer = 0
            return False
        grown = min(abs(c.arc) + c.arc_slope, c.arc_max)
        c.arc = grown if c.arc > 0.0 else -grown
        return False
    if c.command == c.closed or (c.closed == 1 and c.welded == 1):
        c.timer = 0
        return False
    c.timer += 1
    if c.closed == 0:
        if c.timer >= c.n_close:
            c.closed = 1
            c.i_peak = 0.0
            c.timer = 0
        return False
    if c.timer < c.n_open:
        return False
    c.i_opened = i
    c.timer = 0
    if abs(i) < c.i_min:
        c.closed = 0
        return True
    c.arcing = 1
    c.arc = c.u_arc if i > 0.0 else -c.u_arc
    return False


@plant_kernel
def quench(c: Contactor) -> None:
    """End the arc: the current has reached zero and the circuit is open."""
    c.arcing = 0
    c.arc = 0.0
    c.timer = 0
    c.closed = 0
