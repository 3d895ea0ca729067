"""Averaged front ends: the switched circuit's own grid and DC side around controlled sources.

Each leg becomes a voltage source and each rail a current source, both named inputs that a
`*_inputs` function sets once a switching period from the modulating signals and the currents
at its start. The engine that runs the switched circuit runs this one.
"""

from voltbench.plant_models.switched.averaged.bridge_legs import (
    LegMean,
    t_type_leg_mean,
    two_level_leg,
    vienna_leg_mean,
)
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.elements import (
    CurrentSource,
    Diode,
    Element,
    Switch,
    VoltageSource,
)
from voltbench.plant_models.switched.tableau import Array
from voltbench.plant_models.switched.topologies.active_front_end import (
    ActiveFrontEndParameters,
    active_front_end_circuit,
)
from voltbench.plant_models.switched.topologies.device import Rectifier
from voltbench.plant_models.switched.topologies.t_type import TTypeParameters, t_type_circuit
from voltbench.plant_models.switched.topologies.totem_pole import (
    TotemPoleParameters,
    totem_pole_circuit,
)
from voltbench.plant_models.switched.topologies.vienna import ViennaParameters, vienna_circuit

PHASES = "abc"
Inputs = dict[str, float]
Rails = tuple[tuple[str, str, str], ...]


def _averaged(circuit: Circuit, legs: tuple[tuple[str, str], ...], rails: Rails) -> Circuit:
    """Replace all devices by sources `u_<leg>` at the legs' nodes and `i_<rail>` at the rails."""
    passive = [e for e in circuit.elements if not isinstance(e, Switch | Diode)]
    sources: list[Element] = [
        VoltageSource(f"leg_{name}", node, "0", f"u_{name}") for name, node in legs
    ]
    sources += [
        CurrentSource(f"rail_{name}", plus, minus, f"i_{name}") for name, plus, minus in rails
    ]
    return Circuit(
        f"{circuit.name}_averaged",
        (*passive, *sources),
        circuit.probes,
        circuit.nominal,
        circuit.initial,
    )


def _split_bus(circuit: Circuit) -> Circuit:
    """Return the averaged circuit of three legs on a bus split at node 0."""
    rails = (("p", "0", "p"), ("n", "n", "0"))
    return _averaged(circuit, tuple((k, k) for k in PHASES), rails)


def two_level_averaged_circuit(
    p: ActiveFrontEndParameters, initial_bus_voltage_V: float = 800.0
) -> Circuit:
    """Return the averaged circuit; inputs `u_a`, `u_b`, `u_c` (V), `i_p` (A)."""
    circuit = active_front_end_circuit(p, initial_bus_voltage_V=initial_bus_voltage_V)
    return _averaged(circuit, tuple((k, k) for k in PHASES), (("p", "0", "p"),))


def t_type_averaged_circuit(p: TTypeParameters, initial_bus_voltage_V: float = 800.0) -> Circuit:
    """Return the averaged circuit; inputs `u_a`, `u_b`, `u_c` (V), `i_p`, `i_n` (A)."""
    return _split_bus(t_type_circuit(p, initial_bus_voltage_V=initial_bus_voltage_V))


def vienna_averaged_circuit(p: ViennaParameters, initial_bus_voltage_V: float = 800.0) -> Circuit:
    """Return the averaged circuit; inputs `u_a`, `u_b`, `u_c` (V), `i_p`, `i_n` (A)."""
    return _split_bus(vienna_circuit(p, initial_bus_voltage_V))


def totem_pole_averaged_circuit(
    p: TotemPoleParameters, initial_bus_voltage_V: float = 400.0
) -> Circuit:
    """Return the averaged circuit; inputs `u_x`, `u_y` (V), `i_p` (A)."""
    circuit = totem_pole_circuit(p, initial_bus_voltage_V=initial_bus_voltage_V)
    return _averaged(circuit, (("x", "x"), ("y", "y")), (("p", "0", "p"),))


