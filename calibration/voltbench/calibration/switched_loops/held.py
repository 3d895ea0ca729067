"""A linear plant under a sampled PI law: its command held, and late."""

from dataclasses import dataclass

import numpy as np

from voltbench.calibration.loops import Loop
from voltbench.calibration.switched_loops.tappable import PiGains
from voltbench.plant_models.discretise import Matrix, zero_order_hold


@dataclass(frozen=True)
class Held:
    """x(k+1) = A x + B u + E d, y = C x, with the law's commands of the last samples in x."""

    A: Matrix
    B: Matrix
    C: Matrix
    E: Matrix
    T_s: float


def held_plant(A: Matrix, B: Matrix, C: Matrix, E: Matrix, T: float, late: float = 0.0) -> Held:
    """Return a plant whose command acts one period and `late` (s) after its sample.

    Parameters
    ----------
    A, B, C, E
        Continuous, shapes (n, n), (n,), (n,), (n,): command in, output, disturbance in.
    T
        Period of the law (s).
    late
        Further delay, 0 to below T.
    """
    if not 0.0 <= late < T:
        raise ValueError(f"late is {late:g} s; allowed: 0 to below {T:g} s")
    n = len(A)
    rest = zero_order_hold(A, B[:, None], T - late).end
    whole = zero_order_hold(A, E[:, None], T).end
    a, b, c, e = np.zeros((n + 2, n + 2)), np.zeros(n + 2), np.zeros(n + 2), np.zeros(n + 2)
    # states: x, the command of the sample before, the one before that
    a[:n, :n], a[:n, n] = whole[:, :n], rest[:, n]
    if late:
        a[:n, n + 1] = rest[:, :n] @ zero_order_hold(A, B[:, None], late).end[:, n]
    a[n + 1, n] = b[n] = 1.0
    c[:n], e[:n] = C, whole[:, n]
    return Held(a, b, c, e, T)


def pi_loop(name: str, plant: Held, gains: PiGains) -> Loop:
    """Return the open loop of a plant under k_p e + x, x(k+1) = x(k) + T k_i e."""
    n, T = len(plant.A), plant.T_s
    A = np.zeros((n + 1, n + 1), complex)
    A[:n, :n], A[:n, n], A[n, n] = plant.A, plant.B, 1.0
    B = np.append(gains.k_p * plant.B, T * gains.k_i).astype(complex)
    pad = np.zeros(1)
    C, E = (np.append(v, pad).astype(complex) for v in (plant.C, plant.E))
    return Loop(name, None, T, A, B, C, "", E)
