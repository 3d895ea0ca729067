"""Switch single non-idealities on in a declared circuit: each function returns a new circuit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from voltbench.plant_models.device_energy import oss_charge
from voltbench.plant_models.devices import Device
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.elements import (
    Inductor,
    OutputCapacitance,
    SaturatingInductor,
    Switch,
)
from voltbench.plant_models.switched.errors import CircuitError


def oss_polygon(
    device: Device, voltages_V: tuple[float, ...], parallel: int = 1
) -> OutputCapacitance:
    """Return the output capacitance of a device as a polygon through its charge curve.

    The charge is exact at 0 V and at each of the rising `voltages_V`; the last piece continues.
    """
    bounds = (0.0, *voltages_V)
    charge = [parallel * oss_charge(device, u) for u in bounds]
    slopes = tuple(
        (charge[k + 1] - charge[k]) / (bounds[k + 1] - bounds[k]) for k in range(len(voltages_V))
    )
    return OutputCapacitance(voltages_V[:-1], slopes)


def with_output_capacitance(
    circuit: Circuit, by_prefix: Mapping[str, OutputCapacitance]
) -> Circuit:
    """Return the circuit with a capacitance across every switch whose name has a prefix.

    Raises
    ------
    CircuitError
        If a prefix names no switch.
    """
    elements = list(circuit.elements)
    for prefix, oss in by_prefix.items():
        found = False
        for k, e in enumerate(elements):
            if isinstance(e, Switch) and e.name.startswith(prefix):
                elements[k], found = replace(e, oss=oss), True
        if not found:
            raise CircuitError(f"circuit {circuit.name!r} has no switch named {prefix!r}...")
    return replace(circuit, elements=tuple(elements))


def with_saturation(
    circuit: Circuit, inductor: str, current_A: tuple[float, ...], inductance_H: tuple[float, ...]
) -> Circuit:
    """Return the circuit with an inductor that saturates (`SaturatingInductor`).

    Raises
    ------
    CircuitError
        If the circuit has no such single, linear inductor.
    """
    elements = list(circuit.elements)
    for k, e in enumerate(elements):
        if isinstance(e, Inductor) and e.name == inductor:
            elements[k] = SaturatingInductor(
                e.name, e.plus, e.minus, current_A, inductance_H, e.resistance
            )
            return replace(circuit, elements=tuple(elements))
    raise CircuitError(f"circuit {circuit.name!r} has no inductor {inductor!r} that could saturate")


def charged_legs(circuit: Circuit) -> tuple[tuple[Switch, Switch], ...]:
    """Return the pairs of switches in series of which one has an output capacitance."""
    switches = [e for e in circuit.elements if isinstance(e, Switch)]
    return tuple(
        (high, low)
        for high in switches
        for low in switches
        if high.source == low.drain and high is not low and (high.oss or low.oss)
    )


def refuse_swaps(circuit: Circuit, words: Sequence[int] | NDArray[np.int64]) -> None:
    """Refuse a gate word after which a leg's other switch is on at once, beside capacitances.

    Parameters
    ----------
    circuit
        The circuit.
    words
        Gate words, each as it stands when the next one comes.

    Raises
    ------
    CircuitError
        Naming both switches.
    """
    gates, array = circuit.gates, np.asarray(words, dtype=np.int64)
    opens, closes = array[:-1] & ~array[1:], array[1:] & ~array[:-1]
    for pair in charged_legs(circuit):
        for off, on in (pair, pair[::-1]):
            bits = gates.index(off.gate), gates.index(on.gate)
            if bool(np.any(opens >> bits[0] & closes >> bits[1] & 1)):
                raise CircuitError(
                    f"circuit {circuit.name!r}: dead time is 0 s: switch {off.name} turns off "
                    f"and {on.name} on at one instant, with output capacitances; allowed: above 0"
                )


def refuse_zero_dead_time(circuit: Circuit, dead_times_s: tuple[float, ...]) -> None:
    """Refuse zero dead time beside output capacitances: they could never be charged.

    Raises
    ------
    CircuitError
        Naming a switch with output capacitance.
    """
    switches = [e.name for e in circuit.elements if isinstance(e, Switch) and e.oss is not None]
    if switches and min(dead_times_s, default=0.0) <= 0.0:
        raise CircuitError(
            f"circuit {circuit.name!r}: dead time is {min(dead_times_s, default=0.0):g} s while "
            f"switch {switches[0]} has an output capacitance; allowed: above 0"
        )
