"""The further grid-side laws of `control/` as interrupt of a switched three-phase bridge.

As `three_phase_interrupt`, with a choice of synchronisation (``control.grid_sync``) and of current
control (dq PI or proportional-resonant), active damping, and the midpoint's law.
"""

from typing import Any

from voltbench.calibration.switched_loops.three_phase_interrupt import TWO_LEVEL, VIENNA
from voltbench.control.capacitor_feedback import (
    CapacitorGains,
    CapacitorState,
    capacitor_feedback,
)
from voltbench.control.grid_sync import GridSyncGains, GridSyncState, grid_sync_step, link_through
from voltbench.control.neutral_point import NeutralGains, NeutralState, modulate_balanced
from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import f32, f64, i32, nested, record
from voltbench.control.pfc import PfcGains, PfcState, current_control
from voltbench.control.pr_current import PrGains, PrState, pr_current
from voltbench.control.signals import ModuleCommand, ModuleMeas
from voltbench.plant_models.switched.modulation.carrier import (
    t_type_times,
    two_level_times,
    vienna_times,
)
from voltbench.plant_models.switched.modulation.legs import LegBank, LegState, LegTimes, leg_edges

DQ, RESONANT = 0, 1


@record
class GridLaws:
    """What the interrupt keeps; probes as `three_phase_interrupt.ThreePhaseLoop`."""

    sync_gains: GridSyncGains = nested(GridSyncGains)
    sync: GridSyncState = nested(GridSyncState)
    pfc_gains: PfcGains = nested(PfcGains)
    pfc: PfcState = nested(PfcState)
    pr_gains: PrGains = nested(PrGains)
    pr: PrState = nested(PrState)
    capacitor_gains: CapacitorGains = nested(CapacitorGains)
    capacitor: CapacitorState = nested(CapacitorState)
    neutral_gains: NeutralGains = nested(NeutralGains)
    neutral: NeutralState = nested(NeutralState)
    meas: ModuleMeas = nested(ModuleMeas)
    cmd: ModuleCommand = nested(ModuleCommand)
    bank: LegBank = nested(LegBank)
    times: LegTimes = nested(LegTimes)
    legs: LegState = nested(LegState)
    kind: int = i32("0 two-level, 1 T-type, 2 Vienna")
    current: int = i32("0 dq PI, 1 resonant")
    always: int = i32("gates that are on all the time")
    u_dc_target: float = f32("V", "link voltage asked for")
    T_s: float = f32("s")
    period: float = f64("s", "as T_s, for the edges")
    quantum: float = f64("s", "step of the PWM timer, 0: continuous")


@plant_kernel
def _switch(m: GridLaws, edge_t: Any, edge_g: Any) -> int:
    """Write the edges of the command computed in the period before."""
    c = m.cmd
    if m.kind == TWO_LEVEL:
        a, b, c_ = 0.5 + 0.5 * c.m_a, 0.5 + 0.5 * c.m_b, 0.5 + 0.5 * c.m_c
        refused = two_level_times(m.times, a, b, c_, m.period, m.quantum)
    elif m.kind == VIENNA:
        refused = vienna_times(m.times, c.m_a, c.m_b, c.m_c, m.period, m.quantum)
    else:
        refused = t_type_times(m.times, c.m_a, c.m_b, c.m_c, m.period, m.quantum)
    if refused != 0:
        return -refused
    count: int = leg_edges(m.bank, m.times, m.legs, m.period, edge_t, edge_g)
    return count


@plant_kernel
def _sample(m: GridLaws, outputs: Any) -> None:
    """Read the probes."""
    s = m.meas
    s.i_g_a = outputs[0]
    s.i_g_b = outputs[1]
    s.u_g_a = outputs[3]
    s.u_g_b = outputs[4]
    s.i_o = outputs[5]
    if m.kind == TWO_LEVEL:
        s.u_p = 0.5 * outputs[6]
        s.u_n = 0.5 * outputs[6]
    else:
        s.u_p = outputs[6]
        s.u_n = outputs[7]


@plant_kernel
def _laws(m: GridLaws) -> None:
    """Compute the next command."""
    s, sync, T_s = m.meas, m.sync, m.T_s
    u_dc = s.u_p + s.u_n
    grid_sync_step(m.sync_gains, sync, s, T_s)
    m.pfc.u_dc_ref = m.u_dc_target
    link_through(m.pfc_gains, m.pfc, sync, u_dc, u_dc * s.i_o, T_s)
    u_al, u_be = capacitor_feedback(m.capacitor_gains, m.capacitor, sync, T_s)
    if m.current == RESONANT:
        v_al, v_be = pr_current(
            m.pr_gains, m.pr, m.pfc, sync.pll, s, u_al, u_be, u_dc, T_s
        )  # fmt: skip
    else:
        v_al, v_be = current_control(m.pfc_gains, m.pfc, sync.pll, s, u_dc, T_s)
    modulate_balanced(m.neutral_gains, m.neutral, m.cmd, s, v_al, v_be)


@plant_kernel
def grid_laws_period(memory: GridLaws, index: int, outputs: Any, edge_t: Any, edge_g: Any) -> int:
    """Switch by the last command, sample, compute the next one; return the number of edges."""
    m = memory
    count = 0
    if index > 0:  # no command before the first sample: all gates off
        count = _switch(m, edge_t, edge_g)
        for k in range(count):
            edge_g[k] |= m.always
    _sample(m, outputs)
    _laws(m)
    return count
