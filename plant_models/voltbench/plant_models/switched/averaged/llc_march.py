"""Half a period of a full-bridge LLC into a stiff output, with its diodes' commutations located.

The same circuit as `diode_bridge`, marched by Runge-Kutta steps of a few hundredths of a radian
instead of matrix exponentials, compiled: a map asks for some hundred thousand half periods.
Referred to the input, with v the voltage of the magnetising inductance:

    C u' = i,   L i' = u_1 - u - r_1 i - v,   L_m i_m' = v,
    v = +-U + r_2 (i - i_m) while the diodes conduct, i = i_m while they do not.
"""

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import f64, record

STEPS = 240
"""In half a period: the fifth-order error is below 1e-9 of the states."""


@record
class LlcTank:
    """Values referred to the input."""

    u_1: float = f64("V", "bridge voltage in this half period")
    u_2: float = f64("V", "turns ratio times output voltage and two diodes' thresholds")
    inv_C: float = f64("1/F")
    inv_L: float = f64("1/H")
    inv_L_m: float = f64("1/H")
    r_1: float = f64("ohm", "channels and winding")
    r_2: float = f64("ohm", "two diodes, referred")
    alpha: float = f64("1", "Steinmetz exponent of the frequency")


@record
class LlcHalf:
    """State, moved by a march, and what it summed up."""

    u: float = f64("V", "resonant capacitor")
    i: float = f64("A", "series current")
    i_m: float = f64("A", "magnetising current")
    charge: float = f64("C", "through the diodes, referred")
    square: float = f64("A^2 s", "of the series current")
    square_2: float = f64("A^2 s", "of the diodes' current, referred")
    flux: float = f64("V s", "largest magnitude of L_m i_m")
    slope: float = f64("V^alpha s", "of the magnetising voltage")
    changes: float = f64("1", "changes of the diodes' state")


@plant_kernel
def _voltage(p: LlcTank, mode: int, u: float, i: float, i_m: float) -> float:
    """Return the magnetising voltage (V); mode 1, -1: diodes conduct, 0: they do not."""
    if mode == 0:
        return p.inv_L / (p.inv_L + p.inv_L_m) * (p.u_1 - u - p.r_1 * i)
    return mode * p.u_2 + p.r_2 * (i - i_m)


@plant_kernel
def _step(
    p: LlcTank, mode: int, u: float, i: float, i_m: float, h: float
) -> tuple[float, float, float]:
    """Return the states a step (s) later: classical fourth-order Runge-Kutta."""
    total_u = 0.0
    total_i = 0.0
    total_m = 0.0
    ku = 0.0
    ki = 0.0
    km = 0.0
    for k in range(4):
        at = 0.0 if k == 0 else (h if k == 3 else 0.5 * h)
        a = u + at * ku
        b = i + at * ki
        c = i_m + at * km
        v = _voltage(p, mode, a, b, c)
        ku = b * p.inv_C
        ki = (p.u_1 - a - p.r_1 * b - v) * p.inv_L
        km = ki if mode == 0 else v * p.inv_L_m
        weight = 2.0 if 0 < k < 3 else 1.0
        total_u += weight * ku
        total_i += weight * ki
        total_m += weight * km
    h /= 6.0
    return u + h * total_u, i + h * total_i, i_m + h * total_m


@plant_kernel
def _guard(p: LlcTank, mode: int, u: float, i: float, i_m: float) -> float:
    """Return what turns negative when the diodes' state ends."""
    if mode == 0:
        return p.u_2 - abs(_voltage(p, 0, u, i, i_m))
    return mode * (i - i_m)


@plant_kernel
def _next_mode(p: LlcTank, u: float, i: float, i_m: float) -> int:
    """Return which way the diodes conduct from no current on, if at all."""
    v = _voltage(p, 0, u, i, i_m)
    if abs(v) <= p.u_2:
        return 0
    return 1 if v > 0.0 else -1


@plant_kernel
def march(p: LlcTank, s: LlcHalf, half: float, steps: int) -> None:
    """Advance half a period (s) and sum up currents and flux."""
    s.charge = 0.0
    s.square = 0.0
    s.square_2 = 0.0
    s.slope = 0.0
    s.changes = 0.0
    s.flux = abs(s.i_m) / p.inv_L_m
    difference = s.i - s.i_m
    mode = _next_mode(p, s.u, s.i, s.i_m)
    if abs(difference) > 1e-9 * (abs(s.i) + abs(s.i_m)):
        mode = 1 if difference > 0.0 else -1
    left = half
    step = half / steps
    while left > 1e-9 * half:
        h = min(step, left)
        u, i, i_m = _step(p, mode, s.u, s.i, s.i_m, h)
        after = _guard(p, mode, u, i, i_m)
        ends = after < 0.0
        if ends:
            before = max(_guard(p, mode, s.u, s.i, s.i_m), 0.0)
            share = 0.0
            slow = before
            for _ in range(3):  # false position along the step
                found = share + (1.0 - share) * slow / (slow - after)
                u, i, i_m = _step(p, mode, s.u, s.i, s.i_m, found * h)
                slow = max(_guard(p, mode, u, i, i_m), 0.0)
                share = found
            h = share * h
        _add(p, s, mode, u, i, i_m, h)
        s.u = u
        s.i = i
        s.i_m = i_m
        left -= h
        if ends:
            s.changes += 1.0
            if mode == 0:
                mode = 1 if _voltage(p, 0, u, i, i_m) > 0.0 else -1
            else:
                s.i = i_m
                mode = _next_mode(p, u, i_m, i_m)
            if s.changes > 50.0:
                left = 0.0


@plant_kernel
def _add(p: LlcTank, s: LlcHalf, mode: int, u: float, i: float, i_m: float, h: float) -> None:
    """Add a step's integrals: currents are near enough to straight for it."""
    before = abs(s.i - s.i_m)
    after = abs(i - i_m)
    s.square += h * (s.i * s.i + s.i * i + i * i) / 3.0
    if mode != 0:
        s.charge += 0.5 * h * (before + after)
        s.square_2 += h * (before * before + before * after + after * after) / 3.0
    s.flux = max(s.flux, abs(i_m) / p.inv_L_m)
    v = 0.5 * abs(_voltage(p, mode, s.u, s.i, s.i_m) + _voltage(p, mode, u, i, i_m))
    s.slope += h * v**p.alpha
