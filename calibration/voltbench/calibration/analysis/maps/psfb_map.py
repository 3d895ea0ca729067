"""The map of a phase-shifted full bridge by its duty, continuous and discontinuous.

The legs that start a pulse turn off what freewheeling has left of the current, against the
leakage inductance alone: they lose zero-voltage switching first. Those that end it have the
filter's help. At 0 A the law makes no pulses (`control.psfb`): both legs switch together.
"""

import numpy as np

from voltbench.calibration.analysis.maps.dab_map import HOTTEST_C, bridge_table, resistance
from voltbench.calibration.analysis.maps.design import PsfbDesign
from voltbench.calibration.analysis.maps.operating_map import (
    CURRENT,
    DUTY,
    TEMPERATURE,
    MapError,
    OperatingMap,
    Texts,
    grid,
)
from voltbench.calibration.analysis.maps.rectifier import bridge_loss_W, junction_C
from voltbench.plant_models.switched.averaged.active_bridges import NoSteadyState
from voltbench.plant_models.switched.averaged.commutation import Commutation, commute
from voltbench.plant_models.switched.averaged.leg_energy import LegEnergy
from voltbench.plant_models.switched.averaged.linear import Array
from voltbench.plant_models.switched.averaged.psfb import PsfbPoint, psfb_at
from voltbench.plant_models.switched.averaged.psfb_discontinuous import psfb_discontinuous
from voltbench.plant_models.switched.topologies.psfb import PsfbParameters

ROUNDS = 8
SETTLED_K = 0.1


def psfb_map(design: PsfbDesign, voltage_V: Array, current_A: Array) -> OperatingMap:
    """Return the map over output voltages (V) and currents (A).

    Raises
    ------
    MapError
        If an axis or a value of the design has no meaning.
    """
    p = design.parameters
    if not 0.0 < design.duty_max <= 1.0:
        raise MapError(f"duty_max = {design.duty_max:g}; allowed: above 0, to 1")
    if not p.dead_time_s > 0.0:
        raise MapError(f"dead_time_s = {p.dead_time_s:g} s; allowed: above 0")
    u, i = grid(voltage_V, current_A)
    values, reason = _solve(design, u, i)
    shape = (len(voltage_V), len(current_A))
    return OperatingMap(
        "psfb",
        "phase shift",
        p.input_voltage_V,
        voltage_V,
        current_A,
        {name: v.reshape(shape) for name, v in values.items()},
        reason.reshape(shape),
        {
            DUTY: f"duty above {design.duty_max:g}",
            CURRENT: f"input winding above {design.input_rms_max_A:g} A rms",
            TEMPERATURE: f"a junction above {design.cooling.junction_max_C:g} degC",
        },
    )


def psfb_steady(p: PsfbParameters, u: float, i: float, r_on: float) -> PsfbPoint | None:
    """Return the steady state, discontinuous where it is; None where the input is too low."""
    try:
        light = psfb_discontinuous(p, u, i, r_on)
    except NoSteadyState:
        return None
    if light.single_pair < 1.0:
        return light
    try:
        return psfb_at(p, u, i, r_on)
    except NoSteadyState:  # at the border both models see the other's side
        return light


def _solve(d: PsfbDesign, u: Array, i: Array) -> tuple[dict[str, Array], Texts]:
    """Return values and reasons; what needs more duty than there is has no values."""
    p = d.parameters
    cold = float(resistance(p.device, np.array([d.cooling.sink_C]))[0])
    found = [psfb_steady(p, float(a), float(b), cold) for a, b in zip(u, i, strict=True)]
    there = np.array([o is not None and o.duty <= d.duty_max for o in found])
    points = [o for o, ok in zip(found, there, strict=True) if ok and o is not None]
    table = bridge_table(d.input, np.array([p.input_voltage_V]))
    hot = np.full(len(points), d.cooling.sink_C)
    for _ in range(ROUNDS):
        r_on = resistance(p.device, hot)
        points = [
            psfb_steady(p, o.output_voltage_V, o.output_current_A, float(r)) or o
            for o, r in zip(points, r_on, strict=True)
        ]
        values = _values(d, points, _legs(p, points, table), r_on, hot, table)
        warmer = np.minimum(values["input_junction_C"], HOTTEST_C) - hot
        hot = hot + warmer
        if not len(hot) or np.abs(warmer).max() < SETTLED_K:
            break
    reason = np.full(len(u), DUTY, dtype="U24")
    here = np.full(len(points), "", dtype="U24")
    here[values["junction_C"] > d.cooling.junction_max_C] = TEMPERATURE
    here[values["input_rms_A"] > d.input_rms_max_A] = CURRENT
    here[values["duty"] > d.duty_max] = DUTY
    reason[there] = here
    whole = {name: np.full(len(u), np.nan) for name in values}
    for name, value in values.items():
        whole[name][there] = value
    return whole, reason


