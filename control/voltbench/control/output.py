"""Output regulation: constant voltage, current or power, whichever asks for least.

A PI voltage controller proposes a current, limits clamp it, and its integrator follows
what was realised (back-calculation), so passing from one limit to another is bumpless:

    i_v = k_p (u_ref - u) + x,   i = clamp(i_v, -i_back, min(i_set, p_set/u, i_available))
    x' = k_i (u_ref - u) + (i - i_v)/T_t

An output without a battery may give a little current back (i_back), so that its voltage
can be regulated down as well as up; a battery never does. Two gain sets: without a battery
the plant is a capacitor (i = C u'), with one it is a resistance of some 0.1 ohm:
k_p = alpha_u C, k_i = alpha_u^2 C/4 and k_i = alpha_b/R.
Source: K. J. Astrom, T. Hagglund, "Advanced PID Control", ISA 2006, section 3.5.
"""

from voltbench.control.numerics.float32 import ONE, ZERO, F, clamp, slew
from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.records import f32, i32, record
from voltbench.control.signals import ChargerMeas, Setpoints

_HEADROOM = F(4.0)  # A, of the ramped current limit above what is realised
_U_MIN = F(20.0)  # V, floor of the voltage in p/u


@record
class OutputGains:
    """Gains and ramps of the output regulation (whole charger)."""

    k_p: float = f32("A/V", "voltage control against the output capacitors")
    k_i: float = f32("A/(V s)")
    k_p_bat: float = f32("A/V", "voltage control against a battery")
    k_i_bat: float = f32("A/(V s)")
    k_t: float = f32("1/s", "tracking of the realised current, 1/T_t")
    u_slew: float = f32("V/s", "ramp of the voltage reference")
    i_rise: float = f32("A/s", "ramp of the current limit, up")
    i_fall: float = f32("A/s", "ramp of the current limit, down")
    i_back: float = f32("A", "largest current taken back from an output without a battery")


@record
class OutputState:
    """References after their ramps, the integrator, and what limits now."""

    u_ref: float = f32("V")
    i_set: float = f32("A")
    x: float = f32("A")
    i_ref: float = f32("A", "realised reference of the whole charger")
    limits: int = i32("bits of signals.Limit")


@kernel
def output_idle(s: OutputState, meas: ChargerMeas) -> None:
    """Follow the output while it is off, so that a start is bumpless."""
    s.u_ref = meas.u_bus
    s.i_set = ZERO
    s.x = ZERO
    s.i_ref = ZERO
    s.limits = 0


@kernel
def output_step(
    p: OutputGains,
    s: OutputState,
    meas: ChargerMeas,
    ref: Setpoints,
    i_rating: float,
    i_thermal: float,
    T_s: float,
) -> None:
    """Set the charger's current reference."""
    s.u_ref = slew(s.u_ref, ref.u_o_ref, T_s * p.u_slew)
    rate = p.i_rise if ref.i_o_ref > s.i_set else p.i_fall
    s.i_set = slew(s.i_set, ref.i_o_ref, T_s * rate)
    i_power = ref.p_o_ref / max(meas.u_bus, _U_MIN)
    i_max = min(min(s.i_set, i_power), min(i_rating, i_thermal))
    error = s.u_ref - meas.u_bus
    k_p = p.k_p_bat if ref.battery_connected else p.k_p
    k_i = p.k_i_bat if ref.battery_connected else p.k_i
    wanted = k_p * error + s.x
    i_min = ZERO if ref.battery_connected else -p.i_back
    s.i_ref = clamp(wanted, i_min, max(i_max, ZERO))
    # what another limit holds back comes back by the ramp
    s.i_set = min(s.i_set, max(s.i_ref, ZERO) + _HEADROOM)
    follow = clamp(T_s * p.k_t, ZERO, ONE)
    s.x += T_s * k_i * error + follow * (s.i_ref - wanted)
    limits = 0
    if wanted <= i_max:
        limits = 1
    elif i_thermal <= s.i_set and i_thermal <= i_power:
        limits = 8
    elif i_power < s.i_set:
        limits = 4
    else:
        limits = 2
    s.limits = limits
