"""The output voltage loop of a dual active bridge, to be measured and tuned."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from scipy.optimize import brentq

from voltbench.calibration.loops import Loop
from voltbench.calibration.switched_loops.dab_voltage_interrupt import (
    DabVoltageLoop,
    dab_voltage_period,
)
from voltbench.calibration.switched_loops.held import Held, held_plant, pi_loop
from voltbench.calibration.switched_loops.tappable import (
    DRAWN,
    PiGains,
    Tapped,
    as_declared,
    drawn_from,
    move_by,
)
from voltbench.control.numerics.records import zeros
from voltbench.plant_models.switched.averaged.active_bridges import dab_point
from voltbench.plant_models.switched.averaged.dab_formulas import DabShifts
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.closed_loop import KernelController
from voltbench.plant_models.switched.elements import CurrentProbe, VoltageProbe
from voltbench.plant_models.switched.engine import Engine
from voltbench.plant_models.switched.modulation.converters import dab_phase_shift
from voltbench.plant_models.switched.sampling import Sampling
from voltbench.plant_models.switched.topologies.dab import DabParameters, dab_circuit

STEP_RAD, STEP_LOAD = 1e-4, 1e-3
"""Changes of phase shift and (relative) load that the averaged model is differentiated over."""
PHI_MAX = 1.2


@dataclass(frozen=True)
class DabVoltage:
    """Output voltage by phase shift at a load resistance.

    Attributes
    ----------
    parameters : DabParameters
    output_voltage_V : float
        Reference.
    control_divider : int
        Switching periods in an interrupt of the law.
    sampling : Sampling
        ADC, sampling instant, timer; ideal by default.
    change : Callable[[Circuit], Circuit]
        Made to the circuit before it is built: non-idealities of `switched.nonideal`.
    junction_temperature_C : float
        Of both bridges; the channels' changes per K are the parameters'.
    """

    parameters: DabParameters = field(default_factory=DabParameters)
    output_voltage_V: float = 400.0
    control_divider: int = 2
    sampling: Sampling = field(default_factory=Sampling)
    change: Callable[[Circuit], Circuit] = as_declared
    junction_temperature_C: float = 25.0

    @property
    def name(self) -> str:
        """Return the loop in words."""
        p = self.parameters
        return (
            f"DAB output voltage, {p.input_voltage_V:g} V to {self.output_voltage_V:g} V, "
            f"{p.load_resistance_Ohm:g} ohm, law at {1e-3 / self.T_s:g} kHz"
        )

    @property
    def T_s(self) -> float:
        """Return the law's period (s)."""
        return self.control_divider / self.parameters.switching_frequency_Hz

    @property
    def k_phi(self) -> float:
        """Return the law's model value 2 pi^2 f L / n (V/A)."""
        p = self.parameters
        per_A = 2 * math.pi**2 * p.switching_frequency_Hz * p.leakage_inductance_H
        return per_A / p.turns_ratio

    @cached_property
    def hot(self) -> DabParameters:
        """Return the parameters with the channels' resistances at the junction temperature."""
        p, T = self.parameters, self.junction_temperature_C
        return replace(
            p,
            r_on_1_Ohm=p.device_1.resistance_Ohm(T),
            r_on_2_Ohm=p.device_2.resistance_Ohm(T),
            r_on_1_change_per_K=0.0,
            r_on_1_change_per_K2=0.0,
            r_on_2_change_per_K=0.0,
            r_on_2_change_per_K2=0.0,
        )

    @cached_property
    def phi(self) -> float:
        """Return the phase shift of the operating point (rad), by the averaged model.

        Raises
        ------
        ValueError
            If the voltage cannot be reached at this load.
        """
        p, wanted = self.hot, self.output_voltage_V

        def missing(phi: float) -> float:
            return dab_point(p, DabShifts(phi)).output_voltage_V - wanted

        low, high = 0.03, PHI_MAX
        if not missing(low) < 0.0 < missing(high):
            reach = sorted(wanted + missing(phi) for phi in (low, high))
            raise ValueError(
                f"output_voltage_V is {wanted:g} V; allowed at {p.load_resistance_Ohm:g} ohm: "
                f"{reach[0]:.4g} to {reach[1]:.4g} V"
            )
        return float(brentq(missing, low, high, xtol=1e-7))

    @cached_property
    def slopes(self) -> tuple[float, float]:
        """Return how the mean output current moves with phase shift (A/rad) and voltage (S)."""
        p = self.hot
        here = dab_point(p, DabShifts(self.phi))
        shifted = dab_point(p, DabShifts(self.phi + STEP_RAD))
        loaded = replace(p, load_resistance_Ohm=p.load_resistance_Ohm * (1.0 + STEP_LOAD))
        other = dab_point(loaded, DabShifts(self.phi))
        du = other.output_voltage_V - here.output_voltage_V
        per_V = (other.output_current_A - here.output_current_A) / du
        moved = shifted.output_current_A - here.output_current_A
        rise = shifted.output_voltage_V - here.output_voltage_V
        return (moved - per_V * rise) / STEP_RAD, per_V

    @cached_property
    def engine(self) -> Engine:
        """Return the switched circuit."""
        circuit = dab_circuit(self.hot, self.output_voltage_V)
        probes = (
            VoltageProbe("u_o", "out"),
            CurrentProbe("i_load", "load"),
            VoltageProbe("u_in", "bus"),
            CurrentProbe("i_l", "leakage"),
        )
        elements = (*circuit.elements, drawn_from("out"))
        return Engine(self.change(replace(circuit, elements=elements, probes=probes)))

    def tapped(self, gains: PiGains) -> Tapped:
        """Return the switched converter under its law."""
        p = self.parameters
        pwm = dab_phase_shift(
            self.engine.library.circuit, p, drop_short_pulses=True,
            quantum_s=self.sampling.pwm_step_s,
        )  # fmt: skip
        m = zeros(DabVoltageLoop)[0]
        dab, out, ref = m["dab"], m["output"], m["ref"]
        dab["k_phi"] = self.k_phi  # no trim of the current: the voltage loop sees to it
        dab["x_share"], dab["phi_max"], dab["u_floor"] = 0.15, PHI_MAX, 30.0
        dab["n_d"] = p.turns_ratio / 0.35
        out["k_p"], out["k_i"], out["k_t"] = gains.k_p, gains.k_i, 0.1 / self.T_s
        # references stand: only the voltage limits
        i_most = 2.0 * self.current_A + 50.0
        out["u_slew"], out["i_rise"], out["i_fall"], out["i_back"] = 1e9, 1e9, 1e9, i_most
        ref["u_o_ref"], ref["i_o_ref"] = self.output_voltage_V, i_most
        ref["p_o_ref"] = i_most * self.output_voltage_V
        m["i_max"] = i_most
        state = m["output_state"]
        state["u_ref"], state["i_set"] = self.output_voltage_V, i_most
        state["x"] = state["i_ref"] = self.asked_A
        m["phi"] = m["phi_next"] = self.phi
        m["duty"] = m["duty_next"] = 1.0
        m["bank"], m["legs"] = pwm.bank[0], pwm.state[0]
        m["T_s"], m["divider"], m["period"] = self.T_s, self.control_divider, pwm.period
        m["quantum"] = self.sampling.pwm_step_s
        controller = KernelController(dab_voltage_period, m, pwm.period)
        return Tapped(
            self.engine, controller, self.sampling, self.control_divider, {"u_o": 1.0}, "V", 0.0,
            5e-3, 0.002 * self.output_voltage_V, move_by("ref", "u_o_ref"), DRAWN,
        )  # fmt: skip

    @property
    def current_A(self) -> float:
        """Return the load's current (A)."""
        return self.output_voltage_V / self.parameters.load_resistance_Ohm

    @property
    def asked_A(self) -> float:
        """Return the current that the law asks for in steady state, losses included (A)."""
        u_in = self.parameters.input_voltage_V
        return u_in * self.phi * (math.pi - self.phi) / self.k_phi

    @cached_property
    def _plant(self) -> Held:
        """Return the averaged converter from the current asked for to the output voltage."""
        p, (per_rad, per_V) = self.parameters, self.slopes
        rad_per_A = self.k_phi / (p.input_voltage_V * (math.pi - 2.0 * self.phi))
        C = p.output_capacitance_F
        return held_plant(
            np.array([[(per_V - 1.0 / p.load_resistance_Ohm) / C]]),
            np.array([per_rad * rad_per_A / C]), np.ones(1), np.array([-1.0 / C]), self.T_s,
        )  # fmt: skip

    def model(self, gains: PiGains) -> Loop:
        """Return the open loop of the averaged model, sampled as the law samples."""
        return pi_loop(self.name, self._plant, gains)

    def formula(self, bandwidth_Hz: float, phase_margin_deg: float) -> PiGains:
        """Return gains for the capacitor alone, one and a half periods late.

        k_p = w_c C sin(a), k_i = w_c^2 C cos(a), a the margin and the delay's angle.
        """
        p, w = self.parameters, 2.0 * math.pi * bandwidth_Hz
        angle = math.radians(phase_margin_deg) + 1.5 * w * self.T_s
        C = p.output_capacitance_F
        return PiGains(w * C * math.sin(angle), w * w * C * max(math.cos(angle), 0.0))
