"""The law of extended and triple phase shift as interrupt of a switched dual active bridge.

As `dab_loop`: the law runs every few switching periods, and its command acts from the next
interrupt on.
"""

from typing import Any

from voltbench.control.dab_shifts import ShiftGains, ShiftState, shift_step
from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import f32, f64, i32, nested, record
from voltbench.plant_models.switched.modulation.legs import LegBank, LegState, LegTimes, leg_edges
from voltbench.plant_models.switched.modulation.phase_shift import dab_times


@record
class DabShiftLoop:
    """What the interrupt keeps. Probes: i_l, u_o, i_o, u_in."""

    gains: ShiftGains = nested(ShiftGains)
    state: ShiftState = nested(ShiftState)
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
    duty_1: float = f64("1", "inner duty of the input bridge, acting now")
    duty_2: float = f64("1", "inner duty of the output bridge, acting now")


@plant_kernel
def dab_shift_period(
    memory: DabShiftLoop, index: int, outputs: Any, edge_t: Any, edge_g: Any
) -> int:
    """Switch by the last command; every `divider` periods sample and compute the next one."""
    m = memory
    if index % m.divider == 0:
        m.phi = m.state.phi
        m.duty_1 = m.state.duty_1
        m.duty_2 = m.state.duty_2
        m.u_o = outputs[1]  # the law computes in float32: through the record
        m.i_o = outputs[2]
        m.u_in = outputs[3]
        m.i_ref = min(m.i_ref + m.i_step, m.i_set)
        shift_step(m.gains, m.state, m.i_ref, m.i_o, m.u_in, m.u_o, m.T_s)
    if index < m.divider:
        return 0
    if dab_times(m.times, m.phi, m.duty_1, m.duty_2, m.period, m.quantum) != 0:
        return -1
    count: int = leg_edges(m.bank, m.times, m.legs, m.period, edge_t, edge_g)
    return count
