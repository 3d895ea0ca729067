"""Gate patterns of a batch: one sequence of gate words, lengths of its segments per design."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voltbench.plant_models.switched.engine import Edges
from voltbench.plant_models.switched.tableau import Array


@dataclass(frozen=True)
class Pattern:
    """One period of all designs.

    Attributes
    ----------
    words : NDArray[np.int64]
        Gate word of each segment.
    spans : Array
        Length (s) of each segment (rows) in each design (columns), 0 or above.
    """

    words: NDArray[np.int64]
    spans: Array


def pattern_of(edges: Sequence[Edges], periods: Sequence[float], start_word: int) -> Pattern:
    """Return the pattern of edges that come in the same order in every design.

    Parameters
    ----------
    edges
        Instants (s) and gate words of one period, for each design.
    periods
        Its length (s), for each design.
    start_word
        The word before the first edge.

    Raises
    ------
    ValueError
        If the words differ between designs (make a batch of each order), or instants do not
        rise within the period.
    """
    words = np.concatenate([[start_word], edges[0][1]]).astype(np.int64)
    spans = np.zeros((len(words), len(edges)))
    for k, ((instants, given), period) in enumerate(zip(edges, periods, strict=True)):
        if not np.array_equal(given, words[1:]):
            raise ValueError(
                f"design {k} has other gate words than design 0, or in another order; "
                "a batch runs designs whose edges come in one order"
            )
        spans[:, k] = np.diff(np.concatenate([[0.0], instants, [period]]))
        if spans[:, k].min() < 0.0:
            raise ValueError(f"design {k}: edges do not rise within the period of {period:g} s")
    used = spans.max(axis=1) > 0.0
    return Pattern(words[used], spans[used])
