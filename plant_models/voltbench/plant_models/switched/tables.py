"""The numbers of one configuration: Taylor coefficients, guards at cell bounds, jumps."""

import math

import numpy as np
from scipy.linalg import expm

from voltbench.plant_models.switched.layout import Layout, pad
from voltbench.plant_models.switched.reduction import Reduced
from voltbench.plant_models.switched.tableau import Array

TRUNCATION = 2e-13
"""What the first dropped Taylor term may contribute, relative to a state of one unit."""


def cell_length(a: Array, order: int) -> float:
    """Return the longest cell (in nominal periods, at most one) the series spans to round-off.

    Bounds the first two dropped terms of the exponential by their 1-norm.
    """
    power = np.linalg.matrix_power(a, order)
    length = 1.0
    for k, matrix in ((order, power), (order + 1, power @ a)):
        norm = float(np.abs(matrix).sum(axis=0).max())
        if norm > 0.0:
            length = min(length, (TRUNCATION * math.factorial(k) / norm) ** (1.0 / k))
    return length


def taylor(a: Array, length: float, order: int) -> Array:
    """Return the matrices ``(a length)^k / k!``, k = 0 ... order - 1."""
    terms = [np.eye(len(a))]
    for k in range(1, order):
        terms.append(terms[-1] @ a * (length / k))
    return np.array(terms)


def _put(table: Array, offset: int, matrix: Array, rows: int) -> None:
    """Store a matrix column by column, its rows padded to `rows`."""
    full = np.zeros((matrix.shape[1], rows))
    full[:, : len(matrix)] = matrix.T
    table[offset : offset + full.size] = full.ravel()


def build_table(reduced: Reduced, layout: Layout, period: float) -> Array:
    """Return the table of one configuration.

    Parameters
    ----------
    reduced
        The configuration, time in nominal periods.
    layout
        Sizes and offsets.
    period
        The nominal period (s).
    """
    table = np.zeros(layout.stride)
    length = cell_length(reduced.a, layout.order)
    short = min(cell_length(reduced.a, layout.short) / length, 1.0)
    table[:4] = length * period, 1.0 / (length * period), period, short
    # states reach a table as they come: it takes them onto its constraints itself
    terms = taylor(reduced.a, length, layout.order) @ reduced.project
    table[layout.scales :][: len(layout.plain)] = _scales(reduced, layout)
    guards = _padded_guards(reduced, layout)
    slope = guards @ reduced.a * length
    states = slice(0, layout.evolving)
    ends = []
    for cell in range(layout.cells + 1):
        jump = expm(reduced.a * (length * cell)) @ reduced.project
        ends += [guards @ jump, slope @ jump]
        if cell:
            at = layout.jumps + (cell - 1) * layout.rows * layout.size
            _put(table, at, jump[states], layout.rows)
    _put(table, layout.ends, np.vstack(ends), layout.ends_rows)
    coefficients = np.zeros((layout.order, layout.rows, layout.size))
    coefficients[:, states] = terms[:, states]
    _put(table, layout.states, coefficients.reshape(-1, layout.size), layout.order * layout.rows)
    out = np.zeros((layout.order, layout.out_rows, layout.size))
    out[:, : layout.outputs] = np.einsum("yj,kji->kyi", reduced.outputs, terms)
    _put(table, layout.out, out.reshape(-1, layout.size), layout.out_step)
    block = pad(layout.order) * layout.size
    for g in range(len(reduced.guard_diodes)):
        series = np.array([reduced.guards[g] @ term for term in terms])
        _put(table, layout.polynomials + g * block, series, pad(layout.order))
    moved = reduced.project - np.eye(layout.size)
    _put(table, layout.project, moved[states], layout.rows)
    _put(table, layout.impulses, reduced.impulses, layout.slots)
    return table


def _scales(reduced: Reduced, layout: Layout) -> Array:
    """Return what turns the plain probes' scaled states into V and A.

    Raises
    ------
    ValueError
        If one of them is not that state here.
    """
    found = np.zeros(len(layout.plain))
    for y, state in enumerate(layout.plain):
        row = reduced.project[state]
        if row.any():  # else an open branch: the state is zero here, in any unit
            found[y] = reduced.outputs[y] @ row / (row @ row)
        if np.abs(reduced.outputs[y] - found[y] * row).max() > 1e-9 * abs(found[y]):
            raise ValueError(f"probe {y} does not read state {state} alone")
    return found


def _padded_guards(reduced: Reduced, layout: Layout) -> Array:
    """Return the guard rows; unused slots read the constant one, which never crosses."""
    guards = np.zeros((layout.slots, layout.size))
    guards[:, -1] = 1.0
    guards[: len(reduced.guards)] = reduced.guards
    return guards
