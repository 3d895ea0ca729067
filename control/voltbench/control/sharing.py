"""Sharing the output current over parallel modules, and how many of them run.

The charger's current reference goes to the modules by their capacity, what derating leaves
each of them:  i_j = i_ref w_j i_lim,j / sum(w i_lim), with a weight w in [0, 1] that fades a
module in and out so that handing over load moves no output current.

Phase shedding, at the slow rate. A module's loss is near P_0 + a i + b i^2, so k modules lose
k P_0 + a i + b i^2/k, and k and k + 1 modules lose the same at
    i = sqrt(k (k + 1)) i_opt,     i_opt = sqrt(P_0/b),
the current at which one module is most efficient. One more runs above (1 + h) of that current,
one fewer below (1 - h) of the lower one. Efficiency may wait (least times on and off), capacity
may not: within the time a module takes to wake, the load grows to
    i_could = max(min(i_asked, i_ref + i' t_wake), i_ref + r t_wake)
where i' is the ramp of the reference and r the fastest ramp of a vehicle's requests. A module
is woken as soon as those that run could not carry i_could, so what follows a ramp of r waits
for nothing; a request that jumps waits t_wake at most. The one with the fewest hours is woken,
the one with the most is parked, and where hours drift apart by `rotate_s` a parked module takes
over. A parked module blocks all its gates: its link falls to the rectified mains, its control
supply stays on.

Source: S. Luo, Z. Ye, R.-L. Lin, F. C. Lee, "A classification and evaluation of paralleling
methods for power supply modules", IEEE PESC 1999, doi:10.1109/PESC.1999.785618 (the common
reference; hours and shedding are this charger's own, the crossing is derived above).
Valid for equal modules whose loss curve is convex; i_opt is a datum of the charger
(`results/shedding.md` shows it beside the efficiency that was computed).
"""

import math

from voltbench.control.numerics.float32 import ONE, ZERO, F, as_f32, clamp
from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.records import RecordArray, f32, i32, record

RUNNING, WAKING, FADING, PARKED, LOST = range(5)
"""What a module does; zero, so that a fresh state runs."""
_FADE = F(0.2)  # of the weight in a slow step: 50 ms to take over load
_FULL = F(0.95)  # of the running modules' rating, above which another one is woken
_SPARE = F(0.85)  # of what would remain, below which one may be parked
_SETTLED = F(0.02)  # of the link reference: a waking module's link is up
_U_MIN = F(1.0)  # V, floor of the voltage in p/u


@record
class SharingGains:
    """How modules share, and how many of them run."""

    ride_on: int = i32("1: go on without a module that faults alone, 0: trip")
    shed: int = i32("1: park modules that the load does not need")
    load_opt: float = f32("1", "most efficient load of a module, of its rating at the voltage")
    hysteresis: float = f32("1", "half the band around equal losses, h")
    t_wake: float = f32("s", "from the decision to the module's full weight")
    i_slew: float = f32("A/s", "fastest ramp of a vehicle's requests, r")
    n_on: int = i32("slow steps a module runs at least")
    n_off: int = i32("slow steps a module stays parked at least, unless it is needed")
    rotate_s: int = i32("difference in hours of operation that rotates modules", "s")


@record
class ModuleShare:
    """One module's part in the output current."""

    mode: int = i32("RUNNING, WAKING, FADING, PARKED, LOST")
    blocked: int = i32("1: front-end gates off")
    resting: int = i32("1: DC/DC gates off")
    lightness: float = f32("1", "1 - weight; zero, so that a fresh state carries its share")
    capacity: float = f32("A", "weight times derating limit")
    part: float = f32("A", "what the common share multiplies: its capacity (or droop's reference)")
    since: int = i32("slow steps in this mode")
    seconds: int = i32("of operation", "s")
    ticks: int = i32("slow steps of operation since the last whole second")
    faults: int = i32("bits of signals.Fault that this module was lost to")
    exceeded: int = i32("bits of the limits it exceeds now, where that is looked at")
    n_link_over: int = i32("samples above each limit in a row")
    n_link_under: int = i32()
    n_grid_over: int = i32()
    n_over_i: int = i32()
    n_hot: int = i32()


@record
class SharingState:
    """What the modules come to together."""

    i_capacity: float = f32("A", "sum of the modules' capacities")
    carrying: float = f32("1", "sum of the modules' weights")
    i_now: float = f32("A", "limit of the modules that run, and of derating")
    lost: int = i32("modules lost")
    off: int = i32("modules with blocked gates")
    awake: int = i32("modules that run or wake")
    guarding: int = i32("a module exceeds a limit that is not yet qualified")


