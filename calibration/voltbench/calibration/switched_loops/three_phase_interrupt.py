"""The front-end laws of `control/` as interrupt of a switched three-phase bridge.

One interrupt a switching period, at the border of the carrier's period: there the ripple of
the inductor currents crosses its mean. The command computed from a sample acts in the period
after the next sample, as on the microcontroller; the laws rotate ahead for it.
"""

from typing import Any

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import f32, f64, i32, nested, record
from voltbench.control.pfc import PfcGains, PfcState, current_control, link_control, modulate
from voltbench.control.pll import PllGains, PllState, pll_step
from voltbench.control.signals import ModuleCommand, ModuleMeas
from voltbench.plant_models.switched.modulation.carrier import (
    t_type_times,
    two_level_times,
    vienna_times,
)
from voltbench.plant_models.switched.modulation.legs import LegBank, LegState, LegTimes, leg_edges

TWO_LEVEL, T_TYPE, VIENNA = 0, 1, 2


@record
class ThreePhaseLoop:
    """What the interrupt keeps.

    Probes: i_a, i_b, i_c, u_m_a, u_m_b (grid or filter voltages), i_load, then u_dc or u_p, u_n.
    """

    pll_gains: PllGains = nested(PllGains)
    pll: PllState = nested(PllState)
    pfc_gains: PfcGains = nested(PfcGains)
    pfc: PfcState = nested(PfcState)
    meas: ModuleMeas = nested(ModuleMeas)
    cmd: ModuleCommand = nested(ModuleCommand)
    bank: LegBank = nested(LegBank)
    times: LegTimes = nested(LegTimes)
    legs: LegState = nested(LegState)
    kind: int = i32("0 two-level, 1 T-type, 2 Vienna")
    u_dc_slew: float = f32("V", "change of the link reference in one interrupt")
    u_dc_target: float = f32("V", "link voltage asked for")
    T_s: float = f32("s")
    period: float = f64("s", "as T_s, for the edges")
    quantum: float = f64("s", "step of the PWM timer, 0: continuous")


@plant_kernel
def _switch(m: ThreePhaseLoop, edge_t: Any, edge_g: Any) -> int:
    """Write the edges of the command computed in the period before."""
    c = m.cmd
    if m.kind == TWO_LEVEL:
        refused = two_level_times(
            m.times,
            0.5 + 0.5 * c.m_a,
            0.5 + 0.5 * c.m_b,
            0.5 + 0.5 * c.m_c,
            m.period,
            m.quantum,
        )
    elif m.kind == T_TYPE:
        refused = t_type_times(m.times, c.m_a, c.m_b, c.m_c, m.period, m.quantum)
    else:
        refused = vienna_times(m.times, c.m_a, c.m_b, c.m_c, m.period, m.quantum)
    if refused != 0:
        return -refused
    count: int = leg_edges(m.bank, m.times, m.legs, m.period, edge_t, edge_g)
    return count


@plant_kernel
def three_phase_period(
    memory: ThreePhaseLoop, index: int, outputs: Any, edge_t: Any, edge_g: Any
) -> int:
    """Switch by the last command, sample, compute the next one; return the number of edges."""
    m = memory
    count = 0
    if index > 0:  # no command before the first sample: all gates off
        count = _switch(m, edge_t, edge_g)
    s = m.meas
    s.i_g_a = outputs[0]
    s.i_g_b = outputs[1]
    s.u_g_a = outputs[3]
    s.u_g_b = outputs[4]
    if m.kind == TWO_LEVEL:
        s.u_p = 0.5 * outputs[6]
        s.u_n = 0.5 * outputs[6]
    else:
        s.u_p = outputs[6]
        s.u_n = outputs[7]
    u_dc = s.u_p + s.u_n
    pll_step(m.pll_gains, m.pll, s, m.T_s)
    step = m.u_dc_target - m.pfc.u_dc_ref
    m.pfc.u_dc_ref += min(max(step, -m.u_dc_slew), m.u_dc_slew)
    s.i_o = outputs[5]
    link_control(m.pfc_gains, m.pfc, m.pll, u_dc, u_dc * s.i_o, m.T_s)
    v_al, v_be = current_control(m.pfc_gains, m.pfc, m.pll, s, u_dc, m.T_s)
    modulate(m.pfc_gains, m.cmd, v_al, v_be, s.u_p, s.u_n, m.pfc.i_d_ref)
    return count
