"""Droop: every module regulates the output by its own voltage sensor, without a common reference.

Module j holds  u_0 - R_d i_j  at its own terminals, within its part m_j of what the charger
may deliver:
    e = u_0 - R_d i_j - u_j,   i_v = k_p e + x,   i_j = clamp(i_v, -b, m_j)
    x' = k_i e + (i_j - i_v)/T_t
(anti-windup from the realised reference). In steady state i_j = (u_0 - u_j)/R_d, so what the
sensors disagree by, divided by R_d, is what the modules' currents disagree by: sharing is
bought with voltage. The charger makes up for that voltage at its slow rate, as a secondary
control that only needs the mean of the references,
    u_0 = u_ref + r,   r' = alpha_r (R_d mean(i_j) - r),
so nothing fast passes between modules, and one that stops leaves the others regulating.
Gains are those of the common control (``control.output``) divided by the number of modules.
Source: J. M. Guerrero et al., "Hierarchical control of droop-controlled AC and DC microgrids",
IEEE Trans. Ind. Electron. 58(1), 2011, doi:10.1109/TIE.2010.2066534.
Valid for k_p R_d well below 1 and alpha_r well below the voltage loop's bandwidth.
"""

from voltbench.control.numerics.float32 import ONE, ZERO, F, clamp, slew
from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.records import RecordArray, f32, i32, record
from voltbench.control.output import OutputGains, OutputState
from voltbench.control.signals import ChargerMeas, Setpoints

_U_MIN = F(20.0)  # V, floor of the voltage in p/u
_HEADROOM = F(4.0)  # A, of the ramped current limit above what is realised
_LIMITED = F(0.98)  # of the limit, above which the limit and not the voltage governs


@record
class DroopGains:
    """The droop of a module, gains for each of them."""

    on: int = i32("1: droop, 0: common reference")
    R_low: float = f32("ohm", "R_d with cells in parallel")
    R_high: float = f32("ohm", "R_d with cells in series")
    alpha_r: float = f32("1/s", "bandwidth of the secondary control, rad/s")
    inv_modules: float = f32("1", "1 / modules")


@record
class DroopState:
    """What the charger hands to every module, and its own secondary control."""

    u_0: float = f32("V", "voltage without load")
    R: float = f32("ohm", "R_d of the present range")
    r: float = f32("V", "what makes up for the droop")
    k_p: float = f32("A/V", "of a module")
    k_i: float = f32("A/(V s)")
    i_max: float = f32("A", "what the charger may deliver")
    i_back: float = f32("A", "what a module may take back")


@record
class DroopModule:
    """A module's own voltage control."""

    x: float = f32("A", "integrator")


@kernel
def droop_limits(
    g: DroopGains,
    p: OutputGains,
    d: DroopState,
    s: OutputState,
    meas: ChargerMeas,
    ref: Setpoints,
    i_most: float,
    T_s: float,
) -> None:
    """Ramp voltage and current limit, and set what the modules regulate by."""
    s.u_ref = slew(s.u_ref, ref.u_o_ref, T_s * p.u_slew)
    rate = p.i_rise if ref.i_o_ref > s.i_set else p.i_fall
    s.i_set = slew(s.i_set, ref.i_o_ref, T_s * rate)
    d.i_max = max(min(min(s.i_set, ref.p_o_ref / max(meas.u_bus, _U_MIN)), i_most), ZERO)
    s.i_set = min(s.i_set, max(s.i_ref, ZERO) + _HEADROOM)
    d.u_0 = s.u_ref + d.r
    k_p = p.k_p_bat if ref.battery_connected else p.k_p
    k_i = p.k_i_bat if ref.battery_connected else p.k_i
    d.k_p = k_p * g.inv_modules
    d.k_i = k_i * g.inv_modules
    d.i_back = ZERO if ref.battery_connected else p.i_back * g.inv_modules


@kernel
def droop_module(
    d: DroopState, m: DroopModule, i_before: float, u: float, most: float, k_t: float, T_s: float
) -> float:
    """Return one module's current reference; `u` its own voltage, `most` its part of the limit."""
    error = d.u_0 - d.R * i_before - u
    wanted = d.k_p * error + m.x
    i_ref = clamp(wanted, -min(d.i_back, most), most)
    m.x += T_s * d.k_i * error + clamp(T_s * k_t, ZERO, ONE) * (i_ref - wanted)
    return i_ref


@kernel
def droop_restore(
    g: DroopGains,
    d: DroopState,
    s: OutputState,
    modules: RecordArray,
    carrying: float,
    high_range: int,
    dt: float,
) -> None:
    """Advance the secondary control by a slow step; add up what the modules realise."""
    total = ZERO
    for j in range(len(modules)):
        total += modules[j].i_ref
    d.R = g.R_high if high_range else g.R_low
    d.r += clamp(dt * g.alpha_r, ZERO, ONE) * (d.R * total / max(carrying, ONE) - d.r)
    s.i_ref = total
    s.limits = 1 if total < _LIMITED * d.i_max else 2


@kernel
def droop_idle(d: DroopState, modules: RecordArray) -> None:
    """Follow the output while it is off, so that a start is bumpless."""
    d.r = ZERO
    for j in range(len(modules)):
        modules[j].droop.x = ZERO
