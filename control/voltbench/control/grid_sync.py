"""Synchronisation with the grid, of three kinds, and what it does when the grid goes away.

All kinds end in the loop of ``control.pll`` (both poles at alpha_pll),

    eps = v_q/|v|,   omega = omega_c + k_p eps + x,   x' = k_i eps,   theta' = omega

and differ in v and omega_c: SRF takes the measured voltage and the nominal frequency; DSOGI the
positive sequence of ``control.dsogi`` at the nominal frequency; ADAPTIVE the same with its centre
on the grid's frequency, which is omega_c too. Unbalance and harmonics turn v_q at 2 omega and
more: SRF passes them on to the angle, the others do not.

Loss: the grid is away while the voltage's magnitude is below u_hold, a conductor while
|u-| > r_lost |u+| (with a detector of sequences). Then, and n_back interrupts after, eps = 0: the
frequency is frozen at omega_c + x and the angle turns on. After n_lost interrupts of it the share
of the current that the link control may ask for is 0; when the angle is followed and locked again
the share grows by `rise` an interrupt. A deeper error than eps_max counts as eps_max, so that after
a jump the frame catches up at k_p eps_max and no reference jumps.
A phase shorted to the star point leaves a third of the magnitude and |u-|/|u+| = 1/2, an open
conductor 1 once no current flows: u_hold of 0.2 and r_lost of 0.7 ride through the first, with two
thirds of the power at the same current, and wait for the end of the second.
Source: ``control.pll``, ``control.dsogi``; hold and return: own.
Valid as ``control.dsogi``; alpha_pll well below k omega_0/2 = 220 rad/s with a sequence detector.
"""

from voltbench.control.dsogi import DsogiGains, DsogiState, dsogi_step, negative, positive
from voltbench.control.numerics.float32 import INV_SQRT3, ONE, TWO, ZERO, F, clamp, sin_cos, wrap
from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.lanes import where
from voltbench.control.numerics.records import f32, i32, nested, record
from voltbench.control.pfc import PfcGains, PfcState, link_control
from voltbench.control.pll import PllGains, PllState
from voltbench.control.signals import ModuleMeas

SRF, DSOGI, ADAPTIVE = 0, 1, 2
_FLOOR = F(1.0)  # V
_LOCKED = F(0.1)  # rad, as control.pll


@record
class GridSyncGains:
    """Kind and gains of the synchronisation."""

    kind: int = i32("0 SRF, 1 DSOGI, 2 ADAPTIVE")
    pll: PllGains = nested(PllGains)
    dsogi: DsogiGains = nested(DsogiGains)
    u_hold: float = f32("V", "magnitude below which the grid counts as away; 0: never")
    eps_max: float = f32("rad", "largest angle error that is acted on")
    r_lost: float = f32("1", "negative over positive sequence that means an open conductor")
    n_lost: int = i32("interrupts of a loss until no current is asked for")
    n_back: int = i32("interrupts after its end until the angle is followed")
    rise: float = f32("1", "growth of the current's share in one interrupt")


@record
class GridSyncState:
    """Angle and voltage for the laws behind, and the state of a loss."""

    pll: PllState = nested(PllState)
    dsogi: DsogiState = nested(DsogiState)
    u_al: float = f32("V", "measured")
    u_be: float = f32("V")
    v_al: float = f32("V", "followed: positive sequence, or as measured")
    v_be: float = f32("V")
    lost: int = i32("interrupts of a loss, up to n_lost")
    back: int = i32("interrupts until the angle is followed")
    share: float = f32("1", "of the current limit, 0..1")


@kernel
def _watch(p: GridSyncGains, s: GridSyncState, lost: bool) -> None:
    """Count a loss and its end, set the current's share."""
    s.lost = where(lost, min(s.lost + 1, p.n_lost), 0)
    s.back = where(lost, p.n_back, max(s.back - 1, 0))
    follows = (s.back == 0) & (s.pll.locked == 1)
    grown = where(follows, min(s.share + p.rise, ONE), s.share)
    s.share = where(lost & (s.lost >= p.n_lost), ZERO, grown)


@kernel
def _sequences(p: GridSyncGains, s: GridSyncState, away: bool, T_s: float) -> bool:
    """Take the positive sequence for the voltage; tell whether a conductor is open."""
    dsogi_step(p.dsogi, s.dsogi, s.u_al, s.u_be, away, s.back > 0, T_s)
    p_al, p_be = positive(s.dsogi)
    n_al, n_be = negative(s.dsogi)
    # a grid that is away is fed forward as it is, not as remembered
    s.v_al = where(away, s.u_al, p_al)
    s.v_be = where(away, s.u_be, p_be)
    square = p.r_lost * p.r_lost * (p_al * p_al + p_be * p_be)
    return n_al * n_al + n_be * n_be > square


@kernel
def _follow(p: PllGains, s: PllState, v_d: float, v_q: float, eps_max: float, T_s: float) -> None:
    """Move the angle by one period; without an error for eps_max = 0. Leaves `omega` of the loop.

    `s.omega` comes in as the centre frequency.
    """
    s.u += p.a_u * (v_d - s.u)
    raw = v_q / max(s.u, _FLOOR)
    s.eps += p.a_u * (abs(clamp(raw, -ONE, ONE)) - s.eps)
    s.locked = where((s.eps < _LOCKED) & (s.u > _FLOOR), 1, 0)
    eps = clamp(raw, -eps_max, eps_max)
    s.x = clamp(s.x + T_s * p.k_i * eps, -p.x_max, p.x_max)
    s.omega += p.k_p * eps + s.x
    s.theta = wrap(s.theta + T_s * s.omega)


@kernel
def grid_sync_step(p: GridSyncGains, s: GridSyncState, meas: ModuleMeas, T_s: float) -> None:
    """Follow the grid by one period; leaves dq voltage, sin and cos of the present sample."""
    s.u_al = meas.u_g_a
    s.u_be = (meas.u_g_a + TWO * meas.u_g_b) * INV_SQRT3
    away = s.u_al * s.u_al + s.u_be * s.u_be < p.u_hold * p.u_hold
    lost = away
    s.v_al = s.u_al
    s.v_be = s.u_be
    centre = p.pll.omega_0
    if p.kind != SRF:
        lost |= _sequences(p, s, away, T_s)
        centre = s.dsogi.omega
    _watch(p, s, lost)
    pll = s.pll
    pll.sin, pll.cos = sin_cos(pll.theta)
    pll.u_d = pll.cos * s.u_al + pll.sin * s.u_be
    pll.u_q = pll.cos * s.u_be - pll.sin * s.u_al
    v_d = pll.cos * s.v_al + pll.sin * s.v_be
    v_q = pll.cos * s.v_be - pll.sin * s.v_al
    pll.omega = centre
    _follow(p.pll, pll, v_d, v_q, where(s.back > 0, ZERO, p.eps_max), T_s)


@kernel
def link_through(
    p: PfcGains, s: PfcState, sync: GridSyncState, u_dc: float, p_ff: float, T_s: float
) -> None:
    """Run the link control within the share of the current limit; its integrator waits there."""
    before = s.x_v
    link_control(p, s, sync.pll, u_dc, p_ff, T_s)
    limit = sync.share * p.i_max
    i_d = clamp(s.i_d_ref, -limit, limit)
    s.x_v = where(i_d == s.i_d_ref, s.x_v, before)
    s.i_d_ref = i_d
    s.i_q_ref = sync.share * s.i_q_ref
