"""A sampled law for the totem-pole PFC, to close its loop: `control/` holds none yet.

The current follows the line voltage as in a resistor, i_ref = g u_g, with g from the load's
power and a slow proportional correction of the bus voltage. The inductor's voltage is asked
for proportionally to the current error, the line's voltage half a period ahead fed forward:

    v = u_g' - L di_ref/dt - k_p (i_ref - i),     k_p = share L / T_s

The principle of average current control of a boost rectifier is standard: R. Erickson,
D. Maksimovic, Fundamentals of Power Electronics, doi:10.1007/978-3-030-43881-4, ch. 21.
The ripple of the bus at twice the line frequency is left as it is, so the slow correction must
be small; each half wave it is held.
"""

import math
from typing import Any

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import f64, nested, record
from voltbench.plant_models.switched.modulation.carrier import totem_pole_times
from voltbench.plant_models.switched.modulation.legs import LegBank, LegState, LegTimes, leg_edges


@record
class TotemPoleLoop:
    """What the interrupt keeps. Probes: i_l, u_g, i_load, u_dc."""

    bank: LegBank = nested(LegBank)
    times: LegTimes = nested(LegTimes)
    legs: LegState = nested(LegState)
    inductance: float = f64("H")
    k_p: float = f64("Ohm", "current error to inductor voltage")
    k_v: float = f64("W/V", "mean bus voltage error to power")
    u_dc_ref: float = f64("V")
    amplitude: float = f64("V", "of the line")
    frequency: float = f64("Hz", "of the line")
    period: float = f64("s")
    quantum: float = f64("s", "step of the PWM timer, 0: continuous")
    signal: float = f64("1", "command for the next period")
    sum_u: float = f64("V", "bus voltage summed over the half wave")
    sum_p: float = f64("W", "load power summed over the half wave")
    count: float = f64("1", "samples of the half wave")
    power: float = f64("W", "asked for in this half wave")


@plant_kernel
def _half_wave(m: TotemPoleLoop, index: int, u_dc: float, i_load: float) -> None:
    """Average bus and load over a half wave; at its end set the power of the next one."""
    m.sum_u += u_dc
    m.sum_p += u_dc * i_load
    m.count += 1.0
    now = math.floor(2.0 * m.frequency * m.period * index + 1e-9)
    after = math.floor(2.0 * m.frequency * m.period * (index + 1) + 1e-9)
    if index == 0:
        m.power = u_dc * i_load
    if after != now:
        m.power = (m.sum_p + m.k_v * (m.u_dc_ref * m.count - m.sum_u)) / m.count
        m.sum_u = 0.0
        m.sum_p = 0.0
        m.count = 0.0


@plant_kernel
def totem_pole_period(
    memory: TotemPoleLoop, index: int, outputs: Any, edge_t: Any, edge_g: Any
) -> int:
    """Switch by the last command, sample, compute the next one; return the number of edges."""
    m = memory
    count = 0
    if index > 0:  # no command before the first sample: all gates off
        if totem_pole_times(m.times, m.signal, m.period, m.quantum) != 0:
            return -1
        count = leg_edges(m.bank, m.times, m.legs, m.period, edge_t, edge_g)
    i, u_dc = outputs[0], outputs[3]
    _half_wave(m, index, u_dc, outputs[2])
    conductance = max(2.0 * m.power, 0.0) / (m.amplitude * m.amplitude)
    omega = 2.0 * math.pi * m.frequency
    here = omega * m.period * index
    # the command acts in the middle of the next period, and one period is still to come
    there = here + 1.5 * omega * m.period
    i_ref = conductance * m.amplitude * math.sin(here)
    slope = conductance * m.amplitude * omega * math.cos(there)
    v = m.amplitude * math.sin(there) - m.inductance * slope - m.k_p * (i_ref - i)
    m.signal = min(max(v / max(u_dc, 1.0), -1.0), 1.0)
    return count
