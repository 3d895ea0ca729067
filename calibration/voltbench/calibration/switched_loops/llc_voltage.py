"""The output voltage loop of an LLC by frequency, to be measured and tuned."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from scipy.optimize import brentq

from voltbench.calibration.loops import Loop
from voltbench.calibration.switched_loops.held import Held, held_plant, pi_loop
from voltbench.calibration.switched_loops.llc_interrupt import LlcLoop, llc_period
from voltbench.calibration.switched_loops.tappable import (
    DRAWN,
    PiGains,
    Tapped,
    as_declared,
    drawn_from,
    move_by,
)
from voltbench.control.numerics.records import zeros
from voltbench.plant_models.discretise import Matrix
from voltbench.plant_models.switched.averaged.diode_bridge import llc_point
from voltbench.plant_models.switched.averaged.llc_dynamics import llc_linear
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.closed_loop import KernelController
from voltbench.plant_models.switched.elements import CurrentProbe, VoltageProbe
from voltbench.plant_models.switched.engine import Engine
from voltbench.plant_models.switched.modulation.oscillator import oscillator
from voltbench.plant_models.switched.sampling import Sampling
from voltbench.plant_models.switched.topologies.llc import LlcParameters, llc_circuit

LEGS = (("p1", "p2"), ("p3", "p4"))
PEAK = 0.015
"""Of the injection: well above the ripple, which beats with the law where its timer runs free."""
P_SHARE = 0.1
"""Proportional part of the formula, of the inverse slope."""


@dataclass(frozen=True)
class LlcVoltage:
    """Output voltage of a full-bridge LLC at a load resistance, by `control.llc`.

    Attributes
    ----------
    parameters : LlcParameters
    output_voltage_V : float
        Reference.
    frequency_min_Hz, frequency_max_Hz : float
        Range of the law.
    control_rate_Hz : float
    sampling : Sampling
        ADC; ideal by default. The timer's step is its `pwm_step_s`.
    change : Callable[[Circuit], Circuit]
        Made to the circuit before it is built: non-idealities of `switched.nonideal`.
    """

    parameters: LlcParameters = field(default_factory=LlcParameters)
    output_voltage_V: float = 400.0
    frequency_min_Hz: float = 100e3
    frequency_max_Hz: float = 300e3
    control_rate_Hz: float = 50e3
    sampling: Sampling = field(default_factory=Sampling)
    change: Callable[[Circuit], Circuit] = as_declared

    @property
    def name(self) -> str:
        """Return the loop in words."""
        p = self.parameters
        return (
            f"LLC output voltage, {p.input_voltage_V:g} V to {self.output_voltage_V:g} V, "
            f"{p.load_resistance_Ohm:g} ohm, {1e-3 * self.frequency_Hz:.1f} kHz, "
            f"law at {1e-3 / self.T_s:g} kHz"
        )

    @property
    def T_s(self) -> float:
        """Return the law's period (s)."""
        return 1.0 / self.control_rate_Hz

    @cached_property
    def frequency_Hz(self) -> float:
        """Return the switching frequency of the operating point, by the exact steady state.

        Raises
        ------
        ValueError
            If the voltage cannot be reached in the law's range.
        """

        def missing(f: float) -> float:
            return llc_point(self.parameters, f).output_voltage_V - self.output_voltage_V

        low, high = self.frequency_min_Hz, self.frequency_max_Hz
        if not missing(low) > 0.0 > missing(high):
            reach = sorted(self.output_voltage_V + missing(f) for f in (low, high))
            raise ValueError(
                f"output_voltage_V is {self.output_voltage_V:g} V; allowed between {low:g} and "
                f"{high:g} Hz at this load: {reach[0]:.4g} to {reach[1]:.4g} V"
            )
        return float(brentq(missing, low, high, xtol=1.0))

    @cached_property
    def engine(self) -> Engine:
        """Return the switched circuit."""
        circuit = llc_circuit(self.parameters, self.output_voltage_V)
        probes = (VoltageProbe("u_o", "out"), CurrentProbe("i_load", "load"),
                  CurrentProbe("i_r", "series"))  # fmt: skip
        tables = replace(circuit.tables, guards=None)
        elements = (*circuit.elements, drawn_from("out"))
        return Engine(
            self.change(replace(circuit, elements=elements, probes=probes, tables=tables))
        )

    def tapped(self, gains: PiGains) -> Tapped:
        """Return the switched converter under its law."""
        p, T = self.parameters, self.T_s
        timer = oscillator(
            self.engine.library.circuit, LEGS, p.dead_time_s, T, 1.0 / self.frequency_max_Hz,
            self.sampling.pwm_step_s,
        )  # fmt: skip
        m = zeros(LlcLoop)[0]
        m["timer"] = timer[0]
        g, s = m["gains"], m["state"]
        g["k_p"], g["k_i"], g["u_slew"] = gains.k_p, gains.k_i, 1e9
        g["f_min"], g["f_max"], g["f_duty"] = self.frequency_min_Hz, self.frequency_max_Hz, 1e5
        current = self.output_voltage_V / p.load_resistance_Ohm
        g["r_i"], m["u_set"], m["i_set"] = p.load_resistance_Ohm, self.output_voltage_V, 3 * current
        # the run begins where the loop will settle
        s["u_ref"], s["f"], s["duty"] = self.output_voltage_V, self.frequency_Hz, 1.0
        s["x"] = s["y"] = self.frequency_max_Hz - self.frequency_Hz
        m["T_s"], m["span"], m["started"] = T, T, 1
        m["step_index"], m["step_probe"] = -1, -1
        controller = KernelController(llc_period, m, T)
        return Tapped(
            self.engine, controller, self.sampling, 1, {"u_o": 1.0}, "V", 0.0, 15e-3,
            PEAK * self.output_voltage_V, move_by("u_set"), DRAWN,
        )  # fmt: skip

    @cached_property
    def _linear(self) -> tuple[Matrix, Matrix]:
        return llc_linear(self.parameters, self.frequency_Hz)

    @cached_property
    def _plant(self) -> Held:
        """Return the converter from y (Hz, downwards) to the output, as the law samples it.

        The timer takes a new period over where its own one ends: half of one late in the mean.
        """
        A, B = self._linear
        late = min(0.5 / self.frequency_Hz, 0.99 * self.T_s)
        output = np.eye(7)[6]
        return held_plant(
            A, -B, output, -output / self.parameters.output_capacitance_F, self.T_s, late
        )

    def model(self, gains: PiGains) -> Loop:
        """Return the open loop of the describing-function model, sampled as the law samples."""
        return pi_loop(self.name, self._plant, gains)

    def formula(self, bandwidth_Hz: float, phase_margin_deg: float) -> PiGains:
        """Return k_i = w_c/K and k_p = 0.1/K, K = |du/df|: an integrator below the poles."""
        A, B = self._linear
        slope = abs(float(np.linalg.solve(A, B)[6]))
        return PiGains(P_SHARE / slope, 2.0 * math.pi * bandwidth_Hz / slope)
