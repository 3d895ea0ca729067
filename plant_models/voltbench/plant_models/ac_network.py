"""What lies between a module's bridge and the grid: an LCL filter, or one boost inductor.

Both are networks of the same three states in one axis, so one discretisation and one
kernel (``ac_filter``) serve them:

    i_1  current into the bridge
    u_c  the voltage that the charger's grid-voltage sensor sees
    i_2  current from the grid

In the LCL filter u_c is the capacitor's voltage and the sensor sees it with the damping
resistor's drop. A boost inductor has no capacitor: i_1 and i_2 are one current (two equal
rows), and what a charger can measure is the voltage at its own terminals, between the
grid's impedance and the inductors. That voltage is no state: with the bridge voltage it
jumps by the inductive divider N L_g/(L_1 + N L_g). A charger samples it behind an RC
filter against aliasing; u_c is that filter's capacitor, driven by the terminal voltage

    u_t = v + R_1 i + L_1 i',    tau u_c' = u_t - u_c

so the share of the bridge's own voltage in the measurement, which shakes the control of a
boost rectifier on a weak grid, is there at its true size. The RC filter draws no current
from the grid (some 100 kohm against the grid's ohm). Not modelled: EMI capacitors, the
switching ripple at the terminals (sampled in step with the carrier, and 18 dB down behind
5 kHz when switching at 40 kHz).
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from voltbench.plant_models.discretise import Matrix, natural_frequencies


@dataclass(frozen=True)
class LclFilter:
    """One module's LCL filter."""

    L_1: float  # H, converter side
    R_1: float  # ohm, winding and core at mains frequency
    C_f: float  # F, star
    R_d: float  # ohm, damping, in series with C_f
    L_2: float  # H, grid side
    R_2: float  # ohm

    still: ClassVar[tuple[int, ...]] = (2,)
    """States that are zero in the mean while the grid's conductor is open."""

    def network(self, R_g: float, L_g: float) -> tuple[Matrix, Matrix]:
        """Return A (3, 3) and B (3, 2) of [i_1, u_c, i_2] with inputs [v, e]."""
        L_2, R_2 = self.L_2 + L_g, self.R_2 + R_g
        A = np.array(
            [
                [-(self.R_1 + self.R_d) / self.L_1, 1 / self.L_1, self.R_d / self.L_1],
                [-1 / self.C_f, 0.0, 1 / self.C_f],
                [self.R_d / L_2, -1 / L_2, -(R_2 + self.R_d) / L_2],
            ]
        )
        B = np.array([[-1 / self.L_1, 0.0], [0.0, 0.0], [0.0, 1 / L_2]])
        return A, B

    def open_network(self) -> tuple[Matrix, Matrix]:
        """Return the mean's network with the grid's conductor open: no current i_2."""
        A, B = self.network(0.0, 0.0)
        A[2], A[:, 2], B[:, 1] = 0.0, 0.0, 0.0
        return A, B


@dataclass(frozen=True)
class BoostInductor:
    """One module's boost inductor and the filter of its terminal-voltage sensor."""

    L_1: float  # H
    R_1: float  # ohm, winding and core at mains frequency
    f_u: float  # Hz, corner of the sensor's RC filter

    C_f: ClassVar[float] = 0.0
    R_d: ClassVar[float] = 0.0
    L_2: ClassVar[float] = 0.0
    R_2: ClassVar[float] = 0.0
    still: ClassVar[tuple[int, ...]] = (0, 2)
    """Both names of the one current."""

    def network(self, R_g: float, L_g: float) -> tuple[Matrix, Matrix]:
        """Return A (3, 3) and B (3, 2) of [i_1, u_c, i_2] with inputs [v, e]."""
        L, R, w = self.L_1 + L_g, self.R_1 + R_g, 2 * math.pi * self.f_u
        stiff = self.L_1 / L  # share of the source in the terminal voltage; the rest is v's
        A = np.zeros((3, 3))
        A[0, 0] = A[2, 2] = -R / L
        A[1] = w * (self.R_1 - stiff * R), -w, 0.0
        B = np.array([[-1 / L, 1 / L], [w * (1 - stiff), w * stiff], [-1 / L, 1 / L]])
        return A, B

    def open_network(self) -> tuple[Matrix, Matrix]:
        """Return the mean's network with the grid's conductor open: the terminal follows v."""
        A, B = np.zeros((3, 3)), np.zeros((3, 2))
        w = 2 * math.pi * self.f_u
        A[1, 1], B[1, 0] = -w, w
        return A, B


AcFilter = LclFilter | BoostInductor


def resonances(f: AcFilter, modules: int, R_g: float, L_g: float) -> tuple[float, float]:
    """Return the filter's resonance in Hz of the mean and of the deviations, 0 without one."""
    mean = natural_frequencies(f.network(modules * R_g, modules * L_g)[0])
    deviation = natural_frequencies(f.network(0.0, 0.0)[0])
    return tuple(float(found[-1]) if len(found) else 0.0 for found in (mean, deviation))  # type: ignore[return-value]
