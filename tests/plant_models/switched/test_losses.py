"""Losses against closed forms, against the first law, and against device tables by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from voltbench.plant_models.device_energy import off_energy
from voltbench.plant_models.devices import load_device
from voltbench.plant_models.magnetics import Core
from voltbench.plant_models.switched.circuit import Circuit, Nominal
from voltbench.plant_models.switched.elements import (
    BodyDiode,
    CurrentProbe,
    Inductor,
    OutputCapacitance,
    Resistor,
    Sine,
    Switch,
    VoltageSource,
)
from voltbench.plant_models.switched.engine import Engine
from voltbench.plant_models.switched.losses.core import core_energy
from voltbench.plant_models.switched.losses.replay import replay
from voltbench.plant_models.switched.losses.report import LossReport, period_losses
from voltbench.plant_models.switched.losses.switching import DeviceUse, hard_switching
from voltbench.plant_models.switched.losses.thermal import Junctions, ThermalGrid, ThermalRunaway
from voltbench.plant_models.switched.modulation.converters import dab_phase_shift
from voltbench.plant_models.switched.nonideal import oss_polygon, with_output_capacitance
from voltbench.plant_models.switched.steady import settle
from voltbench.plant_models.switched.topologies.dab import DabParameters, dab_circuit

DAB = DabParameters(load_resistance_Ohm=14.5)
INPUT = tuple(f"p{k}" for k in "1234")


def any_pattern() -> Circuit:
    circuit = dab_circuit(DAB, 380.0)
    return replace(circuit, tables=replace(circuit.tables, guards=None))


def dab_losses(phi: float, oss: OutputCapacitance | None = None) -> tuple[Engine, LossReport]:
    circuit = any_pattern()
    if oss:
        circuit = with_output_capacitance(circuit, {"p": oss, "s": oss})
    gates = dab_phase_shift(circuit, DAB)
    engine = Engine(circuit)
    memory = settle(engine, lambda: gates.edges(phi, 1.0, 1.0), gates.period, 1e-9)
    use = DeviceUse(load_device("C3M0032120K"), INPUT)
    return engine, period_losses(
        engine, memory, lambda: gates.edges(phi, 1.0, 1.0), gates.period, (use,)
    )


def test_energy_is_conserved_in_steady_state() -> None:
    """Sources, heat and load add up: 1e-6 of the power, what the steady state is off."""
    _, losses = dab_losses(0.5)
    power = losses.conduction_W["load"]
    assert power > 8e3
    assert abs(sum(losses.conduction_W.values())) < 1e-6 * power


def test_conduction_of_a_sinusoid() -> None:
    """An R-L circuit in steady state: R I^2 / 2 by phasors, 1e-9."""
    circuit = Circuit(
        "rl",
        (
            VoltageSource("source", "a", "0", Sine(100.0, 1e3)),
            Resistor("r", "a", "b", 3.0),
            Inductor("l", "b", "0", 1e-3, 0.5),
        ),
        (CurrentProbe("i", "r"),),
        Nominal(100.0, 10.0, 1e-3),
    )
    engine = Engine(circuit)
    memory = engine.start()
    none = (np.zeros(0), np.zeros(0, np.int64))
    for _ in range(20):
        engine.advance(memory, none, 1e-3)
    losses = period_losses(engine, memory, lambda: none, 1e-3)
    current = 100.0 / abs(3.5 + 2j * math.pi * 1e3 * 1e-3)
    assert losses.conduction_W["r"] == pytest.approx(1.5 * current**2, rel=1e-9)
    assert losses.copper_W == pytest.approx(0.25 * current**2, rel=1e-9)


def test_soft_bridge_only_turns_off() -> None:
    """At phi 0.5 the input bridge switches softly: E_off of the table, four times a period."""
    _, losses = dab_losses(0.5)
    on = [e for e in losses.edges if e.on]
    off = [e for e in losses.edges if not e.on]
    assert len(on) == len(off) == 4
    assert all(e.energy_J == 0.0 for e in on)
    device = load_device("C3M0032120K")
    i = abs(off[0].current_A)
    hand = 4.0 * float(off_energy(device, np.array([i]), 800.0 + DAB.body_voltage_V)[0]) * 1e5
    assert sum(losses.switching_W.values()) == pytest.approx(hand, rel=2e-3)  # diode's slope


def test_hard_edge_costs_its_capacitances() -> None:
    """At light load a leg closes on its charge: with it lost power appears, soft has none."""
    oss = oss_polygon(load_device("C3M0032120K"), (25.0, 100.0, 300.0, 800.0))
    _, soft = dab_losses(0.5, oss)
    _, hard = dab_losses(0.02, oss)
    assert soft.hard_W < 0.5
    off = [e.energy_J for e in soft.edges if not e.on]
    assert max(off) == pytest.approx(min(off), rel=1e-3)  # two legs switch within 1e-20 s
    assert min(off) > 0.0
    assert hard.hard_W > 3.0


def test_hard_commutation_costs_bus_voltage_times_charge() -> None:
    """A leg without current: the partner's charge comes from the bus, V Q in all, 1e-4.

    The rest is the choke's current within the 3 ns.
    """
    oss = OutputCapacitance((50.0, 200.0), (2e-9, 500e-12, 150e-12))
    circuit = Circuit(
        "leg",
        (
            VoltageSource("bus", "p", "0", 800.0),
            Switch("high", "p", "m", "high", 1e-3, BodyDiode(), oss),
            Switch("low", "m", "0", "low", 1e-3, BodyDiode(), oss),
            Inductor("choke", "m", "0", 10.0),
        ),
        (CurrentProbe("i", "choke"),),
        Nominal(800.0, 10.0, 1e-6),
    )
    engine = Engine(circuit)
    memory = engine.start(2)
    engine.advance(memory, (np.zeros(0), np.zeros(0, np.int64)), 1e-9)
    edges = (np.array([1e-9, 2e-9]), np.array([0, 1]))
    lost = hard_switching(engine, replay(engine, memory, edges, 3e-9))
    charge = 50.0 * 2e-9 + 150.0 * 500e-12 + 600.0 * 150e-12
    assert lost == pytest.approx(800.0 * charge, rel=1e-4)


def test_core_loss_of_a_square_wave() -> None:
    """The transformer sees a square wave but for drops and dead time: 2 % of the closed form."""
    circuit = any_pattern()
    gates = dab_phase_shift(circuit, DAB)
    engine = Engine(circuit)
    memory = settle(engine, lambda: gates.edges(0.5, 1.0, 1.0), gates.period)
    core = Core(
        area_m2=5e-4,
        volume_m3=6e-5,
        turns=24,
        steinmetz_k=2.0,
        steinmetz_alpha=1.4,
        steinmetz_beta=2.5,
    )
    segments = replay(engine, memory, gates.edges(0.5, 1.0, 1.0), gates.period)
    ours = core_energy(engine, segments, core, "transformer.1") * 1e5
    voltage = 2.0 * engine.outputs(memory)[1]
    assert ours == pytest.approx(core.square_wave_loss(voltage, 1e5), rel=0.02)


def flat(power: float) -> LossReport:
    return LossReport({"p1": power}, {}, 0.0, (), (), ("p1",), (), ())


def test_junction_temperature_in_closed_form() -> None:
    """P = P0 (1 + a (T - 25)), T = T_s + R P: a linear equation; one cell of 0.5 K."""
    device = load_device("C3M0032120K")
    resistance, slope = device.thermal_resistance_K_per_W, 4e-3
    group = Junctions(device, ("p1",), 1, 60.0)
    grid = ThermalGrid(lambda t: flat(80.0 * (1.0 + slope * (t[0] - 25.0))), (group,), 0.5)
    point = grid.solve()
    exact = (60.0 + resistance * 80.0 * (1.0 - 25.0 * slope)) / (1.0 - resistance * 80.0 * slope)
    assert point.junction_C[0] == pytest.approx(exact, abs=0.5)
    assert point.rounds == len(grid.known)


def test_thermal_runaway_has_a_name() -> None:
    group = Junctions(load_device("C3M0032120K"), ("p1",), 1, 60.0)
    with pytest.raises(ThermalRunaway, match="C3M0032120K"):
        ThermalGrid(lambda t: flat(t[0] ** 2 / 20.0), (group,)).solve()
