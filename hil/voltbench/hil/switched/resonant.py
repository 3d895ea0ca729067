"""Resonant converters made ready: LLC with a full or half bridge, CLLC, by frequency."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from voltbench.calibration.converter_gains import llc_gains
from voltbench.calibration.switched_loops.llc_interrupt import LlcLoop, llc_period
from voltbench.control.numerics.records import zeros
from voltbench.hil.errors import BadInput
from voltbench.hil.switched.case import Blocking, Ready, with_probes
from voltbench.hil.switched.front_ends import closed_by_load
from voltbench.hil.switched.load_step import PROBE, LoadStep, set_load_step, with_load_step
from voltbench.plant_models.switched.averaged.first_harmonic import (
    cllc_first_harmonic,
    llc_first_harmonic,
)
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.closed_loop import KernelController
from voltbench.plant_models.switched.elements import CurrentProbe, VoltageProbe
from voltbench.plant_models.switched.modulation.oscillator import oscillator
from voltbench.plant_models.switched.topologies.cllc import CllcParameters, cllc_circuit
from voltbench.plant_models.switched.topologies.llc import LlcParameters, llc_circuit
from voltbench.plant_models.switched.topologies.llc_half_bridge import llc_half_bridge_circuit

INPUT = (VoltageProbe("u_in", "bus"), CurrentProbe("i_in", "source"))
LOAD = CurrentProbe("i_load", "load")
WINDOW_S = 2e-3
POINTS = 400
"""Frequencies at which the first-harmonic gain is looked at."""


@dataclass(frozen=True)
class LlcSettings:
    """Operation of a resonant converter under the frequency law."""

    output_voltage_ref_V: float = 400.0
    output_current_max_A: float = 40.0
    frequency_min_Hz: float = 100e3
    frequency_max_Hz: float = 300e3
    voltage_bandwidth_Hz: float = 300.0
    voltage_slew_V_per_s: float = 40e3
    control_rate_Hz: float = 50e3
    start_voltage_V: float = 0.0
    """Output voltage at the start."""
    pwm_quantum_s: float = 0.0
    load_step: LoadStep = field(default_factory=LoadStep)


def llc(p: LlcParameters, s: LlcSettings) -> Ready:
    """Return a full-bridge LLC under the frequency law."""
    circuit = llc_circuit(p, initial_output_voltage_V=s.start_voltage_V)
    legs = (("p1", "p2"), ("p3", "p4"))
    probes = (CurrentProbe("i_r", "series"), CurrentProbe("i_m", "magnetising"))
    return _ready(
        with_probes(circuit, VoltageProbe("u_o", "out"), LOAD, *probes, *INPUT),
        p, s, legs, lambda f: llc_first_harmonic(p, f).output_voltage_V, p.load_resistance_Ohm,
        (Blocking(circuit.gates, "u_in", shown=("p1", "p3")),), ("i_r", "i_m"),
    )  # fmt: skip


def llc_half_bridge(p: LlcParameters, s: LlcSettings) -> Ready:
    """Return a half-bridge LLC under the frequency law."""
    circuit = llc_half_bridge_circuit(p, initial_output_voltage_V=s.start_voltage_V)
    # at rest its leg is low: the inner duty brings the resonant capacitor up to half the input
    circuit = replace(circuit, initial={**circuit.initial, "resonant": 0.0})
    half = 0.5 * p.input_voltage_V
    probes = (CurrentProbe("i_r", "series"), CurrentProbe("i_m", "magnetising"))
    return _ready(
        with_probes(circuit, VoltageProbe("u_o", "out"), LOAD, *probes, *INPUT),
        p, s, (("p_high", "p_low"),), lambda f: llc_first_harmonic(p, f, half).output_voltage_V,
        p.load_resistance_Ohm, (Blocking(circuit.gates, "u_in", shown=circuit.gates[:2]),),
        ("i_r", "i_m"),
    )  # fmt: skip


def cllc(p: CllcParameters, s: LlcSettings) -> Ready:
    """Return a CLLC under the frequency law, its output bridge rectifying by body diodes."""
    closed_by_load(p.dc)
    circuit = cllc_circuit(p, initial_output_voltage_V=s.start_voltage_V)
    probes = (CurrentProbe("i_1", "series_1"), CurrentProbe("i_2", "series_2"))
    gates = ("pa_high", "pa_low", "pb_high", "pb_low")
    return _ready(
        with_probes(circuit, VoltageProbe("u_o", "out"), LOAD, *probes, *INPUT),
        p, s, ((gates[0], gates[1]), (gates[2], gates[3])),
        lambda f: cllc_first_harmonic(p, f).output_voltage_V, p.dc.load_resistance_Ohm,
        (Blocking(gates, "u_in", shown=("pa_high", "pb_high")),), ("i_1", "i_2"),
    )  # fmt: skip


def _slope(gain: Callable[[float], float], s: LlcSettings) -> float:
    """Return the steepest fall of output over frequency (V/Hz) in the range.

    Raises
    ------
    BadInput
        If the range is empty, or begins below the gain's peak, where the slope's sign is another.
    """
    if not s.frequency_min_Hz < s.frequency_max_Hz:
        raise BadInput(
            f"frequency_max_Hz = {s.frequency_max_Hz:g} Hz; "
            f"allowed: above frequency_min_Hz = {s.frequency_min_Hz:g} Hz"
        )
    frequency = np.linspace(s.frequency_min_Hz, s.frequency_max_Hz, POINTS)
    output = np.array([gain(float(f)) for f in frequency])
    peak = int(output.argmax())
    if peak > 0:
        raise BadInput(
            f"frequency_min_Hz = {s.frequency_min_Hz:g} Hz; allowed: {frequency[peak]:.4g} Hz "
            "or above (the gain's peak at this load: below it the loop's sign turns)"
        )
    if s.output_voltage_ref_V > output[0]:
        raise BadInput(
            f"output_voltage_ref_V = {s.output_voltage_ref_V:g} V; allowed: up to "
            f"{output[0]:.4g} V (gain at frequency_min_Hz = {s.frequency_min_Hz:g} Hz)"
        )
    return float(np.abs(np.diff(output) / np.diff(frequency)).max())


def _memory(
    circuit: Circuit,
    dead_time_s: float,
    s: LlcSettings,
    legs: tuple[tuple[str, str], ...],
    gain: Callable[[float], float],
    load_Ohm: float,
) -> Any:
    m = zeros(LlcLoop)[0]
    span = 1.0 / s.control_rate_Hz
    slope = _slope(gain, s)
    timer = oscillator(circuit, legs, dead_time_s, span, 1.0 / s.frequency_max_Hz, s.pwm_quantum_s)
    m["timer"] = timer[0]
    llc_gains(
        m["gains"], s.voltage_bandwidth_Hz, slope, s.frequency_min_Hz, s.frequency_max_Hz,
        gain(s.frequency_max_Hz),
    )  # fmt: skip
    m["gains"]["r_i"], m["gains"]["u_slew"] = load_Ohm, s.voltage_slew_V_per_s
    m["u_set"], m["i_set"] = s.output_voltage_ref_V, s.output_current_max_A
    m["T_s"], m["span"] = span, span
    set_load_step(m, circuit, s.load_step, span)
    return m


def _ready(
    circuit: Circuit,
    p: LlcParameters | CllcParameters,
    s: LlcSettings,
    legs: tuple[tuple[str, str], ...],
    gain: Callable[[float], float],
    load_Ohm: float,
    blocking: tuple[Blocking, ...],
    currents: tuple[str, ...],
) -> Ready:
    circuit = with_load_step(circuit, s.load_step, "out")
    memory = _memory(circuit, p.dead_time_s, s, legs, gain, load_Ohm)
    stepped = s.load_step.resistance_Ohm > 0.0
    loop = (
        "closed loop: output voltage by frequency with a current limit, control.llc, at "
        f"{s.control_rate_Hz:g} Hz, command one control period later"
    )
    start = s.output_voltage_ref_V / s.voltage_slew_V_per_s
    span = 1.0 / s.control_rate_Hz
    # settled after the ramp and eight times the loop's time constant
    end = start + 8.0 / (2.0 * math.pi * s.voltage_bandwidth_Hz) + WINDOW_S
    end = max(end, s.load_step.at_s + 5e-3 + WINDOW_S) if stepped else end
    outputs = (("u_o", "i_load"), ("u_o", PROBE.name)) if stepped else (("u_o", "i_load"),)
    f_r = p.resonance_frequency_Hz
    return Ready(
        circuit, KernelController(llc_period, memory, span), loop, f_r, None, span,
        math.ceil(end / 1e-3) * 1e-3, WINDOW_S, 1.0 / f_r / 200.0, (("u_in", "i_in"),), outputs,
        -1.0, currents, ("u_o",), blocking, timer_gate=legs[0][0],
    )  # fmt: skip
