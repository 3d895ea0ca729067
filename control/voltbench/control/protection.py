"""Protection: trips that latch, judged at every interrupt.

A limit must be exceeded for a number of consecutive samples (its qualification); then
the bit latches and gates block in the same interrupt, so the reaction time is the
qualification plus the one-period delay of the command. Nothing here clears a fault.
"""

from voltbench.control.numerics.float32 import ZERO, F
from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.lanes import any_lane
from voltbench.control.numerics.records import f32, i32, record
from voltbench.control.pll import PllState
from voltbench.control.signals import ChargerMeas, ModuleMeas, Setpoints

_UNBALANCED = F(0.12)  # rad, filtered angle error of a PLL that has lost a phase


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
def judge_modules(p: ProtectionLimits, s: ProtectionState, exceeded: int) -> None:
    """Judge what any module exceeded in this interrupt, as bits of signals.Fault."""
    before = s.faults
    s.n_link_over = count(s.n_link_over, exceeded & 1 != 0)
    s.n_link_under = count(s.n_link_under, exceeded & 2 != 0)
    s.n_grid_over = count(s.n_grid_over, exceeded & 4 != 0)
    s.n_module_T = count(s.n_module_T, exceeded & 32 != 0)
    s.n_grid_lost = count(s.n_grid_lost, exceeded & 512 != 0)
    s.n_module_i = count(s.n_module_i, exceeded & 2048 != 0)
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
def _bit(fault: int, exceeded: bool) -> int:
    return fault if any_lane(exceeded) else 0


@kernel
def module_exceeds(p: ProtectionLimits, m: ModuleMeas) -> int:
    """Return the faults whose limits a module's measurements exceed, as bits."""
    i_c = m.i_g_a + m.i_g_b
    link = (m.u_p + m.u_n > p.u_dc_max) | (m.u_p > p.u_half_max) | (m.u_n > p.u_half_max)
    grid = (abs(m.i_g_a) > p.i_g_max) | (abs(m.i_g_b) > p.i_g_max) | (abs(i_c) > p.i_g_max)
    hot = _bit(32, m.T_hs > p.T_hs_max)
    return _bit(1, link) | _bit(4, grid) | hot | _bit(2048, abs(m.i_o) > p.i_module_max)


@kernel
def link_low(p: ProtectionLimits, m: ModuleMeas) -> int:
    """Return the fault of a link below its limit, which counts once soft start is over."""
    return _bit(2, m.u_p + m.u_n < p.u_dc_min)


@kernel
def grid_missing(p: ProtectionLimits, pll: PllState) -> int:
    """Return the fault of a grid too low or without a phase."""
    return _bit(512, (pll.u < p.u_g_min) | (pll.eps > _UNBALANCED))
