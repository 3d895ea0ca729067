"""DC-DC converters and the totem-pole PFC made ready."""

import math
from dataclasses import dataclass
from typing import Any

from voltbench.control.numerics.records import zeros
from voltbench.hil.switched.case import Blocking, Ready, with_probes
from voltbench.hil.switched.dab_loop import DabLoop, dab_period
from voltbench.hil.switched.front_ends import CYCLES, closed_by_load
from voltbench.hil.switched.totem_pole_loop import TotemPoleLoop, totem_pole_period
from voltbench.plant_models.switched.averaged.diode_bridge import llc_point
from voltbench.plant_models.switched.averaged.psfb import psfb_point
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.closed_loop import KernelController
from voltbench.plant_models.switched.elements import CurrentProbe, VoltageProbe
from voltbench.plant_models.switched.engine import Controller
from voltbench.plant_models.switched.modulation.converters import (
    dab_phase_shift,
    llc_frequency,
    psfb_phase_shift,
    totem_pole_pwm,
)
from voltbench.plant_models.switched.modulation.fixed import Fixed
from voltbench.plant_models.switched.topologies.dab import DabParameters, dab_circuit
from voltbench.plant_models.switched.topologies.llc import LlcParameters, llc_circuit
from voltbench.plant_models.switched.topologies.llc_half_bridge import llc_half_bridge_circuit
from voltbench.plant_models.switched.topologies.psfb import (
    PsfbParameters,
    psfb_circuit,
    psfb_current_doubler_circuit,
)
from voltbench.plant_models.switched.topologies.totem_pole import (
    TotemPoleParameters,
    totem_pole_circuit,
)

INPUT = (VoltageProbe("u_in", "bus"), CurrentProbe("i_in", "source"))
LOAD = CurrentProbe("i_load", "load")
PERIODS = 20
"""Switching periods stored by default."""


@dataclass(frozen=True)
class TotemPoleSettings:
    """Operation of the totem-pole PFC."""

    bus_voltage_ref_V: float = 400.0
    current_gain_share: float = 0.35
    """Of a current error removed within a period."""
    bus_gain_W_per_V: float = 10.0
    pwm_quantum_s: float = 0.0


@dataclass(frozen=True)
class DabSettings:
    """Operation of a dual active bridge under the phase-shift law."""

    output_current_ref_A: float = 27.6
    control_divider: int = 5
    """Switching periods in a control period."""
    trim_bandwidth_Hz: float = 15.0
    phase_shift_max_rad: float = 1.2
    voltage_ratio_min: float = 0.35
    pwm_quantum_s: float = 0.0


@dataclass(frozen=True)
class LlcSettings:
    """Operation of an LLC in open loop."""

    frequency_Hz: float = 130e3


@dataclass(frozen=True)
class PsfbSettings:
    """Operation of a phase-shifted full bridge in open loop."""

    duty: float = 0.8


def _dc(
    circuit: Circuit,
    controller: Controller,
    loop: str,
    t_end: float,
    period: float,
    currents: tuple[str, ...],
    blocking: tuple[Blocking, ...],
) -> Ready:
    return Ready(
        circuit, controller, loop, 1.0 / period, None, period, t_end, PERIODS * period,
        period / 1000.0, (("u_in", "i_in"),), (("u_o", "i_load"),), -1.0, currents, ("u_o",),
        blocking,
    )  # fmt: skip


def dab(p: DabParameters, s: DabSettings) -> Ready:
    """Return a dual active bridge under the law of `control.dcdc`."""
    u_o = s.output_current_ref_A * p.load_resistance_Ohm
    made = dab_circuit(p, u_o)
    probes = (CurrentProbe("i_l", "leakage"), VoltageProbe("u_o", "out"), LOAD, *INPUT)
    circuit = with_probes(made, *probes)
    pwm = dab_phase_shift(circuit, p, drop_short_pulses=True, quantum_s=s.pwm_quantum_s)
    m = zeros(DabLoop)[0]
    g = m["gains"]
    L, f = p.leakage_inductance_H, p.switching_frequency_Hz
    g["k_phi"] = 2 * math.pi**2 * f * L / p.turns_ratio
    g["alpha_i"], g["x_share"] = 2 * math.pi * s.trim_bandwidth_Hz, 0.15
    g["phi_max"], g["u_floor"] = s.phase_shift_max_rad, 30.0
    g["n_d"] = p.turns_ratio / s.voltage_ratio_min
    m["bank"], m["legs"] = pwm.bank[0], pwm.state[0]
    m["i_ref"], m["divider"] = s.output_current_ref_A, s.control_divider
    m["T_s"], m["period"] = s.control_divider * pwm.period, pwm.period
    m["quantum"] = s.pwm_quantum_s
    loop = (
        "closed loop: output current by phase shift, control.dcdc, once in "
        f"{s.control_divider} switching periods, command one control period later"
    )
    blocking = (
        Blocking(("p1", "p2", "p3", "p4"), "u_in"),
        Blocking(("s1", "s2", "s3", "s4"), "u_o"),
    )
    controller = KernelController(dab_period, m, pwm.period)
    return _dc(circuit, controller, loop, 0.1, pwm.period, ("i_l",), blocking)


