"""The modules' AC filters advanced together, and what their currents leave in the ledger.

Every value below is a pair (alpha, beta) unless its name says otherwise.
"""

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.lanes import fields2, pack, set_fields2, total
from voltbench.control.numerics.records import RecordArray
from voltbench.plant_models.ac_filter import (
    AcState,
    AcTables,
    ac_mean_current,
    ac_module,
    ac_single,
)
from voltbench.plant_models.plant_state import LossSums, PlantParams, PlantState


@plant_kernel
def advance_filters(
    p: PlantParams,
    x: PlantState,
    modules: RecordArray,
    t: AcTables,
    v_al: float,
    v_be: float,
    e_al: float,
    e_be: float,
    part: float,
) -> None:
    """Advance every filter, form the mean, account the currents' mean squares.

    `part` is the share of a period that `t` spans: the weight of what is accounted.
    """
    c = x.common
    C_T = p.C_T / part
    i1 = pack((0.0, 0.0))
    uc = pack((0.0, 0.0))
    i2 = pack((0.0, 0.0))
    for j in range(len(modules)):
        m = modules[j]
        a = m.ac
        uc_before = fields2(a, "uc_al")
        d_before = fields2(a, "i2_al") - fields2(a, "i1_al")
        ac_module(t, a, c, m.v_al, m.v_be)
        _account(m.sums, a, uc_before, d_before, C_T, part)
        i1 += fields2(a, "i1_al")
        uc += fields2(a, "uc_al")
        i2 += fields2(a, "i2_al")
    mean = x.mean
    ac_mean_current(t, mean, c, v_al, v_be)
    inv = p.inv_modules
    set_fields2(mean, "i1_al", i1 * inv)
    set_fields2(mean, "uc_al", uc * inv)
    set_fields2(mean, "i2_al", i2 * inv)
    _account_grid(x, i2, p.modules * fields2(mean, "i2m_al"), e_al, e_be, part)


@plant_kernel
def advance_single(
    p: PlantParams,
    x: PlantState,
    a: AcState,
    sums: LossSums,
    t: AcTables,
    v_al: float,
    v_be: float,
    e_al: float,
    e_be: float,
) -> None:
    """Do the same for the only module and a whole period, all phases present."""
    uc_before = fields2(a, "uc_al")
    d_before = fields2(a, "i2_al") - fields2(a, "i1_al")
    ac_single(t, a, v_al, v_be, e_al, e_be)
    _account(sums, a, uc_before, d_before, p.C_T, 1.0)
    mean = x.mean
    set_fields2(mean, "i1_al", fields2(a, "i1_al"))
    set_fields2(mean, "uc_al", fields2(a, "uc_al"))
    set_fields2(mean, "i2_al", fields2(a, "i2_al"))
    set_fields2(mean, "i2m_al", fields2(a, "i2m_al"))
    _account_grid(x, fields2(a, "i2_al"), fields2(a, "i2m_al"), e_al, e_be, 1.0)


@plant_kernel
def _account(
    s: LossSums, a: AcState, uc_before: float, d_before: float, C_T: float, part: float
) -> None:
    """Add the mean squares of a module's filter currents; `d` is the capacitor branch's."""
    i1m = fields2(a, "i1m_al")
    ic = (fields2(a, "uc_al") - uc_before) * C_T  # mean capacitor current, exactly
    d = d_before - (fields2(a, "i2_al") - fields2(a, "i1_al"))
    i2m = i1m + ic
    s.i1_sq += part * total(i1m * i1m)
    s.i2_sq += part * total(i2m * i2m)
    s.id_sq += part * total(ic * ic + d * d * (1.0 / 12.0))


@plant_kernel
def _account_grid(
    x: PlantState, i2: float, i2m: float, e_al: float, e_be: float, part: float
) -> None:
    """Set the grid's current from its end and mean; add its mean square and power."""
    x.sums.grid += part * 1.5 * total(pack((e_al, e_be)) * i2m)
    moved = i2 - fields2(x, "i_g_al")
    x.sums.ig_sq += part * total(i2m * i2m + moved * moved * (1.0 / 12.0))
    set_fields2(x, "im_g_al", i2m)
    set_fields2(x, "di_g_al", moved)
    set_fields2(x, "i_g_al", i2)
