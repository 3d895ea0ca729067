"""The AC filters of several modules against scipy's solver on equations written by hand.

Reference: every module with its own two inductors and capacitor, or its one boost inductor
and the RC filter of its voltage sensor, all meeting behind one grid impedance, integrated by
DOP853 with rtol 1e-10. Bridge and source voltage are held
over a period in both, so they may differ only by the solver's tolerance: 1e-6 of the scale.
"""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from voltbench.control.numerics.records import zeros
from voltbench.plant_models.ac_filter import (
    AcCommon,
    AcState,
    ac_common,
    ac_mean_current,
    ac_module,
    ac_tables,
)
from voltbench.plant_models.ac_network import AcFilter, BoostInductor, LclFilter, resonances

Vector = NDArray[np.float64]
LCL = LclFilter(L_1=300e-6, R_1=16e-3, C_f=20e-6, R_d=0.6, L_2=100e-6, R_2=6e-3)
BOOST = BoostInductor(L_1=500e-6, R_1=25e-3, f_u=5e3)
both = pytest.mark.parametrize("f", [LCL, BOOST], ids=["lcl", "boost"])
R_G, L_G = 8e-3, 76e-6
T_S, N, PERIODS = 50e-6, 3, 60
SCALE = np.array([50.0, 325.0, 50.0])[:, None]
"""A, V, A: scale of i_1, u_c, i_2."""
STATES = ("i1", "uc", "i2")


def derivative(f: AcFilter, y: Vector, v: Vector, e: float, lost: bool) -> Vector:
    """Kirchhoff's laws in one axis: rows i_1, u_c, i_2 of the modules."""
    if isinstance(f, BoostInductor):
        return boost_derivative(f, y, v, e, lost)
    i_1, u_c, i_2 = y.reshape(3, N)
    node = u_c + f.R_d * (i_2 - i_1)
    if lost:  # the common conductor is open: the modules only exchange current
        u_p = (node + f.R_2 * i_2).mean()
    else:  # e - R_g sum(i_2) - L_g sum(i_2') = u_p, with L_2 i_2' = u_p - R_2 i_2 - node
        pulled = (node + f.R_2 * i_2).sum() * L_G / f.L_2
        u_p = (e - R_G * i_2.sum() + pulled) / (1.0 + N * L_G / f.L_2)
    return np.concatenate(
        [
            (node - f.R_1 * i_1 - v) / f.L_1,
            (i_2 - i_1) / f.C_f,
            (u_p - f.R_2 * i_2 - node) / f.L_2,
        ]
    )


def boost_derivative(f: BoostInductor, y: Vector, v: Vector, e: float, lost: bool) -> Vector:
    """Do the same for one inductor a module; u_c follows the terminals through an RC."""
    i, u_c, _ = y.reshape(3, N)
    if lost:
        u_p = (v + f.R_1 * i).mean()
    else:  # e - R_g sum(i) - L_g sum(i') = u_p, with L_1 i' = u_p - R_1 i - v
        pulled = (v + f.R_1 * i).sum() * L_G / f.L_1
        u_p = (e - R_G * i.sum() + pulled) / (1.0 + N * L_G / f.L_1)
    slope = (u_p - f.R_1 * i - v) / f.L_1
    return np.concatenate([slope, 2 * math.pi * f.f_u * (u_p - u_c), slope])


def reference(f: AcFilter, v: Vector, e: Vector, lost: bool = False) -> tuple[Vector, Vector]:
    """Return states (period, 3, N) and mean grid current (period) from rest; v is (period, N)."""
    y, ends, means = np.zeros(3 * N), [], []
    for k in range(len(e)):
        solved = solve_ivp(
            lambda _t, z, k=k: np.append(
                derivative(f, z[:-1], v[k], float(e[k]), lost), z[2 * N : 3 * N].mean()
            ),
            (0.0, T_S),
            np.append(y, 0.0),
            method="DOP853",
            rtol=1e-10,
            atol=1e-10,
        )
        y = solved.y[:-1, -1]
        ends.append(y.reshape(3, N))
        means.append(solved.y[-1, -1] / T_S)
    return np.array(ends), np.array(means)


def simulated(
    f: AcFilter, v: tuple[Vector, Vector], e: tuple[Vector, Vector], angle: float | None = None
) -> tuple[Vector, Vector, Vector]:
    """Return states in both axes and the mean grid current; `angle` of a lost conductor."""
    t = ac_tables(f, N, R_G, L_G, T_S)[0]
    modules, mean, common = zeros(AcState, N), zeros(AcState)[0], zeros(AcCommon)[0]
    lost = 0 if angle is None else 1
    cos, sin = math.cos(angle or 0.0), math.sin(angle or 0.0)
    ends, currents = [], []
    for k in range(len(e[0])):
        source = float(e[0][k]), float(e[1][k])
        bridge = float(v[0][k].mean()), float(v[1][k].mean())
        ac_common(t, lost, cos, sin, mean, *bridge, *source, common)
        for j in range(N):
            ac_module(t, modules[j], common, float(v[0][k, j]), float(v[1][k, j]))
        ac_mean_current(t, mean, common, *bridge)
        currents.append((float(mean["i2m_al"]), float(mean["i2m_be"])))
        for name in (f"{state}_{axis}" for state in STATES for axis in ("al", "be")):
            mean[name] = modules[name].mean()
        ends.append([[modules[f"{s}_{axis}"].copy() for s in STATES] for axis in ("al", "be")])
    table = np.array(ends)
    return table[:, 0], table[:, 1], np.array(currents)


