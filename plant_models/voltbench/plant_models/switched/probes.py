"""Probes that read one state whatever conducts: their waveform is that state's polynomial."""

from voltbench.plant_models.switched.elements import (
    Capacitor,
    CurrentProbe,
    Inductor,
    Probe,
    SaturatingInductor,
)
from voltbench.plant_models.switched.tableau import Tableau


def plain_probes(tableau: Tableau) -> tuple[int, ...]:
    """Return the state each probe reads; empty if one of them reads something else.

    An inductor's current is one, and the voltage right across a capacitor without ESR, counted
    as the capacitor counts it. With output capacitances none is looked for: their voltages are
    taken over at other instants.
    """
    if tableau.capacitances:
        return ()
    found = [_state_of(tableau, probe) for probe in tableau.circuit.probes]
    return tuple(k for k in found if k is not None) if None not in found else ()


def _state_of(tableau: Tableau, probe: Probe) -> int | None:
    for element in tableau.circuit.elements:
        if isinstance(probe, CurrentProbe):
            held = isinstance(element, Inductor | SaturatingInductor)
            if held and element.name == probe.element:
                return tableau.states.index(element.name)
        elif isinstance(element, Capacitor) and element.esr == 0.0:
            if (element.plus, element.minus) == (probe.plus, probe.minus):
                return tableau.states.index(element.name)
    return None
