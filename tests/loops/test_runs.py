"""Runs as a whole: control rates, determinism, a run that diverges."""

from typing import Any

import numpy as np
import pytest

from voltbench.control.session.stage import StageMode, StageRequest
from voltbench.hil.errors import SimulationStopped
from voltbench.hil.plant_build import UnsampledResonance


@pytest.mark.parametrize("rate_Hz", [10e3, 20e3, 50e3])
def test_charges_at_every_control_rate(build: Any, rate_Hz: float) -> None:
    rig = build(rate_Hz=rate_Hz)
    rig.charge(200.0)
    assert rig.run(1.0)
    i = rig.bench.plant.state[0]["out"]["x"][3]
    assert i == pytest.approx(200.0, rel=0.01)  # sensors' gains
    assert rig.bench.meter[0]["pf"] > 0.99
    assert rig.bench.meter[0]["thd"] < 0.05
    assert abs(rig.imbalance()) < 1e-3


@pytest.mark.parametrize("rate_Hz", [8e3, 5e3])
def test_a_rate_that_cannot_sample_the_resonance_is_refused(build: Any, rate_Hz: float) -> None:
    with pytest.raises(UnsampledResonance, match=r"control rate = .*kHz.*resonance at .*kHz"):
        build(rate_Hz=rate_Hz)


def fingerprint(build: Any, seed: int) -> bytes:
    rig = build(seed=seed)
    rig.charge(100.0)
    rig.bench.drain()
    rows = np.concatenate(rig.rows).tobytes()
    found: bytes = rows + rig.bench.ring.tobytes() + rig.bench.control_modules.tobytes()
    return found


def test_the_same_seed_gives_the_same_bytes(build: Any) -> None:
    first = fingerprint(build, 5)
    assert fingerprint(build, 5) == first
    assert fingerprint(build, 6) != first


def test_steps_of_any_length_give_the_same_run(build: Any) -> None:
    rows = []
    for step_s in (0.5, 0.0137):
        rig = build()
        rig.bench.apply(StageRequest(mode=StageMode.READY), rig.bench.vehicle)
        while rig.k < 24_000:
            rig.bench.execute(min(round(step_s * 20e3), 24_000 - rig.k))
        rig.bench.drain()
        rows.append(np.concatenate(rig.rows).tobytes())
    assert rows[0] == rows[1]


def test_a_plant_that_is_not_finite_stops_with_a_name_and_keeps_its_rows(build: Any) -> None:
    rig = build()
    rig.charge(50.0)
    rig.bench.drain()
    before = sum(len(r) for r in rig.rows)
    assert rig.run(0.1)
    at = rig.bench.now_s
    rig.bench.plant.modules[2]["u_p"] = np.nan
    with pytest.raises(SimulationStopped) as stopped:
        rig.run(1.0)
    assert stopped.value.name == "diverged"
    assert "not finite" in str(stopped.value)
    assert rig.bench.now_s - at < 0.01  # found within a slow step, not at the end of the run
    kept = np.concatenate(rig.rows)
    assert len(kept) >= before + 5
    assert np.isfinite(kept[:before, 1]).all()
