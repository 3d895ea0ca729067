"""Exact discretisation of linear networks: end state and mean over the step, inputs held.

For x' = A x + B u with u constant over T, the matrix exponential of the augmented
system gives the end state, and one more integration its mean over the step:
no step-size error, whatever the network's resonances or time constants. Means are
what energies are made of: the charge through a source is its mean current times T.
"""

import os
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# our matrices are 19 x 19: a second thread of scipy's BLAS would only spin beside the loop
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from scipy.linalg import expm

Matrix = NDArray[np.float64]


class Discrete(NamedTuple):
    """One network, advanced by a fixed step."""

    end: Matrix
    """[Phi | Gamma], shape (n, n + m): x(T) = end @ [x(0), u]."""
    mean: Matrix
    """[Psi | Theta], shape (n, n + m): mean of x over the step = mean @ [x(0), u]."""


def zero_order_hold(A: Matrix, B: Matrix, T: float) -> Discrete:
    """Discretise x' = A x + B u over a step of T seconds, u held.

    Parameters
    ----------
    A, B : shapes (n, n) and (n, m)
    T : step in s

    Source: C. Van Loan, "Computing integrals involving the matrix exponential",
    IEEE Trans. Autom. Control 23(3), 1978, doi:10.1109/TAC.1978.1101743.
    """
    n, m = A.shape[0], B.shape[1]
    full = np.zeros((2 * n + m, 2 * n + m))
    full[:n, :n] = A * T
    full[:n, n : n + m] = B * T
    full[n + m :, :n] = np.eye(n)  # d(integral of x)/d(t/T) = x
    moved = expm(full)
    return Discrete(moved[:n, : n + m].copy(), moved[n + m :, : n + m].copy())


def natural_frequencies(A: Matrix) -> NDArray[np.float64]:
    """Return the oscillation frequencies of x' = A x in Hz, ascending, each pair once."""
    imaginary = np.linalg.eigvals(A).imag
    found: NDArray[np.float64] = np.sort(imaginary[imaginary > 1e-6]) / (2 * np.pi)
    return found
