"""Grid-side laws by themselves: float32 code only, sequences, angle, loss, resonators, midpoint."""

import importlib.util
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

from voltbench.calibration.grid_law_gains import (
    damping_gain,
    loss_gains,
    neutral_gains,
    pr_gains,
    sync_gains,
)
from voltbench.control import capacitor_feedback as capacitor
from voltbench.control import dsogi, grid_sync, neutral_point, pr_current
from voltbench.control.numerics.float32 import F
from voltbench.control.numerics.records import dtype_of, zeros
from voltbench.control.pfc import PfcGains, PfcState
from voltbench.control.pll import PllState
from voltbench.control.signals import ModuleCommand, ModuleMeas

_spec = importlib.util.spec_from_file_location(
    "compiled_law_lint", Path(__file__).with_name("test_compiled.py")
)
assert _spec is not None
assert _spec.loader is not None
lint: Any = importlib.util.module_from_spec(_spec)
sys.modules["compiled_law_lint"] = lint
_spec.loader.exec_module(lint)

RATE, PEAK = 20e3, 326.6
T_s: Any = np.float32(1.0 / RATE)
OMEGA = 100.0 * math.pi
SPACE = (1.0, -0.5 + 0.5j * math.sqrt(3.0))
Wave = Callable[[float], complex]

SYNC = (grid_sync.GridSyncGains, grid_sync.GridSyncState)
NEUTRAL = (neutral_point.NeutralGains, neutral_point.NeutralState)
CAPACITOR = (capacitor.CapacitorGains, capacitor.CapacitorState, grid_sync.GridSyncState)
PR = (pr_current.PrGains, pr_current.PrState, PfcState, PllState, ModuleMeas)
LAWS: dict[str, tuple[Callable[..., Any], tuple[type, ...], str]] = {
    "dsogi": (dsogi.dsogi_step, (dsogi.DsogiGains, dsogi.DsogiState), "ffbbf"),
    "sync": (grid_sync.grid_sync_step, (*SYNC, ModuleMeas), "f"),
    "link": (grid_sync.link_through, (PfcGains, PfcState, grid_sync.GridSyncState), "fff"),
    "capacitor": (capacitor.capacitor_feedback, CAPACITOR, "f"),
    "resonant": (pr_current.pr_current, PR, "ffff"),
    "midpoint": (neutral_point.modulate_balanced, (*NEUTRAL, ModuleCommand, ModuleMeas), "ff"),
}


@pytest.mark.parametrize("name", LAWS)
def test_law_is_float32_without_library_or_allocation(name: str) -> None:
    law, records, scalars = LAWS[name]
    function: Any = law
    kinds = {"f": numba.float32, "b": numba.boolean}
    types = [numba.from_dtype(dtype_of(kind)) for kind in records]
    whole = lint.llvm(function.py_func, *types, *[kinds[k] for k in scalars])
    # without the wrapper that turns Python's numbers into float32
    parts = whole.split("\ndefine ")[1:]
    code = "".join(part for part in parts if "cpython" not in part.partition("(")[0])
    assert " float" in code  # the law is in it
    assert lint.re.findall(r"^.*\bdouble\b.*$", code, lint.re.MULTILINE) == []
    assert lint.LIBRARY.findall(code) == []
    assert lint.INTRINSIC.findall(code) == []
    assert "llvm.fma" not in code
    assert not [n for n in lint.re.findall(r"@(NRT_\w+)\(", code) if "alloc" in n.lower()]


def turning(frequency_Hz: float, negative: complex = 0.0, fifth: float = 0.0) -> Wave:
    def wave(t: float) -> complex:
        turn = np.exp(2j * math.pi * frequency_Hz * t)
        return complex(PEAK * (turn + negative / turn + fifth * turn**-5))

    return wave


