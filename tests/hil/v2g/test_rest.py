"""While energy flows and nothing is due, the machines only look at what was measured."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from voltbench.control.session.phases import SessionPhase
from voltbench.hil.v2g.evcc.machine import Evcc
from voltbench.hil.v2g.secc.machine import Secc

Simulate = Callable[..., Any]


@dataclass
class OnceWhileCharging:
    """A hook that does something a second after the current began to flow."""

    act: Callable[[Any], None]
    due_s: float = float("inf")
    done: bool = False

    def __call__(self, run: Any, t_s: float) -> None:
        """Look at the clock."""
        if self.due_s == float("inf") and run.link.phase is SessionPhase.CURRENT_DEMAND:
            self.due_s = t_s + 1.03  # between two requests, which come every 0.1 s
        if t_s >= self.due_s and not self.done:
            self.done = True
            self.act(run)


def _latch(run: Any) -> None:
    run.plant.fault = "OUTPUT_OVERCURRENT"


def _lose_insulation(run: Any) -> None:
    run.plant.insulation_Ohm = 20e3


def _raise_voltage(run: Any) -> None:
    run.plant.report_offset_V = 60.0


def _lose_inlet(run: Any) -> None:
    run.plant.inlet_connected = False


def _stop_by_user(run: Any) -> None:
    run.link.secc.request_stop()


def _stop_at_once(run: Any) -> None:
    run.link.secc.emergency_stop()


def _stop_by_driver(run: Any) -> None:
    run.link.evcc.request_stop()


def _nothing(run: Any) -> None:
    del run


DISTURBANCES = [
    _nothing,
    _latch,
    _lose_insulation,
    _raise_voltage,
    _lose_inlet,
    _stop_by_user,
    _stop_at_once,
    _stop_by_driver,
]


def _story(run: Any) -> list[Any]:
    """Return everything that can be seen from outside."""
    messages = [entry.to_json() for entry in run.messages]
    return [messages, [event.to_json() for event in run.events], run.trace]


@pytest.mark.parametrize("disturb", DISTURBANCES)
def test_a_resting_machine_misses_nothing(
    simulate: Simulate, monkeypatch: pytest.MonkeyPatch, disturb: Callable[[Any], None]
) -> None:
    hook = OnceWhileCharging(disturb)
    resting = _story(simulate(hook=hook))
    assert hook.done
    for machine in (Secc, Evcc):
        monkeypatch.setattr(machine, "_may_rest", lambda _: False)
    awake = _story(simulate(hook=OnceWhileCharging(disturb)))
    assert resting == awake


@pytest.mark.parametrize("machine", [Secc, Evcc])
def test_most_steps_of_a_charge_are_rest(
    simulate: Simulate, monkeypatch: pytest.MonkeyPatch, machine: Any
) -> None:
    steps: list[bool] = []
    look, every = machine._keep_resting, machine.advance

    def keep_resting(self: Any, standing: Any) -> Any:
        kept = look(self, standing)
        steps[-1] = kept is not None
        return kept

    def advance(self: Any, *arguments: Any) -> Any:
        steps.append(False)
        return every(self, *arguments)

    monkeypatch.setattr(machine, "_keep_resting", keep_resting)
    monkeypatch.setattr(machine, "advance", advance)
    charging = []

    def mark(run: Any, _: float) -> None:
        if run.link.phase is SessionPhase.CURRENT_DEMAND:
            charging.append(len(steps))

    simulate(hook=mark)
    during = steps[charging[0] : charging[-1]]
    assert sum(during) > 0.5 * len(during)  # a request a cycle and an answer, the rest is waiting
