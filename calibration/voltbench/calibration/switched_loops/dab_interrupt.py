"""The phase-shift law of `control/` as interrupt of a switched dual active bridge.

The law runs every few switching periods, at the start of one; the command computed from a
sample acts from the next interrupt on. In between the modulator repeats the pattern.
"""

import math
from typing import Any

from voltbench.control.dcdc import DabGains, DabState, amplitude, phase_shift
from voltbench.control.numerics.float32 import ONE
from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import f32, f64, i32, nested, record
from voltbench.plant_models.switched.modulation.legs import LegBank, LegState, LegTimes, leg_edges
from voltbench.plant_models.switched.modulation.phase_shift import dab_times


@record
class DabLoop:
    """What the interrupt keeps. Probes: i_l, u_o, i_o, u_in."""

    gains: DabGains = nested(DabGains)
    state: DabState = nested(DabState)
    bank: LegBank = nested(LegBank)
    times: LegTimes = nested(LegTimes)
    legs: LegState = nested(LegState)
    i_set: float = f32("A", "output current asked for")
    i_ref: float = f32("A", "after its ramp")
    i_step: float = f32("A", "of the ramp in a control period")
    u_o: float = f32("V", "sampled")
    i_o: float = f32("A", "sampled")
    u_in: float = f32("V", "sampled")
    T_s: float = f32("s", "control period")
    divider: int = i32("switching periods in a control period")
    period: float = f64("s", "switching period")
    quantum: float = f64("s", "step of the PWM timer, 0: continuous")
    phi: float = f64("rad", "acting now")
    duty: float = f64("1", "inner duty of the input bridge, acting now")
    phi_next: float = f64("rad")
    duty_next: float = f64("1")


@plant_kernel
def dab_period(memory: DabLoop, index: int, outputs: Any, edge_t: Any, edge_g: Any) -> int:
    """Switch by the last command; every `divider` periods sample and compute the next one."""
    m = memory
    if index % m.divider == 0:
        m.phi = m.phi_next
        m.duty = m.duty_next
        m.u_o = outputs[1]  # the law computes in float32: through the record
        m.i_o = outputs[2]
        m.u_in = outputs[3]
        m.i_ref = min(m.i_ref + m.i_step, m.i_set)
        share = amplitude(m.gains, m.state, m.u_in, m.u_o)
        m.phi_next = phase_shift(m.gains, m.state, m.i_ref, m.i_o, ONE, m.T_s)
        # inner duty D of a quasi-square wave: its fundamental is sin(pi D / 2) of the full one
        m.duty_next = math.asin(min(max(share, 0.0), 1.0)) * 2.0 / math.pi
    if index < m.divider:
        return 0
    if dab_times(m.times, m.phi, m.duty, 1.0, m.period, m.quantum) != 0:
        return -1
    count: int = leg_edges(m.bank, m.times, m.legs, m.period, edge_t, edge_g)
    return count
