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
Alpha and beta of a quantity are neighbours in memory and go through a register as a pair.
"""

import numpy as np

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.lanes import fields2, pack, set_fields2, total
from voltbench.control.numerics.records import RecordArray, Vector, f64, record, zeros
from voltbench.plant_models.ac_network import AcFilter
from voltbench.plant_models.discretise import Matrix, zero_order_hold


@record
class AcTables:
    """One period of the AC side. Columns: i_1, u_c, i_2, v, e."""

    dev: Vector = f64("mixed", "rows i_1, u_c, i_2 at the end, mean i_1, mean i_2", shape=(5, 5))
    com: Vector = f64("mixed", "the same rows, mean network minus deviation network", shape=(5, 5))
    net: Vector = f64(
        "mixed", "the same rows, mean network (one module has no other)", shape=(5, 5)
    )
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
    made["net"][0] = mean
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
class AcCommon(AcState):
    """What the modules share in one period: added to the fields of each."""


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
    i1 = fields2(m, "i1_al")
    uc = fields2(m, "uc_al")
    i2 = fields2(m, "i2_al")
    v = pack((v_al, v_be))
    e = pack((e_al, e_be))
    c = t.com
    if lost != 0:
        _ac_common_open(t, cos, sin, m, v_al, v_be, e_al, e_be, out)
        return
    set_fields2(out, "i1_al", _row(c, 0, i1, uc, i2, v) + c[0, 4] * e)
    set_fields2(out, "uc_al", _row(c, 1, i1, uc, i2, v) + c[1, 4] * e)
    set_fields2(out, "i2_al", _row(c, 2, i1, uc, i2, v) + c[2, 4] * e)
    set_fields2(out, "i1m_al", _row(c, 3, i1, uc, i2, v) + c[3, 4] * e)
    set_fields2(out, "i2m_al", _row(c, 4, i1, uc, i2, v) + c[4, 4] * e)


@plant_kernel
def _row(c: Vector, r: int, i1: float, uc: float, i2: float, v: float) -> float:
    """Return a table's row times states and bridge voltage (each a pair)."""
    row: float = c[r, 0] * i1 + c[r, 1] * uc + c[r, 2] * i2 + c[r, 3] * v
    return row


@plant_kernel
def _ac_common_open(
    t: AcTables,
    cos: float,
    sin: float,
    m: AcState,
    v_al: float,
    v_be: float,
    e_al: float,
    e_be: float,
    out: AcCommon,
) -> None:
    """Do the same while a phase is lost, in axes along and across it."""
    i1 = pack((cos * m.i1_al + sin * m.i1_be, cos * m.i1_be - sin * m.i1_al))
    uc = pack((cos * m.uc_al + sin * m.uc_be, cos * m.uc_be - sin * m.uc_al))
    i2 = pack((cos * m.i2_al + sin * m.i2_be, cos * m.i2_be - sin * m.i2_al))
    v = pack((cos * v_al + sin * v_be, cos * v_be - sin * v_al))
    e = pack((cos * e_al + sin * e_be, cos * e_be - sin * e_al))
    set_fields2(out, "i1_al", _open_row(t, 0, i1, uc, i2, v, e, cos, sin))
    set_fields2(out, "uc_al", _open_row(t, 1, i1, uc, i2, v, e, cos, sin))
    set_fields2(out, "i2_al", _open_row(t, 2, i1, uc, i2, v, e, cos, sin))
    set_fields2(out, "i1m_al", _open_row(t, 3, i1, uc, i2, v, e, cos, sin))
    set_fields2(out, "i2m_al", _open_row(t, 4, i1, uc, i2, v, e, cos, sin))


@plant_kernel
def _open_row(
    t: AcTables, r: int, i1: float, uc: float, i2: float, v: float, e: float,
    cos: float, sin: float,
) -> float:  # fmt: skip
    """Return a row with the open network along and the closed one across, turned back."""
    o = t.com_open
    c = t.com
    along = pack((o[r, 0], c[r, 0])) * i1 + pack((o[r, 1], c[r, 1])) * uc
    along += pack((o[r, 2], c[r, 2])) * i2 + pack((o[r, 3], c[r, 3])) * v
    along += pack((o[r, 4], c[r, 4])) * e
    return pack((total(pack((cos, -sin)) * along), total(pack((sin, cos)) * along)))


@plant_kernel
def ac_module(t: AcTables, x: AcState, c: AcCommon, v_al: float, v_be: float) -> None:
    """Advance one module by a period with its own bridge voltage."""
    i1 = fields2(x, "i1_al")
    uc = fields2(x, "uc_al")
    i2 = fields2(x, "i2_al")
    v = pack((v_al, v_be))
    d = t.dev
    set_fields2(x, "i1_al", fields2(c, "i1_al") + _row(d, 0, i1, uc, i2, v))
    set_fields2(x, "uc_al", fields2(c, "uc_al") + _row(d, 1, i1, uc, i2, v))
    set_fields2(x, "i2_al", fields2(c, "i2_al") + _row(d, 2, i1, uc, i2, v))
    set_fields2(x, "i1m_al", fields2(c, "i1m_al") + _row(d, 3, i1, uc, i2, v))


@plant_kernel
def ac_single(t: AcTables, x: AcState, v_al: float, v_be: float, e_al: float, e_be: float) -> None:
    """Advance the only module: it is the mean, so one product does for both."""
    i1 = fields2(x, "i1_al")
    uc = fields2(x, "uc_al")
    i2 = fields2(x, "i2_al")
    v = pack((v_al, v_be))
    e = pack((e_al, e_be))
    n = t.net
    set_fields2(x, "i1_al", _row(n, 0, i1, uc, i2, v) + n[0, 4] * e)
    set_fields2(x, "uc_al", _row(n, 1, i1, uc, i2, v) + n[1, 4] * e)
    set_fields2(x, "i2_al", _row(n, 2, i1, uc, i2, v) + n[2, 4] * e)
    set_fields2(x, "i1m_al", _row(n, 3, i1, uc, i2, v) + n[3, 4] * e)
    set_fields2(x, "i2m_al", _row(n, 4, i1, uc, i2, v) + n[4, 4] * e)


@plant_kernel
def ac_mean_current(t: AcTables, m: AcState, c: AcCommon, v_al: float, v_be: float) -> None:
    """Set the mean network's grid current averaged over the period, before it is advanced."""
    i1 = fields2(m, "i1_al")
    uc = fields2(m, "uc_al")
    i2 = fields2(m, "i2_al")
    own = _row(t.dev, 4, i1, uc, i2, pack((v_al, v_be)))
    set_fields2(m, "i2m_al", own + fields2(c, "i2m_al"))
