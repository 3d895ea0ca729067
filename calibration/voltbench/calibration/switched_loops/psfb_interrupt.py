"""The phase-shift law of `control/` as interrupt of a switched phase-shifted full bridge.

One interrupt a switching period, in the middle of a pulse, where the filter's current passes its
mean. The command computed from a sample acts in the period after the next sample.
"""

from typing import Any

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import f32, f64, i32, nested, record
from voltbench.control.psfb import PsfbGains, PsfbState, psfb_current, psfb_off, psfb_voltage
from voltbench.plant_models.switched.modulation.legs import LegBank, LegState, LegTimes, leg_edges
from voltbench.plant_models.switched.modulation.phase_shift import psfb_times


@record
class PsfbLoop:
    """What the interrupt keeps. Probes: u_o, u_in, inductor currents (one or two), then any."""

    gains: PsfbGains = nested(PsfbGains)
    state: PsfbState = nested(PsfbState)
    bank: LegBank = nested(LegBank)
    times: LegTimes = nested(LegTimes)
    legs: LegState = nested(LegState)
    inductors: int = i32("1, or 2 of a current doubler")
    u_set: float = f32("V", "output voltage asked for")
    i_set: float = f32("A", "inductor current, at most")
    u_o: float = f32("V", "sampled")
    u_in: float = f32("V", "sampled")
    i_l: float = f32("A", "sampled, summed over the inductors")
    T_s: float = f32("s", "control period")
    period: float = f64("s", "the same, for the edges")
    quantum: float = f64("s", "step of the PWM timer, 0: continuous")
    duty: float = f64("1", "command for the next period")
    started: int = i32()
    step_index: int = i32("control period in which the second load is switched on, -1 never")
    step_bit: int = i32("bit of its gate")
    step_probe: int = i32("probe of its current, -1 none")


@plant_kernel
def psfb_period(memory: PsfbLoop, index: int, outputs: Any, edge_t: Any, edge_g: Any) -> int:
    """Switch by the last command, sample, compute the next one; return the number of edges."""
    m = memory
    m.u_o = outputs[0]  # the law computes in float32: through the record
    m.u_in = outputs[1]
    m.i_l = outputs[2]
    if m.inductors == 2:
        m.i_l = outputs[2] + outputs[3]
    if m.started == 0:
        m.started = 1
        psfb_off(m.state, m.u_o)
        return 0
    if index == m.step_index:
        m.legs.word = m.legs.word | m.step_bit
    if psfb_times(m.times, m.duty, m.period, m.quantum) != 0:
        return -1
    count: int = leg_edges(m.bank, m.times, m.legs, m.period, edge_t, edge_g)
    psfb_voltage(m.gains, m.state, m.u_set, m.i_set, m.u_o, m.T_s)
    m.duty = psfb_current(m.gains, m.state, m.u_in, m.u_o, m.i_l, m.T_s)
    return count
