"""Thermal derating as a control loop, not a lookup table.

A PI controller per sensor lowers a current limit so that the sensor settles at its set
temperature: i_lim = clamp(k_p (T_set - T) + x, 0, i_max), x' = k_i (T_set - T), with
conditional integration. Heat goes with the square of the current and the sensor lags,
so the loop is slow (alpha_T well below the sensor's corner) and cannot hunt: gains in
``calibration.tuning``. Executed every `divider` interrupts.
Source: K. J. Astrom, T. Hagglund, "Advanced PID Control", ISA 2006, section 3.5.
"""

from voltbench.control.numerics.float32 import ZERO, clamp
from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.records import f32, record


@record
class DeratingGains:
    """One derating loop."""

    T_set: float = f32("degC", "temperature the loop settles at")
    k_p: float = f32("A/K")
    k_i: float = f32("A/(K s)")
    i_max: float = f32("A", "limit while cool")


@record
class DeratingState:
    """Integrator and result."""

    x: float = f32("A")
    i_lim: float = f32("A")


@kernel
def derating_step(p: DeratingGains, s: DeratingState, T: float, dt: float) -> None:
    """Update the current limit from a temperature; `dt` is the loop's own period."""
    error = p.T_set - T
    wanted = p.k_p * error + s.x
    s.i_lim = clamp(wanted, ZERO, p.i_max)
    if (wanted < p.i_max or error < ZERO) and (wanted > ZERO or error > ZERO):
        s.x = clamp(s.x + dt * p.k_i * error, ZERO, p.i_max)
