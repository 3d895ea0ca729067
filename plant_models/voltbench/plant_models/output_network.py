"""From the DC/DC stages to the battery: output filters, contactors, cable, inlet, cell chemistry.

States of the mean network: u_o and i_f (mean over modules: output capacitor, filter
choke), u_bus (common capacitor), i_c (cable), u_in (inlet capacitance), u_1 and u_2
(the battery's RC pairs). Inputs, held over a period: the mean DC/DC current i_2, the
open-circuit voltage, the vehicle's own load i_aux, and the arc voltages of the two
contactor pairs. A module's deviation from the mean does not see the bus, so N modules
cost N products of 2 x 3 and one of 7 x 12 (compare ``ac_filter``).

Every switch position is a network of its own, discretised exactly: the cable rings at
about 10 kHz against the capacitors and the inlet's time constant is below 1 us, both
far out of reach of an Euler step at the control rate. Resistances that depend on
temperature are constant within a table; the host rebuilds the tables when one has
moved (see ``power_path``).

Tables and results have an eighth row, the current into the vehicle i_ev: a sum of states and
inputs, and so of the same columns. Eight rows are one vector register.
"""

from dataclasses import dataclass

import numpy as np

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.lanes import row8, set_fields8
from voltbench.control.numerics.records import RecordArray, Vector, f64, record, zeros
from voltbench.plant_models.discretise import Matrix, zero_order_hold

OUTPUT_CONTACTORS, VEHICLE_CONTACTORS, DISCHARGE = 1, 2, 4
"""Bits of a switch configuration."""

U_O, I_F, U_BUS, I_C, U_IN, U_1, U_2, I_EV = range(8)
IN_I2, IN_OCV, IN_AUX, IN_ARC, IN_ARC_EV = range(7, 12)


@dataclass(frozen=True)
class OutputNetwork:
    """Values of the network for one set of temperatures (SI units)."""

    modules: int
    C_o: float  # F, per module
    R_o: float  # ohm, series resistance of C_o, damps the filter
    L_f: float  # H, per module
    R_f: float  # ohm, per module
    R_bleed: float  # ohm across C_o, per module
    C_bus: float  # F
    R_bus: float  # ohm, series resistance of C_bus, damps the bus
    R_discharge: float  # ohm across the bus while DISCHARGE is set
    L_c: float  # H, cable loop
    R_c: float  # ohm, contactors + cable + charger-side pins, loop
    C_in: float  # F, inlet, pole to pole (series connection of the Y capacitors included)
    R_leak: float  # ohm, pole to pole: both insulation resistances in series
    R_short: float  # ohm, fault or test load across the inlet (inf = none)
    R_w: float  # ohm, inlet pins + vehicle contactors + wiring, loop
    R_0: float  # ohm, battery
    R_1: float
    C_1: float  # F
    R_2: float
    C_2: float

    def matrices(self, switches: int) -> tuple[Matrix, Matrix]:
        """Return A (7, 7) and B (7, 5) of the mean network for a switch configuration."""
        A, B = np.zeros((7, 7)), np.zeros((7, 5))
        A[U_O, [U_O, I_F]] = -1 / (self.R_bleed * self.C_o), -1 / self.C_o
        B[U_O, 0] = 1 / self.C_o
        cable = 1.0 if switches & OUTPUT_CONTACTORS else 0.0
        node = np.zeros(7)  # bus voltage behind the series resistance of C_bus
        node[[I_F, U_BUS, I_C]] = self.R_bus * self.modules, 1.0, -self.R_bus * cable
        G = 1 / self.R_discharge if switches & DISCHARGE else 0.0
        node /= 1 + self.R_bus * G
        A[I_F, [U_O, I_F]] = 1 / self.L_f, -(self.R_f + self.R_o) / self.L_f
        B[I_F, 0] = self.R_o / self.L_f
        A[I_F] -= node / self.L_f
        A[U_BUS, I_F] += self.modules / self.C_bus
        A[U_BUS] -= G * node / self.C_bus
        if switches & OUTPUT_CONTACTORS:
            A[U_BUS, I_C] -= 1 / self.C_bus
            A[I_C] += node / self.L_c
            A[I_C, [I_C, U_IN]] += -self.R_c / self.L_c, -1 / self.L_c
            B[I_C, 3] = -1 / self.L_c
            A[U_IN, I_C] = 1 / self.C_in
        A[U_IN, U_IN] = -(1 / self.R_leak + 1 / self.R_short) / self.C_in
        A[U_1, U_1], A[U_2, U_2] = -1 / (self.R_1 * self.C_1), -1 / (self.R_2 * self.C_2)
        B[U_1, 2], B[U_2, 2] = -1 / self.C_1, -1 / self.C_2
        if switches & VEHICLE_CONTACTORS:
            G = 1 / (self.R_0 + self.R_w)  # i_ev = G (u_in - ocv - u_1 - u_2 + R_0 i_aux - arc)
            for row, C, sign in (
                (U_IN, self.C_in, -1.0),
                (U_1, self.C_1, 1.0),
                (U_2, self.C_2, 1.0),
            ):
                A[row, [U_IN, U_1, U_2]] += sign * G / C * np.array([1.0, -1.0, -1.0])
                B[row, 1] += -sign * G / C
                B[row, 2] += sign * G * self.R_0 / C
                B[row, 4] += -sign * G / C
        return A, B

    def into_vehicle(self, switches: int) -> Matrix:
        """Return the current i_ev as weights of the 7 states and 5 inputs."""
        weights = np.zeros(12)
        if switches & VEHICLE_CONTACTORS:
            G = 1 / (self.R_0 + self.R_w)
            weights[[U_IN, U_1, U_2]] = G, -G, -G
            weights[[IN_OCV, IN_AUX, IN_ARC_EV]] = -G, G * self.R_0, -G
        return weights

    def deviation(self) -> tuple[Matrix, Matrix]:
        """Return A (2, 2) and B (2, 1) of a module's deviation from the mean."""
        A = np.array(
            [
                [-1 / (self.R_bleed * self.C_o), -1 / self.C_o],
                [1 / self.L_f, -(self.R_f + self.R_o) / self.L_f],
            ]
        )
        return A, np.array([[1 / self.C_o], [self.R_o / self.L_f]])


