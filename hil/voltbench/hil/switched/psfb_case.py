"""Phase-shifted full bridges made ready, under average current control."""

from dataclasses import dataclass, field
from typing import Any

from voltbench.calibration.converter_gains import psfb_gains
from voltbench.calibration.switched_loops.psfb_interrupt import PsfbLoop, psfb_period
from voltbench.control.numerics.records import zeros
from voltbench.hil.errors import BadInput
from voltbench.hil.switched.case import Blocking, Ready, with_probes
from voltbench.hil.switched.front_ends import closed_by_load
from voltbench.hil.switched.load_step import PROBE, LoadStep, set_load_step, with_load_step
from voltbench.hil.switched.resonant import INPUT, LOAD
from voltbench.plant_models.switched.closed_loop import KernelController
from voltbench.plant_models.switched.elements import CurrentProbe, VoltageProbe
from voltbench.plant_models.switched.modulation.converters import psfb_phase_shift
from voltbench.plant_models.switched.topologies.psfb import (
    PsfbParameters,
    psfb_circuit,
    psfb_current_doubler_circuit,
)

PERIODS = 20
"""Switching periods stored by default."""


@dataclass(frozen=True)
class PsfbSettings:
    """Operation of a phase-shifted full bridge under average current control."""

    output_voltage_ref_V: float = 400.0
    output_current_max_A: float = 30.0
    """Of the inductor's current, summed in a current doubler."""
    current_bandwidth_of_rate: float = 0.05
    voltage_bandwidth_of_rate: float = 0.01
    voltage_slew_V_per_s: float = 80e3
    duty_max: float = 0.96
    start_voltage_V: float = 0.0
    """Output voltage at the start."""
    pwm_quantum_s: float = 0.0
    load_step: LoadStep = field(default_factory=LoadStep)


def psfb(p: PsfbParameters, s: PsfbSettings) -> Ready:
    """Return a phase-shifted full bridge with a diode bridge."""
    return _psfb(p, s, ("filter",))


def psfb_current_doubler(p: PsfbParameters, s: PsfbSettings) -> Ready:
    """Return a phase-shifted full bridge with a current doubler."""
    return _psfb(p, s, ("filter_1", "filter_2"))


def _psfb(p: PsfbParameters, s: PsfbSettings, inductors: tuple[str, ...]) -> Ready:
    closed_by_load(p.dc)
    doubler = len(inductors) == 2
    make = psfb_current_doubler_circuit if doubler else psfb_circuit
    made = make(p, initial_output_voltage_V=s.start_voltage_V)
    names = ("i_1", "i_2") if doubler else ("i_l",)
    filters = tuple(CurrentProbe(n, e) for n, e in zip(names, inductors, strict=True))
    circuit = with_probes(
        made, VoltageProbe("u_o", "out"), INPUT[0], *filters, CurrentProbe("i_p", "leakage"),
        LOAD, INPUT[1],
    )  # fmt: skip
    circuit = with_load_step(circuit, s.load_step, "out")
    pwm = psfb_phase_shift(circuit, p, quantum_s=s.pwm_quantum_s)
    memory = _memory(p, s, doubler)
    memory["bank"], memory["legs"] = pwm.bank[0], pwm.state[0]
    set_load_step(memory, circuit, s.load_step, pwm.period)
    loop = (
        "closed loop: output voltage over average current by phase shift, control.psfb, once a "
        "switching period, command one period later"
    )
    legs = Blocking(made.gates, "u_in", shown=("a_high", "b_high"))
    stepped = s.load_step.resistance_Ohm > 0.0
    start = s.output_voltage_ref_V / s.voltage_slew_V_per_s
    end = max(start + 3e-3, s.load_step.at_s + 3e-3 if stepped else 0.0)
    outputs = (("u_o", "i_load"), ("u_o", PROBE.name)) if stepped else (("u_o", "i_load"),)
    return Ready(
        circuit, KernelController(psfb_period, memory, pwm.period), loop, 1.0 / pwm.period, None,
        pwm.period, end, PERIODS * pwm.period, pwm.period / 1000.0, (("u_in", "i_in"),), outputs,
        -1.0, ("i_p", *names), ("u_o",), (legs,),
    )  # fmt: skip


def _memory(p: PsfbParameters, s: PsfbSettings, doubler: bool) -> Any:
    if not 0.0 < s.duty_max <= 1.0:
        raise BadInput(f"duty_max = {s.duty_max:g}; allowed: above 0, to 1")
    share, parallel, swings = (0.5, 2.0, 1.0) if doubler else (1.0, 1.0, 4.0)
    most = share * s.duty_max * p.input_voltage_V / p.turns_ratio
    if not s.output_voltage_ref_V < most:
        raise BadInput(
            f"output_voltage_ref_V = {s.output_voltage_ref_V:g} V; allowed: below {most:.4g} V "
            f"(duty_max = {s.duty_max:g})"
        )
    m = zeros(PsfbLoop)[0]
    g, f = m["gains"], p.switching_frequency_Hz
    psfb_gains(
        g, s.current_bandwidth_of_rate * f, s.voltage_bandwidth_of_rate * f,
        p.filter_inductance_H / parallel, p.output_capacitance_F,
    )  # fmt: skip
    g["k_u"], g["d_max"] = share / p.turns_ratio, s.duty_max
    g["r_k"] = swings * f * p.leakage_inductance_H / p.turns_ratio**2
    g["k_s"] = share * p.leakage_inductance_H / (p.turns_ratio**2 * p.filter_inductance_H)
    g["u_slew"] = s.voltage_slew_V_per_s
    m["inductors"] = round(parallel)
    m["u_set"], m["i_set"] = s.output_voltage_ref_V, s.output_current_max_A
    m["T_s"], m["period"], m["quantum"] = 1.0 / f, 1.0 / f, s.pwm_quantum_s
    m["duty"] = 0.0
    return m
