"""The whole interrupt on random measurements: finite commands in range, faults that hold."""

from typing import Any

import numpy as np
import pytest

from voltbench.calibration.tuning import charger_gains
from voltbench.control.charger import ChargerGains, ChargerState, ModuleState, step
from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.lanes import bank
from voltbench.control.numerics.records import RecordArray, zeros
from voltbench.control.signals import (
    ChargerCommand,
    ChargerMeas,
    ChargerPhase,
    ModuleCommand,
    ModuleMeas,
    Setpoints,
)
from voltbench.plant_models import catalog
from voltbench.plant_models.charger_data import Charger

CHARGER = catalog.load("dc150", Charger, "chargers")
N = CHARGER.rating.modules
STEPS = 50_000


class Interrupt:
    """State and signals of the law, without any plant."""

    def __init__(self) -> None:
        self.gains = charger_gains(CHARGER, 20e3, 400.0, 50.0)
        self.state, self.modules = zeros(ChargerState), zeros(ModuleState, N)
        self.meas, self.module_meas = zeros(ChargerMeas), zeros(ModuleMeas, N)
        self.ref, self.cmd = zeros(Setpoints), zeros(ChargerCommand)
        self.module_cmd = zeros(ModuleCommand, N)

    def step(self) -> None:
        """Run one interrupt on the present records."""
        step(
            self.gains[0], self.state[0], self.modules, self.meas[0], self.module_meas,
            self.ref[0], self.cmd[0], self.module_cmd,
        )  # fmt: skip


class InterruptInLanes(Interrupt):
    """The same with the modules side by side."""

    def step(self) -> None:
        """Run one interrupt on the present records."""
        step_in_lanes(
            self.gains[0], self.state[0], self.modules, self.meas[0], self.module_meas,
            self.ref[0], self.cmd[0], self.module_cmd, tuple(range(N)),
        )  # fmt: skip


@kernel
def step_in_lanes(
    p: ChargerGains,
    s: ChargerState,
    modules: RecordArray,
    meas: ChargerMeas,
    module_meas: RecordArray,
    ref: Setpoints,
    cmd: ChargerCommand,
    module_cmd: RecordArray,
    numbers: Any,
) -> None:
    """Run one interrupt on arrays that know their length."""
    step(p, s, bank(modules, numbers), meas, bank(module_meas, numbers), ref, cmd,
         bank(module_cmd, numbers))  # fmt: skip


def ranges() -> tuple[dict[str, tuple[float, float]], dict[str, tuple[float, float]]]:
    """Return what the sensors can say: charger's and modules', their full scale."""
    s = CHARGER.sensors
    u, i = s.output_voltage.full_scale, s.output_current.full_scale
    grid, link = s.grid_voltage.full_scale, s.link_voltage.full_scale
    i_g, i_m = s.grid_current.full_scale, s.module_current.full_scale
    charger = {
        "u_bus": (0, u), "u_out": (0, u), "i_out": (-i, i), "T_pin": (-40, 150),
        "T_cable": (-40, 150),
    }  # fmt: skip
    module = {
        "u_g_a": (-grid, grid), "u_g_b": (-grid, grid), "i_g_a": (-i_g, i_g), "i_g_b": (-i_g, i_g),
        "u_p": (0, link), "u_n": (0, link), "u_o": (0, u), "i_o": (-i_m, i_m), "T_hs": (-40, 150),
    }  # fmt: skip
    return charger, module


def draw(
    rng: np.random.Generator, where: dict[str, tuple[float, float]], dtype: type, n: int
) -> RecordArray:
    """Return random records: uniform, with ends and zero over-represented."""
    made = zeros(dtype, n)
    for name, (low, high) in where.items():
        x = rng.uniform(low, high, n)
        kind = rng.integers(0, 20, n)
        made[name] = np.select([kind == 0, kind == 1, kind == 2], [low, high, 0.0], x)
    return made


def setpoints(rng: np.random.Generator, n: int) -> RecordArray:
    made = zeros(Setpoints, n)
    made["mode"] = rng.choice([0, 1, 2, 2, 2, 2], n)
    made["u_o_ref"], made["i_o_ref"] = rng.uniform(0, 1000, n), rng.uniform(0, 400, n)
    made["p_o_ref"], made["u_o_max"] = rng.uniform(0, 150e3, n), rng.choice([0.0, 500.0, 1e3], n)
    for flag in ("battery_connected", "high_range", "output_contactors", "discharge"):
        made[flag] = rng.integers(0, 2, n)
    return made


