"""The frequency law of `control/` as interrupt of a switched resonant converter.

The interrupt runs at a fixed rate; the timer, whose period it commands, at its own. The command
of one interrupt reaches the timer at the next one, and acts from the timer's next period on.
"""

from typing import Any

from voltbench.control.llc import LlcGains, LlcState, llc_off, llc_step
from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import f32, f64, i32, nested, record
from voltbench.plant_models.switched.modulation.oscillator import Oscillator, oscillator_edges


@record
class LlcLoop:
    """What the interrupt keeps. Probes: u_o, i_load, then any."""

    gains: LlcGains = nested(LlcGains)
    state: LlcState = nested(LlcState)
    timer: Oscillator = nested(Oscillator)
    u_set: float = f32("V", "output voltage asked for")
    i_set: float = f32("A", "output current asked for, at most")
    u_o: float = f32("V", "sampled")
    i_o: float = f32("A", "sampled")
    T_s: float = f32("s", "control period")
    span: float = f64("s", "the same, for the edges")
    started: int = i32()
    step_index: int = i32("control period in which the second load is switched on, -1 never")
    step_bit: int = i32("bit of its gate")
    step_probe: int = i32("probe of its current, -1 none")


@plant_kernel
def llc_period(memory: LlcLoop, index: int, outputs: Any, edge_t: Any, edge_g: Any) -> int:
    """Run the timer by the last command, sample, compute the next one; return the edges."""
    m = memory
    m.u_o = outputs[0]  # the law computes in float32: through the record
    m.i_o = outputs[1]
    if m.step_probe >= 0:
        m.i_o = outputs[1] + outputs[m.step_probe]
    if m.started == 0:
        m.started = 1
        llc_off(m.gains, m.state, m.u_o)
        return 0
    if index == m.step_index:
        m.timer.word = m.timer.word | m.step_bit
    count: int = oscillator_edges(m.timer, 1.0 / m.state.f, m.state.duty, m.span, edge_t, edge_g)
    llc_step(m.gains, m.state, m.u_set, m.i_set, m.u_o, m.i_o, m.T_s)
    return count
