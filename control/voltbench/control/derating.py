"""Thermal derating as a control loop, not a lookup table.

A PI controller per sensor lowers a current limit so that the part settles at its set
temperature. Heat goes with the square of the current and the sensor lags by a known time
tau_s, which is taken out again before the controller (up to the filter's corner 1/tau_f):

    T_hat = T + tau_s (T - T_f)/tau_f,   T_f' = (T - T_f)/tau_f
    i_lim = clamp(k_p (T_set - T_hat) + x, 0, i_max),   x' = k_i (T_set - T_hat)

x does not grow while the limit is at i_max or nothing is to be gained, and falls while the
part is too hot although the limit is zero, so that a part that stays too hot without any
current rests instead of being tried again and again. Gains in ``calibration.tuning``, margins
of the loops in ``calibration.loops_thermal``. Executed every `divider` interrupts.
Valid while the sensor's lag is one time constant known to some 30 % and its resolution times
k_p tau_s/tau_f is small against the current.
Source: K. J. Astrom, T. Hagglund, "Advanced PID Control", ISA 2006, sections 3.3 (filtered
derivative) and 3.5 (windup).
"""

from voltbench.control.numerics.float32 import ZERO, clamp
from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.records import f32, i32, record


@record
class DeratingGains:
    """One derating loop."""

    T_set: float = f32("degC", "temperature the loop settles at")
    k_p: float = f32("A/K")
    k_i: float = f32("A/(K s)")
    i_max: float = f32("A", "limit while cool")
    tau_s: float = f32("s", "lag of the sensor; 0 = none to take out")
    tau_f: float = f32("s", "filter of its derivative")


@record
class DeratingState:
    """Integrator and result."""

    x: float = f32("A")
    i_lim: float = f32("A")
    T_f: float = f32("degC", "filtered sensor")
    begun: int = i32("1: the filter has seen a sample")


@kernel
def _without_lag(p: DeratingGains, s: DeratingState, T: float, dt: float) -> float:
    """Return the temperature at the part from that of its sensor."""
    if s.begun == 0:
        s.T_f = T
        s.begun = 1
    if p.tau_s <= ZERO:
        return T
    slope = (T - s.T_f) / max(p.tau_f, dt)
    s.T_f += dt * slope
    return T + p.tau_s * slope


@kernel
def derating_step(p: DeratingGains, s: DeratingState, T: float, dt: float) -> None:
    """Update the current limit from a sensor's temperature; `dt` is the loop's own period."""
    error = p.T_set - _without_lag(p, s, T, dt)
    wanted = p.k_p * error + s.x
    s.i_lim = clamp(wanted, ZERO, p.i_max)
    if wanted < p.i_max or error < ZERO:
        s.x = clamp(s.x + dt * p.k_i * error, ZERO, p.i_max)