def llc(p: LlcParameters, s: LlcSettings) -> Ready:
    """Return a full-bridge LLC at a fixed frequency."""
    return _llc(p, s, False)


def llc_half_bridge(p: LlcParameters, s: LlcSettings) -> Ready:
    """Return a half-bridge LLC at a fixed frequency."""
    return _llc(p, s, True)


def _llc(p: LlcParameters, s: LlcSettings, half: bool) -> Ready:
    make: Any = llc_half_bridge_circuit if half else llc_circuit
    u_o = llc_point(p, s.frequency_Hz, half).output_voltage_V
    probes = (CurrentProbe("i_r", "series"), CurrentProbe("i_m", "magnetising"))
    probes_o = (VoltageProbe("u_o", "out"), LOAD, *INPUT)
    circuit = with_probes(make(p, initial_output_voltage_V=u_o), *probes, *probes_o)
    period = 1.0 / s.frequency_Hz
    fixed = Fixed(llc_frequency(circuit, p), *(() if half else (1.0,)), period=period)
    loop = f"open loop: fixed frequency of {s.frequency_Hz:g} Hz; control/ holds no law for it"
    blocking = (Blocking(circuit.gates, "u_in"),)
    return _dc(circuit, fixed, loop, 10e-3, period, ("i_r", "i_m"), blocking)


def psfb(p: PsfbParameters, s: PsfbSettings) -> Ready:
    """Return a phase-shifted full bridge with a diode bridge."""
    return _psfb(p, s, False)


def psfb_current_doubler(p: PsfbParameters, s: PsfbSettings) -> Ready:
    """Return a phase-shifted full bridge with a current doubler."""
    return _psfb(p, s, True)


def _psfb(p: PsfbParameters, s: PsfbSettings, doubler: bool) -> Ready:
    closed_by_load(p.dc)
    make = psfb_current_doubler_circuit if doubler else psfb_circuit
    u_o = psfb_point(p, s.duty, doubler).output_voltage_V
    made = make(p, initial_output_voltage_V=u_o)
    circuit = with_probes(made, *made.probes, LOAD, *INPUT)
    pwm = psfb_phase_shift(circuit, p)
    loop = f"open loop: fixed duty of {s.duty:g}; control/ holds no law for it"
    blocking = (Blocking(circuit.gates, "u_in"),)
    currents = ("i_p", "i_1", "i_2") if doubler else ("i_p", "i_l")
    return _dc(circuit, Fixed(pwm, s.duty), loop, 10e-3, pwm.period, currents, blocking)


def totem_pole(p: TotemPoleParameters, s: TotemPoleSettings) -> Ready:
    """Return a single-phase totem-pole PFC."""
    closed_by_load(p.dc)
    made = totem_pole_circuit(p, initial_bus_voltage_V=s.bus_voltage_ref_V)
    grid = "grid_inductance" if p.grid_inductance_H > 0.0 else "boost"
    circuit = with_probes(
        made, CurrentProbe("i_l", "boost"), VoltageProbe("u_g", "grid", "y"), LOAD,
        VoltageProbe("u_dc", "p"), CurrentProbe("i_g", grid),
    )  # fmt: skip
    pwm = totem_pole_pwm(circuit, p, drop_short_pulses=True, quantum_s=s.pwm_quantum_s)
    m = zeros(TotemPoleLoop)[0]
    m["bank"], m["legs"], m["inductance"] = pwm.bank[0], pwm.state[0], p.inductance_H
    m["k_p"], m["k_v"] = s.current_gain_share * p.inductance_H / pwm.period, s.bus_gain_W_per_V
    m["u_dc_ref"], m["amplitude"] = s.bus_voltage_ref_V, p.grid_voltage_V * math.sqrt(2.0)
    m["frequency"], m["period"], m["quantum"] = p.grid_frequency_Hz, pwm.period, s.pwm_quantum_s
    cycle = 1.0 / p.grid_frequency_Hz
    return Ready(
        circuit, KernelController(totem_pole_period, m, pwm.period),
        "closed loop: sampled average current law to exercise the plant; control/ holds none",
        1.0 / pwm.period, p.grid_frequency_Hz, cycle, CYCLES * cycle, cycle, pwm.period / 100.0,
        (("u_g", "i_g"),), (("u_dc", "i_load"),), 1.0, ("i_l",), ("u_dc",),
        (Blocking(circuit.gates, "u_dc"),),
    )  # fmt: skip
