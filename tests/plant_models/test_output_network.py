"""The output network against scipy's solver on equations written by hand, node by node.

Reference: each module with its own capacitor and choke, the common bus, cable, inlet and
battery, integrated by DOP853 with rtol 1e-10. The tables work with the mean of the modules
and their deviations and hold inputs over a period, as the reference does, so the two may
differ only by the solver's tolerance. Found: 3e-9 of the network's scale; allowed: 2e-8.
A change of any element by 1 % moves the result by more (the RC pairs: see their own test).
"""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from voltbench.control.numerics.records import zeros
from voltbench.plant_models.output_network import (
    DISCHARGE,
    OUTPUT_CONTACTORS,
    VEHICLE_CONTACTORS,
    ModuleOutputState,
    OutputNetwork,
    OutputState,
    output_module,
    output_step,
    output_tables,
)

Vector = NDArray[np.float64]
T_S = 50e-6
SCALE = np.array([400.0, 100.0])
"""V and A of the network."""
TOLERANCE = 2e-8
NET = OutputNetwork(
    modules=3,
    C_o=40e-6,
    R_o=40e-3,
    L_f=15e-6,
    R_f=1.2e-3,
    R_bleed=470e3,
    C_bus=60e-6,
    R_bus=0.12,
    R_discharge=680.0,
    L_c=5.5e-6,
    R_c=2.4e-3,
    C_in=1.2e-6,
    R_leak=9.4e6,
    R_short=float("inf"),
    R_w=1.45e-3,
    R_0=0.05,
    R_1=0.008,
    C_1=5.0 / 0.008,
    R_2=0.075,
    C_2=60.0 / 0.075,
)
RINGING = OUTPUT_CONTACTORS
CLOSED = OUTPUT_CONTACTORS | VEHICLE_CONTACTORS


def derivative(
    net: OutputNetwork, switches: int, i_2: Vector, ocv: float, i_aux: float, y: Vector
) -> Vector:
    """Kirchhoff's laws: y = capacitors and chokes of the modules, bus, cable, inlet, RC pairs."""
    n = net.modules
    u_c, i_f = y[:n], y[n : 2 * n]
    u_cb, i_c, u_in, u_1, u_2 = y[2 * n :]
    cable = i_c if switches & OUTPUT_CONTACTORS else 0.0
    arriving = i_f.sum() - cable
    u_bus = u_cb + net.R_bus * arriving
    if switches & DISCHARGE:  # the resistor takes part of what arrives
        u_bus /= 1.0 + net.R_bus / net.R_discharge
        arriving -= u_bus / net.R_discharge
    i_ev = 0.0
    if switches & VEHICLE_CONTACTORS:
        i_ev = (u_in - ocv - u_1 - u_2 + net.R_0 * i_aux) / (net.R_w + net.R_0)
    i_bat = i_ev - i_aux
    u_module = u_c + net.R_o * (i_2 - i_f)
    leak = u_in / net.R_leak + u_in / net.R_short
    return np.concatenate(
        [
            (i_2 - i_f - u_c / net.R_bleed) / net.C_o,
            (u_module - net.R_f * i_f - u_bus) / net.L_f,
            [
                arriving / net.C_bus,
                (u_bus - net.R_c * i_c - u_in) / net.L_c if cable or switches & 1 else 0.0,
                (cable - i_ev - leak) / net.C_in,
                (i_bat - u_1 / net.R_1) / net.C_1,
                (i_bat - u_2 / net.R_2) / net.C_2,
            ],
        ]
    )


def reference(
    net: OutputNetwork, switches: int, y: Vector, i_2: Vector, periods: int
) -> tuple[Vector, Vector]:
    """Return the states at the end of each period and their means over it."""
    ends, means, size = [], [], len(y)

    def with_integral(_t: float, z: Vector) -> Vector:
        rate = derivative(net, switches, i_2, 352.0, 0.85, z[:size])
        return np.concatenate([rate, z[:size]])

    for _ in range(periods):
        solved = solve_ivp(
            with_integral,
            (0.0, T_S),
            np.concatenate([y, np.zeros(size)]),
            method="DOP853",
            rtol=1e-10,
            atol=1e-10,
        )
        y = solved.y[:size, -1]
        ends.append(y)
        means.append(solved.y[size:, -1] / T_S)
    return np.array(ends), np.array(means)