@record
class OutputTables:
    """Discretised networks: [switches, column (state or input), row], the last row i_ev."""

    end: Vector = f64("mixed", "states at the end of the period", shape=(8, 12, 8))
    mean: Vector = f64("mixed", "states averaged over the period", shape=(8, 12, 8))
    dev: Vector = f64("mixed", "rows u_o, i_f and their means; columns u_o, i_f, i_2", shape=(4, 3))


@record
class OutputState:
    """The mean network, and what flowed in the last period."""

    x: Vector = f64("V, A", "u_o, i_f, u_bus, i_c, u_in, u_1, u_2, i_ev", shape=(8,))
    xm: Vector = f64("V, A", "the same, mean over the last period", shape=(8,))
    arc: float = f64("V", "voltage across the opening output contactors")
    arc_ev: float = f64("V", "voltage across the opening vehicle contactors")


@record
class ModuleOutputState:
    """Output filter of one module; `u_o` is inside the capacitor's series resistance."""

    u_o: float = f64("V")
    i_f: float = f64("A")
    u_om: float = f64("V", "mean over the last period")
    i_fm: float = f64("A", "mean over the last period")


def output_tables(net: OutputNetwork, T: float) -> RecordArray:
    """Discretise every switch configuration for a period of T seconds."""
    made = zeros(OutputTables)
    for switches in range(8):
        discretise_switches(made, net, T, switches)
    dev = zero_order_hold(*net.deviation(), T)
    made["dev"][0] = np.vstack([dev.end, dev.mean])
    return made


def discretise_switches(tables: RecordArray, net: OutputNetwork, T: float, switches: int) -> None:
    """Discretise one switch configuration again, in place."""
    step = zero_order_hold(*net.matrices(switches), T)
    into_vehicle = net.into_vehicle(switches)
    for name, rows in (("end", step.end), ("mean", step.mean)):
        i_ev = into_vehicle[:7] @ rows
        i_ev[7:] += into_vehicle[7:]
        tables[name][0, switches] = np.vstack([rows, i_ev]).T


@plant_kernel
def output_step(
    t: OutputTables, s: OutputState, switches: int, i_2: float, ocv: float, i_aux: float
) -> None:
    """Advance the mean network by a period with mean DC/DC current `i_2`."""
    x0, x1, x2, x3, x4, x5, x6 = s.x[0], s.x[1], s.x[2], s.x[3], s.x[4], s.x[5], s.x[6]
    at = 96 * switches  # 12 columns of 8 rows; i_2, known last, comes last
    e = row8(t.end, at + 64) * ocv + row8(t.end, at + 72) * i_aux
    e += row8(t.end, at) * x0
    e += row8(t.end, at + 8) * x1
    e += row8(t.end, at + 16) * x2
    e += row8(t.end, at + 24) * x3
    e += row8(t.end, at + 32) * x4
    e += row8(t.end, at + 40) * x5
    e += row8(t.end, at + 48) * x6
    e += row8(t.end, at + 56) * i_2
    m = row8(t.mean, at + 64) * ocv + row8(t.mean, at + 72) * i_aux
    m += row8(t.mean, at) * x0
    m += row8(t.mean, at + 8) * x1
    m += row8(t.mean, at + 16) * x2
    m += row8(t.mean, at + 24) * x3
    m += row8(t.mean, at + 32) * x4
    m += row8(t.mean, at + 40) * x5
    m += row8(t.mean, at + 48) * x6
    m += row8(t.mean, at + 56) * i_2
    if s.arc != 0.0 or s.arc_ev != 0.0:
        e += row8(t.end, at + 80) * s.arc + row8(t.end, at + 88) * s.arc_ev
        m += row8(t.mean, at + 80) * s.arc + row8(t.mean, at + 88) * s.arc_ev
    set_fields8(s, "x", e)
    set_fields8(s, "xm", m)


@plant_kernel
def output_module(
    t: OutputTables,
    s: ModuleOutputState,
    i_2: float,
    c_u: float,
    c_i: float,
    c_um: float,
    c_im: float,
) -> None:
    """Advance one module's output filter; `c_*` are mean minus deviation of the means."""
    u = s.u_o
    i = s.i_f
    s.u_o = t.dev[0, 0] * u + t.dev[0, 1] * i + t.dev[0, 2] * i_2 + c_u
    s.i_f = t.dev[1, 0] * u + t.dev[1, 1] * i + t.dev[1, 2] * i_2 + c_i
    s.u_om = t.dev[2, 0] * u + t.dev[2, 1] * i + t.dev[2, 2] * i_2 + c_um
    s.i_fm = t.dev[3, 0] * u + t.dev[3, 1] * i + t.dev[3, 2] * i_2 + c_im
