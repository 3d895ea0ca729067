"""The scaled states a circuit starts from."""

import numpy as np

from voltbench.plant_models.switched.errors import CircuitError
from voltbench.plant_models.switched.tableau import Array, Tableau


def initial_states(tableau: Tableau) -> Array:
    """Return the scaled states at t = 0 (named inputs zero).

    Raises
    ------
    CircuitError
        If an initial value names no state.
    """
    circuit = tableau.circuit
    states = np.zeros(tableau.size)
    for name, value in circuit.initial.items():
        if name not in tableau.states:
            known = ", ".join(tableau.states)
            raise CircuitError(
                f"circuit {circuit.name!r}: initial value of {name!r}; states: {known}"
            )
        states[tableau.states.index(name)] = value
    for k in range(len(tableau.frequencies)):
        states[tableau.dynamic + 2 * k + 1] = 1.0  # sine 0, cosine 1
    states[-1] = 1.0
    scaled: Array = states / tableau.scale()
    return scaled


def charge_alike(states: Array, constraints: Array, silent: tuple[int, ...]) -> Array:
    """Return the states with output capacitances charged as the loops they are in ask.

    Alike, as far as the loops leave it open: what equal leakages would have done. Left as they
    are, they would take their first charge out of other capacitors at t = 0.

    Parameters
    ----------
    states
        Scaled, from `initial_states`.
    constraints
        Rows that are zero on every state of the configuration to start in.
    silent
        The states of output capacitances.
    """
    charged, own = states.copy(), list(silent)
    charged[own] -= np.linalg.pinv(constraints[:, own], rcond=1e-9) @ (constraints @ states)
    return charged
