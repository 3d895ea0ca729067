"""The averaged DAB against the integrated circuit, and its losses against their definitions."""

import math
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from voltbench.control.numerics.records import RecordArray, zeros
from voltbench.plant_models.dab import dab_step, moved_charge
from voltbench.plant_models.dab_design import DabCell, dab_params, phase_shift_for_current
from voltbench.plant_models.dcdc_stage import DcDcOut, stage_loss, stage_off
from voltbench.plant_models.device_energy import off_energy, on_energy, oss_charge, oss_energy
from voltbench.plant_models.devices import load_device
from voltbench.plant_models.magnetics import Core

Array = NDArray[np.float64]
F, L, L_M, N = 100e3, 23.7e-6, 500e-6, 1.6
T_1, T_2 = 90.0, 70.0
GRID = [
    (u_1, u_2, phi)
    for u_1 in (680.0, 800.0)
    for u_2 in (0.0, 150.0, 330.0, 500.0)
    for phi in (-0.9, -0.1, 0.0, 0.05, 0.4, 1.0)
]


def make(**changes: object) -> DabCell:
    values: dict[str, object] = {
        "switching_frequency_Hz": F,
        "turns_ratio": N,
        "series_inductance_H": L,
        "magnetising_inductance_H": L_M,
        "winding_1_resistance_Ohm": 30e-3,
        "winding_2_resistance_Ohm": 11e-3,
        "inductor_resistance_Ohm": 15e-3,
        "dead_time_s": 150e-9,
        "device_1": "C3M0016120K",
        "device_2": "C3M0016120K",
        "voltage_1_max_V": 1000.0,
        "voltage_2_max_V": 600.0,
    }
    return DabCell.model_validate({**values, **changes})


def core(turns: int = 24) -> Core:
    return Core(
        area_m2=5e-4,
        volume_m3=5e-5,
        turns=turns,
        steinmetz_k=0.15,
        steinmetz_alpha=1.6,
        steinmetz_beta=2.4,
    )


@cache
def params(cell: DabCell) -> RecordArray:
    return dab_params(cell)


def run(cell: DabCell, u_1: float, u_2: float, phi: float) -> RecordArray:
    out = zeros(DcDcOut)
    dab_step(params(cell)[0], u_1, u_2, phi, T_1, T_2, out[0])
    return out


class Circuit:
    """The circuit with its resistances, states (i_L, i_m), in periodic steady state.

    Exact over each interval of constant bridge voltages (matrix exponential); the
    squares are integrated on a dense grid.
    """

    def __init__(self, cell: DabCell, u_1: float, u_2: float, phi: float) -> None:
        r_1, r_2 = (
            2.0 * _parabola(load_device(d).resistance_coefficients(), T)
            for d, T in ((cell.device_1, T_1), (cell.device_2, T_2))
        )
        self.R_1 = r_1 + cell.winding_1_resistance_Ohm + cell.inductor_resistance_Ohm
        self.R_2 = (r_2 + cell.winding_2_resistance_Ohm) * N * N
        self.r_1, self.r_2 = r_1, r_2 * N * N
        # i_s = i_L - i_m flows through R_2 into the output bridge: node voltage u_2' + R_2 i_s
        self.A = np.array(
            [
                [-(self.R_1 + self.R_2) / L, self.R_2 / L],
                [self.R_2 / L_M, -self.R_2 / L_M],
            ]
        )
        self.u = (u_1, N * u_2)
        self.phi = phi
        T = 1.0 / F
        edges = np.unique(np.array([0.0, abs(phi) / (2 * math.pi * F), T / 2]))
        self.spans = [(a, b) for a, b in pairwise(edges) if b > a]

    def bridges(self, t: float) -> tuple[float, float]:
        """Bridge voltages in the first half period after the first of both edges."""
        late = t > abs(self.phi) / (2 * math.pi * F)
        first, second = 1.0, (1.0 if late else -1.0)
        s_1, s_2 = (first, second) if self.phi >= 0.0 else (second, first)
        return s_1 * self.u[0], s_2 * self.u[1]

    def rate(self, t: float, x: Array) -> Array:
        """Return the derivative of the states."""
        u_1, u_2 = self.bridges(t)
        return np.asarray(self.A @ x + np.array([(u_1 - u_2) / L, u_2 / L_M]))

    def steady(self) -> Array:
        """State at the first edge: half-wave antisymmetry, x(T/2) = -x(0)."""
        step, drive = np.eye(2), np.zeros(2)
        for a, b in self.spans:
            u_1, u_2 = self.bridges(0.5 * (a + b))
            B = np.array([(u_1 - u_2) / L, u_2 / L_M])
            big = expm(np.block([[self.A, B[:, None]], [np.zeros((1, 3))]]) * (b - a))
            step, drive = big[:2, :2] @ step, big[:2, :2] @ drive + big[:2, 2]
        return np.asarray(np.linalg.solve(-np.eye(2) - step, drive))

    def averages(self) -> tuple[float, float, float, float]:
        """Mean power in and out, mean squares of both bridge currents (link side)."""

        def rate(t: float, x: Array) -> Array:
            u_1, u_2 = self.bridges(t)
            i_s = x[0] - x[1]
            return np.array([*self.rate(t, x[:2]), u_1 * x[0], u_2 * i_s, x[0] ** 2, i_s**2])

        x = np.concatenate([self.steady(), np.zeros(4)])
        for a, b in self.spans:
            inner = (a + 1e-15, b - 1e-15)  # the bridges are constant inside a span
            x = solve_ivp(rate, inner, x, method="DOP853", rtol=1e-11, atol=1e-12).y[:, -1]
        P_1, P_2, square_1, square_2 = x[2:] * 2 * F
        return float(P_1), float(P_2), float(square_1), float(square_2)


