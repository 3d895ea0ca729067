"""A charger in the middle of CurrentDemand: the state that speeds are measured from."""

from typing import Any

from voltbench.hil.benchmarking.capture import Instance, capture
from voltbench.hil.charge import Teller, charge
from voltbench.hil.charge_setup import ChargeSetup, prepare
from voltbench.hil.compiling import compile_loop
from voltbench.hil.options import ChargeOptions

SETTLED_S = 60.0
"""Simulated time by which every vehicle of the catalog draws its full current."""


class _Settled(Exception):
    """The session has reached steady CurrentDemand."""


class _Watch:
    """Takes the place of the run's log: writes nothing, ends the session when it is steady."""

    def __init__(self, setup: ChargeSetup) -> None:
        self._bench = setup.bench

    def note(self, out: Any, *_: Any) -> None:
        """Look at one step of the session."""
        if self._bench.now_s > SETTLED_S and out.phase.value == "current_demand":
            raise _Settled

    def settle(self) -> None:
        """Accept the end of a session."""


def steady_setup(charger: str, vehicle: str = "ioniq5") -> ChargeSetup:
    """Return a run advanced into steady CurrentDemand, its kernels compiled.

    Raises
    ------
    RuntimeError
        If the session ends before that.
    """
    options = ChargeOptions(charger=charger, vehicle=vehicle)
    setup = prepare(options)
    compile_loop(setup, lambda _: None)
    watch: Any = _Watch(setup)
    try:
        charge(setup, watch, Teller(None, options))
    except _Settled:
        setup.bench.drain()
        return setup
    raise RuntimeError(f"{charger} with {vehicle}: session over before {SETTLED_S:g} s")


def steady_instance(charger: str) -> Instance:
    """Return the loop's arguments of a charger in steady CurrentDemand."""
    return capture(steady_setup(charger).bench)
