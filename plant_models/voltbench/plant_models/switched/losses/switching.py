"""Switching energies at the edges of replayed segments, from a device's double-pulse tables.

At each gate edge the device's current and voltage on both sides are exact. A channel that
closes on a voltage turns on hard: E_on of the table at its current afterwards, scaled with
temperature, and its own E_oss, which a double-pulse measurement does not see. A channel that
opens with forward current costs E_off at the voltage it blocks in the end. Where the circuit
carries output capacitances, the charge is in the waveforms: a closing channel then costs what
its capacitances hold (`hard`), and of E_on only the part above zero current.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from voltbench.plant_models.device_energy import off_energy, on_energy, oss_energy, recovery_energy
from voltbench.plant_models.devices import Device
from voltbench.plant_models.switched.elements import OutputCapacitance, Switch
from voltbench.plant_models.switched.engine import Engine
from voltbench.plant_models.switched.losses.conduction import branch_rows
from voltbench.plant_models.switched.losses.replay import Segment

SOFT_V = 10.0
"""A channel that closes below this voltage (V) closes softly: body diode drops are below."""
REFERENCE_C = 25.0


@dataclass(frozen=True)
class DeviceUse:
    """Which device the switches of a group are, how many in parallel, and how hot (degC).

    `scale` multiplies the table's energies (another gate resistor).
    """

    device: Device
    switches: tuple[str, ...]
    parallel: int = 1
    junction_C: float = 25.0
    scale: float = 1.0


@dataclass(frozen=True)
class EdgeLoss:
    """A channel's edge: when (s), at which current (A) and voltage (V), and its energy (J)."""

    switch: str
    time_s: float
    on: bool
    current_A: float
    voltage_V: float
    energy_J: float


def stored_energy(oss: OutputCapacitance, u: float) -> float:
    """Return the energy (J) of a polygon's charge at u (V)."""
    bounds = (0.0, *oss.voltage, np.inf)
    return sum(
        0.5 * c * (min(u, high) ** 2 - low**2)
        for c, low, high in zip(oss.capacitance, bounds[:-1], bounds[1:], strict=True)
        if u > low
    ) + (0.5 * oss.capacitance[0] * u * u if u < 0.0 else 0.0)


def stored_charge(oss: OutputCapacitance, u: float) -> float:
    """Return the charge (C) of a polygon at u (V)."""
    bounds = (0.0, *oss.voltage, np.inf)
    return (
        sum(
            c * (min(u, high) - low)
            for c, low, high in zip(oss.capacitance, bounds[:-1], bounds[1:], strict=True)
            if u > low
        )
        + min(u, 0.0) * oss.capacitance[0]
    )


def edge_losses(
    engine: Engine, segments: Sequence[Segment], uses: Sequence[DeviceUse]
) -> list[EdgeLoss]:
    """Return the channel edges within a replay, each with its energy."""
    by_name = {name: use for use in uses for name in use.switches}
    switches = [e for e in engine.library.circuit.elements if isinstance(e, Switch)]
    gates = [engine.library.modes[s.number].gates for s in segments]
    found = []
    for k in range(1, len(segments)):
        was, now = gates[k - 1], gates[k]
        for switch in switches:
            bit = engine.library.circuit.gates.index(switch.gate)
            if (was ^ now) >> bit & 1 and switch.name in by_name:
                on = bool(now >> bit & 1)
                u_end = 0.0 if on else _blocked(engine, segments, gates, k, switch)
                use = by_name[switch.name]
                found.append(_edge(engine, segments, k, switch, on, use, u_end))
    return found


def _edge(
    engine: Engine,
    segments: Sequence[Segment],
    k: int,
    switch: Switch,
    on: bool,
    use: DeviceUse,
    u_end: float,
) -> EdgeLoss:
    before, after = segments[k - 1], segments[k]
    voltage, _ = branch_rows(engine, before.number, switch.name)
    _, current_after = branch_rows(engine, after.number, switch.name)
    _, current = branch_rows(engine, before.number, switch.name)
    if on:
        u, i = float(voltage @ before.after), float(current_after @ after.state)
        energy = _turn_on(use, max(i, 0.0), u, switch.oss) if u > SOFT_V else 0.0
    else:
        u, i = u_end, float(current @ before.after)
        energy = _turn_off(use, i, u) if i > 0.0 and u > SOFT_V else 0.0
    return EdgeLoss(switch.name, after.start, on, i, u, energy)


def _blocked(
    engine: Engine, segments: Sequence[Segment], gates: list[int], k: int, switch: Switch
) -> float:
    """Return the voltage the switch comes to block before a switch on one of its ends closes.

    Edges of other legs may come between: they do not end this commutation.
    """
    circuit = engine.library.circuit
    partners = sum(
        1 << circuit.gates.index(e.gate)
        for e in circuit.elements
        if isinstance(e, Switch) and (e.drain == switch.source or e.source == switch.drain)
    )
    last = k
    while last + 1 < len(segments) and not gates[last + 1] & ~gates[last] & partners:
        last += 1
    voltage, _ = branch_rows(engine, segments[last].number, switch.name)
    return float(voltage @ segments[last].after)


def _turn_on(use: DeviceUse, i: float, u: float, oss: OutputCapacitance | None) -> float:
    each = np.array([i / use.parallel])
    device = use.device
    warm = 1.0 + device.switching.on_change_per_K * (use.junction_C - REFERENCE_C)
    table = float(on_energy(device, each, u)[0] + recovery_energy(device, each, u)[0])
    if oss is None:
        return use.parallel * (table * warm * use.scale + oss_energy(device, u))
    overlap = table - float(on_energy(device, np.zeros(1), u)[0])
    return use.parallel * max(overlap, 0.0) * warm * use.scale


def _turn_off(use: DeviceUse, i: float, u: float) -> float:
    warm = 1.0 + use.device.switching.off_change_per_K * (use.junction_C - REFERENCE_C)
    each = np.array([i / use.parallel])
    return float(use.parallel * off_energy(use.device, each, u)[0] * warm * use.scale)


def hard_switching(engine: Engine, segments: Sequence[Segment]) -> float:
    """Return the energy (J) lost when conductors closed on charged output capacitances.

    A capacitance that goes from u to v through a conductor costs what it held and the charge
    that came at voltage v: v (q(v) - q(u)) - (E(v) - E(u)), for discharging ones E(u) - E(v)
    up to the drop of the conductor. That charge is not in the sources' currents.
    """
    tableau = engine.library.tableau
    volt = tableau.circuit.nominal.voltage
    shapes = {
        f"{e.name}.oss": e.oss
        for e in engine.library.circuit.elements
        if isinstance(e, Switch) and e.oss is not None
    }
    total = 0.0
    for segment in segments[1:]:
        for state in engine.library.reduced[segment.number].held:
            u, v = float(segment.before[state]) * volt, float(segment.state[state]) * volt
            oss = shapes[tableau.states[state]]
            charge = stored_charge(oss, v) - stored_charge(oss, u)
            total += v * charge - stored_energy(oss, v) + stored_energy(oss, u)
    return total
