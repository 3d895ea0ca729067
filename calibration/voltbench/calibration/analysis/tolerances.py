"""Distributions of component values, by their dotted names, and the draws of a sweep.

Every draw is a point of the unit cube, one axis a parameter in the order of the names, put
through the inverse of each distribution. Run k of a Monte Carlo sweep has a generator of its
own, seeded with (seed, k): its values depend neither on how many runs there are nor on who
computes them in which order.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from difflib import get_close_matches
from typing import Any, Literal, TypeVar

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from voltbench.calibration.loops import Array

Kind = Literal["uniform", "normal", "values"]
Design = Literal["monte-carlo", "corners", "sobol"]
DESIGNS: tuple[Design, ...] = ("monte-carlo", "corners", "sobol")
NORMAL_REACH = 4.0
"""Standard deviations at which a normal distribution is cut: sorted parts have no far tails."""
CORNER_SIGMA = 3.0
"""Standard deviations at which a normal distribution has its corners."""
BASE_MIN = 8
"""Fewest base points of a Sobol design; below, its indices are noise."""
T = TypeVar("T")


@dataclass(frozen=True)
class Tolerance:
    """The distribution of one value.

    Attributes
    ----------
    name : str
        Dotted, as parameters.leakage_inductance_H.
    kind : Kind
    points : tuple[float, ...]
        Low and high of a uniform distribution, mean and standard deviation of a normal one,
        or the values, equally likely; in the parameter's unit.
    """

    name: str
    kind: Kind
    points: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse what is no distribution."""
        if not self.points or not all(map(math.isfinite, self.points)):
            raise ValueError(f"tolerance of {self.name}: {self.points}; allowed: finite numbers")
        if self.kind == "uniform" and not self.points[0] < self.points[1]:
            low, high = self.points
            raise ValueError(f"tolerance of {self.name}: low {low:g} is not below high {high:g}")
        if self.kind == "normal" and not self.points[1] > 0.0:
            raise ValueError(
                f"tolerance of {self.name}: standard deviation is {self.points[1]:g}; "
                "allowed: above 0"
            )

    def value(self, u: float) -> float:
        """Return the value below which the share `u` (0 to 1) of all parts lies."""
        if self.kind == "values":
            return self.points[min(int(u * len(self.points)), len(self.points) - 1)]
        first, second = self.points
        if self.kind == "uniform":
            return first + (second - first) * u
        z = min(max(float(ndtri(u)), -NORMAL_REACH), NORMAL_REACH)
        return first + second * z

    def corners(self) -> tuple[float, ...]:
        """Return the extremes: both ends, three standard deviations, or all values."""
        if self.kind == "normal":
            reach = CORNER_SIGMA * self.points[1]
            return self.points[0] - reach, self.points[0] + reach
        return self.points


def tolerance(plant: Any, name: str, text: str) -> Tolerance:
    """Return the tolerance a text describes.

    Parameters
    ----------
    plant
        The loop; its own value is the middle of a relative tolerance.
    name
        Dotted name of one of its values.
    text
        ``5%`` (uniform, either way), ``normal:2%`` (standard deviation), ``-40..125`` (uniform
        between two values), ``36e-6,40e-6,44e-6`` (these values, equally likely).

    Raises
    ------
    ValueError
        Naming what is not understood and what would be.
    """
    middle = value_of(plant, name)
    try:
        if text.endswith("%"):
            kind, _, share = text.rpartition(":")
            spread = abs(middle) * float(share[:-1]) / 100.0
            if kind not in ("", "uniform", "normal"):
                raise ValueError
            if not spread > 0.0:
                raise ValueError(
                    f"tolerance {name}={text}: of {middle:g} that is no spread; "
                    "allowed: above 0 %, of a value other than 0"
                )
            if kind == "normal":
                return Tolerance(name, "normal", (middle, spread))
            return Tolerance(name, "uniform", (middle - spread, middle + spread))
        if ".." in text:
            low, high = text.split("..")
            return Tolerance(name, "uniform", (float(low), float(high)))
        return Tolerance(name, "values", tuple(float(part) for part in text.split(",")))
    except ValueError as error:
        if str(error).startswith("tolerance"):
            raise
        raise ValueError(
            f"tolerance {name}={text}; expected: 5%, normal:2%, LOW..HIGH or A,B,C"
        ) from None


