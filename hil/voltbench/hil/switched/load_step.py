"""A second load resistor behind a switch, closed at an instant of the run."""

from dataclasses import dataclass, replace
from typing import Any

from voltbench.hil.errors import BadInput
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.elements import CurrentProbe, Resistor, Switch

GATE = "load_step"
CHANNEL_OHM = 1e-3
PROBE = CurrentProbe("i_step", "load_step_resistor")


@dataclass(frozen=True)
class LoadStep:
    """When a second load resistor is switched on; resistance 0: never, not in the circuit."""

    resistance_Ohm: float = 0.0
    at_s: float = 0.0


def with_load_step(circuit: Circuit, step: LoadStep, node: str) -> Circuit:
    """Return the circuit with the second load between `node` and the reference.

    Its gate is the highest bit; the probe `i_step` is the last one.
    """
    if step.resistance_Ohm == 0.0:
        return circuit
    if not step.resistance_Ohm > 10.0 * CHANNEL_OHM:
        raise BadInput(
            f"load_step.resistance_Ohm = {step.resistance_Ohm:g} Ohm; "
            f"allowed: 0 (none) or above {10.0 * CHANNEL_OHM:g} Ohm"
        )
    added = (
        Switch(GATE, node, "load_step_node", GATE, CHANNEL_OHM, None),
        Resistor("load_step_resistor", "load_step_node", "0", step.resistance_Ohm),
    )
    elements = (*circuit.elements, *added)
    return replace(circuit, elements=elements, probes=(*circuit.probes, PROBE))


def set_load_step(memory: Any, circuit: Circuit, step: LoadStep, period_s: float) -> None:
    """Tell a loop's record (`step_index`, `step_bit`, `step_probe`) when and where it steps."""
    memory["step_index"], memory["step_bit"], memory["step_probe"] = -1, 0, -1
    if step.resistance_Ohm == 0.0:
        return
    memory["step_index"] = max(round(step.at_s / period_s), 1)
    memory["step_bit"] = 1 << circuit.gates.index(GATE)
    memory["step_probe"] = [p.name for p in circuit.probes].index(PROBE.name)
