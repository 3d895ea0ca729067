"""The hand-written equations of a case, by its topology."""

import numpy as np

from voltbench.hil.benchmarking.switched.by_hand.front_ends import TotemPole, TType, TwoLevel
from voltbench.hil.benchmarking.switched.by_hand.phase_shifted import CurrentDoubler, Psfb
from voltbench.hil.benchmarking.switched.by_hand.ports import (
    Array,
    Equations,
    Reference,
    edge_list,
)
from voltbench.hil.benchmarking.switched.by_hand.resonant import Cllc, HalfBridgeLlc
from voltbench.hil.benchmarking.switched.cases import Case

ORDER: dict[str, tuple[str, ...]] = {
    "llc_half_bridge": ("resonant", "series", "magnetising", "output"),
    "cllc": ("resonant_1", "series_1", "magnetising", "series_2", "resonant_2", "output"),
    "psfb": ("leakage", "magnetising", "filter", "output"),
    "psfb_current_doubler": ("leakage", "magnetising", "filter_1", "filter_2", "output"),
    "active_front_end": ("boost_a", "boost_b", "boost_c", "bus"),
    "t_type": (
        *(f"{part}_{k}" for part in ("grid", "filter", "boost") for k in "abc"), "upper", "lower",
    ),
    "totem_pole": ("boost", "bus"),
}  # fmt: skip
"""Which element of the circuit each state of the equations belongs to."""
EQUATIONS = {
    "llc_half_bridge": HalfBridgeLlc,
    "cllc": Cllc,
    "psfb": Psfb,
    "psfb_current_doubler": CurrentDoubler,
    "active_front_end": TwoLevel,
    "t_type": TType,
    "totem_pole": TotemPole,
}


def by_hand(case: Case, sample: float) -> Array:
    """Return the probes (rows) at the multiples of `sample` (s), by DOP853 at rtol 1e-11.

    Raises
    ------
    KeyError
        If the topology has no equations here.
    """
    name = case.circuit.name
    make: type = EQUATIONS[name]
    equations: Equations = make(case.parameters)
    start = np.array([case.circuit.initial.get(state, 0.0) for state in ORDER[name]])
    count = int(case.duration / sample * (1.0 - 1e-12)) + 1
    times = np.arange(count, dtype=np.float64) * sample
    reference = Reference(equations, start)
    return reference.run(edge_list(case.edges, case.gates), case.duration, times)


def largest_difference(ours: Array, reference: Array) -> float:
    """Return the largest difference of any probe, relative to its largest magnitude."""
    count = min(ours.shape[1], reference.shape[1])
    difference = np.abs(ours[:, :count] - reference[:, :count]).max(axis=1)
    return float((difference / np.abs(reference).max(axis=1)).max())
