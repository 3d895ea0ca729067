"""Dual active bridges made ready: single, extended and triple phase shift; onto a battery."""

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from voltbench.calibration.converter_gains import shift_gains
from voltbench.calibration.switched_loops.battery_interrupt import BatteryLoop, battery_period
from voltbench.calibration.switched_loops.dab_interrupt import DabLoop, dab_period
from voltbench.calibration.switched_loops.dab_shift_interrupt import DabShiftLoop, dab_shift_period
from voltbench.control.dab_shifts import EXTENDED, SINGLE, TRIPLE
from voltbench.control.numerics.records import zeros
from voltbench.hil.errors import BadInput
from voltbench.hil.switched.case import Blocking, Ready, with_probes
from voltbench.hil.switched.resonant import INPUT, LOAD
from voltbench.plant_models.switched.closed_loop import KernelController
from voltbench.plant_models.switched.elements import CurrentProbe, VoltageProbe
from voltbench.plant_models.switched.modulation.converters import dab_phase_shift
from voltbench.plant_models.switched.modulation.modulator import Modulator
from voltbench.plant_models.switched.topologies.dab import DabParameters, dab_circuit
from voltbench.plant_models.switched.topologies.output_filter import (
    OutputFilterParameters,
    with_battery,
)

PERIODS = 20
"""Switching periods stored by default."""
BLOCKING = (
    Blocking(("p1", "p2", "p3", "p4"), "u_in", shown=("p1", "p3")),
    Blocking(("s1", "s2", "s3", "s4"), "u_o", shown=("s1", "s3")),
)


@dataclass(frozen=True)
class DabSettings:
    """Operation of a dual active bridge under the phase-shift law."""

    output_current_ref_A: float = 27.6
    control_divider: int = 5
    """Switching periods in a control period."""
    trim_bandwidth_Hz: float = 15.0
    phase_shift_max_rad: float = 1.2
    voltage_ratio_min: float = 0.35
    current_slew_A_per_s: float = 10e3
    start_voltage_share: float = 1.0
    """Output voltage at the start, of what the reference makes in the load."""
    pwm_quantum_s: float = 0.0


@dataclass(frozen=True)
class ShapedSettings:
    """Operation of a dual active bridge with inner phase shifts."""

    output_current_ref_A: float = 12.0
    control_divider: int = 5
    trim_bandwidth_Hz: float = 40.0
    current_slew_A_per_s: float = 10e3
    start_voltage_share: float = 1.0
    pwm_quantum_s: float = 0.0


@dataclass(frozen=True)
class BatteryParameters:
    """A dual active bridge with what lies between it and a vehicle's battery."""

    bridge: DabParameters = field(default_factory=DabParameters)
    output: OutputFilterParameters = field(default_factory=OutputFilterParameters)


@dataclass(frozen=True)
class BatterySettings:
    """Sequence of contactors and converter."""

    precharge_at_s: float = 1e-3
    main_at_s: float = 25e-3
    current_at_s: float = 27e-3
    """When the bridges begin to switch; after the main contactor has closed."""
    bridge: DabSettings = field(default_factory=DabSettings)


def _ready(
    circuit: Any,
    controller: Any,
    loop: str,
    t_end: float,
    period: float,
    outputs: tuple[tuple[str, str], ...] = (("u_o", "i_load"),),
    currents: tuple[str, ...] = ("i_l",),
    dc: tuple[str, ...] = ("u_o",),
) -> Ready:
    return Ready(
        circuit, controller, loop, 1.0 / period, None, period, t_end, PERIODS * period,
        period / 1000.0, (("u_in", "i_in"),), outputs, -1.0, currents, dc, BLOCKING,
    )  # fmt: skip


def _single_loop(p: DabParameters, s: DabSettings, pwm: Modulator) -> Any:
    """Return the memory of the charger's own phase-shift law."""
    m = zeros(DabLoop)[0]
    g = m["gains"]
    L, f = p.leakage_inductance_H, p.switching_frequency_Hz
    g["k_phi"] = 2 * math.pi**2 * f * L / p.turns_ratio
    g["alpha_i"], g["x_share"] = 2 * math.pi * s.trim_bandwidth_Hz, 0.15
    # at rest no current carries a pulse over the dead time: the floor's pulse is twice as long
    floor = p.input_voltage_V * math.sin(0.5 * math.pi * min(4.0 * p.dead_time_s * f, 1.0))
    g["phi_max"], g["u_floor"] = s.phase_shift_max_rad, max(floor, 30.0)
    g["n_d"] = p.turns_ratio / s.voltage_ratio_min
    m["bank"], m["legs"] = pwm.bank[0], pwm.state[0]
    m["i_set"], m["divider"] = s.output_current_ref_A, s.control_divider
    m["i_ref"] = s.start_voltage_share * s.output_current_ref_A
    m["i_step"] = s.current_slew_A_per_s * s.control_divider * pwm.period
    m["T_s"], m["period"] = s.control_divider * pwm.period, pwm.period
    m["quantum"] = s.pwm_quantum_s
    return m


