"""Periodic steady state of LLC and CLLC into a diode bridge, solved in the time domain.

Between commutations the tank is linear in one of three modes: the bridge conducts one way,
the other way, or not at all. A half period is marched exactly from mode to mode (the
instants found on the exact solution), and Newton's method closes it onto its own mirror
image together with the output voltage that the load allows. No harmonic is neglected; what
is, are the output ripple and the dead time, which delays every input edge alike as long as
all commutate alike.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import expm
from scipy.optimize import brentq

from voltbench.plant_models.switched.averaged.active_bridges import (
    BridgePoint,
    LoadLine,
    NoSteadyState,
    load_line,
)
from voltbench.plant_models.switched.averaged.first_harmonic import (
    cllc_first_harmonic,
    llc_first_harmonic,
)
from voltbench.plant_models.switched.averaged.linear import Array, Piece, moments
from voltbench.plant_models.switched.averaged.tanks import Tank, cllc_tank, llc_tank
from voltbench.plant_models.switched.topologies.cllc import CllcParameters
from voltbench.plant_models.switched.topologies.llc import LlcParameters

SCAN = 64
"""Instants of a mode at which its end is looked for; finer than any ring of a tank in use."""
NEWTON = 40
WARM_UP = 60
"""Half periods run before Newton starts: it needs to know the sequence of modes."""
RUNAWAY = 1e6
"""Of a state's scale."""
CLOSED = 1e-9
"""Mismatch over the half period (of the scale of each state) that counts as closed."""


@dataclass(frozen=True)
class Rectified:
    """A tank between a square wave and a diode bridge.

    Attributes
    ----------
    tank : Tank
    amplitude_V : float
        Of the square wave.
    threshold_V : float
        Of the two diodes in series.
    line : LoadLine
    period : float
        Switching period (s).
    """

    tank: Tank
    amplitude_V: float
    threshold_V: float
    line: LoadLine
    period: float


def llc_point(p: LlcParameters, frequency: float, half_bridge: bool = False) -> BridgePoint:
    """Return the steady state of an LLC at `frequency` (Hz).

    Raises
    ------
    NoSteadyState
        If none is found.
    """
    share, devices = (0.5, 1) if half_bridge else (1.0, 2)
    amplitude = share * p.input_voltage_V
    line = LoadLine(1.0 / p.load_resistance_Ohm)
    case = Rectified(
        llc_tank(p, devices), amplitude, 2.0 * p.rectifier_voltage_V, line, 1.0 / frequency
    )
    return rectified_point(case, llc_first_harmonic(p, frequency, amplitude).output_voltage_V)


def cllc_diode_point(p: CllcParameters, frequency: float) -> BridgePoint:
    """Return the steady state of a CLLC whose output bridge is left to its body diodes.

    Raises
    ------
    NoSteadyState
        If none is found.
    """
    body = p.device_2
    case = Rectified(
        cllc_tank(p, body.body_resistance_Ohm),
        p.input_voltage_V,
        2.0 * body.body_voltage_V,
        load_line(p.dc),
        1.0 / frequency,
    )
    return rectified_point(case, cllc_first_harmonic(p, frequency).output_voltage_V)


def rectified_point(case: Rectified, first_guess_V: float) -> BridgePoint:
    """Return the steady state, starting the search from an output voltage (V).

    Raises
    ------
    NoSteadyState
        If Newton's method does not close the half period.
    """
    size = len(case.tank.a)
    scale = np.append(_scale(case), case.amplitude_V)
    unknown = np.append(np.zeros(size), first_guess_V)
    for _ in range(WARM_UP):
        _refuse_runaway(case, unknown / scale)
        end, charge, _ = _march(case, unknown[:-1], float(unknown[-1]))
        unknown[:-1] = -end
        unknown[-1] = _relaxed(case, charge, float(unknown[-1]))
    for _ in range(NEWTON):
        _refuse_runaway(case, unknown / scale)
        miss = _mismatch(case, unknown, scale)
        if np.abs(miss).max() < CLOSED:
            return _point(case, unknown)
        slope = np.empty((size + 1, size + 1))
        for k in range(size + 1):
            moved = unknown.copy()
            moved[k] += 1e-6 * scale[k]
            slope[:, k] = (_mismatch(case, moved, scale) - miss) / 1e-6
        step = np.linalg.lstsq(slope, -miss, rcond=None)[0]
        unknown = unknown + step * scale * min(1.0, 0.3 / float(np.abs(step).max()))
    raise NoSteadyState(
        f"LLC: no periodic solution at {1.0 / case.period:g} Hz after {NEWTON} Newton steps"
    )


def _refuse_runaway(case: Rectified, share: Array) -> None:
    """Stop a search whose states (of their scale) leave everything a converter could have.

    Round-off of the exponentials decides how far such a search gets.

    Raises
    ------
    NoSteadyState
        Naming the frequency.
    """
    if not np.abs(share).max() < RUNAWAY:
        raise NoSteadyState(
            f"LLC: no periodic solution at {1.0 / case.period:g} Hz: the search runs away"
        )


def _scale(case: Rectified) -> Array:
    """Return magnitudes of the tank's states: V for capacitors, A for inductors."""
    drive = np.abs(case.tank.b_1)
    currents = case.amplitude_V * drive * 0.25 * case.period
    largest = float(currents.max())
    return np.where(drive > 0.0, largest, case.amplitude_V)


def _relaxed(case: Rectified, charge: float, u_o: float) -> float:
    """Move the output voltage towards what the load makes of the current found."""
    current = charge / (0.5 * case.period)
    target = (current + case.line.current) / case.line.conductance
    return max(u_o + 0.1 * (target - u_o), 1e-3 * case.amplitude_V)


