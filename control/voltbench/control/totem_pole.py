"""Totem-pole PFC: bus voltage once a half wave, line current each period, zero crossing.

Bus: its energy C u^2/2 swings at twice the line frequency by nature. The mean over a half wave
knows nothing of that, so the controller runs on means, once a half wave of length T_h:

    p = clamp(k_pv (u_ref - <u>) + x + <p_load> + k_r du_ref, 0, p_max),
    x' = k_iv (u_ref - <u> + aw)

with k_pv = alpha C u_0, k_iv = alpha^2 C u_0/4, alpha T_h < 0.6 (half a half wave of averaging,
half a one of hold) and k_r = C u_0/T_h for the ramp's step du_ref. Current: that of a resistance,
with what the filter capacitor takes,

    g = 2 p/U^2,   i_ref = g a + omega C_f b,
    v = a^ - L di_ref^/dt - k_p (i_ref - i) - u_dead,   k_p = alpha_c L

where (a, b) is the line (`control.single_phase_sync`) and ^ marks values turned ahead by the 1.5
periods of computation and modulation: the duty's feed-forward. In the dead time, a share d_dead of
the period, the current decides the leg's voltage:

    u_dead = sign(i_ref) u_dc d_dead clamp((|i_ref| - h)/i_dead, 0, 1),
    h = k_h |a^| (1 - |a^|/u_dc),   k_h = T_s/(2 L):

below half the ripple, h, the current turns its sign within the period and nothing is lost. The
current needs no integrator: what resistances take is below 1 V.
Zero crossing: the slow leg follows the line's sign, not the command's, which is noisy there; in
a band |a^| < u_band all gates are off, so that neither leg meets the other's old state, and after
it v is kept within the sign's half, so a lagging current cannot short the line through the bus.
Source: R. Erickson, D. Maksimovic, Fundamentals of Power Electronics,
doi:10.1007/978-3-030-43881-4, ch. 21 (average current control, power feed-forward).
Valid in continuous conduction and for a line amplitude below the bus voltage.
"""

import math

from voltbench.control.numerics.float32 import HALF, ONE, TWO, ZERO, as_f32, clamp, slew
from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.records import f32, i32, record
from voltbench.control.single_phase_sync import SyncState, turned


@record
class TotemPoleGains:
    """Gains, model values and limits."""

    k_p: float = f32("ohm", "current error to bridge voltage")
    L: float = f32("H", "boost inductor")
    C_f: float = f32("F", "filter capacitor")
    lead: float = f32("s", "delay made up for, 1.5 T_s")
    d_dead: float = f32("1", "dead time over the period")
    i_dead: float = f32("A", "from a current that turns its sign to one that does not")
    k_h: float = f32("1/ohm", "half the ripple over the voltage that drives it, T_s/(2 L)")
    u_band: float = f32("V", "line voltage below which all gates are off")
    k_pv: float = f32("W/V", "bus voltage, proportional")
    k_iv: float = f32("W/V", "bus voltage, integral over a half wave")
    p_max: float = f32("W")
    i_max: float = f32("A", "peak of the current reference")
    k_r: float = f32("W/V", "power for the reference's change in a half wave")
    u_step: float = f32("V", "change of the bus reference in a half wave")


@record
class TotemPoleState:
    """Sums over the half wave, integrator, references and the command."""

    sum_u: float = f32("V")
    sum_p: float = f32("W")
    count: int = i32("samples of the half wave")
    u_ref: float = f32("V", "after its ramp")
    x: float = f32("W")
    p_ref: float = f32("W", "asked for in this half wave")
    i_ref: float = f32("A")
    sign: int = i32("of the line's half wave, 0 before the first")
    v: float = f32("V", "bridge voltage asked for")
    way: int = i32("1 or -1: slow leg low or high; 0: all gates off")


@kernel
def half_wave(p: TotemPoleGains, s: TotemPoleState, u_set: float, square: float) -> None:
    """Set the power of the next half wave from the means of the one that ended."""
    n = max(as_f32(s.count), ONE)
    before = s.u_ref
    s.u_ref = slew(before, u_set, p.u_step)
    e = s.u_ref - s.sum_u / n
    wanted = p.k_pv * e + s.x + s.sum_p / n + p.k_r * (s.u_ref - before)
    # the reference's peak is 2 p / U
    s.p_ref = clamp(wanted, ZERO, min(p.p_max, HALF * p.i_max * math.sqrt(square)))
    s.x += p.k_iv * (e + (s.p_ref - wanted) / p.k_pv)
    s.sum_u = ZERO
    s.sum_p = ZERO
    s.count = 0


@kernel
def _dead_time(p: TotemPoleGains, i_ref: float, u_g: float, u_dc: float) -> float:
    """Return what the dead time adds to the bridge voltage (V) at a line voltage's magnitude."""
    half_ripple = p.k_h * u_g * (ONE - u_g / max(u_dc, ONE))
    size = u_dc * p.d_dead * clamp((abs(i_ref) - half_ripple) / p.i_dead, ZERO, ONE)
    return size if i_ref > ZERO else -size


@kernel
def totem_pole_step(
    p: TotemPoleGains,
    s: TotemPoleState,
    sync: SyncState,
    u_set: float,
    i_l: float,
    u_dc: float,
    p_load: float,
) -> float:
    """Return the fast leg's duty, and leave in `s.way` what the slow leg does.

    From the line at this sample and the sampled inductor current (A), bus voltage (V) and load
    power (W).
    """
    s.sum_u += u_dc
    s.sum_p += p_load
    s.count += 1
    a, b = turned(sync.a, sync.b, sync.omega * p.lead)
    sign = 1 if a > ZERO else -1
    square = max(sync.square, p.u_band * p.u_band)
    if sign != s.sign:
        half_wave(p, s, u_set, square)
        s.sign = sign
    g = TWO * s.p_ref / square
    cross = sync.omega * p.C_f
    s.i_ref = g * sync.a + cross * sync.b
    slope = sync.omega * (cross * a - g * b)
    u_dead = _dead_time(p, s.i_ref, abs(a), u_dc)
    s.v = a - p.L * slope - p.k_p * (s.i_ref - i_l) - u_dead
    s.way = 0 if abs(a) < p.u_band else sign
    high = clamp(s.v / max(u_dc, ONE), -ONE, ONE)
    # the slow leg at the negative rail: the fast leg gives 0 to u_dc; else -u_dc to 0
    return clamp(high, ZERO, ONE) if s.way >= 0 else clamp(ONE + high, ZERO, ONE)
