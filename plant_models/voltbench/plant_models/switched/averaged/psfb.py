"""Averaged phase-shifted full bridge with the duty cycle its leakage inductance costs.

After the bridge has switched, the leakage inductance must carry the primary current from one
direction into the other before the output sees the pulse: that time is lost to the duty
cycle. Volt-second balance of the filter, with every drop at its mean current, gives the
output voltage; the currents at the corners give mean and rms values of the primary.

While the bridge freewheels, the primary current falls with the filter's (one pair of diodes
then carries on alone), or by the resistances where that is faster (all diodes conduct). In
the dead time before the pulse it may come to rest at zero: then what is left of the dead time
is lost to the duty cycle as well. Continuous conduction only.
"""

import math
from dataclasses import dataclass

from voltbench.plant_models.switched.averaged.active_bridges import (
    NoSteadyState,
    load_line,
)
from voltbench.plant_models.switched.topologies.psfb import PsfbParameters

ITERATIONS = 200
SETTLED = 1e-10
"""Relative change of the output voltage that ends the iteration."""


@dataclass(frozen=True)
class PsfbPoint:
    """An operating point.

    Attributes
    ----------
    output_voltage_V, output_current_A, output_power_W, input_power_W : float
        Mean values.
    primary_rms_A : float
        Rms current of the primary winding.
    effective_duty : float
        Share of each half period in which the output sees the pulse.
    ripple_A : float
        Peak to peak current of (each) filter inductor.
    duty : float
        Of the half period, as the gates make it.
    peak_A, freewheeling_end_A : float
        Primary current that ends the pulse's legs, and that the pulse's start turns off.
    commutated_A : float
        Primary current at which the output starts to see the pulse.
    single_pair : float
        Share of the time in which one pair of diodes conducts alone.
    """

    output_voltage_V: float
    output_current_A: float
    output_power_W: float
    input_power_W: float
    primary_rms_A: float
    effective_duty: float
    ripple_A: float
    duty: float
    peak_A: float
    freewheeling_end_A: float
    commutated_A: float
    single_pair: float


@dataclass(frozen=True)
class _Corners:
    """Primary current at the corners of a half period (A), and when they come (s)."""

    freewheeling_end: float
    turn: float
    """From there to zero (or to `commutated`, if that is still negative)."""
    rest: float
    commutated: float
    """Where the output starts to see the pulse."""
    commutation: float
    active: float
    peak: float
    locked: bool
    """One pair of diodes conducts alone while the bridge freewheels."""


def psfb_point(
    p: PsfbParameters, duty: float, current_doubler: bool = False, r_on_Ohm: float | None = None
) -> PsfbPoint:
    """Return the steady state at a duty 0 ... 1 of the half period.

    `r_on_Ohm` replaces the channel resistance at 25 degC.

    Raises
    ------
    NoSteadyState
        If the filter current is discontinuous, or the leakage inductance takes all the duty.
    """
    if not 0.0 < duty <= 1.0:
        raise NoSteadyState(f"duty is {duty:g}; allowed: above 0, to 1")
    line = load_line(p.dc)
    u_o = 0.5 * duty * p.input_voltage_V / p.turns_ratio
    effective, ripple = duty, 0.0
    for _ in range(ITERATIONS):
        current = line.conductance * u_o - line.current
        corners = _corners(p, duty, effective, current, ripple, current_doubler, r_on_Ohm)
        effective = 2.0 * corners.active * p.switching_frequency_Hz
        if effective <= 0.0:
            raise NoSteadyState(
                f"the leakage inductance takes the whole duty of {duty:g} at {current:g} A"
            )
        found, ripple = _output(p, duty, corners, current, current_doubler, r_on_Ohm)
        if abs(found - u_o) <= SETTLED * p.input_voltage_V:
            return _point(p, corners, (duty, found, current), effective, ripple)
        u_o += 0.5 * (found - u_o)
    raise NoSteadyState(f"PSFB: the output voltage does not settle at duty {duty:g}")


