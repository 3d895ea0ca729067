"""DAB module: output current by phase shift.

The averaged current of a dual active bridge under single phase shift,
    i = n u_1 phi (pi - phi) / (2 pi^2 f_sw L),
is inverted for the wanted current (feed-forward), and a slow integral trims what losses
and sensors leave:  i_cmd = i_ref + x,  x' = alpha_i (i_ref - i_meas).
Far below the turns ratio (start into an empty output) a full link-side wave would drive
u_1/(4 f_sw L) through the inductor at any phase shift. There the link-side bridge makes a
smaller wave by inner phase shift, u_1 in the formula is its fundamental's amplitude, and

    amp_1 = min(1, (n u_2/d_min + u_floor)/u_1).

Source: R. De Doncker et al., IEEE Trans. Ind. Appl. 27(1), 1991, doi:10.1109/28.67533.
Valid for |phi| <= phi_max < pi/2; negative phi takes current back from the output.
"""

import math

from voltbench.control.numerics.float32 import HALF, PI, ZERO, F, clamp
from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.lanes import where
from voltbench.control.numerics.records import f32, record

_FOUR = F(4.0)
_U_MIN = F(50.0)  # V, link voltage below which the inversion is meaningless


@record
class DabGains:
    """Model value and trim of the phase-shift control."""

    k_phi: float = f32("V/A", "2 pi^2 f_sw L / n, of one cell")
    alpha_i: float = f32("1/s", "bandwidth of the integral trim, rad/s")
    x_share: float = f32("1", "largest trim, relative to the reference")
    phi_max: float = f32("rad")
    n_d: float = f32("1", "turns ratio over the least voltage ratio at full amplitude, n/d_min")
    u_floor: float = f32("V", "link-side amplitude at an empty output")


@record
class DabState:
    """Trim and feedback."""

    x: float = f32("A", "integral trim")
    i_cmd: float = f32("A", "module current that the phase shift stands for")
    phi: float = f32("rad")
    u_1: float = f32("V", "amplitude of the link-side wave")


@kernel
def amplitude(p: DabGains, s: DabState, u_dc: float, u_cell: float) -> float:
    """Return the link-side amplitude relative to the link for a cell's output voltage."""
    u_dc = max(u_dc, _U_MIN)
    s.u_1 = min(u_dc, p.n_d * max(u_cell, ZERO) + p.u_floor)
    return s.u_1 / u_dc


@kernel
def phase_shift(
    p: DabGains, s: DabState, i_ref: float, i_meas: float, cells: float, T_s: float
) -> float:
    """Return the phase shift for a module current; `cells` of them share it (1 in series).

    Uses the amplitude that :func:`amplitude` chose in this interrupt.
    """
    s.i_cmd = i_ref + s.x
    four = _FOUR * p.k_phi * abs(s.i_cmd) / (cells * s.u_1)
    inside = PI * PI - four
    size = HALF * (PI - math.sqrt(max(inside, ZERO)))
    phi = where(s.i_cmd < ZERO, -size, size)
    s.phi = clamp(phi, -p.phi_max, p.phi_max)
    x = s.x + where(s.phi == phi, T_s * p.alpha_i * (i_ref - i_meas), ZERO)
    # a share of the reference, so that a sensor's offset cannot charge an idle output
    most = p.x_share * abs(i_ref)
    s.x = clamp(x, -most, most)
    return s.phi
