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
