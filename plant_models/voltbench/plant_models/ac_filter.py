"""AC filters of N modules behind one grid impedance, advanced exactly.

Each module has an LCL filter or a boost inductor (``ac_network``: three states either way).
All modules meet at one point behind the grid's R_g, L_g. With equal filter parameters the
network separates exactly into the mean of the modules, which sees N times the grid
impedance, and the deviations from the mean, which see none. With x a module's state, m the
mean and v the bridge voltage:

    x(T) = D [x, v] + (M - D) [mean x, mean v] + G e

where D discretises the deviation, M the mean and e is the source. So the cost is
N small products and one common term, and no element is dropped or enlarged.

Currents are positive from the grid into the module. The same tables serve the
pre-charge state (a resistor in each phase) and the loss of a phase (in the axis of
the lost phase the mean grid current is zero; modules may still exchange current).
"""

import numpy as np

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import RecordArray, Vector, f64, record, zeros
from voltbench.plant_models.ac_network import AcFilter
from voltbench.plant_models.discretise import Matrix, zero_order_hold


@record
class AcTables:
    """One period of the AC side. Columns: i_1, u_c, i_2, v, e."""

    dev: Vector = f64("mixed", "rows i_1, u_c, i_2 at the end, mean i_1, mean i_2", shape=(5, 5))
    com: Vector = f64("mixed", "the same rows, mean network minus deviation network", shape=(5, 5))
    com_open: Vector = f64("mixed", "as com, in the axis of a lost phase", shape=(5, 5))


def _rows(A: Matrix, B: Matrix, T: float) -> Matrix:
    step = zero_order_hold(A, B, T)
    return np.vstack([step.end, step.mean[0], step.mean[2]])


def ac_tables(f: AcFilter, modules: int, R_g: float, L_g: float, T: float) -> RecordArray:
    """Return the tables for `modules` equal filters and a control period of T seconds."""
    A, B = f.network(0.0, 0.0)
    dev = _rows(A, B * [1.0, 0.0], T)  # the deviations do not see the source
    mean = _rows(*f.network(modules * R_g, modules * L_g), T)
    lost = _rows(*f.open_network(), T)
    ends = {0: (0, 3), 2: (2, 4)}  # a current's rows: at the end, and its mean
    lost[[row for state in f.still for row in ends[state]]] = 0.0
    made = zeros(AcTables)
    made["dev"][0], made["com"][0], made["com_open"][0] = dev, mean - dev, lost - dev
    return made


@record
class AcState:
    """Filter of one module in the alpha-beta plane (``ac_network``)."""

    i1_al: float = f64("A", "into the bridge")
    i1_be: float = f64("A")
    uc_al: float = f64("V", "across C_f, or of the terminal-voltage sensor")
    uc_be: float = f64("V")
    i2_al: float = f64("A", "from the grid")
    i2_be: float = f64("A")
    i1m_al: float = f64("A", "mean over the last period")
    i1m_be: float = f64("A")
    i2m_al: float = f64("A", "mean over the last period")
    i2m_be: float = f64("A")


@record
class AcCommon:
    """What the modules share in one period: rows as in :class:`AcTables`."""

    al: Vector = f64("mixed", shape=(5,))
    be: Vector = f64("mixed", shape=(5,))


@plant_kernel
def ac_common(
    t: AcTables,
    lost: int,
    cos: float,
    sin: float,
    m: AcState,
    v_al: float,
    v_be: float,
    e_al: float,
    e_be: float,
    out: AcCommon,
) -> None:
    """Evaluate the common term from mean state `m`, mean bridge voltage and source."""
    if lost == 0:
        for r in range(5):
            out.al[r] = (
                t.com[r, 0] * m.i1_al
                + t.com[r, 1] * m.uc_al
                + t.com[r, 2] * m.i2_al
                + t.com[r, 3] * v_al
                + t.com[r, 4] * e_al
            )
            out.be[r] = (
                t.com[r, 0] * m.i1_be
                + t.com[r, 1] * m.uc_be
                + t.com[r, 2] * m.i2_be
                + t.com[r, 3] * v_be
                + t.com[r, 4] * e_be
            )
        return
    for r in range(5):  # the same in axes along and across the lost phase
        along = (
            t.com_open[r, 0] * (cos * m.i1_al + sin * m.i1_be)
            + t.com_open[r, 1] * (cos * m.uc_al + sin * m.uc_be)
            + t.com_open[r, 2] * (cos * m.i2_al + sin * m.i2_be)
            + t.com_open[r, 3] * (cos * v_al + sin * v_be)
            + t.com_open[r, 4] * (cos * e_al + sin * e_be)
        )
        across = (
            t.com[r, 0] * (cos * m.i1_be - sin * m.i1_al)
            + t.com[r, 1] * (cos * m.uc_be - sin * m.uc_al)
            + t.com[r, 2] * (cos * m.i2_be - sin * m.i2_al)
            + t.com[r, 3] * (cos * v_be - sin * v_al)
            + t.com[r, 4] * (cos * e_be - sin * e_al)
        )
        out.al[r] = cos * along - sin * across
        out.be[r] = sin * along + cos * across


@plant_kernel
def ac_module(t: AcTables, x: AcState, c: AcCommon, v_al: float, v_be: float) -> None:
    """Advance one module by a period with its own bridge voltage."""
    i1 = x.i1_al
    uc = x.uc_al
    i2 = x.i2_al
    d = t.dev
    x.i1_al = c.al[0] + d[0, 0] * i1 + d[0, 1] * uc + d[0, 2] * i2 + d[0, 3] * v_al
    x.uc_al = c.al[1] + d[1, 0] * i1 + d[1, 1] * uc + d[1, 2] * i2 + d[1, 3] * v_al
    x.i2_al = c.al[2] + d[2, 0] * i1 + d[2, 1] * uc + d[2, 2] * i2 + d[2, 3] * v_al
    x.i1m_al = c.al[3] + d[3, 0] * i1 + d[3, 1] * uc + d[3, 2] * i2 + d[3, 3] * v_al
    i1 = x.i1_be
    uc = x.uc_be
    i2 = x.i2_be
    x.i1_be = c.be[0] + d[0, 0] * i1 + d[0, 1] * uc + d[0, 2] * i2 + d[0, 3] * v_be
    x.uc_be = c.be[1] + d[1, 0] * i1 + d[1, 1] * uc + d[1, 2] * i2 + d[1, 3] * v_be
    x.i2_be = c.be[2] + d[2, 0] * i1 + d[2, 1] * uc + d[2, 2] * i2 + d[2, 3] * v_be
    x.i1m_be = c.be[3] + d[3, 0] * i1 + d[3, 1] * uc + d[3, 2] * i2 + d[3, 3] * v_be


@plant_kernel
def ac_mean_current(t: AcTables, m: AcState, c: AcCommon, v_al: float, v_be: float) -> None:
    """Set the mean network's grid current averaged over the period, before it is advanced."""
    d = t.dev
    m.i2m_al = d[4, 0] * m.i1_al + d[4, 1] * m.uc_al + d[4, 2] * m.i2_al + d[4, 3] * v_al + c.al[4]
    m.i2m_be = d[4, 0] * m.i1_be + d[4, 1] * m.uc_be + d[4, 2] * m.i2_be + d[4, 3] * v_be + c.be[4]
