"""The averaged T-type bridge against its switched waveforms and its device tables."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from voltbench.control.numerics.records import RecordArray, zeros
from voltbench.plant_models.bridge import BridgeOut, bridge_step
from voltbench.plant_models.bridge_design import BridgeDesign, bridge_params
from voltbench.plant_models.device_energy import dead_time_energy, off_energy, on_energy
from voltbench.plant_models.devices import load_device
from voltbench.plant_models.magnetics import Core

Array = NDArray[np.float64]
F, L, DEAD = 60e3, 125e-6, 200e-9
LOSSES = ("P_cond_outer", "P_cond_inner", "P_sw_outer", "P_sw_inner", "P_inductor")
CORE = Core(
    area_m2=4e-4,
    volume_m3=8e-5,
    turns=40,
    steinmetz_k=6.0,
    steinmetz_alpha=1.4,
    steinmetz_beta=2.1,
)


def make(**changes: object) -> BridgeDesign:
    values: dict[str, object] = {
        "switching_frequency_Hz": F,
        "dead_time_s": DEAD,
        "device_outer": "C3M0032120K",
        "device_inner": "C3M0025065K",
        "ripple_inductance_H": L,
        "ripple_resistance_Ohm": 0.1,
        "half_link_max_V": 500.0,
    }
    return BridgeDesign.model_validate({**values, **changes})


def run(
    design: BridgeDesign,
    m: tuple[float, float, float],
    i: tuple[float, float, float],
    u_p: float = 400.0,
    u_n: float = 400.0,
    T: float = 25.0,
) -> RecordArray:
    out = zeros(BridgeOut)
    m_a, m_b, m_c = m
    i_a, i_b, i_c = i
    bridge_step(bridge_params(design)[0], u_p, u_n, m_a, m_b, m_c, i_a, i_b, i_c, T, T, out[0])
    return out


def test_power_balances_with_every_loss() -> None:
    rng = np.random.default_rng(1)
    design = make(inductor_core=CORE)
    p, out = bridge_params(design)[0], zeros(BridgeOut)[0]
    for _ in range(300):
        m = rng.uniform(-1.0, 1.0, 3)
        i = rng.uniform(-80.0, 80.0, 3)
        u_p, u_n = rng.uniform(0.0, 550.0, 2)
        T = rng.uniform(-20.0, 160.0, 2)
        bridge_step(p, u_p, u_n, m[0], m[1], m[2], i[0], i[1], i[2], T[0], T[1], out)
        fed = out["u_a"] * i[0] + out["u_b"] * i[1] + out["u_c"] * i[2]
        kept = u_p * out["i_p"] + u_n * out["i_n"]
        # an identity of the equations: round-off of 60 kW
        assert fed - kept == pytest.approx(sum(out[n] for n in LOSSES), abs=1e-9)
        assert min(out[n] for n in LOSSES) >= 0.0


def test_voltage_and_rail_currents_are_the_carrier_average() -> None:
    """A sampled carrier comparison on unequal halves, ripple-free current."""
    m, i, u_p, u_n = (0.7, -0.2, -0.5), (30.0, -25.0, -5.0), 420.0, 380.0
    carrier = (np.arange(100_000) + 0.5) / 100_000
    volts, rail_p, rail_n, mid = [], 0.0, 0.0, 0.0
    for m_x, i_x in zip(m, i, strict=True):
        level = np.sign(m_x) * (carrier < abs(m_x))
        volts.append(float(np.mean(np.where(level > 0, u_p, np.where(level < 0, -u_n, 0.0)))))
        rail_p += i_x * float(np.mean(level > 0))
        rail_n -= i_x * float(np.mean(level < 0))
        mid += i_x * float(np.mean(level == 0))
    params = bridge_params(make(ripple_resistance_Ohm=0.0))
    for name in ("switching", "ripple"):
        params[name] = 0.0
    for name in params.dtype.names or ():
        if name.startswith("r_"):
            params[name] = 0.0
    o = zeros(BridgeOut)[0]
    bridge_step(params[0], u_p, u_n, m[0], m[1], m[2], i[0], i[1], i[2], 25.0, 25.0, o)
    # the carrier has 100 000 samples
    assert [o["u_a"], o["u_b"], o["u_c"]] == pytest.approx(volts, abs=0.02)
    assert (o["i_p"], o["i_n"], o["i_0"]) == pytest.approx((rail_p, rail_n, mid), abs=2e-3)
    assert o["i_p"] - o["i_n"] + o["i_0"] == pytest.approx(sum(i), abs=1e-12)


def _waveform(m: float, i: float, u: float) -> tuple[NDArray[np.bool_], Array, Array]:
    """Outer device on, current and inductor voltage over one period, i the mean current."""
    t = (np.arange(200_000) + 0.5) / 200_000
    outer = t < m
    v = np.where(outer, u * (1.0 - m), -u * m)
    ripple = np.cumsum(v) / (len(t) * F * L)
    return outer, np.asarray(i + ripple - ripple.mean()), np.asarray(v)


@pytest.mark.parametrize("m", [0.1, 0.5, 0.85])
def test_conduction_follows_the_switched_current(m: float) -> None:
    i, design = 22.0, make()
    r_o = load_device("C3M0032120K").resistance_coefficients()[0]
    r_i = 2.0 * load_device("C3M0025065K").resistance_coefficients()[0]
    outer, current, _ = _waveform(m, i, 400.0)
    o = run(design, (m, 0.0, 0.0), (i, 0.0, 0.0))[0]
    # the ripple is symmetric about the mean within each share: exact up to the sampling
    assert o["P_cond_outer"] == pytest.approx(np.mean(r_o * current**2 * outer), rel=1e-3)
    assert o["P_cond_inner"] == pytest.approx(np.mean(r_i * current**2 * ~outer), rel=1e-3)
    drop = (m * r_o + (1 - m) * r_i) * i
    assert o["u_a"] == pytest.approx(m * 400.0 + drop, rel=1e-9)


@pytest.mark.parametrize("m", [0.05, 0.2, 0.5, 0.9])
def test_inductor_loss_is_ripple_copper_and_core(m: float) -> None:
    design = make(inductor_core=CORE)
    _, current, v = _waveform(m, 0.0, 400.0)
    copper = 0.1 * float(np.mean(current**2))
    flux = np.cumsum(v) / (len(v) * F * CORE.turns * CORE.area_m2)
    rate = np.abs(v) / (CORE.turns * CORE.area_m2)
    a, b = CORE.steinmetz_alpha, CORE.steinmetz_beta
    swing = float(np.ptp(flux)) ** (b - a)
    core = CORE.volume_m3 * CORE.k_i() * float(np.mean(rate**a)) * swing
    o = run(design, (m, 0.0, 0.0), (0.0, 0.0, 0.0))[0]
    full = CORE.square_wave_loss(200.0, F)
    # the core's dependence on m is a fitted cubic: 1 % of its largest value
    assert o["P_inductor"] == pytest.approx(copper + core, abs=0.012 * full + 0.002 * copper)


def test_the_right_device_switches_hard() -> None:
    """Feeding the link the inner device turns on against the outer diode; fed, the reverse."""
    outer, inner, i = load_device("C3M0032120K"), load_device("C3M0025065K"), np.array([30.0])
    quiet = run(make(), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))[0].copy()
    for sign in (1.0, -1.0):  # both halves of the link
        feeding = run(make(), (sign * 0.6, 0.0, 0.0), (sign * 30.0, 0.0, 0.0))[0].copy()
        fed = run(make(), (sign * 0.6, 0.0, 0.0), (-sign * 30.0, 0.0, 0.0))[0].copy()
        rest_o, rest_i = quiet["P_sw_outer"] * 2 / 3, quiet["P_sw_inner"] * 2 / 3
        for device, active, passive, rest_a, rest_p, other in (
            (inner, feeding["P_sw_inner"], feeding["P_sw_outer"], rest_i, rest_o, outer),
            (outer, fed["P_sw_outer"], fed["P_sw_inner"], rest_o, rest_i, inner),
        ):
            hard = on_energy(device, i, 400.0) + off_energy(device, i, 400.0)
            diode = 2.0 * dead_time_energy(other, i, 400.0, DEAD)
            assert active - rest_a == pytest.approx(F * hard[0], rel=0.01)  # 3 A current grid
            assert passive - rest_p == pytest.approx(F * diode[0], rel=0.01)


def test_a_clamped_phase_neither_switches_nor_ripples() -> None:
    o = run(make(inductor_core=CORE), (1.0, -1.0, 1.0), (40.0, -50.0, 10.0))[0]
    assert o["P_sw_outer"] == o["P_sw_inner"] == o["P_inductor"] == o["P_cond_inner"] == 0.0
    r = load_device("C3M0032120K").resistance_coefficients()[0]
    assert o["P_cond_outer"] == pytest.approx(r * (40.0**2 + 50.0**2 + 10.0**2))


def test_losses_grow_beyond_the_table_and_with_temperature() -> None:
    def loss(i: float, T: float = 25.0) -> float:
        return float(run(make(), (0.5, 0.0, 0.0), (-i, 0.0, 0.0), T=T)[0]["P_sw_outer"])

    steps = np.diff([loss(i) for i in (54.0, 57.0, 60.0, 80.0, 100.0)])
    per_ampere = steps / np.array([3.0, 3.0, 20.0, 20.0])
    assert per_ampere[2:] == pytest.approx(per_ampere[1], rel=1e-6)  # the last slope goes on
    assert loss(40.0, 125.0) > 1.4 * loss(40.0)


def test_gate_drive_scales_hard_energies_only() -> None:
    plain = run(make(), (0.6, 0.0, 0.0), (30.0, 0.0, 0.0))[0].copy()
    slow = run(make(switching_scale=1.4), (0.6, 0.0, 0.0), (30.0, 0.0, 0.0))[0].copy()
    assert slow["P_sw_inner"] == pytest.approx(1.4 * plain["P_sw_inner"], rel=0.06)
    assert math.isclose(slow["P_cond_inner"], plain["P_cond_inner"])