class Follower:
    """A synchronisation and the angle error it makes."""

    def __init__(self, kind: int, frequency_loop_Hz: float = 4.0) -> None:
        self.gains, self.state = (zeros(k)[0] for k in SYNC)
        self.meas = zeros(ModuleMeas)[0]
        adapts = frequency_loop_Hz if kind == grid_sync.ADAPTIVE else 0.0
        sync_gains(self.gains, kind, 20.0, adapts, OMEGA, float(T_s))
        loss_gains(self.gains, 0.2 * PEAK, float(T_s))
        self.state["dsogi"]["omega"] = OMEGA
        self.k = 0

    def run(self, wave: Wave, seconds: float, true: Wave | None = None) -> Any:
        """Follow; return time, angle error against `true`, frequency, share, positive sequence."""
        rows = []
        for _ in range(round(seconds * RATE)):
            t = self.k / RATE
            u = wave(t)
            self.meas["u_g_a"] = u.real
            self.meas["u_g_b"] = (u * np.conj(SPACE[1])).real
            theta = float(self.state["pll"]["theta"])  # of this sample
            grid_sync.grid_sync_step(self.gains, self.state, self.meas, F(float(T_s)))
            error = np.angle((true or wave)(t) * np.exp(-1j * theta))
            s = self.state
            rows.append((t, error, s["pll"]["omega"], s["share"], abs(s["v_al"] + 1j * s["v_be"])))
            self.k += 1
        return np.array(rows, np.float64).T


ALL = [grid_sync.SRF, grid_sync.DSOGI, grid_sync.ADAPTIVE]


@pytest.mark.parametrize("kind", ALL)
def test_locks_on_a_clean_grid_and_gives_the_whole_share(kind: int) -> None:
    _, error, omega, share, u = Follower(kind).run(turning(50.0), 0.5)
    assert np.abs(error[-400:]).max() < 2e-3
    assert omega[-400:] == pytest.approx(OMEGA, rel=1e-4)
    assert share[-1] == 1.0
    assert u[-400:] == pytest.approx(PEAK, rel=1e-3)


def test_unbalance_and_harmonics_reach_only_the_srf_loop() -> None:
    wave, true = turning(50.0, negative=0.1), turning(50.0)
    ripple = [np.abs(Follower(kind).run(wave, 0.5, true)[1][-400:]).max() for kind in ALL]
    # k_p = 2 alpha at 100 Hz: 0.1 * 251/628 rad
    assert ripple[0] == pytest.approx(0.1 * 4 * math.pi * 20 / (2 * OMEGA), rel=0.1)
    assert max(ripple[1:]) < 2e-3  # the notch at -50 Hz is exact at the nominal frequency


@pytest.mark.parametrize("frequency", [49.0, 51.0])
def test_fixed_centre_is_off_by_its_formula_and_the_adaptive_one_is_not(frequency: float) -> None:
    fixed, adaptive = (
        Follower(kind).run(turning(frequency), 0.8)[1][-400:].mean()
        for kind in (grid_sync.DSOGI, grid_sync.ADAPTIVE)
    )
    off = 2.0 * 2.0 * math.pi * (frequency - 50.0) / (math.sqrt(2.0) * OMEGA)
    assert fixed == pytest.approx(off, rel=0.1)  # first order in the difference of 2 %
    assert abs(adaptive) < 2e-3


def test_centre_frequency_converges_with_its_bandwidth() -> None:
    follower = Follower(grid_sync.ADAPTIVE, 2.0)
    follower.run(turning(50.0), 0.3)
    start = follower.k / RATE
    phase = 2.0 * math.pi * 50.0 * start

    def wave(t: float) -> complex:
        return complex(PEAK * np.exp(1j * (phase + 2.0 * math.pi * 51.0 * (t - start))))

    rest = []
    for _ in range(3):
        follower.run(wave, 0.04)
        rest.append(51.0 - float(follower.state["dsogi"]["omega"]) / (2.0 * math.pi))
    # an exponential of alpha_f behind the detector's own 4 ms: ratios over 40 ms each
    expected = math.exp(-2.0 * math.pi * 2.0 * 0.04)
    assert rest[2] / rest[1] == pytest.approx(expected, rel=0.12)
    assert rest[0] > 0.0