def simulated(
    net: OutputNetwork, switches: int, y: Vector, i_2: Vector, periods: int
) -> tuple[Vector, Vector]:
    """Return the same from the tables: the mean network, and each module from its deviation."""
    n, tables = net.modules, output_tables(net, T_S)
    state, modules = zeros(OutputState), zeros(ModuleOutputState, n)
    s, d = state[0], tables[0]["dev"]
    modules["u_o"], modules["i_f"] = y[:n], y[n : 2 * n]
    s["x"][:7] = [y[:n].mean(), y[n : 2 * n].mean(), *y[2 * n :]]
    ends, means, mean_i_2 = [], [], float(i_2.mean())
    for _ in range(periods):
        before = np.array([s["x"][0], s["x"][1], mean_i_2])
        output_step(tables[0], s, switches, mean_i_2, 352.0, 0.85)
        common = np.array([s["x"][0], s["x"][1], s["xm"][0], s["xm"][1]]) - d @ before
        for j in range(n):
            output_module(tables[0], modules[j], float(i_2[j]), *map(float, common))
        ends.append(np.concatenate([modules["u_o"], modules["i_f"], s["x"][2:7]]))
        means.append(np.concatenate([modules["u_om"], modules["i_fm"], s["xm"][2:7]]))
    return np.array(ends), np.array(means)


def scale(n: int) -> Vector:
    """Return the scale of each state."""
    u, i = SCALE
    return np.array([*[u] * n, *[i] * n, u, i, u, u, u])


def start(net: OutputNetwork, u_out: float, u_in: float, i: float = 0.0) -> Vector:
    """Return a state: modules and bus at one voltage, the inlet at another."""
    n = net.modules
    return np.array([*[u_out] * n, *[i / n] * n, u_out, i, u_in, 0.3, 1.1])


CASES = {
    "contactors close on an empty cable": (NET, RINGING, start(NET, 400.0, 0.0), 40),
    "vehicle closes 15 V apart": (NET, CLOSED, start(NET, 368.0, 353.0), 8),
    "charging at 90 A": (NET, CLOSED, start(NET, 359.0, 357.0, 90.0), 8),
    "discharge of the open output": (NET, DISCHARGE | RINGING, start(NET, 380.0, 380.0), 40),
    "short circuit of 5 ohm on the cable": (
        replace(NET, R_short=5.0),
        RINGING,
        start(NET, 400.0, 400.0),
        40,
    ),
}


@pytest.mark.parametrize("case", CASES, ids=list(CASES))
def test_equals_an_independent_solver(case: str) -> None:
    net, switches, y, periods = CASES[case]
    i_2 = (
        np.array([31.0, 28.5, 30.2]) if switches & VEHICLE_CONTACTORS else np.array([0.6, 0.1, 0.2])
    )
    expected = reference(net, switches, y, i_2, periods)
    found = simulated(net, switches, y, i_2, periods)
    for ours, theirs in zip(found, expected, strict=True):
        assert np.abs((ours - theirs) / scale(net.modules)).max() < TOLERANCE


def test_the_ringing_is_there() -> None:
    """An empty cable rings at the frequency of its inductance against both capacitances."""
    ends, _ = reference(NET, RINGING, start(NET, 400.0, 0.0), np.zeros(3), 10)
    peak = ends[:, 8].max()
    assert 400.0 < peak < 800.0  # undamped it would reach twice the bus voltage
    frequencies = np.linalg.eigvals(NET.matrices(RINGING)[0]).imag / (2 * np.pi)
    ring = 1 / (2 * np.pi * np.sqrt(NET.L_c * NET.C_in))  # the bus is large against the inlet
    assert np.abs(frequencies - ring).min() < 0.05 * ring


def test_the_batterys_pairs_relax_by_their_own_time_constants() -> None:
    """With open contactors only the vehicle's own load flows: exponentials, to round-off."""
    step_s, i_aux = 7.0, 0.85
    tables, state = output_tables(NET, step_s), zeros(OutputState)
    s = state[0]
    s["x"][5:7] = [0.3, 1.1]
    output_step(tables[0], s, 0, 0.0, 352.0, i_aux)
    for k, R, C in ((5, NET.R_1, NET.C_1), (6, NET.R_2, NET.C_2)):
        left = np.exp(-step_s / (R * C))
        begin = {5: 0.3, 6: 1.1}[k]
        assert s["x"][k] == pytest.approx(begin * left - R * i_aux * (1 - left), rel=1e-9)


def test_one_long_step_is_two_short_ones() -> None:
    i_2, y = np.array([0.6, 0.1, 0.2]), start(NET, 400.0, 0.0)
    whole = simulated(NET, RINGING, y, i_2, 1)[0][0]
    tables = output_tables(NET, T_S / 2)
    state = zeros(OutputState)
    s = state[0]
    s["x"][:7] = [y[0], y[3], *y[6:]]
    for _ in range(2):
        output_step(tables[0], s, RINGING, float(i_2.mean()), 352.0, 0.85)
    assert s["x"][2:7] == pytest.approx(whole[6:], abs=1e-9)  # round-off of matrix exponentials
