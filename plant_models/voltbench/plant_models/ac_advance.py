"""The modules' AC filters advanced together, and what their currents leave in the ledger."""

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import RecordArray
from voltbench.plant_models.ac_filter import AcTables, ac_mean_current, ac_module
from voltbench.plant_models.plant_state import PlantParams, PlantState


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
    inv = p.inv_modules
    C_T = p.C_T / part
    i1_al = 0.0
    i1_be = 0.0
    uc_al = 0.0
    uc_be = 0.0
    i2_al = 0.0
    i2_be = 0.0
    for j in range(len(modules)):
        m = modules[j]
        a = m.ac
        b_al = a.uc_al
        b_be = a.uc_be
        d_al = a.i2_al - a.i1_al
        d_be = a.i2_be - a.i1_be
        ac_module(t, a, c, m.v_al, m.v_be)
        d_al -= a.i2_al - a.i1_al
        d_be -= a.i2_be - a.i1_be
        ic_al = (a.uc_al - b_al) * C_T  # mean capacitor current, exactly
        ic_be = (a.uc_be - b_be) * C_T
        s = m.sums
        s.i1_sq += part * (a.i1m_al * a.i1m_al + a.i1m_be * a.i1m_be)
        s.i2_sq += part * ((a.i1m_al + ic_al) ** 2 + (a.i1m_be + ic_be) ** 2)
        s.id_sq += part * (
            ic_al * ic_al + ic_be * ic_be + (d_al * d_al + d_be * d_be) * (1.0 / 12.0)
        )
        i1_al += a.i1_al
        i1_be += a.i1_be
        uc_al += a.uc_al
        uc_be += a.uc_be
        i2_al += a.i2_al
        i2_be += a.i2_be
    mean = x.mean
    ac_mean_current(t, mean, c, v_al, v_be)
    i2m_al = p.modules * mean.i2m_al
    i2m_be = p.modules * mean.i2m_be
    mean.i1_al = i1_al * inv
    mean.i1_be = i1_be * inv
    mean.uc_al = uc_al * inv
    mean.uc_be = uc_be * inv
    mean.i2_al = i2_al * inv
    mean.i2_be = i2_be * inv
    x.sums.grid += part * 1.5 * (e_al * i2m_al + e_be * i2m_be)
    x.im_g_al = i2m_al
    x.im_g_be = i2m_be
    x.di_g_al = i2_al - x.i_g_al
    x.di_g_be = i2_be - x.i_g_be
    changed = (x.di_g_al**2 + x.di_g_be**2) * (1.0 / 12.0)
    x.sums.ig_sq += part * (i2m_al**2 + i2m_be**2 + changed)
    x.i_g_al = i2_al
    x.i_g_be = i2_be
