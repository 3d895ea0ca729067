"""Protection: trips that latch, judged at every interrupt.

A limit must be exceeded for a number of consecutive samples (its qualification); then
the bit latches and gates block in the same interrupt, so the reaction time is the
qualification plus the one-period delay of the command. Nothing here clears a fault.
"""

from voltbench.control.numerics.float32 import ZERO
from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.records import f32, i32, record
from voltbench.control.signals import ChargerMeas, ModuleMeas, Setpoints


@record
class ProtectionLimits:
    """Trip levels and qualification times (in interrupts)."""

    u_dc_max: float = f32("V", "whole link")
    u_half_max: float = f32("V", "each half of the link")
    u_dc_min: float = f32("V", "whole link, while the front end runs")
    i_g_max: float = f32("A", "instantaneous phase current")
    i_module_max: float = f32("A", "module output")
    i_out_max: float = f32("A", "charger output")
    u_out_max: float = f32("V", "charger output, the rating's")
    T_hs_max: float = f32("degC", "heatsink sensor")
    T_pin_max: float = f32("degC", "connector sensor")
    u_g_min: float = f32("V", "filtered grid amplitude, while running")
    n_fast: int = i32("samples for currents and voltages")
    n_slow: int = i32("samples for temperatures and the grid")


@record
class ProtectionState:
    """Counters and the latched word; `since` counts samples above the limit before the trip."""

    faults: int = i32("bits of signals.Fault")
    new: int = i32("bits latched in this interrupt")
    n_link_over: int = i32()
    n_link_under: int = i32()
    n_grid_over: int = i32()
    n_out_u: int = i32()
    n_out_i: int = i32()
    n_module_i: int = i32()
    n_module_T: int = i32()
    n_pin_T: int = i32()
    n_grid_lost: int = i32()


@kernel
def count(n: int, exceeded: bool) -> int:
    """Count consecutive exceedances."""
    return n + 1 if exceeded else 0


@kernel
def judge_charger(
    p: ProtectionLimits, s: ProtectionState, meas: ChargerMeas, ref: Setpoints
) -> None:
    """Judge the common sensors and the requests; start of an interrupt."""
    before = s.faults
    u_max = p.u_out_max
    if ref.u_o_max > ZERO and ref.u_o_max < u_max:
        u_max = ref.u_o_max
    s.n_out_u = count(s.n_out_u, meas.u_bus > u_max)
    s.n_out_i = count(s.n_out_i, abs(meas.i_out) > p.i_out_max)
    s.n_pin_T = count(s.n_pin_T, meas.T_pin > p.T_pin_max)
    faults = before
    if s.n_out_u >= p.n_fast:
        faults |= 8
    if s.n_out_i >= p.n_fast:
        faults |= 16
    if s.n_pin_T >= p.n_slow:
        faults |= 64
    if ref.insulation_fault:
        faults |= 128
    if ref.emergency_stop:
        faults |= 256
    s.faults = faults
    s.new = faults & ~before


@kernel
def judge_modules(
    p: ProtectionLimits,
    s: ProtectionState,
    link_high: bool,
    link_low: bool,
    grid_high: bool,
    module_high: bool,
    hot: bool,
    grid_lost: bool,
) -> None:
    """Judge what any module exceeded in this interrupt."""
    before = s.faults
    s.n_link_over = count(s.n_link_over, link_high)
    s.n_link_under = count(s.n_link_under, link_low)
    s.n_grid_over = count(s.n_grid_over, grid_high)
    s.n_module_i = count(s.n_module_i, module_high)
    s.n_module_T = count(s.n_module_T, hot)
    s.n_grid_lost = count(s.n_grid_lost, grid_lost)
    faults = before
    if s.n_link_over >= p.n_fast:
        faults |= 1
    if s.n_link_under >= p.n_fast:
        faults |= 2
    if s.n_grid_over >= p.n_fast:
        faults |= 4
    if s.n_module_T >= p.n_slow:
        faults |= 32
    if s.n_grid_lost >= p.n_slow:
        faults |= 512
    if s.n_module_i >= p.n_fast:
        faults |= 2048
    s.faults = faults
    s.new |= faults & ~before


@kernel
def link_exceeds(p: ProtectionLimits, m: ModuleMeas) -> bool:
    """Tell whether a module's link is above its limits."""
    return m.u_p + m.u_n > p.u_dc_max or m.u_p > p.u_half_max or m.u_n > p.u_half_max


@kernel
def grid_exceeds(p: ProtectionLimits, m: ModuleMeas) -> bool:
    """Tell whether any phase current of a module is above its limit."""
    i_c = m.i_g_a + m.i_g_b
    return abs(m.i_g_a) > p.i_g_max or abs(m.i_g_b) > p.i_g_max or abs(i_c) > p.i_g_max