def check(x: Interrupt) -> None:
    for records in (x.state, x.modules, x.cmd, x.module_cmd):
        floats = np.frombuffer(records.tobytes(), np.float32)
        # integers read as floats are tiny or zero, never NaN, as long as they are small
        assert np.isfinite(floats).all()
    c = x.module_cmd
    for duty in ("m_a", "m_b", "m_c"):
        assert np.abs(c[duty]).max() <= 1.0
    assert np.abs(c["phi"]).max() <= CHARGER.dcdc.phase_shift_max_rad + 1e-6
    assert (c["amp_1"] >= 0.0).all()
    assert (c["amp_1"] <= 1.0).all()
    assert x.cmd[0]["grid_contactor"] in (0, 1, 2)


@pytest.mark.parametrize("trips", [True, False], ids=["tripping", "all trips out of reach"])
def test_random_measurements_leave_finite_commands_in_range(trips: bool) -> None:
    rng, x = np.random.default_rng(7), Interrupt()
    where_charger, where_module = ranges()
    charger = draw(rng, where_charger, ChargerMeas, STEPS)
    module = draw(rng, where_module, ModuleMeas, STEPS * N).reshape(STEPS, N)
    refs = setpoints(rng, STEPS // 50)
    if not trips:  # so that the running phases see random measurements too
        limits = x.gains[0]["limits"]
        for name in limits.dtype.names or ():
            limits[name] = -1e9 if name.endswith("_min") else 1_000_000_000
    seen = set()
    for k in range(STEPS):
        if k % 5000 == 0:  # each phase gets its turn, from a fresh state
            x.state[:], x.modules[:] = 0, 0
            x.state["phase"] = (0, 1, 2, 3, 4, 4, 4, 5, 4, 4)[k // 5000]
            x.cmd["grid_contactor"] = 2 if k else 0
        x.meas[0], x.module_meas[:], x.ref[0] = charger[k], module[k], refs[k // 50]
        faults = int(x.state[0]["protection"]["faults"])
        x.step()
        seen.add(int(x.state[0]["phase"]))
        latched = int(x.state[0]["protection"]["faults"])
        assert latched & faults == faults
        if latched:
            assert x.state[0]["phase"] == ChargerPhase.FAULT
            assert not x.module_cmd["pwm_on"].any()
            assert not x.module_cmd["dcdc_on"].any()
            assert x.cmd[0]["grid_contactor"] == 0
        if k % 10 == 0 or k % 5000 < 50:
            check(x)
    if trips:
        assert ChargerPhase.FAULT in seen
    else:
        assert ChargerPhase.RUN in seen


def test_the_same_inputs_give_the_same_bits() -> None:
    where_charger, where_module = ranges()
    results = []
    for _ in range(2):
        rng, x = np.random.default_rng(3), Interrupt()
        x.state["phase"] = 4
        for _ in range(200):
            x.meas[:] = draw(rng, where_charger, ChargerMeas, 1)
            x.module_meas[:] = draw(rng, where_module, ModuleMeas, N)
            x.step()
        results.append(x.modules.tobytes() + x.module_cmd.tobytes() + x.state.tobytes())
    assert results[0] == results[1]


@pytest.mark.parametrize("trips", [True, False], ids=["tripping", "all trips out of reach"])
def test_modules_in_lanes_give_the_bits_of_one_after_another(trips: bool) -> None:
    rng, steps = np.random.default_rng(11), 20_000
    where_charger, where_module = ranges()
    charger = draw(rng, where_charger, ChargerMeas, steps)
    module = draw(rng, where_module, ModuleMeas, steps * N).reshape(steps, N)
    refs = setpoints(rng, steps // 50)
    pair = (Interrupt(), InterruptInLanes())
    for k in range(steps):
        for x in pair:
            if not trips:
                limits = x.gains[0]["limits"]
                for name in limits.dtype.names or ():
                    limits[name] = -1e9 if name.endswith("_min") else 1_000_000_000
            if k % 2000 == 0:
                x.state[:], x.modules[:] = 0, 0
                x.state["phase"] = (0, 1, 2, 3, 4, 4, 4, 5, 4, 4)[k // 2000]
            x.meas[0], x.module_meas[:], x.ref[0] = charger[k], module[k], refs[k // 50]
            x.step()
        one, other = ((x.state, x.modules, x.cmd, x.module_cmd) for x in pair)
        assert [a.tobytes() for a in one] == [b.tobytes() for b in other], k
