"""Three-phase front ends made ready: circuit, probes, and the laws with gains from bandwidths."""

import math
from dataclasses import dataclass, replace
from typing import Any

from voltbench.calibration.front_end_gains import current_gains, link_gains, pll_gains
from voltbench.control.numerics.records import zeros
from voltbench.hil.errors import BadInput
from voltbench.hil.switched.case import Blocking, Ready, with_probes
from voltbench.hil.switched.three_phase_loop import (
    T_TYPE,
    TWO_LEVEL,
    VIENNA,
    ThreePhaseLoop,
    three_phase_period,
)
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.closed_loop import KernelController
from voltbench.plant_models.switched.elements import CurrentProbe, Probe, VoltageProbe
from voltbench.plant_models.switched.modulation.converters import (
    t_type_pwm,
    two_level_pwm,
    vienna_pwm,
)
from voltbench.plant_models.switched.modulation.modulator import Modulator
from voltbench.plant_models.switched.topologies.ac_side import DcSide, GridFilter
from voltbench.plant_models.switched.topologies.active_front_end import (
    ActiveFrontEndParameters,
    active_front_end_circuit,
)
from voltbench.plant_models.switched.topologies.t_type import TTypeParameters, t_type_circuit
from voltbench.plant_models.switched.topologies.vienna import ViennaParameters, vienna_circuit

PHASES = "abc"
CYCLES = 6
"""Line cycles of a run by default; the last one is stored."""


@dataclass(frozen=True)
class FrontEndSettings:
    """Operation of a three-phase front end under the laws of `control/`."""

    bus_voltage_ref_V: float = 800.0
    pll_bandwidth_Hz: float = 20.0
    current_bandwidth_of_rate: float = 0.04
    link_bandwidth_Hz: float = 25.0
    feedforward_share: float = 0.4
    """Of the measured grid voltage's deviation from its filtered amplitude."""
    power_max_W: float = 60e3
    pwm_quantum_s: float = 0.0
    """Time step of the PWM timer, 0: continuous."""


def closed_by_load(dc: DcSide) -> None:
    """Refuse a DC side that holds the bus itself.

    Raises
    ------
    BadInput
        If there is a source, or no load.
    """
    if dc.source_voltage_V != 0.0:
        raise BadInput(
            f"dc.source_voltage_V is {dc.source_voltage_V:g} V; allowed: 0 "
            "(the loop holds the bus voltage)"
        )
    if not dc.load_resistance_Ohm > 0.0:
        raise BadInput(f"dc.load_resistance_Ohm is {dc.load_resistance_Ohm:g} Ohm; allowed: > 0")


def two_level(p: ActiveFrontEndParameters, s: FrontEndSettings) -> Ready:
    """Return a two-level active front end."""
    closed_by_load(p.dc)
    circuit = active_front_end_circuit(p, initial_bus_voltage_V=s.bus_voltage_ref_V)
    circuit = with_probes(circuit, *_probes(p.grid), VoltageProbe("u_dc", "p"))
    pwm = two_level_pwm(circuit, p, drop_short_pulses=True, quantum_s=s.pwm_quantum_s)
    blocking = (Blocking(circuit.gates, "u_dc", shown=("a_high", "a_low")),)
    return _ready(circuit, pwm, p.grid, p.bus_capacitance_F, TWO_LEVEL, s, ("u_dc",), blocking)


def t_type(p: TTypeParameters, s: FrontEndSettings) -> Ready:
    """Return a T-type front end."""
    closed_by_load(p.dc)
    circuit = t_type_circuit(p, initial_bus_voltage_V=s.bus_voltage_ref_V)
    circuit = with_probes(circuit, *_probes(p.grid), *_halves())
    pwm = t_type_pwm(circuit, p, drop_short_pulses=True, quantum_s=s.pwm_quantum_s)
    blocking = (Blocking(circuit.gates, "u_p", shown=("a_1", "a_3")),)
    half = 0.5 * p.half_capacitance_F
    return _ready(circuit, pwm, p.grid, half, T_TYPE, s, ("u_p", "u_n"), blocking)


