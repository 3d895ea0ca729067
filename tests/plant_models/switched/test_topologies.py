"""The declared converters: gates, options that switch parts off, temperature, precharge."""

import math
from dataclasses import replace

import numpy as np
import pytest

from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.elements import Switch
from voltbench.plant_models.switched.engine import Engine
from voltbench.plant_models.switched.errors import CircuitError
from voltbench.plant_models.switched.library import Library
from voltbench.plant_models.switched.reduction import Modes
from voltbench.plant_models.switched.topologies.ac_side import DcSide, GridFilter
from voltbench.plant_models.switched.topologies.active_front_end import (
    ActiveFrontEndParameters,
    active_front_end_circuit,
)
from voltbench.plant_models.switched.topologies.cllc import CllcParameters, cllc_circuit
from voltbench.plant_models.switched.topologies.dab import DabParameters, dab_circuit
from voltbench.plant_models.switched.topologies.device import Transistor
from voltbench.plant_models.switched.topologies.llc import LlcParameters
from voltbench.plant_models.switched.topologies.llc_half_bridge import llc_half_bridge_circuit
from voltbench.plant_models.switched.topologies.output_filter import (
    OutputFilterParameters,
    with_battery,
)
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

CIRCUITS = (
    active_front_end_circuit(ActiveFrontEndParameters()),
    t_type_circuit(TTypeParameters()),
    totem_pole_circuit(TotemPoleParameters()),
    llc_half_bridge_circuit(LlcParameters()),
    cllc_circuit(CllcParameters()),
    psfb_circuit(PsfbParameters()),
    psfb_current_doubler_circuit(PsfbParameters()),
    with_battery(dab_circuit(DabParameters()), OutputFilterParameters()),
)


@pytest.mark.parametrize("circuit", CIRCUITS, ids=lambda c: c.name)
def test_circuit_is_sound_with_all_gates_off(circuit: Circuit) -> None:
    library = Library(circuit)
    assert np.isfinite(library.reduced[library.number(Modes(0, 0))].a).all()


def test_resistance_follows_the_junction_temperature() -> None:
    device = Transistor(20e-3, change_per_K=2e-3, change_per_K2=1e-5)
    assert device.resistance_Ohm(25.0) == 20e-3
    assert device.resistance_Ohm(125.0) == pytest.approx(20e-3 * 1.3, rel=1e-12)
    hot = psfb_circuit(PsfbParameters(device=device), 125.0)
    assert {e.r_on for e in hot.elements if isinstance(e, Switch)} == {device.resistance_Ohm(125.0)}
    with pytest.raises(CircuitError, match=r"r_on is -.* at junction temperature -100 degC"):
        Transistor(20e-3, change_per_K=1e-2).resistance_Ohm(-100.0)


def test_zero_switches_a_part_off() -> None:
    states = Library(psfb_circuit(PsfbParameters(magnetising_inductance_H=0.0))).tableau.states
    assert states == ("leakage", "filter", "output")
    stiff = GridFilter(grid_inductance_H=0.0, filter_capacitance_F=0.0)
    states = Library(t_type_circuit(TTypeParameters(grid=stiff))).tableau.states
    assert states == ("boost_a", "boost_b", "boost_c", "upper", "lower")


def test_a_bus_without_load_and_source_is_refused() -> None:
    with pytest.raises(CircuitError, match="are both 0; give one"):
        totem_pole_circuit(TotemPoleParameters(dc=DcSide()))
    with pytest.raises(CircuitError, match="no resistor 'load' to replace"):
        with_battery(
            cllc_circuit(CllcParameters(dc=DcSide(source_voltage_V=600.0))),
            OutputFilterParameters(),
        )


def test_negative_value_is_refused_by_name() -> None:
    p = replace(CllcParameters(), magnetising_inductance_H=-1e-6)
    with pytest.raises(CircuitError, match="magnetising: inductance is -1e-06 H"):
        Library(cllc_circuit(p))


def test_precharge_charges_the_terminals_through_its_resistor() -> None:
    p = OutputFilterParameters()
    circuit = with_battery(dab_circuit(DabParameters()), p)
    engine = Engine(circuit)
    memory = engine.start()
    closed = 1 << circuit.gates.index("precharge")
    constant = (p.precharge_resistance_Ohm + p.battery_resistance_Ohm) * (
        DabParameters().output_capacitance_F + p.capacitance_F
    )
    engine.advance(memory, (np.array([0.0]), np.array([closed])), constant)
    # 0.5 %: bleeder, ESR and the chokes beside 50 ohm
    expected = 400.0 * (1.0 - math.exp(-1.0))
    assert engine.states(memory)["terminal"] == pytest.approx(expected, rel=5e-3)
    engine.advance(memory, (np.zeros(0), np.zeros(0, np.int64)), 9.0 * constant)
    assert engine.states(memory)["output"] == pytest.approx(400.0, rel=2e-3)


def test_idle_totem_pole_charges_its_bus_to_the_grid_peak_through_body_diodes() -> None:
    p = TotemPoleParameters(
        grid_inductance_H=1e-3, dc=DcSide(load_resistance_Ohm=1e6), bus_capacitance_F=20e-6
    )
    engine = Engine(totem_pole_circuit(p, initial_bus_voltage_V=300.0))
    memory = engine.start()
    for _ in range(400):
        engine.advance(memory, (np.zeros(0), np.zeros(0, np.int64)), 1e-4)
    peak = 230.0 * math.sqrt(2.0) - p.fast.body_voltage_V - p.slow.body_voltage_V
    bus = engine.states(memory)["bus"]
    assert peak - 1.0 < bus < 1.25 * peak  # the line inductance overshoots