def psfb_at(
    p: PsfbParameters, u_o: float, current: float, r_on_Ohm: float | None = None
) -> PsfbPoint:
    """Return the steady state of a diode bridge at an output voltage (V) and current (A).

    The load of the record does not count. `duty` is above 1 where no duty is enough.

    Raises
    ------
    NoSteadyState
        If the filter current is discontinuous.
    """
    per_duty = p.input_voltage_V / p.turns_ratio
    duty = effective = u_o / per_duty
    ripple = 0.0
    for _ in range(ITERATIONS):
        corners = _corners(p, duty, max(effective, 1e-3), current, ripple, False, r_on_Ohm)
        effective = 2.0 * corners.active * p.switching_frequency_Hz
        found, ripple = _output(p, duty, corners, current, False, r_on_Ohm)
        if abs(found - u_o) <= SETTLED * p.input_voltage_V:
            return _point(p, corners, (duty, u_o, current), effective, ripple)
        duty += 0.5 * (u_o - found) / per_duty
        if duty > 1.5:
            break
    if duty > 1.0:
        return _out_of_reach(u_o, current, duty)
    raise NoSteadyState(f"PSFB: the duty does not settle at {u_o:g} V, {current:g} A")


def _resistances(p: PsfbParameters, r_on: float | None, doubler: bool) -> tuple[float, float]:
    """Return the primary loop's resistance, and what freewheeling adds from the rectifier."""
    channel = p.device.r_on_Ohm if r_on is None else r_on
    diodes = (2.0 if doubler else 1.0) * p.turns_ratio**2 * p.rectifier.resistance_Ohm
    return 2.0 * channel + p.leakage_resistance_Ohm, diodes


def _corners(
    p: PsfbParameters,
    duty: float,
    effective: float,
    current: float,
    ripple: float,
    doubler: bool,
    r_on: float | None,
) -> _Corners:
    half, n = 0.5 / p.switching_frequency_Hz, p.turns_ratio
    filter_current = 0.5 * current if doubler else current
    # of the doubler's two inductors only the sum must not fall to zero: both fall while idle
    falling = (1.0 - effective) / (1.0 - 0.5 * effective) if doubler else 1.0
    if current < 0.5 * falling * ripple:
        raise NoSteadyState(
            f"the filter current is discontinuous: mean {current:.4g} A, "
            f"ripple {falling * ripple:.4g} A"
        )
    magnetising = 0.0
    if p.magnetising_inductance_H > 0.0:
        magnetising = 0.5 * p.input_voltage_V * effective * half / p.magnetising_inductance_H
    middle = filter_current - _bulge(p, duty, effective, doubler) * ripple
    peak = (middle + 0.5 * ripple) / n + magnetising
    commutated = (middle - 0.5 * ripple) / n - magnetising
    series, diodes = _resistances(p, r_on, doubler)
    decay = math.exp(-(series + diodes) * (1.0 - duty) * half / p.leakage_inductance_H)
    falling_s = _falling(p, duty, effective, True, doubler)
    with_filter = peak - _wheel_weight(p) * (1.0 - duty) / falling_s * ripple / n
    freewheeling = min(peak * decay, with_filter)
    slope = p.input_voltage_V / p.leakage_inductance_H
    turn = (freewheeling + min(commutated, 0.0)) / slope
    rest = max(p.dead_time_s - turn, 0.0) if commutated > 0.0 else 0.0
    commutation = turn + rest + max(commutated, 0.0) / slope
    active = duty * half - commutation
    locked = with_filter < peak * decay
    return _Corners(freewheeling, turn, rest, commutated, commutation, active, peak, locked)


def _wheel_weight(p: PsfbParameters) -> float:
    """Return how much slower the filter current falls while the leakage is in series with it."""
    series = p.leakage_inductance_H / p.turns_ratio**2
    return p.filter_inductance_H / (p.filter_inductance_H + series)