def _parabola(c: tuple[float, float, float], T: float) -> float:
    return c[0] + c[1] * (T - 25.0) + c[2] * (T - 25.0) ** 2


@pytest.mark.parametrize(("u_1", "u_2", "phi"), GRID)
def test_port_powers_and_rms_are_those_of_the_circuit(u_1: float, u_2: float, phi: float) -> None:
    c, o = Circuit(make(), u_1, u_2, phi), run(make(), u_1, u_2, phi)[0]
    P_1, P_2, square_1, square_2 = c.averages()
    # the kernel is first order in R/(f L), here 0.05: losses agree to that
    assert o["P_cond_1"] == pytest.approx(c.r_1 * square_1, rel=0.01, abs=0.02)
    assert o["P_cond_2"] == pytest.approx(c.r_2 * square_2, rel=0.01, abs=0.02)
    resistive = c.R_1 * square_1 + c.R_2 * square_2
    near = 0.03 * resistive + 3e-4 * abs(P_1) + 0.02  # and the power to its square
    assert u_1 * o["i_1"] - o["P_sw_1"] == pytest.approx(P_1, abs=near)
    assert u_2 * o["i_2"] + o["P_sw_2"] == pytest.approx(P_2, abs=near)
    assert P_1 - P_2 == pytest.approx(resistive, abs=1e-3)  # the oracle itself balances


@pytest.mark.parametrize(("u_1", "u_2", "phi"), GRID)
def test_every_loss_is_in_the_port_currents(u_1: float, u_2: float, phi: float) -> None:
    out = run(make(transformer_core=core(), inductor_core=core(14)), u_1, u_2, phi)
    o = out[0]
    # an identity of the equations: round-off of 20 kW
    assert u_1 * o["i_1"] - u_2 * o["i_2"] == pytest.approx(stage_loss(o), abs=1e-9)
    assert all(o[name] >= 0.0 for name in o.dtype.names[2:])
    assert np.isfinite(out.item()).all()


def test_lossless_current_is_the_published_formula() -> None:
    free = dab_params(make(winding_1_resistance_Ohm=0, winding_2_resistance_Ohm=0))
    free["R_w1"] = 0.0
    for bridge in ("bridge_1", "bridge_2"):
        for name in ("r_0", "r_1", "r_2", "edge", "leg"):
            free[bridge][name] = 1e-30 if name == "leg" else 0.0
    out = zeros(DcDcOut)
    for phi in (-1.2, -0.3, 0.2, 0.9):
        dab_step(free[0], 800.0, 400.0, phi, 25.0, 25.0, out[0])
        expected = N * 800.0 * phi * (math.pi - abs(phi)) / (2 * math.pi**2 * F * L)
        assert out[0]["i_2"] == pytest.approx(expected, rel=1e-12)
        assert out[0]["i_1"] == pytest.approx(expected * 400.0 / 800.0, rel=1e-12)


def test_phase_shift_is_the_inverse_of_the_current() -> None:
    for phi in (-1.5, -0.2, 0.0, 0.4, 1.5):
        i_2 = N * 700.0 * phi * (math.pi - abs(phi)) / (2 * math.pi**2 * F * L)
        assert phase_shift_for_current(make(), 700.0, i_2) == pytest.approx(phi, abs=1e-9)
    with pytest.raises(ValueError, match="exceeds"):
        phase_shift_for_current(make(), 700.0, 200.0)