@pytest.mark.parametrize("kind", ALL)
def test_an_interruption_keeps_angle_and_frequency_and_takes_the_current_away(kind: int) -> None:
    follower = Follower(kind)
    follower.run(turning(50.0), 0.4)
    there = turning(50.0)
    away = follower.run(lambda _: 0j, 0.1, there)
    # float32 frequency frozen: no drift to speak of in five cycles
    assert np.abs(away[1]).max() < 3e-3
    assert np.ptp(away[2][1:]) == 0.0
    assert (away[3][away[0] > away[0][0] + 300e-6] == 0.0).all()
    back = follower.run(there, 0.06)
    assert np.abs(back[1]).max() < 3e-3
    assert np.diff(back[3]).max() < 1.1 * float(follower.gains["rise"])
    assert back[3][-1] == 1.0


def test_a_loss_without_hold_drifts() -> None:
    follower = Follower(grid_sync.SRF)
    follower.gains["u_hold"] = 0.0
    follower.run(turning(50.0), 0.4)
    # what couples into dead sensors turns otherwise than the grid
    away = follower.run(lambda t: 5.0 * np.exp(2j * math.pi * 40.0 * t), 0.1, turning(50.0))
    assert np.abs(away[1]).max() > 0.5


def test_an_open_conductor_is_seen_by_the_sequences_a_shorted_phase_is_not() -> None:
    # open: the node floats to the middle of the other two; shorted: its voltage is the star's
    for negative, lost in ((0.5, False), (1.0, True)):
        follower = Follower(grid_sync.ADAPTIVE)
        follower.run(turning(50.0), 0.4)
        found = follower.run(turning(50.0, negative=-negative), 0.1, turning(50.0))
        assert (found[3][-1] == 0.0) == lost


def test_a_phase_jump_is_caught_up_at_the_limited_rate() -> None:
    follower = Follower(grid_sync.SRF)
    follower.run(turning(50.0), 0.4)
    jump = np.exp(1.2j)
    found = follower.run(lambda t: turning(50.0)(t) * jump, 0.15)
    # eps_max of 0.5, and the integral at its limit; unlimited it would be 1.0 and more
    pll = follower.gains["pll"]
    top = OMEGA + 0.5 * float(pll["k_p"]) + float(pll["x_max"])
    assert found[2].max() == pytest.approx(top, rel=1e-3)
    assert abs(found[1][-1]) < 5e-3


class Branch:
    """An inductor between a voltage and the bridge, under the resonant law, one period late."""

    L, R = 500e-6, 0.02

    def __init__(self, harmonics: bool = False, **flips: float) -> None:
        self.gains, self.state, self.ref, self.pll, self.meas = (zeros(k)[0] for k in PR)
        pr_gains(self.gains, 0.04, self.L, float(T_s), harmonics)
        for name, factor in flips.items():
            self.gains[name] *= factor
        self.pll["omega"] = OMEGA
        self.ref["i_d_ref"] = 20.0

    def errors(self, wave: Wave, seconds: float, u_dc: float = 800.0) -> Any:
        """Return the complex current error (A) of each sample, turned into the dq frame."""
        i = v = next_v = 0j
        found = []
        for k in range(round(seconds * RATE)):
            turn = complex(np.exp(1j * OMEGA * k / RATE))
            self.pll["cos"], self.pll["sin"] = turn.real, turn.imag
            self.meas["i_g_a"], self.meas["i_g_b"] = i.real, (i * np.conj(SPACE[1])).real
            v, arguments = next_v, (F(0.0), F(0.0), F(u_dc), F(float(T_s)))
            next_v = complex(
                *pr_current.pr_current(
                    self.gains, self.state, self.ref, self.pll, self.meas, *arguments
                )
            )
            found.append((20.0 * turn - i) / turn)
            u = wave((k + 0.5) / RATE)  # the mean of the period
            i += (u - v - self.R * i) / self.L / RATE
            if abs(i) > 1e6:
                break
        return np.array(found)


