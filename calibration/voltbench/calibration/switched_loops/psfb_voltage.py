"""The output voltage loop of a phase-shifted full bridge over its current loop."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy.optimize import brentq

from voltbench.calibration.converter_gains import psfb_gains
from voltbench.calibration.loops import Loop
from voltbench.calibration.switched_loops.psfb_interrupt import PsfbLoop, psfb_period
from voltbench.calibration.switched_loops.tappable import (
    DRAWN,
    PiGains,
    Tapped,
    as_declared,
    drawn_from,
    move_by,
)
from voltbench.control.numerics.records import zeros
from voltbench.plant_models.discretise import zero_order_hold
from voltbench.plant_models.switched.averaged.psfb import psfb_point
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.closed_loop import KernelController
from voltbench.plant_models.switched.elements import CurrentProbe, VoltageProbe
from voltbench.plant_models.switched.engine import Engine
from voltbench.plant_models.switched.modulation.converters import psfb_phase_shift
from voltbench.plant_models.switched.sampling import Sampling
from voltbench.plant_models.switched.topologies.psfb import PsfbParameters, psfb_circuit

DUTY_MAX = 0.96
STEP = 1e-4
"""Of duty, and of the load: what the averaged steady state is differenced over."""


@dataclass(frozen=True)
class PsfbVoltage:
    """Output voltage over average current control, diode bridge, by `control.psfb`.

    Attributes
    ----------
    parameters : PsfbParameters
    output_voltage_V : float
        Reference.
    current_bandwidth_of_rate : float
        Of the inner loop, of the switching frequency.
    sampling : Sampling
        ADC and timer; ideal by default.
    change : Callable[[Circuit], Circuit]
        Made to the circuit before it is built: non-idealities of `switched.nonideal`.
    """

    parameters: PsfbParameters = field(default_factory=PsfbParameters)
    output_voltage_V: float = 400.0
    current_bandwidth_of_rate: float = 0.05
    sampling: Sampling = field(default_factory=Sampling)
    change: Callable[[Circuit], Circuit] = as_declared

    @property
    def name(self) -> str:
        """Return the loop in words."""
        p = self.parameters
        return (
            f"PSFB output voltage over its current loop, {p.input_voltage_V:g} V to "
            f"{self.output_voltage_V:g} V, {p.dc.load_resistance_Ohm:g} ohm, "
            f"law at {1e-3 / self.T_s:g} kHz"
        )

    @property
    def T_s(self) -> float:
        """Return the law's period (s)."""
        return 1.0 / self.parameters.switching_frequency_Hz

    @cached_property
    def duty(self) -> float:
        """Return the duty of the operating point, by the averaged model.

        Raises
        ------
        ValueError
            If the voltage cannot be reached.
        """

        def missing(duty: float) -> float:
            return psfb_point(self.parameters, duty).output_voltage_V - self.output_voltage_V

        low, high = 0.4, DUTY_MAX
        if not missing(low) < 0.0 < missing(high):
            reach = [self.output_voltage_V + missing(d) for d in (low, high)]
            raise ValueError(
                f"output_voltage_V is {self.output_voltage_V:g} V; allowed at this load: "
                f"{reach[0]:.4g} to {reach[1]:.4g} V"
            )
        return float(brentq(missing, low, high, xtol=1e-9))

    @cached_property
    def slopes(self) -> tuple[float, float]:
        """Return how the filter's mean input moves with duty (V) and with current (ohm, positive).

        The averaged steady state differenced: commutation, drops and dead time are in it.
        """
        p = self.parameters

        def driving(duty: float, load: float) -> tuple[float, float]:
            dc = replace(p.dc, load_resistance_Ohm=load)
            point = psfb_point(replace(p, dc=dc), duty)
            u, i = point.output_voltage_V, point.output_current_A
            return u + p.filter_resistance_Ohm * i, i

        load = p.dc.load_resistance_Ohm
        (v_0, i_0), (v_1, i_1) = (driving(self.duty, load * s) for s in (1.0, 1.0 + STEP))
        R = -(v_1 - v_0) / (i_1 - i_0)
        v_2, i_2 = driving(self.duty + STEP, load)
        return (v_2 - v_0 + R * (i_2 - i_0)) / STEP, R

    @cached_property
    def engine(self) -> Engine:
        """Return the switched circuit."""
        circuit = psfb_circuit(self.parameters, initial_output_voltage_V=self.output_voltage_V)
        probes = (
            VoltageProbe("u_o", "out"), VoltageProbe("u_in", "bus"), CurrentProbe("i_l", "filter"),
            CurrentProbe("i_load", "load"),
        )  # fmt: skip
        tables = replace(circuit.tables, guards=None)
        elements = (*circuit.elements, drawn_from("out"))
        return Engine(
            self.change(replace(circuit, elements=elements, probes=probes, tables=tables))
        )

    def _memory(self, gains: PiGains) -> Any:
        p, f = self.parameters, self.parameters.switching_frequency_Hz
        m = zeros(PsfbLoop)[0]
        g, s, n = m["gains"], m["state"], self.parameters.turns_ratio
        psfb_gains(
            g, self.current_bandwidth_of_rate * f, 1.0, p.filter_inductance_H,
            p.output_capacitance_F,
        )  # fmt: skip
        g["k_pv"], g["k_iv"] = gains.k_p, gains.k_i
        g["k_u"], g["d_max"], g["u_slew"] = 1.0 / n, DUTY_MAX, 1e9
        g["r_k"] = 4.0 * f * p.leakage_inductance_H / n**2
        g["k_s"] = p.leakage_inductance_H / (n**2 * p.filter_inductance_H)
        current = self.current_A
        s["u_ref"], s["x_v"], s["i_ref"] = self.output_voltage_V, current, current
        s["duty"] = m["duty"] = self.duty
        s["x_i"] = self.duty * p.input_voltage_V / n - self.output_voltage_V - g["r_k"] * current
        m["inductors"], m["u_set"], m["i_set"] = 1, self.output_voltage_V, 3.0 * current
        m["T_s"], m["period"], m["quantum"] = 1.0 / f, 1.0 / f, self.sampling.pwm_step_s
        m["started"], m["step_index"], m["step_probe"] = 1, -1, -1
        return m

    @property
    def current_A(self) -> float:
        """Return the load's current (A)."""
        return self.output_voltage_V / self.parameters.dc.load_resistance_Ohm

    def tapped(self, gains: PiGains) -> Tapped:
        """Return the switched converter under its law."""
        p = self.parameters
        quantum = self.sampling.pwm_step_s
        pwm = psfb_phase_shift(self.engine.library.circuit, p, quantum_s=quantum)
        m = self._memory(gains)
        m["bank"], m["legs"] = pwm.bank[0], pwm.state[0]
        controller = KernelController(psfb_period, m, pwm.period)
        return Tapped(
            self.engine, controller, self.sampling, 1, {"u_o": 1.0}, "V", 0.0, 5e-3,
            0.002 * self.output_voltage_V, move_by("u_set"), DRAWN,
        )  # fmt: skip

    def model(self, gains: PiGains) -> Loop:
        """Return the open loop of the averaged model, cut at the sampled output voltage.

        The commutation of the leakage inductance takes from the pulses what the current asks
        for: a resistance in the filter. States: i, u, acting duty, x_i, x_v.
        """
        p, T, g = self.parameters, self.T_s, self._memory(gains)["gains"]
        u_2 = p.input_voltage_V / p.turns_ratio
        L, C, R_o = p.filter_inductance_H, p.output_capacitance_F, p.dc.load_resistance_Ohm
        per_duty, R = self.slopes
        R += p.filter_resistance_Ohm
        end = zero_order_hold(
            np.array([[-R / L, -1.0 / L], [1.0 / C, -1.0 / (R_o * C)]]),
            np.array([[per_duty / L, 0.0], [0.0, -1.0 / C]]), T,
        ).end  # fmt: skip
        k_p, k_i, r_k, k_s = (float(g[k]) for k in ("k_p", "k_i", "r_k", "k_s"))
        # the law, in deviations: i_ref = -k_pv y + x_v; e = i_ref - i - k_m y
        mean = 1.0 + k_s * (1.0 - self.output_voltage_V / u_2)
        k_m = -k_s * self.current_A / u_2
        i_ref, e = np.zeros(6), np.zeros(6)  # columns: states, then y
        i_ref[4], i_ref[5] = 1.0, -gains.k_p
        e[0], e[5] = -mean, -k_m
        e += i_ref
        duty = (r_k * i_ref + k_p * e + np.eye(6)[3] + np.eye(6)[5]) / u_2
        A = np.zeros((5, 6))
        A[:2, :3] = end[:, :3]
        A[2] = duty
        A[3] = np.eye(6)[3] + T * k_i * e
        A[4] = np.eye(6)[4] - T * gains.k_i * np.eye(6)[5]
        output, drawn = np.zeros(5, complex), np.zeros(5, complex)
        output[1], drawn[:2] = 1.0, end[:, 3]
        law = A[:, :5].astype(complex), -A[:, 5].astype(complex)
        return Loop(self.name, None, T, *law, output, "", drawn)

    def formula(self, bandwidth_Hz: float, phase_margin_deg: float) -> PiGains:
        """Return gains for the capacitor behind a current loop of its own bandwidth.

        k_p = w_c C sin(a), k_i = w_c^2 C cos(a), a the margin and the inner loops' angle.
        """
        w, C = 2.0 * math.pi * bandwidth_Hz, self.parameters.output_capacitance_F
        inner = 2.0 * math.pi * self.current_bandwidth_of_rate / self.T_s
        angle = math.radians(phase_margin_deg) + 0.5 * w * self.T_s + math.atan(w / inner)
        return PiGains(w * C * math.sin(min(angle, 0.5 * math.pi)),
                       w * w * C * max(math.cos(angle), 0.01))  # fmt: skip