@pytest.mark.parametrize("d", [0.5, 0.8, 0.95, 1.05, 1.3, 1.8])
def test_soft_switching_begins_at_the_published_boundary(d: float) -> None:
    """Without magnetising current: phi > (1 - 1/d) pi/2 and phi > (1 - d) pi/2."""
    cell = make(magnetising_inductance_H=1e3, dead_time_s=1e-11, voltage_2_max_V=1000.0)
    u_1 = 600.0
    edge_1, edge_2 = (1 - 1 / d) * math.pi / 2, (1 - d) * math.pi / 2
    for phi in np.linspace(0.01, 1.4, 60):
        o = run(cell, u_1, d * u_1 / N, float(phi))[0]
        for share, edge in ((o["zvs_1"], edge_1), (o["zvs_2"], edge_2)):
            if abs(phi - edge) > 0.02:  # the dead time of 10 ps moves a trace of charge
                assert (share > 0.0) == (phi > edge), (d, phi, edge)


@pytest.mark.parametrize("against", [-500.0, 0.0, 300.0, 900.0])
@pytest.mark.parametrize("i_c", [-6.0, 0.0, 1.0, 12.0])
def test_moved_charge_is_the_integral_of_the_current(against: float, i_c: float) -> None:
    """Linear current until the dead time ends or it turns; a wrong one leaves the diode first."""
    t_dead, u_own = 150e-9, 700.0
    t = np.linspace(0.0, t_dead, 20_001)
    i, total = i_c, 0.0
    trace = np.empty_like(t)
    for k in range(len(t)):
        trace[k] = i
        clamped = i < 0.0
        if i <= 0.0 and against >= 0.0:
            trace[k:] = 0.0
            break
        i += (t[1] - t[0]) * ((u_own - against) if clamped else -against) / L
    total = float(np.sum(np.maximum(trace, 0.0)) * (t[1] - t[0]))
    # 20 000 steps of the stated circuit: 1e-3 of the charge of a leg
    assert moved_charge(i_c, u_own, against, 1 / L, t_dead) == pytest.approx(total, abs=5e-10)


def test_transition_energy_is_the_device_table() -> None:
    cell, d = make(), load_device("C3M0016120K")
    p = dab_params(cell)[0]["bridge_1"]
    table = p["edge"].reshape(20, 40, 4)
    at_800 = table[16, :, 0] * 800.0 / (4 * F)
    assert p["i_min"] == -100.0
    soft = off_energy(d, np.array([50.0]), 800.0)[0]
    diode = (3.3 + 0.0224 * 50.0) * 50.0
    assert soft == pytest.approx(248e-6)  # printed
    assert soft < at_800[30] < soft + diode * 150e-9
    hard = on_energy(d, np.array([50.0, 0.0]), 800.0)
    assert at_800[10] == pytest.approx(hard[0] - hard[1] + diode * 150e-9, rel=1e-9)
    zero = p["leg"].reshape(20, 4)[16, 2] * 800.0 / (4 * F)
    assert zero == pytest.approx(hard[1] + oss_energy(d, 800.0), rel=1e-9)


def test_losses_grow_beyond_the_table() -> None:
    short = make(device_1="C3M0032120K", device_2="C3M0032120K")  # table to 60 A
    P = [run(short, 800.0, 450.0, phi)[0]["P_sw_2"] for phi in (1.1, 1.2, 1.3, 1.4)]  # 83 to 103 A
    # the current grows in proportion to the phase shift, and so does the continued loss
    assert np.diff(P) == pytest.approx(np.full(3, P[1] - P[0]), rel=1e-6)
    assert P[1] > 1.05 * P[0]


def test_hard_switching_costs_more_and_comes_without_a_jump() -> None:
    phis = np.linspace(0.0, 1.2, 2401)
    o = [run(make(), 800.0, 250.0, float(phi))[0].copy() for phi in phis]
    loss, share = np.array([x["P_sw_2"] for x in o]), np.array([x["zvs_2"] for x in o])
    assert share[0] == 0.0
    assert share[-1] == 1.0
    assert loss[share == 0.0].min() > 3.0 * loss[share == 1.0].min()
    assert np.abs(np.diff(loss)).max() < 0.03 * loss.max()