def _falling(
    p: PsfbParameters, duty: float, effective: float, locked: bool, doubler: bool
) -> float:
    """Return for how many half periods, at its full slope, a filter current falls."""
    wheel = 1.0 - duty
    weight = _wheel_weight(p) if locked else 1.0
    return (2.0 if doubler else 1.0) - effective - wheel + max(weight * wheel, 1e-9)


def _bulge(p: PsfbParameters, duty: float, effective: float, doubler: bool) -> float:
    """Return how far the mean lies above the middle of a current that falls slowly first.

    Over the ripple; the slow part is the freewheeling with the leakage in series.
    """
    period = 2.0 if doubler else 1.0
    wheel = 1.0 - duty
    rest = period - effective - wheel
    falling = _falling(p, duty, effective, True, doubler)
    return wheel * rest * (1.0 - _wheel_weight(p)) / (2.0 * period * falling)


def _output(
    p: PsfbParameters, duty: float, c: _Corners, current: float, doubler: bool, r_on: float | None
) -> tuple[float, float]:
    """Return output voltage and filter ripple from the filter's volt-seconds."""
    half, n = 0.5 / p.switching_frequency_Hz, p.turns_ratio
    series, _ = _resistances(p, r_on, doubler)
    filter_current = 0.5 * current if doubler else current
    effective = c.active / half
    tied = 1.0 - c.commutation / half if c.locked else effective
    swing = (c.freewheeling_end if c.locked else c.peak) - c.commutated
    pulse = effective * p.input_voltage_V - tied * series * filter_current / n
    pulse = (pulse - p.leakage_inductance_H * swing / half) / n
    v_d, r_d = p.rectifier.forward_voltage_V, p.rectifier.resistance_Ohm
    if doubler:
        drops = v_d + r_d * current * (0.5 + 0.5 * tied)
        pulse *= 0.5
    else:
        drops = 2.0 * v_d + r_d * current * (1.0 + tied)
    drops += p.filter_resistance_Ohm * filter_current
    falling = _falling(p, duty, effective, c.locked, doubler) * half
    return pulse - drops, pulse * falling / p.filter_inductance_H


def _out_of_reach(u_o: float, current: float, duty: float) -> PsfbPoint:
    """Return a point that no duty makes: only what was asked, and the duty it would take."""
    none = math.nan
    return PsfbPoint(
        output_voltage_V=u_o,
        output_current_A=current,
        output_power_W=u_o * current,
        input_power_W=none,
        primary_rms_A=none,
        effective_duty=none,
        ripple_A=none,
        duty=duty,
        peak_A=none,
        freewheeling_end_A=none,
        commutated_A=none,
        single_pair=none,
    )


def _point(
    p: PsfbParameters,
    c: _Corners,
    at: tuple[float, float, float],
    effective: float,
    ripple: float,
) -> PsfbPoint:
    """Return the point from its corners; `at`: duty, output voltage and current."""
    duty, u_o, current = at
    half = 0.5 / p.switching_frequency_Hz
    last = c.commutation - c.turn - c.rest
    start, negative = -c.freewheeling_end, min(c.commutated, 0.0)
    charge = 0.5 * (start + negative) * c.turn + 0.5 * c.commutated * last
    charge += 0.5 * (c.commutated + c.peak) * c.active
    square = _mean_square(start, negative) * c.turn + c.commutated**2 / 3.0 * last
    square += c.active * _mean_square(c.commutated, c.peak)
    square += (half - c.active - c.commutation) * _mean_square(c.peak, c.freewheeling_end)
    return PsfbPoint(
        output_voltage_V=u_o,
        output_current_A=current,
        output_power_W=u_o * current,
        input_power_W=p.input_voltage_V * charge / half,
        primary_rms_A=math.sqrt(square / half),
        effective_duty=effective,
        ripple_A=ripple,
        duty=duty,
        peak_A=c.peak,
        freewheeling_end_A=c.freewheeling_end,
        commutated_A=c.commutated,
        single_pair=1.0 - c.commutation / half if c.locked else effective,
    )


def _mean_square(a: float, b: float) -> float:
    """Return the mean square of a straight line from a to b."""
    return (a * a + a * b + b * b) / 3.0
