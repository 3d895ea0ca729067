"""The whole loop with modules in lanes against the loop over modules."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.lanes import bank
from voltbench.control.numerics.records import RecordArray
from voltbench.hil.loop import run
from voltbench.plant_models.dc_side import links_and_cells
from voltbench.plant_models.grid import Grid, Sag
from voltbench.plant_models.plant_state import PlantParams, PlantState

# The plant may fuse a product and a sum, and where it does differs between the two: a unit
# in the last place per operation. Single precision of the law then rounds the same, nearly always.
CLOSE = 1e-6


def one_by_one(bench: Any) -> None:
    """Hide the number of modules from the compiler."""
    bench._arguments = (*bench._arguments[:-1], ())
    bench._run = run


def leaves(array: RecordArray) -> list[NDArray[np.float64]]:
    if array.dtype.names is None:
        return [array.astype(np.float64).ravel()]
    return [leaf for name in array.dtype.names for leaf in leaves(array[name])]


def assert_close(one: RecordArray, other: RecordArray) -> None:
    for a, b in zip(leaves(one), leaves(other), strict=True):
        np.testing.assert_allclose(a, b, rtol=CLOSE, atol=CLOSE * max(1.0, np.abs(a).max()))


@pytest.mark.parametrize("grid", [Grid(), Grid(sags=(Sag(3.5, 0.3, 0.5),))], ids=["calm", "trip"])
def test_a_charge_in_lanes_is_the_charge_one_by_one(build: Callable[..., Any], grid: Grid) -> None:
    rigs = build(grid=grid), build(grid=grid)
    one_by_one(rigs[0].bench)
    for rig in rigs:
        rig.ready(high_range=True)
        u = rig.bench.battery_terminal_V()
        rig.ask(mode=2, voltage_V=u, current_A=2.0, power_W=150e3, output_contactors_closed=True)
        assert rig.run(1.0)
        rig.connect()
        rig.ask(voltage_V=u + 50.0, current_A=80.0, battery_connected=True)
        rig.run(1.5)
    apart, side = (rig.bench for rig in rigs)
    assert apart.control_periods == side.control_periods
    assert (apart.fault() is None) == (side.fault() is None) == (not grid.sags)
    assert_close(apart.plant.modules, side.plant.modules)
    assert_close(apart.control_modules, side.control_modules)
    assert_close(apart.module_cmd, side.module_cmd)
    assert_close(apart.plant.state, side.plant.state)


@kernel
def advance(
    p: PlantParams,
    x: PlantState,
    modules: RecordArray,
    cmd: RecordArray,
    high_range: int,
    numbers: Any,
) -> float:
    """Advance links and cells once, in lanes if there are numbers."""
    return links_and_cells(p, x, bank(modules, numbers), bank(cmd, numbers), high_range)


@pytest.mark.parametrize("blocked", [(), ("dcdc_on",), ("pwm_on",), ("dcdc_on", "pwm_on")])
def test_modules_in_different_modes_leave_the_lanes(
    build: Callable[..., Any], blocked: tuple[str, ...]
) -> None:
    rig = build()
    rig.charge(60.0)
    bench, results = rig.bench, []
    for numbers in ((), tuple(range(len(bench.module_cmd)))):
        modules, cmd = bench.plant.modules.copy(), bench.module_cmd.copy()
        for name in blocked:
            cmd[name][2] = 0
        p, x = bench.plant.params[0], bench.plant.state[0]
        results.append((advance(p, x, modules, cmd, 1, numbers), modules))
    (i_apart, apart), (i_side, side) = results
    assert i_side == pytest.approx(i_apart, rel=1e-12)
    assert_close(apart, side)
    if "dcdc_on" in blocked:
        assert side["i_2"][2] == 0.0 != side["i_2"][1]
    if "pwm_on" in blocked:
        assert side["bridge"]["P_sw_outer"][2] == 0.0 != side["bridge"]["P_sw_outer"][1]
