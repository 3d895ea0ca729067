"""Synchronous-reference-frame PLL on the filter-capacitor voltage.

The q component, normalised by the filtered amplitude, drives a PI controller:

    eps = u_q / |u|,   omega = omega_0 + k_p eps + x,   x' = k_i eps,   theta' = omega

Linearised, theta_est/theta = (k_p s + k_i)/(s^2 + k_p s + k_i): with
k_p = 2 alpha_pll and k_i = alpha_pll^2 both poles lie at -alpha_pll (rad/s).
Source: V. Kaura, V. Blasko, "Operation of a phase locked loop system under distorted
utility conditions", IEEE Trans. Ind. Appl. 33(1), 1997, doi:10.1109/28.567077.
Valid for |theta error| < pi/2 after locking; unbalance appears as ripple at 2 omega.
"""

from voltbench.control.numerics.float32 import INV_SQRT3, ONE, TWO, F, clamp, sin_cos, wrap
from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.lanes import where
from voltbench.control.numerics.records import f32, i32, record
from voltbench.control.signals import ModuleMeas

_FLOOR = F(1.0)  # V, keeps the normalisation finite on a dead grid
_LOCKED = F(0.1)  # rad, filtered |eps| below which the PLL counts as locked


@record
class PllGains:
    """Gains of the PLL."""

    k_p: float = f32("rad/s")
    k_i: float = f32("rad/s^2")
    omega_0: float = f32("rad/s", "nominal grid frequency")
    x_max: float = f32("rad/s", "largest correction of the nominal frequency")
    a_u: float = f32("1", "amplitude filter, T_s over its time constant")


@record
class PllState:
    """State and results of the PLL."""

    theta: float = f32("rad", "angle of the grid voltage, -pi..pi")
    omega: float = f32("rad/s")
    x: float = f32("rad/s", "integral part")
    u: float = f32("V", "filtered amplitude")
    eps: float = f32("rad", "filtered magnitude of the angle error")
    u_d: float = f32("V")
    u_q: float = f32("V")
    sin: float = f32("1")
    cos: float = f32("1")
    locked: int = i32()


@kernel
def pll_step(p: PllGains, s: PllState, meas: ModuleMeas, T_s: float) -> None:
    """Follow the grid by one period; leaves dq voltage, sin and cos of the present sample."""
    u_al = meas.u_g_a
    u_be = (meas.u_g_a + TWO * meas.u_g_b) * INV_SQRT3
    sin, cos = sin_cos(s.theta)
    s.sin = sin
    s.cos = cos
    s.u_d = cos * u_al + sin * u_be
    s.u_q = cos * u_be - sin * u_al
    s.u += p.a_u * (s.u_d - s.u)
    amplitude = max(s.u, _FLOOR)
    eps = clamp(s.u_q / amplitude, -ONE, ONE)
    s.eps += p.a_u * (abs(eps) - s.eps)
    s.locked = where((s.eps < _LOCKED) & (s.u > _FLOOR), 1, 0)
    s.x = clamp(s.x + T_s * p.k_i * eps, -p.x_max, p.x_max)
    s.omega = p.omega_0 + p.k_p * eps + s.x
    s.theta = wrap(s.theta + T_s * s.omega)
