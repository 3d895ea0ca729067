"""Three-phase front ends: what their interrupt reads, and its gains from bandwidths."""

import math
from dataclasses import dataclass
from typing import Any

from voltbench.calibration.front_end_gains import current_gains, link_gains, pll_gains
from voltbench.calibration.switched_loops.three_phase_interrupt import TWO_LEVEL, ThreePhaseLoop
from voltbench.control.numerics.records import zeros
from voltbench.plant_models.switched.elements import CurrentProbe, Probe, VoltageProbe
from voltbench.plant_models.switched.modulation.modulator import Modulator
from voltbench.plant_models.switched.topologies.ac_side import GridFilter

PHASES = "abc"


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


def interrupt_probes(grid: GridFilter) -> tuple[Probe, ...]:
    """Return the probes the interrupt reads first, up to the bus."""
    measured = "f" if grid.grid_inductance_H > 0.0 else "g"
    return (
        *(CurrentProbe(f"i_{k}", f"boost_{k}") for k in PHASES),
        *(VoltageProbe(f"u_m_{k}", f"{measured}_{k}", "star") for k in "ab"),
        CurrentProbe("i_load", "load"),
    )


def half_bus_probes() -> tuple[Probe, ...]:
    """Return the halves of a split bus, then the whole."""
    return VoltageProbe("u_p", "p"), VoltageProbe("u_n", "0", "n"), VoltageProbe("u_dc", "p", "n")


def interrupt_memory(
    pwm: Modulator, grid: GridFilter, capacitance: float, kind: int, s: FrontEndSettings
) -> Any:
    """Return the interrupt's record with its gains, locked to the grid; capacitance in F."""
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
