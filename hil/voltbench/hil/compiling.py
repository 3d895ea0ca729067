"""Compile the loop's kernels one after another, so that a first start can show progress.

Each step calls a kernel for zero periods or on scratch copies: compiled (or loaded from
the cache), without moving the plant. The parts come first because the whole then only
has to be put together.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voltbench.hil.charge_setup import ChargeSetup


def compile_loop(setup: "ChargeSetup", tell: Callable[[float], None]) -> None:
    """Compile everything a charge calls; `tell` gets the finished fraction."""
    from voltbench.control.charger import step
    from voltbench.plant_models.power_path import plant_step
    from voltbench.plant_models.slow_path import slow_step, stored_energy

    b = setup.bench
    p = b.plant
    scratch = deepcopy(
        (p.state, p.modules, p.slow, p.T_hs_sensor, b.control, b.control_modules, b.cmd,
         b.module_cmd)
    )  # fmt: skip
    state, modules, slow, T_hs, control, control_modules, cmd, module_cmd = scratch
    steps: list[Callable[[], object]] = [
        lambda: step(
            b.gains[0], control[0], control_modules, b.meas[0], b.module_meas, b.ref[0], cmd[0],
            module_cmd,
        ),
        lambda: plant_step(
            p.params[0], state[0], modules, p.ac, p.out[0], cmd[0], module_cmd, 0
        ),
        lambda: slow_step(p.params[0], state[0], slow[0], modules, T_hs, p.ocv, 1),
        lambda: stored_energy(p.params[0], p.state[0], p.modules),
        lambda: b.execute(0),
    ]  # fmt: skip
    shares = (0.33, 0.45, 0.05, 0.02, 0.15)
    done = 0.0
    for one, share in zip(steps, shares, strict=True):
        tell(done)
        one()
        done += share
    tell(1.0)