def _mismatch(case: Rectified, unknown: Array, scale: Array) -> Array:
    end, charge, _ = _march(case, unknown[:-1], float(unknown[-1]))
    drawn = case.line.conductance * unknown[-1] - case.line.current
    balance = charge / (0.5 * case.period) - drawn
    per_volt = case.line.conductance * case.amplitude_V
    return np.append((end + unknown[:-1]) / scale[:-1], balance / per_volt)


def _mode(case: Rectified, sign: int, u_o: float) -> Piece:
    tank, v_1 = case.tank, case.amplitude_V
    if sign == 0:
        return Piece(tank.a_off, tank.b_off * v_1, 0.0)
    against = sign * (u_o + case.threshold_V)
    return Piece(tank.a, tank.b_1 * v_1 + tank.b_2 * against, 0.0)


def _march(case: Rectified, start: Array, u_o: float) -> tuple[Array, float, list[Piece]]:
    """Run half a period with +v_1; return the end, the output charge (C) and the pieces."""
    z, left, charge = np.append(start, 1.0), 0.5 * case.period, 0.0
    sign = _first_mode(case, start, u_o)
    pieces: list[Piece] = []
    while left > 1e-12 * case.period:
        if len(pieces) > SCAN:
            raise NoSteadyState(f"the diode bridge commutates over {SCAN} times in half a period")
        mode = _mode(case, sign, u_o)
        duration, after = _until(case, mode, sign, z, left, u_o)
        piece = replace(mode, duration=duration)
        pieces.append(piece)
        grown = np.zeros((len(z) + 1, len(z) + 1))
        grown[:-1, :-1] = mode.generator()
        grown[-1, : len(z) - 1] = sign * case.tank.i_2
        full = expm(grown * duration) @ np.append(z, 0.0)
        z, charge = full[:-1], charge + float(full[-1])
        left -= duration
        if sign != 0 and after == 0:
            z = _without_output_current(case, z)
            after = _open_mode(case, z[:-1], u_o)
        sign = after
    return z[:-1], charge, pieces


def _without_output_current(case: Rectified, z: Array) -> Array:
    """Put the state exactly onto i_2 = 0, off which the root finder leaves it by round-off."""
    row = case.tank.i_2
    fixed = z.copy()
    fixed[:-1] -= row * (row @ z[:-1]) / (row @ row)
    return fixed


def _first_mode(case: Rectified, state: Array, u_o: float) -> int:
    current = float(case.tank.i_2 @ state)
    if abs(current) > 1e-9 * float(np.abs(case.tank.i_2) @ np.abs(state)):
        return 1 if current > 0.0 else -1
    return _open_mode(case, state, u_o)


def _open_mode(case: Rectified, state: Array, u_o: float) -> int:
    """Return which way the bridge starts to conduct from zero current, if at all."""
    open_v = float(case.tank.open_x @ state) + case.tank.open_1 * case.amplitude_V
    if abs(open_v) <= u_o + case.threshold_V:
        return 0
    return 1 if open_v > 0.0 else -1


def _until(
    case: Rectified, mode: Piece, sign: int, z: Array, left: float, u_o: float
) -> tuple[float, int]:
    """Return how long a mode lasts (s, at most `left`) and what follows it (0: see the voltage)."""
    tank = case.tank
    if sign != 0:
        row = np.append(sign * tank.i_2, 0.0)
        rows = [(row, 0)]
    else:
        barrier = u_o + case.threshold_V
        rows = [
            (np.append(-s * tank.open_x, barrier - s * tank.open_1 * case.amplitude_V), s)
            for s in (1, -1)
        ]
    m = mode.generator()
    step = expm(m * (left / SCAN))
    states = [z]
    for _ in range(SCAN):
        states.append(step @ states[-1])
    path = np.array(states)
    best, follows = left, sign
    for row, after in rows:
        values = path @ row
        crossed = np.nonzero((values[1:] < 0.0) & (values[:-1] >= 0.0))[0]
        crossed = crossed[crossed > 0] if sign != 0 and abs(values[0]) < 1e-9 else crossed
        if not len(crossed):
            continue
        k = int(crossed[0])

        def value(t: float, at: Array = path[k], row: Array = row) -> float:
            return float(row @ (expm(m * t) @ at))

        t = k * left / SCAN + float(brentq(value, 0.0, left / SCAN, xtol=1e-18, rtol=1e-14))
        if t < best:
            best, follows = t, after
    return best, follows


def _point(case: Rectified, unknown: Array) -> BridgePoint:
    u_o = float(unknown[-1])
    _, charge, pieces = _march(case, unknown[:-1], u_o)
    first, second = moments(pieces, unknown[:-1])
    half = 0.5 * case.period
    square = np.sum(second, axis=0)[:-1, :-1] / half
    mean_1 = float(case.tank.i_1 @ np.sum(first, axis=0)[:-1]) / half
    rms = [math.sqrt(max(float(r @ square @ r), 0.0)) for r in (case.tank.i_1, case.tank.i_2)]
    help_up = -float(case.tank.i_1 @ unknown[:-1])
    return BridgePoint(
        output_voltage_V=u_o,
        output_current_A=charge / half,
        input_power_W=case.amplitude_V * mean_1,
        output_power_W=u_o * charge / half,
        input_rms_A=rms[0],
        output_rms_A=rms[1],
        commutation_A=(help_up, help_up, 0.0, 0.0),
    )