def numbers(record: Any, prefix: str = "") -> dict[str, float]:
    """Return the numeric values of nested records by their dotted names."""
    found: dict[str, float] = {}
    for f in fields(record):
        value = getattr(record, f.name)
        if is_dataclass(value):
            found |= numbers(value, f"{prefix}{f.name}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[prefix + f.name] = value
    return found


def value_of(plant: Any, name: str) -> float:
    """Return a value by its dotted name; raises `ValueError` with the nearest name."""
    known = numbers(plant)
    if name not in known:
        near = get_close_matches(name, known, 1, 0.4)
        hint = f"nearest: {near[0]}; " if near else ""
        raise ValueError(f"tolerance of {name}: no such value; {hint}known: {', '.join(known)}")
    return known[name]


def with_values(record: T, values: Mapping[str, float]) -> T:
    """Return nested records with values set by their dotted names."""
    made: Any = record
    for name, value in values.items():
        made = _set(made, name, value)
    result: T = made
    return result


def _set(record: Any, name: str, value: float) -> Any:
    first, dot, rest = name.partition(".")
    before = getattr(record, first)
    return replace(record, **{first: _set(before, rest, value) if dot else type(before)(value)})


def draws(tolerances: Sequence[Tolerance], design: Design, count: int, seed: int) -> list[Array]:
    """Return the values of each run, one row of parameters a run.

    Parameters
    ----------
    tolerances
        In the order of their names.
    design
        ``monte-carlo``; ``corners``: every combination of the extremes; ``sobol``: two sets
        of points of a scrambled Sobol sequence and their crossings (Saltelli 2010,
        DOI 10.1016/j.cpc.2009.09.018), base points first.
    count
        Runs. A Sobol design makes the largest one that fits: n (k + 2), n a power of two.
    seed
        Of the draws.

    Raises
    ------
    ValueError
        If the count does not fit the design.
    """
    if design == "corners":
        return _corners(tolerances, count)
    if design == "sobol":
        unit = _crossed(len(tolerances), base_points(len(tolerances), count), seed)
    else:
        unit = np.array([_unit(len(tolerances), seed, k) for k in range(count)])
    return [np.array([t.value(u) for t, u in zip(tolerances, row, strict=True)]) for row in unit]


def _unit(axes: int, seed: int, index: int) -> Array:
    sequence = np.random.SeedSequence(seed, spawn_key=(index,))
    drawn: Array = np.random.Generator(np.random.PCG64(sequence)).random(axes)
    return drawn


def _corners(tolerances: Sequence[Tolerance], count: int) -> list[Array]:
    sides = [t.corners() for t in tolerances]
    whole = math.prod(len(side) for side in sides)
    if whole > count:
        raise ValueError(
            f"count is {count}; {len(tolerances)} tolerances have {whole} corners: allow as many "
            "runs, take fewer tolerances, or draw at random"
        )
    grid = np.meshgrid(*(np.arange(len(side)) for side in sides), indexing="ij")
    picks = np.stack([axis.ravel() for axis in grid], axis=1)
    return [np.array([s[k] for s, k in zip(sides, row, strict=True)]) for row in picks]


def base_points(axes: int, count: int) -> int:
    """Return the largest power of two whose Sobol design has at most `count` runs."""
    most = count // (axes + 2)
    if most < BASE_MIN:
        raise ValueError(
            f"count is {count}; allowed: {BASE_MIN * (axes + 2)} or more for a Sobol design of "
            f"{axes} tolerances"
        )
    return int(2 ** math.floor(math.log2(most)))


def _crossed(axes: int, base: int, seed: int) -> Array:
    """Return A, B and A with each column of B in turn, one below the other."""
    points = qmc.Sobol(2 * axes, rng=np.random.default_rng(seed)).random(base)
    A, B = points[:, :axes], points[:, axes:]
    crossed = [np.where(np.arange(axes) == k, B, A) for k in range(axes)]
    return np.concatenate([A, B, *crossed])
