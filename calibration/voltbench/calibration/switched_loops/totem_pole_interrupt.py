"""The totem-pole law of `control/` as interrupt of the switched converter.

One interrupt a switching period, at the border of the carrier's period: there the ripple of the
inductor's current crosses its mean. The command computed from a sample acts in the period after
the next sample.
"""

from typing import Any

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import f32, f64, i32, nested, record
from voltbench.control.single_phase_sync import SyncGains, SyncState, sync_step
from voltbench.control.totem_pole import TotemPoleGains, TotemPoleState, totem_pole_step
from voltbench.plant_models.switched.modulation.carrier import totem_pole_legs
from voltbench.plant_models.switched.modulation.legs import LegBank, LegState, LegTimes, leg_edges


@record
class TotemPoleLoop:
    """What the interrupt keeps. Probes: i_l, u_m (line or filter voltage), i_load, u_dc, any."""

    sync_gains: SyncGains = nested(SyncGains)
    sync: SyncState = nested(SyncState)
    gains: TotemPoleGains = nested(TotemPoleGains)
    state: TotemPoleState = nested(TotemPoleState)
    bank: LegBank = nested(LegBank)
    times: LegTimes = nested(LegTimes)
    legs: LegState = nested(LegState)
    u_set: float = f32("V", "bus voltage asked for")
    u_m: float = f32("V", "sampled")
    i_l: float = f32("A", "sampled")
    u_dc: float = f32("V", "sampled")
    i_load: float = f32("A", "sampled")
    T_s: float = f32("s")
    period: float = f64("s", "as T_s, for the edges")
    quantum: float = f64("s", "step of the PWM timer, 0: continuous")
    duty: float = f64("1", "of the fast leg, command for the next period")
    way: int = i32("of the slow leg, command for the next period")
    started: int = i32()
    step_index: int = i32("control period in which the second load is switched on, -1 never")
    step_bit: int = i32("bit of its gate")
    step_probe: int = i32("probe of its current, -1 none")


@plant_kernel
def totem_pole_period(
    memory: TotemPoleLoop, index: int, outputs: Any, edge_t: Any, edge_g: Any
) -> int:
    """Switch by the last command, sample, compute the next one; return the number of edges."""
    m = memory
    m.i_l = outputs[0]  # the law computes in float32: through the record
    m.u_m = outputs[1]
    m.i_load = outputs[2]
    m.u_dc = outputs[3]
    if m.step_probe >= 0:
        m.i_load = outputs[2] + outputs[m.step_probe]
    count = 0
    if m.started != 0:  # no command before the first sample: all gates off
        if index == m.step_index:
            m.legs.word = m.legs.word | m.step_bit
        if totem_pole_legs(m.times, m.way, m.duty, m.period, m.quantum) != 0:
            return -1
        count = leg_edges(m.bank, m.times, m.legs, m.period, edge_t, edge_g)
    else:
        m.started = 1
        m.state.u_ref = m.u_dc
    sync_step(m.sync_gains, m.sync, m.u_m, m.T_s)
    m.duty = totem_pole_step(m.gains, m.state, m.sync, m.u_set, m.i_l, m.u_dc, m.u_dc * m.i_load)
    m.way = m.state.way
    return count
