"""The resonant current loop of a three-phase front end, active damping inside, to be measured."""

import cmath
import math
from dataclasses import dataclass, field, replace

import numpy as np

from voltbench.calibration.loops import Complex, Loop
from voltbench.calibration.switched_loops.front_end_current import (
    SETTLE_CYCLES,
    SPACE_VECTOR,
    FrontEndCurrent,
    move_d_current,
)
from voltbench.calibration.switched_loops.grid_laws import GridLawSettings, grid_laws_memory
from voltbench.calibration.switched_loops.grid_laws_interrupt import grid_laws_period
from voltbench.calibration.switched_loops.tappable import PiGains, Tapped
from voltbench.calibration.switched_loops.three_phase_interrupt import TWO_LEVEL
from voltbench.control.numerics.records import RecordArray
from voltbench.plant_models.discretise import zero_order_hold
from voltbench.plant_models.switched.closed_loop import KernelController
from voltbench.plant_models.switched.modulation.converters import two_level_pwm
from voltbench.plant_models.switched.topologies.active_front_end import ActiveFrontEndParameters

_I, _V, _BEFORE, _P, _N, _A, _B, _SIZE = 0, 3, 4, 5, 6, 7, 8, 9
"""Places of the states: current, held voltage, voltage before, two resonators, two of DSOGI."""


@dataclass(frozen=True)
class FrontEndResonant(FrontEndCurrent):
    """As `FrontEndCurrent`, under the resonant law; `k_i` of its gains is half of k_1.

    Attributes
    ----------
    parameters : ActiveFrontEndParameters
        With an LCL filter.
    settings : GridLawSettings
        Synchronisation by sequences, no harmonics; damping as set.
    """

    parameters: ActiveFrontEndParameters = field(default_factory=ActiveFrontEndParameters)
    settings: GridLawSettings = field(default_factory=GridLawSettings)

    def __post_init__(self) -> None:
        """Refuse what the model does not hold."""
        super().__post_init__()
        s = self.settings
        if not self.parameters.grid.grid_inductance_H > 0.0:
            raise ValueError("grid.grid_inductance_H is 0 H; allowed: above 0 (an LCL filter)")
        if s.sync == "srf" or s.current != "resonant" or s.harmonics:
            raise ValueError(
                f"settings are {s.sync!r}, {s.current!r}, harmonics {s.harmonics}; allowed: "
                "'dsogi' or 'adaptive', 'resonant', False"
            )

    @property
    def name(self) -> str:
        """Return the loop in words."""
        damping = self.settings.damping_ratio
        kind = f"damping ratio {damping:g}" if damping else "no active damping"
        return f"{super().name}, resonant, {kind}"

    def _laws(self, gains: PiGains) -> tuple[RecordArray, float]:
        p = self.parameters
        quantum = self.sampling.pwm_step_s
        pwm = two_level_pwm(
            self.engine.library.circuit, p, drop_short_pulses=True, quantum_s=quantum
        )
        m = grid_laws_memory(pwm, p.grid, p.bus_capacitance_F, TWO_LEVEL, self.settings)
        m["pr_gains"]["k_p"], m["pr_gains"]["k_1"] = gains.k_p, 2.0 * gains.k_i
        m["pfc_gains"]["k_pv"] = m["pfc_gains"]["k_iv"] = 0.0
        return m, pwm.period

    def tapped(self, gains: PiGains) -> Tapped:
        """Return the switched converter under its law."""
        grid = self.parameters.grid
        laws, period = self._laws(gains)
        controller = KernelController(grid_laws_period, laws, period)
        cycle, amplitude = 1.0 / grid.grid_frequency_Hz, 2.0 * self.power_W / 3.0
        return Tapped(
            self.engine, controller, self.sampling, 1, SPACE_VECTOR, "A", grid.grid_frequency_Hz,
            SETTLE_CYCLES * cycle, 0.05 * amplitude / grid.amplitude_V,
            move_d_current(1.5 * grid.amplitude_V), None,
        )  # fmt: skip

    def model(self, gains: PiGains) -> Loop:
        """Return the open loop cut at the sampled current, both axes as one, in the turning frame.

        The law in alpha-beta is linear in complex quantities; turning the frame turns each step.
        """
        laws, T = self._laws(gains)[0], self.T_s
        omega = 2.0 * math.pi * self.parameters.grid.grid_frequency_Hz
        f = replace(self._filter(), R_1=self._filter().R_1 + self.parameters.device.r_on_Ohm)
        A_c, B_c = f.network(0.0, 0.0)
        A = np.zeros((_SIZE, _SIZE), complex)
        A[:3, :4] = zero_order_hold(A_c, B_c[:, :1], T).end
        u = np.zeros(_SIZE, complex)
        u[:3] = -f.R_d, 1.0, f.R_d
        # the law's own rotation, a hair inside the unit circle: its resonators are not singular
        x = omega * T
        turn, lead = complex(1.0 - x**2 / 2.0, x - x**3 / 6.0), cmath.exp(1.5j * x)
        A[_BEFORE] = u
        A[_P, _P], A[_N, _N] = turn, turn.conjugate()
        positive = _sequence_rows(A, u, float(laws["sync_gains"]["dsogi"]["k"]), x)
        c = laws["capacitor_gains"]
        A[_V] = lead * positive + float(c["k_ff"]) * (u - positive) - float(c["k_ad"]) * u
        A[_V, _BEFORE] += float(c["k_ad"]) * turn
        A[_V, _P] -= 0.5 * lead * turn
        A[_V, _N] -= 0.5 * (lead * turn).conjugate()
        # an error lowers the bridge voltage
        b = np.zeros(_SIZE, complex)
        b[_V], b[_P], b[_N] = -gains.k_p, 2.0 * T * gains.k_i, 2.0 * T * gains.k_i
        row = np.zeros(_SIZE, complex)
        row[_I] = 1.0
        back = cmath.exp(-1j * x)
        return Loop(self.name, None, T, back * A, back * b, row)


def _sequence_rows(A: Complex, u: Complex, k: float, angle: float) -> Complex:
    """Fill the rows of DSOGI's states, fed by the voltage's row; return the positive sequence's."""
    cos, sin = math.cos(angle), math.sin(angle)
    A[_A, _A], A[_A, _B] = cos, -sin
    A[_B, _A], A[_B, _B] = sin, cos
    A[_A] = (1.0 - k * angle) * A[_A] + k * angle * u
    found: Complex = 0.5 * (A[_A] + 1j * A[_B])
    return found