def inputs(step_V: float) -> tuple[Vector, Vector]:
    """Return bridge voltages that step differently in each module, and a sinusoidal source."""
    time_s = T_S * np.arange(PERIODS)
    source = 325.0 * np.cos(2 * np.pi * 50.0 * time_s)
    bridge = np.tile(source[:, None], (1, N))
    bridge[10:] -= step_V * np.array([1.0, 0.6, -0.4])
    return bridge, source


@both
def test_step_response_equals_an_independent_solver(f: AcFilter) -> None:
    al, be = inputs(25.0), inputs(-14.0)
    found_al, found_be, current = simulated(f, (al[0], be[0]), (al[1], be[1]))
    for found, (v, e), mean in ((found_al, al, current[:, 0]), (found_be, be, current[:, 1])):
        states, means = reference(f, v, e)
        assert np.abs((found - states) / SCALE).max() < 1e-6
        assert np.abs(mean - means).max() < 1e-6 * SCALE[2]


@both
def test_a_lost_phase_equals_an_independent_solver(f: AcFilter) -> None:
    """Along the lost conductor no current comes from the grid, across it nothing changes."""
    along, across = inputs(25.0), inputs(-14.0)
    angle = 2 * math.pi / 3
    cos, sin = math.cos(angle), math.sin(angle)

    def turned(a: Vector, b: Vector) -> tuple[Vector, Vector]:
        return cos * a - sin * b, sin * a + cos * b

    found_al, found_be, _ = simulated(
        f, turned(along[0], across[0]), turned(along[1], across[1]), angle
    )
    found_along, found_across = cos * found_al + sin * found_be, cos * found_be - sin * found_al
    assert np.abs((found_along - reference(f, *along, lost=True)[0]) / SCALE).max() < 1e-6
    assert np.abs((found_across - reference(f, *across)[0]) / SCALE).max() < 1e-6


def test_resonances_are_those_of_the_undamped_formula() -> None:
    """Undamped: sqrt((L_1 + L_2)/(L_1 L_2 C))/2 pi; 0.6 ohm of damping moves it by under 2 %."""
    mean, deviation = resonances(LCL, N, R_G, L_G)
    for found, L_2 in ((mean, LCL.L_2 + N * L_G), (deviation, LCL.L_2)):
        L_1, C = LCL.L_1, LCL.C_f
        expected = math.sqrt((L_1 + L_2) / (L_1 * L_2 * C)) / (2 * math.pi)
        assert found == pytest.approx(expected, rel=0.02)


def test_a_boost_inductor_rises_as_a_coil_with_a_resistor() -> None:
    """One bridge step from rest, all modules alike: i = -V/R (1 - exp(-t R/L)), R and L of one."""
    step_V, L, R = 40.0, BOOST.L_1 + N * L_G, BOOST.R_1 + N * R_G
    zero, v = np.zeros(PERIODS), np.full((PERIODS, N), step_V)
    ends, _, mean = simulated(BOOST, (v, np.zeros((PERIODS, N))), (zero, zero))
    t = T_S * np.arange(1, PERIODS + 1)
    expected = -step_V / R * (1.0 - np.exp(-t * R / L))
    assert np.abs(ends[:, 0] - expected[:, None]).max() < 1e-9  # rounding
    assert np.array_equal(ends[:, 0], ends[:, 2])
    charge = -step_V / R * (t[0] - L / R * (1.0 - math.exp(-t[0] * R / L)))
    assert mean[0, 0] * T_S == pytest.approx(charge, rel=1e-9)


def test_terminals_of_a_boost_inductor_jump_with_the_bridge() -> None:
    """The inductive divider N L_g/(L_1 + N L_g), seen by a sensor that is fast enough."""
    fast, step_V = BoostInductor(L_1=500e-6, R_1=25e-3, f_u=100e3), 40.0
    zero, v = np.zeros(PERIODS), np.full((PERIODS, N), step_V)
    ends, _, _ = simulated(fast, (v, np.zeros((PERIODS, N))), (zero, zero))
    divider = N * L_G / (fast.L_1 + N * L_G)
    # a period later the resistances have moved it by T R/L = 1 %
    assert ends[0, 1] == pytest.approx(np.full(N, divider * step_V), rel=0.02)


def test_a_boost_inductor_has_no_resonance_to_sample() -> None:
    assert resonances(BOOST, N, R_G, L_G) == (0.0, 0.0)
