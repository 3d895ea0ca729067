"""The current loop of a three-phase front end, to be measured and tuned.

The DC side is held by a source, so that nothing but the current control answers: link
control stands still, its power fed forward.
"""

import cmath
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from voltbench.calibration.loops import Loop
from voltbench.calibration.loops_grid import CurrentLoop
from voltbench.calibration.switched_loops.tappable import PiGains, Tapped, as_declared
from voltbench.calibration.switched_loops.three_phase import (
    FrontEndSettings,
    interrupt_memory,
    interrupt_probes,
)
from voltbench.calibration.switched_loops.three_phase_interrupt import (
    TWO_LEVEL,
    three_phase_period,
)
from voltbench.control.charger import ChargerGains
from voltbench.control.numerics.records import zeros
from voltbench.plant_models.ac_network import AcFilter, BoostInductor, LclFilter
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.closed_loop import KernelController
from voltbench.plant_models.switched.elements import VoltageProbe
from voltbench.plant_models.switched.engine import Engine
from voltbench.plant_models.switched.modulation.converters import two_level_pwm
from voltbench.plant_models.switched.sampling import Sampling
from voltbench.plant_models.switched.topologies.ac_side import DcSide
from voltbench.plant_models.switched.topologies.active_front_end import (
    ActiveFrontEndParameters,
    active_front_end_circuit,
)

SPACE_VECTOR = {
    f"i_{phase}": 2.0 / 3.0 * cmath.exp(2j * math.pi * k / 3.0) for k, phase in enumerate("abc")
}
"""Weights of the phases: i_alpha + j i_beta, amplitude invariant."""
SETTLE_CYCLES = 2


