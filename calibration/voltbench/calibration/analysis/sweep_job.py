"""What a sweep consists of: a loop, gains, tolerances, a design and a seed; and one row of it.

A job goes to other processes and machines, so it holds nothing but declarations.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from voltbench.calibration.analysis.corner_run import CornerRun, Scenario, SweptLoop, corner_run
from voltbench.calibration.analysis.tolerances import (
    DESIGNS,
    Design,
    Tolerance,
    draws,
    value_of,
    with_values,
)
from voltbench.calibration.switched_loops.tappable import PiGains
from voltbench.plant_models.switched.errors import SwitchedRunError

FORMAT = 1
"""Of the store's first line; a change of what figures mean raises it."""


@dataclass(frozen=True)
class Row:
    """One run: its number, the drawn values, and its figures or its error."""

    run: int
    values: dict[str, float]
    figures: dict[str, float]
    error: str = ""

    def line(self) -> str:
        """Return the row as a line of the store."""
        return json.dumps({k: v for k, v in asdict(self).items() if k != "error" or v})


def _named(value: Any) -> str:
    """Return a function of a plant by its name: two of one name are taken for the same."""
    if not callable(value):
        raise TypeError(f"{value!r} has no place in a store")
    inner = getattr(value, "func", value)
    arguments = [getattr(value, part, "") for part in ("args", "keywords")]
    told = "" if inner is value else f" {arguments}"
    return f"{inner.__module__}.{inner.__qualname__}{told}"


@dataclass(frozen=True)
class SweepJob:
    """A sweep, ready to be run by any engine.

    Attributes
    ----------
    plant : SweptLoop
        The nominal loop.
    gains : PiGains
    tolerances : tuple[Tolerance, ...]
        In the order of their names.
    count, seed : int
        Asked for.
    design : Design
    scenario : Scenario
    """

    plant: SweptLoop
    gains: PiGains
    tolerances: tuple[Tolerance, ...]
    count: int
    seed: int
    design: Design
    scenario: Scenario

    @cached_property
    def draws(self) -> list[Any]:
        """Return the values of each run."""
        return draws(self.tolerances, self.design, self.count, self.seed)

    def values(self, run: int) -> dict[str, float]:
        """Return the values of one run by their names."""
        names = [t.name for t in self.tolerances]
        return dict(zip(names, map(float, self.draws[run]), strict=True))

    def bare(self) -> "SweepJob":
        """Return the job as it travels: without the circuits its loop has built."""
        plant: Any = self.plant
        return replace(self, plant=replace(plant))

    def header(self) -> dict[str, Any]:
        """Return what decides the rows, as the store's first line has it."""
        plant: Any = self.plant
        return {
            "format": FORMAT,
            "loop": type(plant).__name__,
            "values": json.loads(json.dumps(asdict(plant), default=_named)),
            "gains": asdict(self.gains),
            "tolerances": [asdict(t) for t in self.tolerances],
            "count": self.count,
            "seed": self.seed,
            "design": self.design,
            "scenario": asdict(self.scenario),
        }

    def row(self, run: int) -> Row:
        """Run one corner; one that fails is a row with its error."""
        values = self.values(run)
        try:
            return Row(run, values, self.corner(values).figures)
        except (SwitchedRunError, ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
            what = " ".join(str(error).split())
            return Row(run, values, {}, f"{type(error).__name__}: {what}")

    def corner(self, values: dict[str, float]) -> CornerRun:
        """Run with its waveform; the values may be any, none is the nominal circuit."""
        return corner_run(self.plant, self.gains, self.scenario, values)


def sweep_job(
    plant: SweptLoop,
    gains: PiGains,
    tolerances: Sequence[Tolerance],
    count: int,
    seed: int,
    design: Design,
    scenario: Scenario,
) -> SweepJob:
    """Return a job whose every value has a meaning.

    Raises
    ------
    ValueError
        If there are no tolerances, one is named twice, unknown or without effect on the
        circuit, or the count does not fit.
    """
    if not tolerances:
        raise ValueError("tolerances: none given; expected: one or more")
    if design not in DESIGNS:
        raise ValueError(f"design is {design!r}; allowed: {', '.join(DESIGNS)}")
    if count < 1:
        raise ValueError(f"count is {count}; allowed: 1 or more")
    if seed < 0:
        raise ValueError(f"seed is {seed}; allowed: 0 or more")
    ordered = tuple(sorted(tolerances, key=lambda t: t.name))
    for k, one in enumerate(ordered):
        if k and ordered[k - 1].name == one.name:
            raise ValueError(f"tolerance of {one.name}: given twice")
        _check_effect(plant, one)
    made = SweepJob(plant, gains, ordered, count, seed, design, scenario)
    return replace(made, count=len(made.draws))


def _check_effect(plant: SweptLoop, one: Tolerance) -> None:
    """Refuse a value that the circuit does not have: the law's own stay nominal."""
    nominal = value_of(plant, one.name)
    other = next((v for v in one.corners() if v != nominal), None)
    if other is None:
        return
    try:
        moved = with_values(plant, {one.name: other}).engine.library.circuit
    except ValueError:
        return  # a corner that has no circuit is a row with its error
    if moved.elements == plant.engine.library.circuit.elements:
        raise ValueError(
            f"tolerance of {one.name}: changes nothing in the circuit (at {nominal:g} as at "
            f"{other:g}); a value of the law stays nominal, and a temperature needs changes per K"
        )