def vienna(p: ViennaParameters, s: FrontEndSettings) -> Ready:
    """Return a Vienna rectifier."""
    grid = GridFilter(
        p.grid_voltage_V,
        p.grid_frequency_Hz,
        inductance_H=p.boost_inductance_H,
        resistance_Ohm=p.boost_resistance_Ohm,
    )
    circuit = vienna_circuit(p, s.bus_voltage_ref_V)
    circuit = with_probes(circuit, *_probes(grid), *_halves())
    pwm = vienna_pwm(circuit, p, quantum_s=s.pwm_quantum_s)
    blocking = (Blocking(circuit.gates, "u_p", both_ways=True),)
    half = 0.5 * p.half_capacitance_F
    return _ready(circuit, pwm, grid, half, VIENNA, s, ("u_p", "u_n"), blocking)


def _probes(grid: GridFilter) -> tuple[Probe, ...]:
    """Return the probes the interrupt reads first, up to the bus."""
    measured = "f" if grid.grid_inductance_H > 0.0 else "g"
    return (
        *(CurrentProbe(f"i_{k}", f"boost_{k}") for k in PHASES),
        *(VoltageProbe(f"u_m_{k}", f"{measured}_{k}", "star") for k in "ab"),
        CurrentProbe("i_load", "load"),
    )


def _halves() -> tuple[Probe, ...]:
    return VoltageProbe("u_p", "p"), VoltageProbe("u_n", "0", "n"), VoltageProbe("u_dc", "p", "n")


def _grid_probes(grid: GridFilter) -> tuple[Probe, ...]:
    inductor = "grid" if grid.grid_inductance_H > 0.0 else "boost"
    return (
        *(VoltageProbe(f"u_g_{k}", f"g_{k}", "star") for k in PHASES),
        *(CurrentProbe(f"i_g_{k}", f"{inductor}_{k}") for k in PHASES),
    )


def _loop(
    pwm: Modulator, grid: GridFilter, capacitance: float, kind: int, s: FrontEndSettings
) -> Any:
    made = zeros(ThreePhaseLoop)
    m, T_s = made[0], pwm.period
    m["kind"], m["T_s"], m["period"], m["quantum"] = kind, T_s, T_s, s.pwm_quantum_s
    m["bank"], m["legs"] = pwm.bank[0], pwm.state[0]
    omega = 2.0 * math.pi * grid.grid_frequency_Hz
    pll_gains(m["pll_gains"], s.pll_bandwidth_Hz, omega, T_s)
    # locked when the run begins: phase a is a sine without phase angle, the law's is a cosine
    m["pll"]["theta"], m["pll"]["u"], m["pll"]["omega"] = -0.5 * math.pi, grid.amplitude_V, omega
    gains = m["pfc_gains"]
    current_gains(gains, s.current_bandwidth_of_rate, grid.inductance_H, T_s)
    gains["k_ff"], gains["C_f"] = s.feedforward_share, 0.0
    if grid.grid_inductance_H > 0.0:
        gains["C_f"] = grid.filter_capacitance_F
    link_gains(gains, s.link_bandwidth_Hz, capacitance, s.bus_voltage_ref_V)
    gains["p_max"] = s.power_max_W
    gains["i_max"] = 2.0 * s.power_max_W / (3.0 * grid.amplitude_V)
    gains["k_np"], gains["m0_max"] = (0.0, 0.0) if kind == TWO_LEVEL else (0.01, 0.2)
    m["pfc"]["u_dc_ref"] = m["u_dc_target"] = s.bus_voltage_ref_V
    m["u_dc_slew"] = 2000.0 * T_s
    return m


def _ready(
    circuit: Circuit,
    pwm: Modulator,
    grid: GridFilter,
    capacitance: float,
    kind: int,
    s: FrontEndSettings,
    dc: tuple[str, ...],
    blocking: tuple[Blocking, ...],
) -> Ready:
    frequency = grid.grid_frequency_Hz
    probes = (*circuit.probes, *_grid_probes(grid))
    memory = _loop(pwm, grid, capacitance, kind, s)
    return Ready(
        replace(circuit, probes=probes),
        KernelController(three_phase_period, memory, pwm.period),
        "closed loop: PLL, link and current control, modulation of control/, once a switching "
        "period, command one period later",
        1.0 / pwm.period,
        frequency,
        1.0 / frequency,
        CYCLES / frequency,
        1.0 / frequency,
        pwm.period / 100.0,
        tuple((f"u_g_{k}", f"i_g_{k}") for k in PHASES),
        (("u_dc", "i_load"),),
        1.0,
        tuple(f"i_{k}" for k in PHASES),
        tuple(dict.fromkeys((*dc, "u_dc"))),
        blocking,
    )