@dataclass(frozen=True)
class FrontEndCurrent:
    """Grid current of a two-level front end in the turning frame, both axes as one complex loop.

    Attributes
    ----------
    parameters : ActiveFrontEndParameters
        Load and source of the DC side are replaced: the source holds the bus, the load takes
        `power_W`.
    settings : FrontEndSettings
        Of the PLL, the feed-forward and the bus; its current bandwidth is what is tuned.
    power_W : float
        Operating point.
    sampling : Sampling
        ADC, sampling instant, timer; ideal by default.
    change : Callable[[Circuit], Circuit]
        Made to the circuit before it is built: non-idealities of `switched.nonideal`.
    """

    parameters: ActiveFrontEndParameters = field(default_factory=ActiveFrontEndParameters)
    settings: FrontEndSettings = field(default_factory=FrontEndSettings)
    power_W: float = 11e3
    sampling: Sampling = field(default_factory=Sampling)
    change: Callable[[Circuit], Circuit] = as_declared

    def __post_init__(self) -> None:
        """Refuse what the model does not hold."""
        grid = self.parameters.grid
        if grid.grid_inductance_H > 0.0 and not grid.filter_capacitance_F > 0.0:
            raise ValueError(
                "grid.filter_capacitance_F is 0 F with a grid inductance; allowed: above 0 "
                "(without it the measured voltage jumps with the bridge's)"
            )
        if not self.power_W > 0.0:
            raise ValueError(f"power_W is {self.power_W:g} W; allowed: above 0")

    @property
    def name(self) -> str:
        """Return the loop in words."""
        grid = self.parameters.grid
        kind = "LCL filter" if grid.grid_inductance_H > 0.0 else "inductors on a stiff grid"
        return (
            f"Two-level front end, grid current, {kind}, {1e-3 * self.power_W:g} kW, "
            f"law at {1e-3 / self.T_s:g} kHz"
        )

    @property
    def T_s(self) -> float:
        """Return the law's period (s)."""
        return 1.0 / self.parameters.switching_frequency_Hz

    @cached_property
    def engine(self) -> Engine:
        """Return the switched circuit, its bus held by a source."""
        u_dc = self.settings.bus_voltage_ref_V
        dc = DcSide(u_dc**2 / self.power_W, u_dc, 1e-3)
        held = replace(self.parameters, dc=dc)
        circuit = active_front_end_circuit(held, initial_bus_voltage_V=u_dc)
        probes = (*interrupt_probes(held.grid), VoltageProbe("u_dc", "p"))
        return Engine(
            self.change(
                replace(circuit, probes=probes, tables=replace(circuit.tables, guards=None))
            )
        )

    def tapped(self, gains: PiGains) -> Tapped:
        """Return the switched converter under its law."""
        p, grid = self.parameters, self.parameters.grid
        circuit = self.engine.library.circuit
        quantum = self.sampling.pwm_step_s
        pwm = two_level_pwm(circuit, p, drop_short_pulses=True, quantum_s=quantum)
        m = interrupt_memory(pwm, grid, p.bus_capacitance_F, TWO_LEVEL, self.settings)
        m["pfc_gains"]["k_p"], m["pfc_gains"]["k_i"] = gains.k_p, gains.k_i
        m["pfc_gains"]["k_pv"] = m["pfc_gains"]["k_iv"] = 0.0
        controller = KernelController(three_phase_period, m, pwm.period)
        cycle = 1.0 / grid.grid_frequency_Hz
        amplitude = 2.0 * self.power_W / (3.0 * grid.amplitude_V)
        return Tapped(
            self.engine, controller, self.sampling, 1, SPACE_VECTOR, "A", grid.grid_frequency_Hz,
            SETTLE_CYCLES * cycle, 0.05 * amplitude, move_d_current(1.5 * grid.amplitude_V), None,
        )  # fmt: skip

    def _filter(self) -> AcFilter:
        grid = self.parameters.grid
        if grid.grid_inductance_H > 0.0:
            return LclFilter(
                grid.inductance_H, grid.resistance_Ohm, grid.filter_capacitance_F,
                grid.filter_resistance_Ohm, grid.grid_inductance_H, grid.grid_resistance_Ohm,
            )  # fmt: skip
        # on a stiff grid the measured voltage is the source's: its filter has no effect
        return BoostInductor(grid.inductance_H, grid.resistance_Ohm, 5e3)

    def model(self, gains: PiGains) -> Loop:
        """Return the open loop cut at the sampled current, both axes as one."""
        made = zeros(ChargerGains)[0]
        pwm = two_level_pwm(self.engine.library.circuit, self.parameters, drop_short_pulses=True)
        m = interrupt_memory(pwm, self.parameters.grid, 1.0, TWO_LEVEL, self.settings)
        made["T_s"], made["pfc"], made["pll"] = self.T_s, m["pfc_gains"], m["pll_gains"]
        made["pfc"]["k_p"], made["pfc"]["k_i"] = gains.k_p, gains.k_i
        # channel resistance lies in series with the inductor
        f = replace(self._filter(), R_1=self._filter().R_1 + self.parameters.device.r_on_Ohm)
        A, b_v, _, c = CurrentLoop(made, f, 0.0, 0.0).matrices()
        # the law's current is the input: k_p - j w L_1 into the voltage, T k_i into the integral
        into_v = gains.k_p - 1j * float(made["pll"]["omega_0"]) * float(made["pfc"]["L_1"])
        into_x = np.zeros(len(A), complex)
        into_x[4] = A[4, 0]
        c, A = c.copy(), A.copy()
        c[0] -= into_v
        A[4, 0] = 0.0
        output = np.zeros(len(A), complex)
        output[0] = 1.0
        law = A + np.outer(b_v, c), -(b_v * into_v + into_x)
        return Loop(self.name, None, self.T_s, *law, output)

    def formula(self, bandwidth_Hz: float, phase_margin_deg: float) -> PiGains:
        """Return k_p = w_c L, k_i = w_c^2 L tan(rest), rest = 90 deg - margin - delay's angle."""
        L, w = self.parameters.grid.inductance_H, 2.0 * math.pi * bandwidth_Hz
        rest = 0.5 * math.pi - math.radians(phase_margin_deg) - 1.5 * w * self.T_s
        return PiGains(w * L, w * w * L * math.tan(min(max(rest, 0.0), 1.2)))


def move_d_current(watt_per_A: float) -> Callable[[Any, float], None]:
    """Return what adds to the reference of the d current: link control's integrator holds it."""

    def move(record: Any, change: float) -> None:
        record["pfc"]["x_v"] += watt_per_A * change

    return move