def test_resonators_leave_no_error_of_either_sequence_without_feed_forward() -> None:
    errors = Branch().errors(turning(50.0, negative=0.2), 0.25)
    assert np.abs(errors[:20]).max() > 5.0  # the voltage hits unprepared
    assert np.abs(errors[-400:]).max() < 0.01


def test_harmonic_resonators_take_out_the_fifth() -> None:
    wave = turning(50.0, fifth=0.05)
    plain, with_them = (np.abs(Branch(h).errors(wave, 0.3)[-400:]).max() for h in (False, True))
    assert plain > 1.0
    assert with_them < 0.02 * plain


@pytest.mark.parametrize("gain", ["k_p", "k_1", "k_5"])
def test_a_gain_of_the_wrong_sign_is_lost(gain: str) -> None:
    errors = Branch(harmonics=True, **{gain: -1.0}).errors(turning(50.0), 0.2)
    last = np.abs(errors[-20:]).max()
    assert last > 20.0 or math.isnan(last)


def test_resonators_do_not_wind_up_while_the_voltage_is_limited() -> None:
    branch = Branch()
    branch.errors(turning(50.0), 0.2, u_dc=300.0)  # 173 V against 327: hopeless
    size = math.hypot(float(branch.state["one"]["a_al"]), float(branch.state["one"]["b_al"]))
    # about what is missing in steady state, no sum of 10 cycles of error (tens of kilovolts)
    assert size < 3.0 * PEAK


def test_damping_gain_has_the_sign_that_the_delay_asks_for() -> None:
    # by hand: x = 2 pi f_r / f_s; sin(x/2) cos(2x) is negative between f_s/8 and 3 f_s/8
    low, high = (damping_gain(0.1, 500e-6, 150e-6, C, 20e-6) for C in (20e-6, 2e-6))
    assert low > 0.0 > high
    with pytest.raises(ValueError, match="eighth"):
        damping_gain(0.1, 500e-6, 150e-6, 5.6e-6, 20e-6)


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_zero_sequence_moves_exactly_the_charge_asked_for(way: float) -> None:
    gains, state = (zeros(k)[0] for k in NEUTRAL)
    neutral_gains(gains, 50.0, 1.0, 1.88e-3, 1.0)
    cmd, meas = zeros(ModuleCommand)[0], zeros(ModuleMeas)[0]
    meas["u_p"], meas["u_n"] = 399.0, 401.0
    for angle in np.arange(0.0, 2.0 * math.pi, 0.1):
        u = 280.0 * np.exp(1j * angle)
        i = way * 40.0 * np.exp(1j * angle)
        meas["i_g_a"], meas["i_g_b"] = i.real, (i * np.conj(SPACE[1])).real
        neutral_point.modulate_balanced(gains, state, cmd, meas, F(u.real), F(u.imag))
        current = np.array([i.real, meas["i_g_b"], -i.real - float(meas["i_g_b"])])
        m = np.array([float(cmd[f"m_{k}"]) for k in "abc"])
        lines = [m[0] - m[1], m[1] - m[2]]
        phase = np.array([(u * np.conj(SPACE[1] ** k)).real for k in range(3)]) / 400.0
        assert lines == pytest.approx([phase[0] - phase[1], phase[1] - phase[2]], abs=1e-5)
        # the charge asked for, unless a leg changes its side or the limit holds
        before = m - float(state["m_0"])
        if (np.sign(before) == np.sign(m)).all() and abs(float(state["m_0"])) < 0.199:
            asked = 2.0 * math.pi * 50.0 * 1.88e-3 * 2.0
            assert (np.abs(m) * current).sum() == pytest.approx(asked, abs=1e-3)
