"""The operating points of the robustness grid: light load, start-up, short, hard commutation.

Every point is a short run whose edges come from the topology's own modulator.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import product

import numpy as np

from voltbench.hil.benchmarking.switched.cases import Case
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.engine import Edges
from voltbench.plant_models.switched.modulation.converters import (
    cllc_frequency,
    dab_phase_shift,
    llc_frequency,
    psfb_phase_shift,
    t_type_pwm,
    totem_pole_pwm,
    two_level_pwm,
    vienna_pwm,
)
from voltbench.plant_models.switched.topologies.ac_side import DcSide
from voltbench.plant_models.switched.topologies.active_front_end import (
    ActiveFrontEndParameters,
    active_front_end_circuit,
)
from voltbench.plant_models.switched.topologies.cllc import CllcParameters, cllc_circuit
from voltbench.plant_models.switched.topologies.dab import DabParameters, dab_circuit
from voltbench.plant_models.switched.topologies.llc import LlcParameters, llc_circuit
from voltbench.plant_models.switched.topologies.llc_half_bridge import llc_half_bridge_circuit
from voltbench.plant_models.switched.topologies.psfb import (
    PsfbParameters,
    psfb_circuit,
    psfb_current_doubler_circuit,
)
from voltbench.plant_models.switched.topologies.t_type import TTypeParameters, t_type_circuit
from voltbench.plant_models.switched.topologies.totem_pole import (
    TotemPoleParameters,
    totem_pole_circuit,
)
from voltbench.plant_models.switched.topologies.vienna import ViennaParameters, vienna_circuit

PERIODS = 3
LOADS = (0.01, None, 1e4)
"""Short circuit, nominal (None), light load (Ohm)."""
SIGNALS = ((0.9, 0.2, 0.4), (0.5, 0.5, 0.5), (0.02, 0.98, 0.6))
CURRENTS = (0.0, 30.0, -30.0)
"""Current of the first inductor at the start (A): 0 is start-up, else hard commutation."""


def _case(
    what: str, circuit: Circuit, parameters: object, edges: Callable[[], Edges], period: float
) -> Case:
    times, words = [], []
    for k in range(PERIODS):
        edge_t, edge_g = edges()
        times.append(edge_t + k * period)
        words.append(edge_g)
    free = replace(circuit, tables=replace(circuit.tables, guards=None))
    found = (np.concatenate(times), np.concatenate(words))
    return Case(f"{circuit.name}: {what}", free, parameters, period, PERIODS, found)


def _ohm(load: float | None) -> str:
    return "nominal load" if load is None else f"{load:g} Ohm"


def _dab() -> Iterator[Case]:
    for phi, u, load, duties in product(
        (0.02, 0.3, 1.0, -0.5, 1.57), (0.0, 395.0), LOADS, ((1.0, 1.0), (0.6, 0.8))
    ):
        p = DabParameters()
        p = p if load is None else replace(p, load_resistance_Ohm=load)
        circuit = dab_circuit(p, u)
        gates = dab_phase_shift(circuit, p)
        what = f"phi {phi:g}, D {duties[0]:g}/{duties[1]:g}, {u:g} V, {_ohm(load)}"
        yield _case(what, circuit, p, partial(gates.edges, phi, *duties), gates.period)


def _llc() -> Iterator[Case]:
    for kHz, u, load, duty in product(
        (60.0, 110.0, 130.0, 150.0, 180.0, 250.0), (0.0, 400.0), LOADS, (1.0, 0.6, None)
    ):
        p = LlcParameters()
        p = p if load is None else replace(p, load_resistance_Ohm=load)
        half = duty is None
        circuit = (
            llc_half_bridge_circuit(p, initial_output_voltage_V=0.5 * u)
            if half
            else llc_circuit(p, u)
        )
        gates, period = llc_frequency(circuit, p), 1e-3 / kHz
        what = f"{kHz:g} kHz, duty {duty or 1.0:g}, {u:g} V, {_ohm(load)}"
        r = () if duty is None else (duty,)
        yield _case(what, circuit, p, partial(gates.edges, *r, period=period), period)


def _cllc() -> Iterator[Case]:
    for kHz, phi, active, u, load in product(
        (60.0, 73.0, 90.0), (0.0, 0.3), (1.0, 0.0), (0.0, 600.0), LOADS
    ):
        p = CllcParameters()
        p = p if load is None else replace(p, dc=DcSide(load_resistance_Ohm=load))
        circuit = cllc_circuit(p, initial_output_voltage_V=u)
        gates, period = cllc_frequency(circuit, p), 1e-3 / kHz
        what = f"{kHz:g} kHz, phi {phi:g}, active {active:g}, {u:g} V, {_ohm(load)}"
        yield _case(
            what, circuit, p,
            partial(gates.edges, phi, active, period=period), period,
        )  # fmt: skip


def _psfb() -> Iterator[Case]:
    for duty, u, load, doubler, magnetising in product(
        (0.08, 0.3, 0.7, 0.95), (0.0, 380.0), LOADS, (False, True), (1.5e-3, 60e-6)
    ):
        p = replace(PsfbParameters(), magnetising_inductance_H=magnetising)
        p = p if load is None else replace(p, dc=DcSide(load_resistance_Ohm=load))
        make = psfb_current_doubler_circuit if doubler else psfb_circuit
        circuit = make(p, initial_output_voltage_V=u)
        gates = psfb_phase_shift(circuit, p)
        what = f"duty {duty:g}, {u:g} V, {_ohm(load)}, magnetising {magnetising:g} H"
        yield _case(what, circuit, p, partial(gates.edges, duty), gates.period)


def _kicked(circuit: Circuit, current: float) -> Circuit:
    """Return the circuit with a current in phase a that returns through phase b."""
    initial = {**circuit.initial, "boost_a": current, "boost_b": -current}
    if "boost" in {e.name for e in circuit.elements}:
        initial = {**circuit.initial, "boost": current}
    return replace(circuit, initial=initial)


def _front_ends() -> Iterator[Case]:
    for signals, u, load, current in product(SIGNALS, (100.0, 800.0), LOADS, CURRENTS):
        what = f"{signals}, {u:g} V, {_ohm(load)}, {current:g} A"
        centred = tuple(2.0 * m - 1.0 for m in signals)
        yield _two_level(what, signals, u, load, current)
        yield _t_type(what, centred, u, load, current)
        yield _vienna(what, centred, u, load, current)
        yield _totem_pole(what, centred[0], 0.5 * u, load, current)


Signals = tuple[float, ...]


def _two_level(what: str, m: Signals, u: float, load: float | None, current: float) -> Case:
    p = ActiveFrontEndParameters()
    p = p if load is None else replace(p, dc=DcSide(load_resistance_Ohm=load))
    circuit = _kicked(active_front_end_circuit(p, initial_bus_voltage_V=u), current)
    gates = two_level_pwm(circuit, p, drop_short_pulses=True)
    return _case(what, circuit, p, partial(gates.edges, *m), gates.period)


def _t_type(what: str, m: Signals, u: float, load: float | None, current: float) -> Case:
    p = TTypeParameters()
    p = p if load is None else replace(p, dc=DcSide(load_resistance_Ohm=load))
    circuit = _kicked(t_type_circuit(p, initial_bus_voltage_V=u), current)
    gates = t_type_pwm(circuit, p, drop_short_pulses=True)
    return _case(what, circuit, p, partial(gates.edges, *m), gates.period)


def _vienna(what: str, m: Signals, u: float, load: float | None, current: float) -> Case:
    p = ViennaParameters()
    p = p if load is None else replace(p, load_resistance_Ohm=load)
    circuit = _kicked(vienna_circuit(p, u), current)
    gates = vienna_pwm(circuit, p)
    return _case(what, circuit, p, partial(gates.edges, *m), gates.period)


def _totem_pole(what: str, m: float, u: float, load: float | None, current: float) -> Case:
    p = TotemPoleParameters()
    p = p if load is None else replace(p, dc=DcSide(load_resistance_Ohm=load))
    circuit = _kicked(totem_pole_circuit(p, initial_bus_voltage_V=u), current)
    gates = totem_pole_pwm(circuit, p, drop_short_pulses=True)
    return _case(what, circuit, p, partial(gates.edges, m), gates.period)


def grid() -> Iterator[Case]:
    """Yield every point."""
    yield from _dab()
    yield from _llc()
    yield from _cllc()
    yield from _psfb()
    yield from _front_ends()
