"""Constants and small functions for float32 laws.

A Python literal in a kernel is a double and silently makes a law double; `F(0.5)`
at module level is a float32 constant. The sine is a polynomial of our own: it rounds
the same on every machine, which a maths library does not.
"""

import numpy as np

from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.lanes import where


def F(value: float) -> float:
    """Return `value` as a float32 constant (typed as float for the checker)."""
    constant: float = np.float32(value)  # type: ignore[assignment]
    return constant


ZERO = F(0.0)
ONE = F(1.0)
TWO = F(2.0)
HALF = F(0.5)
PI = F(np.pi)
TWO_PI = F(2 * np.pi)
HALF_PI = F(np.pi / 2)
SQRT3 = F(np.sqrt(3.0))
HALF_SQRT3 = F(np.sqrt(3.0) / 2)
INV_SQRT3 = F(1 / np.sqrt(3.0))
TWO_THIRDS = F(2.0 / 3.0)

# minimax fit of (sin(x) - x)/x^3 in x^2 on [0, pi/2]: error 5e-9, in float32 1.2e-7
_S0 = F(-1.66666571e-1)
_S1 = F(8.33301729e-3)
_S2 = F(-1.98066150e-4)
_S3 = F(2.60005441e-6)


@kernel
def sine(x: float) -> float:
    """Return sin(x) for x in [-pi/2, pi/2], error below 1.25e-7."""
    z = x * x
    return x + x * z * (_S0 + z * (_S1 + z * (_S2 + z * _S3)))


@kernel
def sin_cos(theta: float) -> tuple[float, float]:
    """Return sin and cos of an angle in [-pi, pi]."""
    x = where(theta > HALF_PI, PI - theta, where(theta < -HALF_PI, -PI - theta, theta))
    return sine(x), sine(HALF_PI - abs(theta))


@kernel
def as_f32(n: int) -> float:
    """Return an integer as float32 (an int32 times a float32 would be a double)."""
    return np.float32(n)  # type: ignore[return-value]


@kernel
def clamp(x: float, low: float, high: float) -> float:
    """Limit x to [low, high]."""
    return min(max(x, low), high)


@kernel
def wrap(theta: float) -> float:
    """Bring an angle that moved by less than a turn back to [-pi, pi]."""
    return where(theta > PI, theta - TWO_PI, where(theta < -PI, theta + TWO_PI, theta))


@kernel
def slew(value: float, target: float, step: float) -> float:
    """Move `value` towards `target` by at most `step`."""
    return value + clamp(target - value, -step, step)
