"""Single-phase synchronisation: in-phase and quadrature voltage, amplitude and frequency.

A second-order generalised integrator follows the line, u = a + e with a = U cos(theta); its
other state b = U sin(theta) is the quadrature, and a frequency-locked loop tunes it:

    a' = omega (k e - b),    b' = omega a,    omega' = -gamma e b / (a^2 + b^2)

The states are turned by the exact rotation of a period after the sample's correction, so that
neither lags at steady state: (a, b) is the line at the sample, and turned ahead at any instant
after it. k = sqrt(2) settles within a cycle; gamma = 2 alpha_f, alpha_f the bandwidth of the
frequency loop in rad/s.
Source: P. Rodriguez et al., IEEE Trans. Ind. Electron. 58(1), 2011, doi:10.1109/TIE.2010.2042420.
Valid for omega T_s < 0.1 (series of sine and cosine to third order); harmonics of order h pass
with about k/(h - 1/h) of their amplitude.
"""

from voltbench.control.numerics.float32 import HALF, ONE, F, clamp
from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.records import f32, record

_SIXTH = F(1.0 / 6.0)
_FLOOR = F(1.0)  # V^2, keeps the normalisation finite on a dead line


@record
class SyncGains:
    """Gains of the synchronisation."""

    k: float = f32("1", "gain of the generalised integrator")
    gamma: float = f32("rad/s", "gain of the frequency loop")
    omega_0: float = f32("rad/s", "nominal")
    omega_range: float = f32("rad/s", "largest deviation from nominal")


@record
class SyncState:
    """The line at the present sample."""

    a: float = f32("V", "in phase: the line's fundamental")
    b: float = f32("V", "quadrature, a quarter period behind")
    omega: float = f32("rad/s")
    square: float = f32("V^2", "of the amplitude")


@kernel
def turned(a: float, b: float, angle: float) -> tuple[float, float]:
    """Return (a, b) an angle (rad, small) later."""
    square = angle * angle
    cos = ONE - HALF * square
    sin = angle * (ONE - _SIXTH * square)
    return a * cos - b * sin, b * cos + a * sin


@kernel
def sync_step(p: SyncGains, s: SyncState, u_g: float, T_s: float) -> None:
    """Turn the states to the present sample and correct them by it (V)."""
    a, b = turned(s.a, s.b, s.omega * T_s)
    e = u_g - a
    s.square = max(a * a + b * b, _FLOOR)
    omega = s.omega - T_s * p.gamma * p.omega_0 * e * b / s.square
    s.omega = clamp(omega, p.omega_0 - p.omega_range, p.omega_0 + p.omega_range)
    s.a = a + p.k * s.omega * T_s * e
    s.b = b