def _legs(
    p: PsfbParameters, points: list[PsfbPoint], table: LegEnergy
) -> tuple[Commutation, Commutation]:
    """Return how the legs commutate that start and that end a pulse."""
    start = np.array([o.freewheeling_end_A for o in points])
    end = np.array([o.peak_A for o in points])
    duty = np.array([o.duty for o in points])
    u_o = np.array([o.output_voltage_V for o in points])
    commutated = np.array([o.commutated_A for o in points])
    row = np.zeros(len(points), np.int64)
    n, u = p.turns_ratio, p.input_voltage_V
    filled = p.leakage_inductance_H + n * n * p.filter_inductance_H
    diode = (p.device.body_voltage_V, p.device.body_resistance_Ohm)
    pulses = np.where(duty > 0.0, 1.0, 0.0)  # without them both legs move together
    back = n * (u_o + 2.0 * p.rectifier.forward_voltage_V)
    one = (np.zeros(len(points)), -pulses * u / p.leakage_inductance_H)
    two = (pulses * (u - back) / filled, -pulses * u / filled)
    # once the primary carries the filter's current, its inductance is in series
    seen = (-commutated, pulses * back / filled, -pulses * u / filled)
    first = commute(table, row, start, one, (), p.dead_time_s, diode, seen)
    return first, commute(table, row, end, two, (), p.dead_time_s, diode)


def _values(
    d: PsfbDesign,
    points: list[PsfbPoint],
    legs: tuple[Commutation, Commutation],
    r_on: Array,
    hot: Array,
    table: LegEnergy,
) -> dict[str, Array]:
    p, f = d.parameters, d.parameters.switching_frequency_Hz
    o = {
        name: np.array([getattr(x, name) for x in points])
        for name in PsfbPoint.__dataclass_fields__
    }
    current, rms, power = o["output_current_A"], o["primary_rms_A"], o["output_power_W"]
    row = np.zeros(len(points), np.int64)
    bridge, switching = 2.0 * r_on * rms**2, np.zeros(len(points))
    for leg in legs:
        energy = table.turn_on_J(row, leg.share, leg.current_A, hot)
        switching += 2.0 * f * (energy + table.turn_off_J(row, leg.share, leg.start_A, hot))
        bridge += 2.0 * f * (leg.diode_J - r_on * leg.idle_A2s)
    square = _filter_square(o)
    rectifier = bridge_loss_W(p.rectifier, current, np.sqrt(0.5 * square * _pairs(o)))
    copper = p.leakage_resistance_Ohm * rms**2 + p.filter_resistance_Ohm * square
    core = _core(d, o["effective_duty"])
    loss = bridge + switching + rectifier + copper + core
    input_C = d.cooling.sink_C + 0.25 * (bridge + switching) * d.input.heat_path(d.cooling)
    diode_C = junction_C(rectifier, d.rectifier, d.cooling)
    return {
        "efficiency_percent": 100.0 * power / (power + loss),
        "junction_C": np.maximum(input_C, diode_C),
        "zvs_margin": np.minimum(legs[0].margin, legs[1].margin),
        "output_power_W": power,
        "loss_W": loss,
        "conduction_W": bridge + rectifier,
        "switching_W": switching,
        "core_W": core,
        "copper_W": copper,
        "input_junction_C": input_C,
        "rectifier_junction_C": diode_C,
        "turn_on_V": np.maximum(legs[0].left_V, legs[1].left_V),
        "pulse_start_zvs_margin": legs[0].margin,
        "pulse_end_zvs_margin": legs[1].margin,
        "input_rms_A": rms,
        "duty": o["duty"],
        "filter_ripple_A": o["ripple_A"],
    }


def _filter_square(o: dict[str, Array]) -> Array:
    """Return the mean square of the filter current (A^2)."""
    emptied = np.isneginf(o["commutated_A"])
    full: Array = o["output_current_A"] ** 2 + o["ripple_A"] ** 2 / 12.0
    return np.where(emptied, o["ripple_A"] ** 2 * o["single_pair"] / 3.0, full)


def _pairs(o: dict[str, Array]) -> Array:
    """Return the diodes in series that a square of the current meets: 2 alone, 1 shared."""
    emptied = np.isneginf(o["commutated_A"])
    return np.where(emptied, 2.0, 1.0 + o["single_pair"])


def _core(d: PsfbDesign, effective: Array) -> Array:
    """Return the core loss (W): the winding sees the input in the pulses that are left."""
    core, u, f = d.core.core(), d.parameters.input_voltage_V, d.parameters.switching_frequency_Hz
    share = np.maximum(effective, 1e-9)
    swing = np.array([core.swing_factor(float(u * s * 0.5 / f)) for s in share])
    found: Array = share * core.slope_factor(u) * swing
    return found