def test_missing_charge_is_closed_hard_at_its_square() -> None:
    """Link side leading: the output voltage takes the current away before the leg is over."""
    cell, d, u_1, u_2, phi = make(), load_device("C3M0016120K"), 800.0, 520.0, 0.15
    o = run(cell, u_1, u_2, phi)[0]
    i_c = (u_1 + N * u_2 * (2 * phi / math.pi - 1)) / (4 * F * L)
    assert N * u_2 / L * 150e-9 > i_c  # it ends within the dead time
    share = 0.5 * i_c**2 * L / (N * u_2) / (2 * oss_charge(d, u_1))
    assert o["zvs_1"] == pytest.approx(share, rel=1e-6)
    assert 0.2 < share < 0.8
    hard = on_energy(d, np.zeros(1), u_1)[0] + oss_energy(d, u_1)
    rest = o["P_sw_1"] / (4 * F) - hard * (1 - share) ** 2
    # what is left is the turn-off of a few amperes, interpolated down to nothing at 0 A
    assert 0.0 < rest < 1.2 * off_energy(d, np.array([i_c]), u_1)[0]


def test_the_lagging_bridge_is_helped() -> None:
    """Output side lagging: the link voltage adds current through the whole dead time."""
    cell, d, u_1, u_2, phi = make(dead_time_s=60e-9), load_device("C3M0016120K"), 800.0, 480.0, 0.03
    o = run(cell, u_1, u_2, phi)[0]
    lead = phi / (2 * math.pi * F * 60e-9)  # both bridges still overlap in their dead times
    assert lead < 1.0
    i_c = (N * u_2 + u_1 * (2 * phi / math.pi - 1)) / (4 * F * L) + N * u_2 / (4 * F * L_M)
    moved = N * 60e-9 * (i_c + 0.5 * lead * u_1 / L * 60e-9)
    share = moved / (2 * oss_charge(d, u_2))
    assert 0.0 < share < 1.0
    assert o["zvs_2"] == pytest.approx(share, rel=1e-6)


def test_direction_reverses_with_the_phase_shift() -> None:
    cell = make(turns_ratio=1.0, magnetising_inductance_H=1e3)
    forward, back = run(cell, 500.0, 500.0, 0.3)[0], run(cell, 500.0, 500.0, -0.3)[0]
    assert forward["i_2"] > 0.0 > back["i_1"]
    # the ports change places, up to the different device temperatures (0.2 % of the current)
    assert back["i_1"] == pytest.approx(-forward["i_2"], rel=5e-3)


def test_parallel_devices_share_current_and_add_charge() -> None:
    one, two = run(make(), 800.0, 450.0, 0.5)[0], run(make(parallel_1=2), 800.0, 450.0, 0.5)[0]
    assert two["P_cond_1"] == pytest.approx(0.5 * one["P_cond_1"])
    legs = [dab_params(make(parallel_1=n))[0]["bridge_1"]["leg"] for n in (1, 2)]
    assert legs[1] == pytest.approx(2.0 * legs[0])


def test_core_losses_follow_the_flux() -> None:
    c = core()
    plain = run(make(transformer_core=c), 800.0, 412.5, 0.4)[0]
    assert plain["P_core"] == pytest.approx(c.square_wave_loss(N * 412.5, F), rel=2e-3)
    c = core(14)
    o = run(make(inductor_core=c), 800.0, 350.0, 0.4)[0]
    assert o["P_core"] == pytest.approx(_inductor_oracle(c, 800.0, 350.0, 0.4), rel=5e-3)  # tables


def _inductor_oracle(c: Core, u_1: float, u_2: float, phi: float) -> float:
    """Return the generalised equation on a sampled flux waveform."""
    t = (np.arange(400_000) + 0.5) / 400_000
    delta = phi / (2 * math.pi)
    v = u_1 * np.where(t < 0.5, 1.0, -1.0)
    v -= N * u_2 * np.where((t - delta) % 1.0 < 0.5, 1.0, -1.0)
    flux = np.cumsum(v) / (len(t) * F * c.turns * c.area_m2)
    rate = np.abs(v) / (c.turns * c.area_m2)
    a, b = c.steinmetz_alpha, c.steinmetz_beta
    return float(c.volume_m3 * c.k_i() * np.mean(rate**a) * np.ptp(flux) ** (b - a))


def test_blocked_stage_is_dark() -> None:
    out = run(make(), 800.0, 400.0, 0.4)
    stage_off(out[0])
    assert stage_loss(out[0]) == out[0]["i_1"] == out[0]["i_2"] == 0.0