def _said(law: str, divider: int) -> str:
    return (
        f"closed loop: output current by phase shift, {law}, once in {divider} switching "
        "periods, command one control period later"
    )


def dab(p: DabParameters, s: DabSettings) -> Ready:
    """Return a dual active bridge at single phase shift, under the law of `control.dcdc`."""
    made = dab_circuit(p, s.start_voltage_share * s.output_current_ref_A * p.load_resistance_Ohm)
    probes = (CurrentProbe("i_l", "leakage"), VoltageProbe("u_o", "out"), LOAD, *INPUT)
    circuit = with_probes(made, *probes)
    pwm = dab_phase_shift(circuit, p, drop_short_pulses=True, quantum_s=s.pwm_quantum_s)
    controller = KernelController(dab_period, _single_loop(p, s, pwm), pwm.period)
    return _ready(circuit, controller, _said("control.dcdc", s.control_divider), 0.1, pwm.period)


def dab_extended(p: DabParameters, s: ShapedSettings) -> Ready:
    """Return a dual active bridge with one inner phase shift, under `control.dab_shifts`."""
    return _shaped(p, s, EXTENDED)


def dab_triple(p: DabParameters, s: ShapedSettings) -> Ready:
    """Return a dual active bridge with both inner phase shifts, under `control.dab_shifts`."""
    return _shaped(p, s, TRIPLE)


def dab_single_shaped(p: DabParameters, s: ShapedSettings) -> Ready:
    """Return single phase shift under `control.dab_shifts`, to compare the others with."""
    return _shaped(p, s, SINGLE)


def _shaped(p: DabParameters, s: ShapedSettings, mode: int) -> Ready:
    made = dab_circuit(p, s.start_voltage_share * s.output_current_ref_A * p.load_resistance_Ohm)
    probes = (CurrentProbe("i_l", "leakage"), VoltageProbe("u_o", "out"), LOAD, *INPUT)
    circuit = with_probes(made, *probes)
    pwm = dab_phase_shift(circuit, p, drop_short_pulses=True, quantum_s=s.pwm_quantum_s)
    m = zeros(DabShiftLoop)[0]
    g = m["gains"]
    shift_gains(
        g, p.switching_frequency_Hz, p.leakage_inductance_H, p.turns_ratio, s.trim_bandwidth_Hz
    )
    g["mode"], g["u_floor"] = mode, 0.05 * p.input_voltage_V
    m["bank"], m["legs"] = pwm.bank[0], pwm.state[0]
    m["i_set"], m["divider"] = s.output_current_ref_A, s.control_divider
    m["i_ref"] = s.start_voltage_share * s.output_current_ref_A
    m["i_step"] = s.current_slew_A_per_s * s.control_divider * pwm.period
    m["T_s"], m["period"] = s.control_divider * pwm.period, pwm.period
    m["quantum"] = s.pwm_quantum_s
    controller = KernelController(dab_shift_period, m, pwm.period)
    return _ready(
        circuit, controller, _said("control.dab_shifts", s.control_divider), 0.1, pwm.period
    )


def dab_battery(p: BatteryParameters, s: BatterySettings) -> Ready:
    """Return precharge from the battery, main contactor, then charging under `control.dcdc`."""
    order = ("precharge_at_s", "main_at_s", "current_at_s")
    for before, after in pairwise(order):
        if not getattr(s, before) < getattr(s, after):
            raise BadInput(
                f"{after} = {getattr(s, after):g} s; allowed: above {before} = "
                f"{getattr(s, before):g} s"
            )
    made = with_battery(dab_circuit(p.bridge), p.output)
    circuit = with_probes(
        made, CurrentProbe("i_l", "leakage"), VoltageProbe("u_o", "out"),
        CurrentProbe("i_o", "output_choke"), *INPUT, VoltageProbe("u_t", "terminal"),
        VoltageProbe("u_vehicle", "vehicle"), CurrentProbe("i_bat", "battery"),
        VoltageProbe("u_bat", "cell"),
    )  # fmt: skip
    pwm = dab_phase_shift(circuit, p.bridge, drop_short_pulses=True)
    m = zeros(BatteryLoop)[0]
    m["bridge"] = _single_loop(p.bridge, s.bridge, pwm)
    m["bridge"]["i_ref"] = 0.0
    m["precharge_index"], m["main_index"], m["run_index"] = (
        max(round(getattr(s, name) / pwm.period), 1) for name in order
    )
    m["precharge_bit"], m["main_bit"] = (
        1 << circuit.gates.index(gate) for gate in ("precharge", "main")
    )
    loop = (
        "closed loop: contactor sequence, then "
        + _said("control.dcdc", s.bridge.control_divider).partition(": ")[2]
    )
    return _ready(
        circuit, KernelController(battery_period, m, pwm.period), loop, s.current_at_s + 33e-3,
        pwm.period, (("u_bat", "i_bat"),), ("i_l", "i_o", "i_bat"), ("u_o", "u_t", "u_vehicle"),
    )  # fmt: skip