def _half_ripples(duty: Array, u_dc: float, inductance: float, period: float) -> list[float]:
    """Return how far each current exceeds its mean when its leg rises (three centred pulses).

    Between the middle of the period and the leg's edge the phase sees its leg less the mean
    of all three, the star point being free.
    """
    found = []
    for d in duty:
        x = 0.5 * d * period
        on = [min(x, 0.5 * other * period) for other in duty]
        seen = 0.5 * d * period - sum(on) / len(on)
        mean = (d - sum(duty) / len(duty)) * x
        found.append(u_dc * (seen - mean) / inductance)
    return found


def two_level_inputs(p: ActiveFrontEndParameters, duty: Array, outputs: Array) -> Inputs:
    """Return the inputs of the coming period; `outputs` are the circuit's probes now."""
    current, u_dc = outputs[:3], float(outputs[3])
    share = p.dead_time_s * p.switching_frequency_Hz
    ripple = _half_ripples(duty, u_dc, p.grid.inductance_H, 1.0 / p.switching_frequency_Hz)
    legs = [
        two_level_leg(float(d), float(i), r, share, u_dc, p.device)
        for d, i, r in zip(duty, current, ripple, strict=True)
    ]
    return _voltages(legs) | {"i_p": sum(leg.upper_A for leg in legs)}


def t_type_inputs(p: TTypeParameters, m: Array, outputs: Array) -> Inputs:
    """Return the inputs of the coming period; ripple of each phase against the midpoint."""
    current, u_p, u_n = outputs[:3], float(outputs[3]), float(outputs[4])
    share = p.dead_time_s * p.switching_frequency_Hz
    volt_seconds = 0.25 * (u_p + u_n) / (p.switching_frequency_Hz * p.grid.inductance_H)
    legs = [
        t_type_leg_mean(
            float(k),
            float(i),
            volt_seconds * abs(float(k)) * (1.0 - abs(float(k))),
            share,
            u_p,
            u_n,
            p.outer,
            p.inner,
        )
        for k, i in zip(m, current, strict=True)
    ]
    return _voltages(legs) | _rails(legs)


def vienna_inputs(p: ViennaParameters, m: Array, outputs: Array) -> Inputs:
    """Return the inputs of the coming period."""
    current, u_p, u_n = outputs[:3], float(outputs[3]), float(outputs[4])
    diode = Rectifier(p.diode_voltage_V, p.diode_resistance_Ohm)
    legs = [
        vienna_leg_mean(float(k), float(i), u_p, u_n, p.r_on_Ohm, diode)
        for k, i in zip(m, current, strict=True)
    ]
    return _voltages(legs) | _rails(legs)


def _voltages(legs: list[LegMean]) -> Inputs:
    return {f"u_{k}": leg.voltage_V for k, leg in zip(PHASES, legs, strict=True)}


def _rails(legs: list[LegMean]) -> Inputs:
    return {"i_p": sum(leg.upper_A for leg in legs), "i_n": sum(leg.lower_A for leg in legs)}


def totem_pole_inputs(p: TotemPoleParameters, m: float, outputs: Array) -> Inputs:
    """Return the inputs of the coming period."""
    current, u_dc = float(outputs[0]), float(outputs[1])
    duty = m if m >= 0.0 else 1.0 + m
    ripple = 0.5 * u_dc * duty * (1.0 - duty) / (p.switching_frequency_Hz * p.inductance_H)
    share = p.dead_time_s * p.switching_frequency_Hz
    fast = two_level_leg(duty, current, ripple, share, u_dc, p.fast)
    slow = two_level_leg(0.0 if m >= 0.0 else 1.0, -current, 0.0, 0.0, u_dc, p.slow)
    return {
        "u_x": fast.voltage_V,
        "u_y": slow.voltage_V,
        "i_p": fast.upper_A + slow.upper_A,
    }
