"""A step of reference or load on the switched converter, its averaged model laid over it."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from voltbench.calibration.analysis.measure import gather, settled, turning
from voltbench.calibration.analysis.multisine import Array
from voltbench.calibration.analysis.response import Complex
from voltbench.calibration.loops import Loop
from voltbench.calibration.switched_loops.tappable import LoopPlant, PiGains, Tapped

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

BEFORE = 20
"""Samples of the law shown before the step."""
LONGEST = 10000
"""Samples after the step."""
BAND = 0.02
"""Of the step's size: what counts as settled."""


@dataclass(frozen=True)
class Step:
    """A step and its answer, as the law samples it.

    Attributes
    ----------
    name : str
        The loop in words.
    kind : str
        ``reference`` or ``load``.
    size : float
        Of the step: the signal's unit for a reference, A for a load.
    unit : str
        Of the signal.
    time : Array
        s, 0 at the step.
    value : Array
        Signal less its mean before the step.
    model : Array
        The averaged model's.
    """

    name: str
    kind: Literal["reference", "load"]
    size: float
    unit: str
    time: Array
    value: Array
    model: Array

    @property
    def _final(self) -> float:
        return self.size if self.kind == "reference" else 0.0

    @property
    def _scale(self) -> float:
        """Return what the settling band is a share of."""
        return abs(self.size) if self.kind == "reference" else float(np.abs(self.value).max())

    @property
    def rise_time_s(self) -> float | None:
        """Return the time from 10 to 90 % of a reference step, None for a load's."""
        if self.kind == "load":
            return None
        share = self.value / self.size
        reached = [self.time[np.argmax(share >= level)] for level in (0.1, 0.9)]
        return float(reached[1] - reached[0]) if share.max() >= 0.9 else None

    @property
    def overshoot_percent(self) -> float | None:
        """Return how far a reference step goes beyond its end, None for a load's."""
        if self.kind == "load":
            return None
        return 100.0 * max(float((self.value / self.size).max()) - 1.0, 0.0)

    @property
    def peak_deviation(self) -> float | None:
        """Return the furthest that a load step takes the signal, None for a reference's."""
        if self.kind == "reference":
            return None
        return float(self.value[np.argmax(np.abs(self.value))])

    @property
    def settling_time_s(self) -> float | None:
        """Return when the signal enters its band for good, None where it does not."""
        outside = np.abs(self.value - self._final) > BAND * self._scale
        outside &= self.time >= 0.0
        if not outside.any():
            return 0.0
        last = int(np.flatnonzero(outside)[-1])
        return None if last >= len(self.time) - 2 else float(self.time[last + 1])

    def figures(self) -> dict[str, float | None]:
        """Return what a step is judged by, units in the names (V or A as the signal)."""
        return {
            "rise_time_s": self.rise_time_s,
            "overshoot_percent": self.overshoot_percent,
            "settling_time_s": self.settling_time_s,
            "peak_deviation": self.peak_deviation,
        }

    def figure(self) -> "Figure":
        """Return the plot."""
        from voltbench.calibration.analysis.step_plot import step_figure

        return step_figure(self)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.figure()._repr_mimebundle_(**kwargs)


def step(
    plant: LoopPlant,
    gains: PiGains,
    size: float,
    kind: Literal["reference", "load"] = "reference",
    duration_s: float | None = None,
) -> Step:
    """Step reference or load of a switched converter in steady state.

    Parameters
    ----------
    plant
        A converter at an operating point, with one loop.
    gains
        Of its law.
    size
        Added to the reference (the signal's unit), or drawn beside the load (A).
    kind
        Which.
    duration_s
        After the step; by default what the averaged model needs to settle.

    Raises
    ------
    ValueError
        If a value is outside its range, or the converter has no place to draw a load from.
    SwitchedRunError
        If the run met a state it cannot continue from.
    """
    if size == 0.0 or not math.isfinite(size):
        raise ValueError(f"size is {size:g}; allowed: finite, not 0")
    model = plant.model(gains)
    if not model.stable():
        raise ValueError(f"{plant.name}: the averaged model is unstable with {gains}")
    tapped = plant.tapped(gains)
    column = model.B if kind == "reference" else model.E
    if column is None or (kind == "load" and tapped.drawn is None):
        raise ValueError(f"{plant.name}: no load to step; allowed: reference")
    expected = _expected(model, column, size, duration_s)
    loop, memory, index = settled(tapped)
    cycle = _cycle(tapped, plant.T_s)
    memories = tapped.controller.memory
    probes = len(tapped.engine.library.circuit.probes)
    before = loop.tapped(memory, memories, np.zeros((cycle * tapped.divider, probes)))
    if kind == "reference":
        tapped.move(memories, size)
    elif tapped.drawn is not None:
        tapped.engine.set_input(memory, tapped.drawn, size)
    after = loop.tapped(memory, memories, np.zeros((len(expected) * tapped.divider, probes)))
    rows = np.arange(cycle + len(expected), dtype=np.int64) * tapped.divider
    turned = gather(tapped, np.concatenate([before, after])[rows]) / turning(tapped, index + rows)
    # what repeats every line cycle is not the step's: dead time, harmonics
    steady = np.resize(turned.real[:cycle], len(rows))
    value = (turned.real - steady)[cycle - min(cycle, BEFORE) :]
    time: Array = (np.arange(len(value)) - min(cycle, BEFORE)) * np.float64(plant.T_s)
    expected = np.concatenate([np.zeros(min(cycle, BEFORE)), expected])
    return Step(plant.name, kind, size, tapped.unit, time, np.asarray(value, float), expected)


def _cycle(tapped: Tapped, T_s: float) -> int:
    """Return the samples that are looked at before the step: a line cycle where there is one."""
    return round(1.0 / (tapped.frame_Hz * T_s)) if tapped.frame_Hz else BEFORE


def _expected(loop: Loop, column: Complex, size: float, duration_s: float | None) -> Array:
    """Return the averaged model's answer, over `duration_s` or twice what it takes to settle."""
    if duration_s is not None:
        if not duration_s > loop.T_s:
            raise ValueError(f"duration_s is {duration_s:g} s; allowed: above {loop.T_s:g} s")
        return loop.step(column, round(duration_s / loop.T_s)).real * size
    answer = loop.step(column, LONGEST).real * size
    outside = np.abs(answer - answer[-1]) > 0.5 * BAND * np.abs(answer).max()
    last = int(np.flatnonzero(outside)[-1]) if outside.any() else 0
    kept: Array = answer[: min(max(2 * last, 100), LONGEST)]
    return kept
