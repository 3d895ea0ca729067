"""Switched and averaged front ends under one current law, compared over a grid period.

Open loop, the grid current is the small difference of two large voltages, and a comparison
would weigh nothing but rounding; under the same law at the same sampling instants both
models must take the same power with nearly the same modulating signals.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.averaged.front_ends import (
    Inputs,
    t_type_averaged_circuit,
    t_type_inputs,
    totem_pole_averaged_circuit,
    totem_pole_inputs,
    two_level_averaged_circuit,
    two_level_inputs,
    vienna_averaged_circuit,
    vienna_inputs,
)
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.comparison import ComparisonRow
from voltbench.plant_models.switched.elements import CurrentProbe, VoltageProbe
from voltbench.plant_models.switched.engine import Engine, Memory, trace_of
from voltbench.plant_models.switched.modulation.converters import (
    t_type_pwm,
    totem_pole_pwm,
    two_level_pwm,
    vienna_pwm,
)
from voltbench.plant_models.switched.modulation.modulator import Modulator
from voltbench.plant_models.switched.tableau import Array
from voltbench.plant_models.switched.topologies.active_front_end import (
    ActiveFrontEndParameters,
    active_front_end_circuit,
)
from voltbench.plant_models.switched.topologies.t_type import TTypeParameters, t_type_circuit
from voltbench.plant_models.switched.topologies.totem_pole import (
    TotemPoleParameters,
    totem_pole_circuit,
)
from voltbench.plant_models.switched.topologies.vienna import ViennaParameters, vienna_circuit

GRID_PERIODS = 2
"""Run length; the last one is measured."""
SAMPLES = 40
"""Samples in a switching period."""
CURRENT_GAIN = 0.35
"""Share of a current error that the law removes within one period."""

Signals = Array
Law = Callable[[float, Array], Signals]
Step = Callable[[Memory, Signals], None]


@dataclass(frozen=True)
class FrontEndCase:
    """A front end, its two circuits, and how each takes the modulating signals of a period."""

    name: str
    switched: Circuit
    averaged: Circuit
    modulator: Modulator
    inputs: Callable[[Signals, Array], Inputs]
    law: Law
    grid_frequency_Hz: float
    phase_amplitude_V: float
    phases: int
    load: str


@dataclass(frozen=True)
class FrontEndMeans:
    """Means of the last grid period: grid rms current, fundamental, grid and load power."""

    rms_A: float
    fundamental_A: float
    grid_power_W: float
    load_power_W: float
    signal: float


def front_end_rows(case: FrontEndCase, point: str) -> list[ComparisonRow]:
    """Run both models and compare them."""
    switched = _run(case, case.switched, True)
    averaged = _run(case, case.averaged, False)
    quantities = (
        ("fundamental current", "A", "fundamental_A"),
        ("grid power", "W", "grid_power_W"),
        ("load power", "W", "load_power_W"),
        ("modulating signal", "1", "signal"),
    )
    return [
        ComparisonRow(
            case.name, point, quantity, unit, getattr(averaged, field), getattr(switched, field)
        )
        for quantity, unit, field in quantities
    ]


def _run(case: FrontEndCase, circuit: Circuit, switched: bool) -> FrontEndMeans:
    probes = (*circuit.probes, CurrentProbe("i_load", case.load), *_load_voltage(circuit, case))
    engine = Engine(replace(circuit, probes=probes))
    memory = engine.start()
    period = case.modulator.period
    per_grid = round(1.0 / (case.grid_frequency_Hz * period))
    modulator = replace(case.modulator, state=case.modulator.state.copy())
    total = per_grid * GRID_PERIODS
    signals = []
    for k in range(total):
        if k == total - per_grid:
            engine.store(memory, period / SAMPLES, per_grid * SAMPLES + 8, 0)
            memory.real[lay.S_SAMPLE] = memory.real[lay.S_TIME]
        outputs = engine.outputs(memory)
        m = case.law(k * period, outputs)
        signals.append(m[0])
        if switched:
            engine.advance(memory, modulator.edges(*m.tolist()), period)
        else:
            for name, value in case.inputs(m, outputs).items():
                engine.set_input(memory, name, value)
            engine.advance(memory, (np.zeros(0), np.zeros(0, np.int64)), period)
    trace = trace_of(engine, memory)
    count = per_grid * SAMPLES
    time = (total - per_grid) * period + np.arange(count) * period / SAMPLES
    return _means(case, trace.outputs[:, :count], time, np.array(signals[-per_grid:]))


def _load_voltage(circuit: Circuit, case: FrontEndCase) -> tuple[VoltageProbe, ...]:
    load = next(e for e in circuit.elements if e.name == case.load)
    return (VoltageProbe("u_load", getattr(load, "plus"), getattr(load, "minus")),)  # noqa: B009


def _means(case: FrontEndCase, outputs: Array, time: Array, signals: Array) -> FrontEndMeans:
    angle = 2.0 * math.pi * case.grid_frequency_Hz * time
    power = 0.0
    for k in range(case.phases):
        grid = case.phase_amplitude_V * np.sin(angle - 2.0 * math.pi * k / 3.0)
        power += float((grid * outputs[k]).mean())
    fundamental = 2.0 * abs((outputs[0] * np.exp(-1j * angle)).mean())
    at = np.exp(-2j * math.pi * np.arange(len(signals)) / len(signals))
    return FrontEndMeans(
        rms_A=float(np.sqrt((outputs[0] ** 2).mean())),
        fundamental_A=float(fundamental),
        grid_power_W=power,
        load_power_W=float((outputs[-1] * outputs[-2]).mean()),
        signal=float(2.0 * abs((signals * at).mean())),
    )


def _three_phase_law(
    amplitude_V: float, omega: float, inductance: float, current: float, period: float
) -> Law:
    """Return phase voltages wanted (V) to draw `current` (A peak) in phase with the grid."""
    gain = CURRENT_GAIN * inductance / period

    def law(t: float, outputs: Array) -> Signals:
        lag = np.arange(3) * 2.0 * math.pi / 3.0
        now, middle = omega * t - lag, omega * (t + 0.5 * period) - lag
        error = current * np.sin(now) - outputs[:3]
        slope = omega * inductance * current * np.cos(middle)
        wanted: Array = amplitude_V * np.sin(middle) - slope - gain * error
        return wanted

    return law


def two_level_case(p: ActiveFrontEndParameters, current: float) -> FrontEndCase:
    """Return a two-level front end that draws `current` (A peak; negative: feeds the grid)."""
    period = 1.0 / p.switching_frequency_Hz
    omega = 2.0 * math.pi * p.grid.grid_frequency_Hz
    inductance = p.grid.inductance_H + p.grid.grid_inductance_H
    phase = _three_phase_law(p.grid.amplitude_V, omega, inductance, current, period)

    def law(t: float, outputs: Array) -> Signals:
        wanted = phase(t, outputs)
        middle = 0.5 * (wanted.max() + wanted.min())
        duty: Signals = np.clip(0.5 + (wanted - middle) / outputs[3], 0.0, 1.0)
        return duty

    circuit = active_front_end_circuit(p)
    return FrontEndCase(
        "two-level",
        circuit,
        two_level_averaged_circuit(p),
        two_level_pwm(circuit, p, drop_short_pulses=True),
        lambda m, y: two_level_inputs(p, m, y),
        law,
        p.grid.grid_frequency_Hz,
        p.grid.amplitude_V,
        3,
        _load_of(circuit),
    )


def _load_of(circuit: Circuit) -> str:
    names = {e.name for e in circuit.elements}
    return "bus_source" if "bus_source" in names else "load"


def _three_level(wanted: Array, u_dc: float) -> Signals:
    middle = 0.5 * (wanted.max() + wanted.min())
    signals: Signals = np.clip(2.0 * (wanted - middle) / u_dc, -1.0, 1.0)
    return signals


def t_type_case(p: TTypeParameters, current: float) -> FrontEndCase:
    """Return a T-type front end that draws `current` (A peak; negative: feeds the grid)."""
    period = 1.0 / p.switching_frequency_Hz
    omega = 2.0 * math.pi * p.grid.grid_frequency_Hz
    inductance = p.grid.inductance_H + p.grid.grid_inductance_H
    phase = _three_phase_law(p.grid.amplitude_V, omega, inductance, current, period)
    circuit = t_type_circuit(p)
    return FrontEndCase(
        "T-type",
        circuit,
        t_type_averaged_circuit(p),
        t_type_pwm(circuit, p, drop_short_pulses=True),
        lambda m, y: t_type_inputs(p, m, y),
        lambda t, y: _three_level(phase(t, y), float(y[3] + y[4])),
        p.grid.grid_frequency_Hz,
        p.grid.amplitude_V,
        3,
        _load_of(circuit),
    )


def vienna_case(p: ViennaParameters, current: float) -> FrontEndCase:
    """Return a Vienna rectifier that draws `current` (A peak)."""
    period = 1.0 / p.switching_frequency_Hz
    omega = 2.0 * math.pi * p.grid_frequency_Hz
    amplitude = p.grid_voltage_V * math.sqrt(2.0 / 3.0)
    phase = _three_phase_law(amplitude, omega, p.boost_inductance_H, current, period)

    def law(t: float, y: Array) -> Signals:
        # a leg only gives voltages of its current's sign: beyond that, it ties to the midpoint
        m = _three_level(phase(t, y), float(y[3] + y[4]))
        way = np.sign(current * np.sin(omega * t - np.arange(3) * 2.0 * math.pi / 3.0))
        signals: Signals = way * np.clip(way * m, 0.0, 1.0)
        return signals

    circuit = vienna_circuit(p)
    return FrontEndCase(
        "Vienna",
        circuit,
        vienna_averaged_circuit(p),
        vienna_pwm(circuit, p),
        lambda m, y: vienna_inputs(p, m, y),
        law,
        p.grid_frequency_Hz,
        amplitude,
        3,
        "load",
    )


def totem_pole_case(p: TotemPoleParameters, current: float) -> FrontEndCase:
    """Return a totem-pole PFC that draws `current` (A peak)."""
    period = 1.0 / p.switching_frequency_Hz
    omega = 2.0 * math.pi * p.grid_frequency_Hz
    amplitude = p.grid_voltage_V * math.sqrt(2.0)
    gain = CURRENT_GAIN * p.inductance_H / period

    def law(t: float, outputs: Array) -> Signals:
        now, middle = omega * t, omega * (t + 0.5 * period)
        wanted = amplitude * math.sin(middle) - gain * (current * math.sin(now) - outputs[0])
        wanted -= omega * p.inductance_H * current * math.cos(middle)
        signal: Signals = np.clip(np.array([wanted / outputs[1]]), -1.0, 1.0)
        return signal

    circuit = totem_pole_circuit(p)
    return FrontEndCase(
        "totem pole",
        circuit,
        totem_pole_averaged_circuit(p),
        totem_pole_pwm(circuit, p, drop_short_pulses=True),
        lambda m, y: totem_pole_inputs(p, float(m[0]), y),
        law,
        p.grid_frequency_Hz,
        amplitude,
        1,
        _load_of(circuit),
    )
