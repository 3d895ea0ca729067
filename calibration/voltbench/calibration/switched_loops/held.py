"""A linear plant as a sampled law sees it: its command held, and late."""

import control as ct
import numpy as np

from voltbench.plant_models.discretise import Matrix, zero_order_hold


def held_plant(A: Matrix, B: Matrix, C: Matrix, T: float, late: float = 0.0) -> ct.StateSpace:
    """Return a plant whose command acts one period and `late` (s) after its sample.

    Parameters
    ----------
    A, B, C
        Shapes (n, n), (n, 1), (1, n), continuous.
    T
        Period of the law (s).
    late
        Further delay, 0 to below T.
    """
    if not 0.0 <= late < T:
        raise ValueError(f"late is {late:g} s; allowed: 0 to below {T:g} s")
    n = len(A)
    rest = zero_order_hold(A, B, T - late).end
    whole = zero_order_hold(A, B, T).end[:, :n]
    before = rest[:, :n] @ zero_order_hold(A, B, late).end[:, n:] if late else np.zeros((n, 1))
    # states: x, the command of the sample before, the one before that
    a = np.zeros((n + 2, n + 2))
    a[:n, :n], a[:n, n : n + 1], a[:n, n + 1 :] = whole, rest[:, n:], before
    a[n + 1, n] = 1.0
    b = np.zeros((n + 2, 1))
    b[n] = 1.0
    made: ct.StateSpace = ct.ss(a, b, np.hstack([C, np.zeros((1, 2))]), [[0.0]], T)
    return made
