"""The totem-pole PFC made ready, under its law."""

import math
from dataclasses import dataclass, field
from typing import Any

from voltbench.calibration.converter_gains import sync_gains, totem_pole_gains
from voltbench.calibration.switched_loops.totem_pole_interrupt import (
    TotemPoleLoop,
    totem_pole_period,
)
from voltbench.control.numerics.records import zeros
from voltbench.hil.errors import BadInput
from voltbench.hil.switched.case import Blocking, Ready, with_probes
from voltbench.hil.switched.front_ends import CYCLES, closed_by_load
from voltbench.hil.switched.load_step import PROBE, LoadStep, set_load_step, with_load_step
from voltbench.hil.switched.resonant import LOAD
from voltbench.plant_models.switched.closed_loop import KernelController
from voltbench.plant_models.switched.elements import CurrentProbe, VoltageProbe
from voltbench.plant_models.switched.modulation.converters import totem_pole_pwm
from voltbench.plant_models.switched.topologies.totem_pole import (
    TotemPoleParameters,
    totem_pole_circuit,
)

DEAD_FADE = 0.05
"""Of the ripple's scale u T/(2 L): how far the current must clear its ripple to keep its sign."""


@dataclass(frozen=True)
class TotemPoleSettings:
    """Operation of the totem-pole PFC."""

    bus_voltage_ref_V: float = 400.0
    current_bandwidth_of_rate: float = 0.055
    bus_bandwidth_Hz: float = 9.5
    bus_slew_V_per_s: float = 800.0
    power_max_W: float = 4500.0
    current_max_A: float = 28.0
    """Peak of the line current's reference."""
    crossing_band_V: float = 4.0
    """Line voltage below which all gates are off."""
    start_voltage_V: float = 400.0
    """Bus voltage at the start; not below the line's amplitude, to which its diodes charge it."""
    pwm_quantum_s: float = 0.0
    load_step: LoadStep = field(default_factory=LoadStep)


def totem_pole(p: TotemPoleParameters, s: TotemPoleSettings) -> Ready:
    """Return a single-phase totem-pole PFC."""
    closed_by_load(p.dc)
    amplitude = p.grid_voltage_V * math.sqrt(2.0)
    for name in ("bus_voltage_ref_V", "start_voltage_V"):
        if not getattr(s, name) >= amplitude:
            raise BadInput(
                f"{name} = {getattr(s, name):g} V; allowed: {amplitude:.4g} V or above "
                "(the line's amplitude)"
            )
    made = totem_pole_circuit(p, initial_bus_voltage_V=s.start_voltage_V)
    grid, measured = ("grid_inductance", "line") if p.grid_inductance_H > 0.0 else ("boost", "grid")
    circuit = with_probes(
        made, CurrentProbe("i_l", "boost"), VoltageProbe("u_m", measured, "y"), LOAD,
        VoltageProbe("u_dc", "p"), VoltageProbe("u_g", "grid", "y"), CurrentProbe("i_g", grid),
    )  # fmt: skip
    circuit = with_load_step(circuit, s.load_step, "p")
    pwm = totem_pole_pwm(circuit, p, drop_short_pulses=True, quantum_s=s.pwm_quantum_s)
    m = _memory(p, s, pwm.period)
    m["bank"], m["legs"] = pwm.bank[0], pwm.state[0]
    set_load_step(m, circuit, s.load_step, pwm.period)
    cycle = 1.0 / p.grid_frequency_Hz
    stepped = s.load_step.resistance_Ohm > 0.0
    outputs = (("u_dc", "i_load"), ("u_dc", PROBE.name)) if stepped else (("u_dc", "i_load"),)
    return Ready(
        circuit, KernelController(totem_pole_period, m, pwm.period),
        "closed loop: bus voltage a half wave, line current a switching period, "
        "control.totem_pole, command one period later",
        1.0 / pwm.period, p.grid_frequency_Hz, cycle, 2 * CYCLES * cycle, cycle, pwm.period / 250.0,
        (("u_g", "i_g"),), outputs, 1.0, ("i_l",), ("u_dc",),
        (Blocking(made.gates, "u_dc", shown=("fast_high", "fast_low")),),
    )  # fmt: skip


def _memory(p: TotemPoleParameters, s: TotemPoleSettings, T_s: float) -> Any:
    m = zeros(TotemPoleLoop)[0]
    sync_gains(m["sync_gains"], p.grid_frequency_Hz)
    # locked when the run begins: the line is a sine without phase angle
    m["sync"]["b"] = -p.grid_voltage_V * math.sqrt(2.0)
    m["sync"]["omega"] = 2.0 * math.pi * p.grid_frequency_Hz
    g = m["gains"]
    totem_pole_gains(
        g, s.current_bandwidth_of_rate, s.bus_bandwidth_Hz, p.inductance_H, p.bus_capacitance_F,
        s.bus_voltage_ref_V, p.grid_frequency_Hz, T_s,
    )  # fmt: skip
    g["C_f"] = p.filter_capacitance_F if p.grid_inductance_H > 0.0 else 0.0
    g["d_dead"] = p.dead_time_s / T_s
    g["k_h"] = 0.5 * T_s / p.inductance_H
    g["i_dead"] = DEAD_FADE * s.bus_voltage_ref_V * float(g["k_h"])
    g["u_band"], g["p_max"], g["i_max"] = s.crossing_band_V, s.power_max_W, s.current_max_A
    g["u_step"] = s.bus_slew_V_per_s * 0.5 / p.grid_frequency_Hz
    m["u_set"], m["T_s"], m["period"], m["quantum"] = (
        s.bus_voltage_ref_V, T_s, T_s, s.pwm_quantum_s,
    )  # fmt: skip
    return m
