"""Open loops of the front end: PLL, current, DC-link voltage.

The current loop is that of the converter-side inductor behind an LCL filter, or of a boost
inductor: N equal modules on one grid separate into their mean, which sees N times the
grid's impedance, and their deviations from the mean, which see none
(``plant_models.ac_filter``). Both are discretised exactly with the bridge voltage held,
plus one period of computation delay.
The loop is cut at the bridge voltage, so the feed-forward of the measured voltage (the LCL
capacitor's; with a boost inductor the terminals', which hold a share of the bridge's own
voltage), which closes a loop around the grid's inductance, is inside.

Not in the loops: saturation, dead time, the PLL's effect on the current loop (20 Hz
against some 100 Hz), the midpoint balance.
"""

import cmath
import math
from dataclasses import dataclass

import control as ct
import numpy as np

from voltbench.calibration.loops import Complex, Loop, from_system
from voltbench.plant_models.ac_network import AcFilter
from voltbench.plant_models.charger_data import Charger
from voltbench.plant_models.discretise import zero_order_hold


def pll_loop(charger: Charger, gains: np.void) -> Loop:
    """Return the PLL's loop: angle error to angle, the amplitude normalised away."""
    T, p = float(gains["T_s"]), gains["pll"]
    k_p, k_i = float(p["k_p"]), float(p["k_i"])
    controller = ct.tf([k_p + k_i * T, -k_p], [1, -1], T)  # integrates before it is used
    angle = ct.tf([T], [1, -1], T)
    note = "two poles at the asked bandwidth"
    return from_system("PLL", charger.control.pll_bandwidth_Hz, controller * angle, note)