@kernel
def add_up(s: SharingState, modules: RecordArray) -> float:
    """Set capacities from weights and derating limits; return what healthy modules could, A."""
    capacity = ZERO
    carrying = ZERO
    healthy = ZERO
    awake = 0
    off = 0
    for j in range(len(modules)):
        x = modules[j].sharing
        i_lim = modules[j].derating.i_lim
        weight = ONE - x.lightness
        x.capacity = weight * i_lim
        x.part = x.capacity
        carrying += weight
        capacity += x.capacity
        if x.mode != LOST:
            healthy += i_lim
        if x.mode <= WAKING:
            awake += 1
        if x.blocked != 0 or x.resting != 0:
            off += 1
    s.off = off
    s.i_capacity = capacity
    s.carrying = carrying
    s.awake = awake
    return healthy


@kernel
def lose(s: SharingState, x: ModuleShare, faults: int) -> None:
    """Take a module out for good: gates off, no share."""
    x.mode = LOST
    x.blocked = 1
    x.resting = 1
    x.lightness = ONE
    x.faults = faults
    x.since = 0
    s.lost += 1


@kernel
def fade(x: ModuleShare, link_error: float, link_ref: float, up: bool, per_second: int) -> None:
    """Advance one module by a slow step: hours, weight, and the modes that end by themselves.

    `link_error` in V; `up`: the link reference has reached where it was going.
    """
    x.since += 1
    if x.mode == LOST:
        return
    if x.resting == 0:
        x.ticks += 1
        if x.ticks >= per_second:
            x.ticks = 0
            x.seconds += 1
    if x.mode == WAKING:
        settled = up and abs(link_error) < _SETTLED * link_ref
        if x.resting == 1 and settled:
            x.resting = 0
        elif x.resting == 0:
            x.lightness = max(x.lightness - _FADE, ZERO)
            if x.lightness == ZERO:
                x.mode = RUNNING
                x.since = 0
    elif x.mode == FADING:
        x.lightness = min(x.lightness + _FADE, ONE)
        if x.lightness == ONE:
            x.mode = PARKED
            x.blocked = 1
            x.resting = 1
            x.since = 0


@kernel
def wake(x: ModuleShare) -> None:
    """Begin to bring a parked (or fading) module back."""
    x.blocked = 0
    x.mode = WAKING
    x.since = 0


@kernel
def _next(modules: RecordArray, parked: bool) -> int:
    """Return the parked module with the fewest hours, or the running one with the most; -1."""
    found = -1
    for j in range(len(modules)):
        x = modules[j].sharing
        fits = x.mode == PARKED or x.mode == FADING if parked else x.mode == RUNNING
        if not fits:
            continue
        if found < 0:
            found = j
        elif parked and x.seconds < modules[found].sharing.seconds:
            found = j
        elif not parked and x.seconds > modules[found].sharing.seconds:
            found = j
    return found


@kernel
def shed(
    p: SharingGains,
    s: SharingState,
    modules: RecordArray,
    i_ref: float,
    i_asked: float,
    i_most: float,
    i_rise: float,
    i_each: float,
) -> None:
    """Decide, at the slow rate, whether one more module is to wake or one to be parked.

    `i_each` is a module's rating at the present voltage in A, `i_asked` what is
    requested within the limits `i_most`, `i_rise` the ramp of the reference in A/s.
    """
    k = as_f32(s.awake)
    i_opt = p.load_opt * i_each
    i_soon = min(i_asked, max(i_ref, ZERO) + i_rise * p.t_wake)
    i_could = min(max(i_soon, max(i_ref, ZERO) + p.i_slew * p.t_wake), i_most)
    off = _next(modules, True)
    on = _next(modules, False)
    if off >= 0:
        x = modules[off].sharing
        needed = i_could > _FULL * k * i_each
        better = i_ref > (ONE + p.hysteresis) * math.sqrt(k * (k + ONE)) * i_opt
        turn = on >= 0 and modules[on].sharing.seconds - x.seconds > p.rotate_s
        if needed or ((better or turn) and x.since >= p.n_off):
            wake(x)
            s.awake += 1
            return
    if on >= 0 and s.awake > 1:
        x = modules[on].sharing
        fewer = i_ref < (ONE - p.hysteresis) * math.sqrt(k * (k - ONE)) * i_opt
        spare = i_could < _SPARE * (k - ONE) * i_each
        if fewer and spare and x.since >= p.n_on:
            x.mode = FADING
            x.since = 0
            s.awake -= 1


@kernel
def limit_now(s: SharingState, i_thermal: float, i_healthy: float, i_each: float) -> None:
    """Set the limit of the modules that carry load: their derating and their rating."""
    s.i_now = i_thermal
    if s.i_capacity < i_healthy:
        s.i_now = min(min(i_thermal, s.i_capacity), s.carrying * i_each)


@kernel
def rating_each(i_module: float, p_module: float, u: float) -> float:
    """Return a module's current rating at an output voltage, A."""
    return clamp(p_module / max(u, _U_MIN), ZERO, i_module)
