"""Exact pieces of linear time: matrix exponentials, means and mean squares over them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Piece:
    """``x' = a x + b`` for a duration (s)."""

    a: Array
    b: Array
    duration: float

    def generator(self) -> Array:
        """Return the matrix that advances (x, 1)."""
        n = len(self.b)
        m = np.zeros((n + 1, n + 1))
        m[:n, :n], m[:n, n] = self.a, self.b
        return m


def affine(pieces: list[Piece]) -> tuple[Array, Array]:
    """Return (phi, g) of ``x(end) = phi x(0) + g`` across pieces."""
    total: Array = np.eye(len(pieces[0].b) + 1)
    for piece in pieces:
        total = expm(piece.generator() * piece.duration) @ total
    return total[:-1, :-1], total[:-1, -1]


def periodic_state(pieces: list[Piece], mirror: bool) -> Array:
    """Return x(0) of the periodic solution.

    `mirror`: the pieces are half a period, after which every state is its own negative.
    """
    phi, g = affine(pieces)
    sign = -1.0 if mirror else 1.0
    state: Array = np.linalg.solve(sign * np.eye(len(g)) - phi, g).astype(np.float64)
    return state


def states_at_bounds(pieces: list[Piece], start: Array) -> list[Array]:
    """Return the states at the start and after every piece."""
    states = [start]
    for piece in pieces:
        full = expm(piece.generator() * piece.duration) @ np.append(states[-1], 1.0)
        states.append(full[:-1])
    return states


def moments(pieces: list[Piece], start: Array) -> tuple[list[Array], list[Array]]:
    """Return the integrals of (x, 1) and of its outer product over each piece.

    The outer product's integral comes from one exponential of a block matrix: Van Loan,
    doi:10.1109/TAC.1978.1101743.
    """
    first, second = [], []
    for piece, state in zip(pieces, states_at_bounds(pieces, start)[:-1], strict=True):
        m = piece.generator()
        n = len(m)
        z = np.append(state, 1.0)
        block = np.zeros((2 * n, 2 * n))
        block[:n, :n], block[:n, n:], block[n:, n:] = -m, np.outer(z, z), m.T
        full = expm(block * piece.duration)
        outer = full[n:, n:].T @ full[:n, n:]
        second.append(outer)
        first.append(outer[:, -1])
    return first, second
