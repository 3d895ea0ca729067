"""Output voltage of a dual active bridge by phase shift: the laws of `control/` in one interrupt.

The law runs every few switching periods, at the start of one; the command computed from a
sample acts from the next interrupt on. In between the modulator repeats the pattern.
"""

import math
from typing import Any

from voltbench.control.dcdc import DabGains, DabState, amplitude, phase_shift
from voltbench.control.numerics.float32 import ONE
from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import f32, f64, i32, nested, record
from voltbench.control.output import OutputGains, OutputState, output_step
from voltbench.control.signals import ChargerMeas, Setpoints
from voltbench.plant_models.switched.modulation.legs import LegBank, LegState, LegTimes, leg_edges
from voltbench.plant_models.switched.modulation.phase_shift import dab_times


@record
class DabVoltageLoop:
    """What the interrupt keeps. Probes: u_o, i_o, u_in."""

    dab: DabGains = nested(DabGains)
    dab_state: DabState = nested(DabState)
    output: OutputGains = nested(OutputGains)
    output_state: OutputState = nested(OutputState)
    meas: ChargerMeas = nested(ChargerMeas)
    ref: Setpoints = nested(Setpoints)
    bank: LegBank = nested(LegBank)
    times: LegTimes = nested(LegTimes)
    legs: LegState = nested(LegState)
    i_max: float = f32("A", "rating of the output")
    i_o: float = f32("A", "sampled")
    u_in: float = f32("V", "sampled")
    T_s: float = f32("s", "law's period")
    divider: int = i32("switching periods in an interrupt")
    period: float = f64("s", "switching period")
    quantum: float = f64("s", "step of the PWM timer, 0: continuous")
    phi: float = f64("rad", "acting now")
    duty: float = f64("1", "inner duty of the input bridge, acting now")
    phi_next: float = f64("rad")
    duty_next: float = f64("1")


@plant_kernel
def dab_voltage_period(
    memory: DabVoltageLoop, index: int, outputs: Any, edge_t: Any, edge_g: Any
) -> int:
    """Switch by the last command; every `divider` periods sample and compute the next one."""
    m = memory
    if index % m.divider == 0:
        m.phi = m.phi_next
        m.duty = m.duty_next
        m.meas.u_bus = outputs[0]
        m.i_o = outputs[1]
        m.u_in = outputs[2]
        output_step(m.output, m.output_state, m.meas, m.ref, m.i_max, m.i_max, m.T_s)
        share = amplitude(m.dab, m.dab_state, m.u_in, m.meas.u_bus)
        i_ref = m.output_state.i_ref
        m.phi_next = phase_shift(m.dab, m.dab_state, i_ref, m.i_o, ONE, m.T_s)
        m.duty_next = math.asin(min(max(share, 0.0), 1.0)) * 2.0 / math.pi
    if dab_times(m.times, m.phi, m.duty, 1.0, m.period, m.quantum) != 0:
        return -1
    count: int = leg_edges(m.bank, m.times, m.legs, m.period, edge_t, edge_g)
    return count
