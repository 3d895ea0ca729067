"""The hardware between circuit and controller, by what a recording controller sees."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import Vector, f64, record, zeros
from voltbench.plant_models.switched.circuit import Circuit, Nominal
from voltbench.plant_models.switched.closed_loop import ClosedLoop
from voltbench.plant_models.switched.elements import (
    Capacitor,
    CurrentSource,
    Resistor,
    Switch,
    VoltageProbe,
    VoltageSource,
)
from voltbench.plant_models.switched.engine import Engine
from voltbench.plant_models.switched.errors import CircuitError
from voltbench.plant_models.switched.sampling import Adc, Sampling
from voltbench.plant_models.switched.trace import Trace

PERIOD, PERIODS = 1e-5, 8
ON_AT = 3.14159e-6
"""Where the controller closes its switch in each period (s); it opens at the start."""


@record
class Recorder:
    """What the controller has seen."""

    seen: Vector = f64("V", shape=(PERIODS,))


@plant_kernel
def record_period(
    memory: Recorder,
    index: int,
    outputs: NDArray[np.float64],
    edge_t: NDArray[np.float64],
    edge_g: NDArray[np.int64],
) -> int:
    """Note the ramp's voltage; ask for the switch from `ON_AT` on."""
    memory.seen[index] = outputs[0]
    edge_t[0] = 0.0
    edge_g[0] = 0
    edge_t[1] = 3.14159e-6
    edge_g[1] = 1
    return 2


def ramp() -> Circuit:
    """Return a capacitor charged by a constant current, 1 V in 1 us, and a gated resistor."""
    return Circuit(
        "ramp",
        (
            CurrentSource("charge", "0", "c", 1.0),
            Capacitor("c", "c", "0", 1e-6),
            VoltageSource("supply", "s", "0", 10.0),
            Switch("gate", "s", "r", "gate", 1e-3, None),
            Resistor("r", "r", "0", 10.0),
        ),
        (VoltageProbe("u", "c"), VoltageProbe("on", "r")),
        Nominal(10.0, 1.0, PERIOD),
    )


def run(sampling: Sampling) -> tuple[Any, Any]:
    loop = ClosedLoop(Engine(ramp()), record_period, PERIOD, sampling)
    state = zeros(Recorder)
    trace = loop.simulate(state[0], PERIODS * PERIOD, 1e-6)
    return state[0]["seen"], trace


def edges_of(trace: Trace) -> Any:
    return trace.event_time[trace.event_time > 0.0]


STARTS = 10.0 * np.arange(PERIODS)
"""Voltage at the starts of the periods: 1 V in 1 us."""


def test_sampled_at_the_start_by_default() -> None:
    seen, trace = run(Sampling())
    assert seen == pytest.approx(STARTS, abs=1e-9)
    assert edges_of(trace)[:2] == pytest.approx([ON_AT, PERIOD], rel=1e-12)


def test_sampled_within_the_previous_period() -> None:
    """A quarter into period k, seen by the controller at the start of k + 1."""
    seen, trace = run(Sampling(instant=0.25))
    assert seen[0] == 0.0
    assert seen[1:] == pytest.approx(STARTS[:-1] + 2.5, abs=1e-9)
    assert trace["u"][5] == pytest.approx(5.0, abs=1e-9)  # samples do not notice the stop
    late, _ = run(Sampling(instant=0.75))  # both edges lie before it
    assert late[1:] == pytest.approx(STARTS[:-1] + 7.5, abs=1e-9)


def test_edges_one_period_late() -> None:
    seen, trace = run(Sampling(delay=True))
    assert seen == pytest.approx(STARTS, abs=1e-9)
    assert edges_of(trace)[0] == pytest.approx(PERIOD + ON_AT, rel=1e-12)


def test_edges_on_the_timer() -> None:
    _, trace = run(Sampling(pwm_step_s=1e-7))
    assert edges_of(trace)[0] == pytest.approx(3.1e-6, rel=1e-12)


def test_resolution_and_range_of_the_converter() -> None:
    """Four bits over 0 to 45 V: steps of 3 V, and nothing above 45 V."""
    seen, _ = run(Sampling(adc={"u": Adc(0.0, 45.0, 4)}))
    assert seen == pytest.approx(np.minimum(np.round(STARTS / 3.0) * 3.0, 45.0), abs=1e-9)
    wide, _ = run(Sampling(adc={"u": Adc(-5.0, 45.0, 0)}))
    assert wide == pytest.approx(np.minimum(STARTS, 45.0), abs=1e-9)


@pytest.mark.parametrize(
    ("sampling", "message"),
    [
        (Sampling(instant=1.0), "instant is 1 periods"),
        (Sampling(pwm_step_s=1e-4), "pwm_step_s is 0.0001 s"),
        (Sampling(adc={"i": Adc(0.0, 1.0)}), "no such probe; probes: u, on"),
        (Sampling(adc={"u": Adc(1.0, 1.0)}), "low 1 is not below 1"),
        (Sampling(adc={"u": Adc(0.0, 1.0, 30)}), "30 bits; allowed: 0 to 24"),
    ],
)
def test_senseless_hardware_is_refused(sampling: Sampling, message: str) -> None:
    with pytest.raises(CircuitError, match=message.replace(".", "[.]")):
        ClosedLoop(Engine(ramp()), record_period, PERIOD, sampling)
