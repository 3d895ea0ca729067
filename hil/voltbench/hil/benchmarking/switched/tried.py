"""One point of the robustness grid, tried by the kernel, its references and ngspice."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from voltbench.hil.benchmarking.switched.by_hand.converters import (
    EQUATIONS,
    by_hand,
    largest_difference,
)
from voltbench.hil.benchmarking.switched.by_hand.ports import ReferenceFailed
from voltbench.hil.benchmarking.switched.cases import Case
from voltbench.hil.benchmarking.switched.exact import error, reference
from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.engine import Engine
from voltbench.plant_models.switched.errors import CircuitError, SwitchedRunError
from voltbench.plant_models.switched.interpreter import Interpreter
from voltbench.plant_models.switched.library import Library
from voltbench.plant_models.switched.reduction import Modes
from voltbench.plant_models.switched.spice import SpiceOptions
from voltbench.plant_models.switched.spice_run import SpiceFailed, run_spice
from voltbench.plant_models.switched.tableau import Array

ALLOWED = 1e-6
"""Difference from a reference, of each state's largest magnitude."""
FLOOR = 1e-2
"""Of the nominal value: states smaller than this are judged by this."""
TUNED = SpiceOptions(junction_F=0.0)
USUAL = SpiceOptions(20e-9, "trap", 1.0, 100e-12, 0.0, 1e-3)
"""The program's own method and tolerance, and the junctions of real diodes."""


@dataclass(frozen=True)
class Tried:
    """What a point gave; empty `failure`: none.

    Attributes
    ----------
    name : str
    failure : str
        The kernel's error, or the reference's where it cannot judge the point.
    difference : float
        From the interpreter, at the end of every period and every edge.
    by_hand : float or None
        From DOP853 over hand-written equations, relative to each probe's largest magnitude.
    spice, usual : str or None
        ``failed``, or ngspice's rms error, tuned and as it usually runs.
    """

    name: str
    failure: str
    difference: float
    by_hand: float | None = None
    spice: str | None = None
    usual: str | None = None

    @property
    def good(self) -> bool:
        """Return whether the kernel ran and agreed with every reference it was held to."""
        close = self.difference <= ALLOWED and (self.by_hand or 0.0) <= ALLOWED
        return not self.failure and close


def kernel_against_interpreter(case: Case) -> float:
    """Return the largest difference of a state, relative to its largest magnitude in the run."""
    engine, library = Engine(case.circuit), Library(case.circuit)
    memory = engine.start(case.gates)
    plain = Interpreter(library, Modes(case.gates, 0), library.start())
    instants = [0.0, *case.edges[0].tolist(), case.duration]
    words = [case.gates, *case.edges[1].tolist()]
    ours: list[Array] = []
    theirs: list[Array] = []
    for (t, until), word in zip(pairwise(instants), words, strict=True):
        if until <= t:
            continue
        edges = (np.zeros(1), np.array([word]))
        engine.advance(memory, edges, until - t)
        plain.advance(word, until - t)
        ours.append(memory.real[lay.S_STATES :].copy())
        theirs.append(plain.states.copy())
    dynamic = library.tableau.dynamic
    one, other = np.array(ours)[:, :dynamic], np.array(theirs)[:, :dynamic]
    size = np.maximum(np.abs(other).max(axis=0), FLOOR)
    return float((np.abs(one - other).max(axis=0) / size).max())


def try_point(case: Case, with_by_hand: bool, with_spice: bool) -> Tried:
    """Try a point."""
    try:
        difference = kernel_against_interpreter(case)
    except (SwitchedRunError, CircuitError) as failed:
        return Tried(case.name, str(failed), float("inf"))
    hand = spice = usual = None
    if with_by_hand and case.circuit.name in EQUATIONS:
        sample = case.duration / 300.0
        try:
            hand = largest_difference(reference(case, sample), by_hand(case, sample))
        except ReferenceFailed as failed:  # not judged is not good
            return Tried(case.name, f"reference: {failed}", difference)
    if with_spice:
        spice, usual = _spice(case, TUNED), _spice(case, USUAL)
    return Tried(case.name, "", difference, hand, spice, usual)


def _spice(case: Case, options: SpiceOptions) -> str:
    sample = case.duration / 1000.0
    exact = reference(case, sample)
    try:
        run = run_spice(case.circuit, case.edges, case.duration, options, case.gates, limit_s=10.0)
    except SpiceFailed:
        return "failed"
    instants = np.arange(exact.shape[1], dtype=np.float64) * sample
    return f"{error(run.at(instants), exact):.2g}"