@dataclass(frozen=True)
class CurrentLoop:
    """One module's current control in the dq frame, on the mean or the deviation network.

    States i_1, u_c, i_2 of the filter, the delayed voltage, the integral, the filtered
    measured voltage; complex dq quantities (d + jq) in the frame of the grid.
    """

    gains: np.void
    f: AcFilter
    R: float
    """ohm, grid impedance as this network sees it: N times the grid's, or none."""
    L: float
    """H, likewise."""

    def matrices(self) -> tuple[Complex, Complex, Complex, Complex]:
        """Return A, the columns of bridge voltage and current reference, and the law's row.

        Cut at the law's output v: x(k+1) = A x + b_v v + b_ref i_ref, and
        v = c x - k_p i_ref (the law acts on the current into the bridge, hence its signs).
        """
        T, p, w = float(self.gains["T_s"]), self.gains["pfc"], float(self.gains["pll"]["omega_0"])
        k_p, k_i, L_1 = float(p["k_p"]), float(p["k_i"]), float(p["L_1"])
        a_u = float(self.gains["pll"]["a_u"])
        k_ff = float(p["k_ff"]) if "k_ff" in (p.dtype.names or ()) else 1.0
        A_c, B_c = self.f.network(self.R, self.L)
        end = zero_order_hold(A_c, B_c[:, :1], T).end
        back = cmath.exp(-1j * w * T)  # a fixed voltage turns back in the rotating frame
        A = np.zeros((6, 6), complex)
        A[:3, :4] = back * end
        measured = np.array([-self.f.R_d, 1.0, self.f.R_d])  # what the voltage sensor sees
        A[4, [0, 4]] = T * k_i, 1.0
        # the law filters the amplitude only; both axes here, which costs a little phase
        A[5, :3], A[5, 5] = a_u * measured, 1.0 - a_u
        b_v = np.zeros(6, complex)
        b_v[3] = back * cmath.exp(1j * w * float(p["lead"]))
        b_ref = np.zeros(6, complex)
        b_ref[4] = -T * k_i
        c = np.zeros(6, complex)
        c[0] = k_p - 1j * w * L_1
        c[:3] += (k_ff + (1.0 - k_ff) * a_u) * measured
        c[4], c[5] = 1.0, (1.0 - k_ff) * (1.0 - a_u)
        return A, b_v, b_ref, c

    def loop(self, name: str, asked_Hz: float, note: str) -> Loop:
        """Return the loop cut at the bridge voltage."""
        A, b_v, _, c = self.matrices()
        note = f"{note}; -3 dB at {self.bandwidth_Hz():.0f} Hz"
        return Loop(name, asked_Hz, float(self.gains["T_s"]), A, b_v, -c, note)

    def tracking(self) -> tuple[Complex, Complex]:
        """Return A and the column of the reference with the loop closed; state 0 is i_1."""
        A, b_v, b_ref, c = self.matrices()
        return A + np.outer(b_v, c), b_ref - float(self.gains["pfc"]["k_p"]) * b_v

    def bandwidth_Hz(self) -> float:
        """Return the lowest frequency at which the current follows its reference by -3 dB."""
        A, b = self.tracking()
        T = float(self.gains["T_s"])
        f = np.linspace(1.0, 0.45 / T, 1500)
        z = np.exp(2j * math.pi * f * T)
        i = np.linalg.solve(z[:, None, None] * np.eye(6) - A, b[None, :, None])[:, 0, 0]
        return float(f[np.argmax(np.abs(i) < math.sqrt(0.5))])

    def closed(self, v_0: complex, i_0: complex) -> ct.StateSpace:
        """Return the system from the d current's reference to the bridge's power in W.

        Power 3/2 Re(v i*) linearised at `v_0`, `i_0` (dq, peak); currents averaged over
        the period that holds the voltage.
        """
        A_cl, b = self.tracking()
        T, w = float(self.gains["T_s"]), float(self.gains["pll"]["omega_0"])
        mean = np.zeros(6, complex)
        A_c, B_c = self.f.network(self.R, self.L)
        held = zero_order_hold(A_c, B_c[:, :1], T).mean[0]
        mean[:4] = cmath.exp(-0.5j * w * T) * held
        power = 1.5 * (np.conj(v_0) * mean + np.conj(i_0) * np.eye(6)[3])
        two = np.block([[A_cl.real, -A_cl.imag], [A_cl.imag, A_cl.real]])
        row = np.concatenate([power.real, -power.imag])
        column = np.concatenate([b.real, b.imag])
        made: ct.StateSpace = ct.ss(two, column[:, None], row[None, :], [[0.0]], T)
        return made


def current_loop(charger: Charger, gains: np.void, R_g: float, L_g: float) -> CurrentLoop:
    """Return a module's current control behind a grid impedance per module."""
    return CurrentLoop(gains, charger.front_end.filter.model(), R_g, L_g)


def link_loop(charger: Charger, gains: np.void, inner: CurrentLoop, note: str) -> Loop:
    """Return the DC-link voltage's loop at rated power and the lowest link reference.

    The DC/DC stage holds its power, computed from the link voltage of the sample before.
    """
    T, p = float(gains["T_s"]), gains["pfc"]
    u_d = charger.grid.voltage_V * math.sqrt(2.0 / 3.0)
    power, u_0 = charger.rating.module_power_W, charger.dc_link.reference_min_V
    C = charger.dc_link.half_capacitance_F / 2
    i_d = 2.0 * power / (3.0 * u_d)
    w = float(gains["pll"]["omega_0"])
    v_0 = u_d - (inner.f.R_1 + 1j * w * inner.f.L_1) * i_d
    controller = ct.tf([float(p["k_pv"]), T * float(p["k_iv"]) - float(p["k_pv"])], [1, -1], T)
    inner_power = inner.closed(v_0, complex(i_d)) * (2.0 / (3.0 * u_d))
    r = T * power / (C * u_0**2)
    link = ct.tf([T / (C * u_0), 0.0], [1.0, r - 1.0, -r], T)
    system = ct.ss(controller) * inner_power * ct.ss(link)
    return from_system("DC-link voltage", charger.control.link_bandwidth_Hz, system, note)
