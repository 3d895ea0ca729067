"""Models that solve many points: against the models of single points and closed forms."""

import math
from dataclasses import replace

import numpy as np
import pytest

from voltbench.plant_models.devices import load_device
from voltbench.plant_models.switched.averaged.active_bridges import dab_point
from voltbench.plant_models.switched.averaged.bridge_grid import BridgeGrid
from voltbench.plant_models.switched.averaged.commutation import STEPS, commute
from voltbench.plant_models.switched.averaged.dab_formulas import DabShifts
from voltbench.plant_models.switched.averaged.leg_energy import CHARGES, leg_energy
from voltbench.plant_models.switched.averaged.psfb import psfb_at, psfb_point
from voltbench.plant_models.switched.averaged.psfb_discontinuous import psfb_discontinuous
from voltbench.plant_models.switched.topologies.ac_side import DcSide
from voltbench.plant_models.switched.topologies.dab import DabParameters
from voltbench.plant_models.switched.topologies.device import Rectifier, Transistor
from voltbench.plant_models.switched.topologies.psfb import PsfbParameters

SHIFTS = (
    DabShifts(0.5), DabShifts(0.3, 0.8, 1.0), DabShifts(0.9, 0.6, 0.7),
)  # fmt: skip


@pytest.mark.parametrize("shifts", SHIFTS)
def test_a_bridge_without_dead_time(shifts: DabShifts) -> None:
    """Means as matrix exponentials give them: 1e-6, both are exact."""
    p = DabParameters(dead_time_s=0.0)
    one = dab_point(p, shifts)
    grid = _grid(p, one.output_voltage_V, shifts)
    means = grid.means()
    assert means.output_current_A[0] == pytest.approx(one.output_current_A, rel=1e-6)
    assert means.input_power_W[0] == pytest.approx(one.input_power_W, rel=1e-6)
    assert means.rms_1_A[0] == pytest.approx(one.input_rms_A, rel=1e-6)
    assert means.rms_2_A[0] == pytest.approx(one.output_rms_A, rel=1e-6)
    i_1, i_2 = grid.currents(grid.ideal)
    helping = -i_1[0, 0], i_1[0, 1], i_2[0, 2], -i_2[0, 3]
    assert helping == pytest.approx(one.commutation_A, rel=1e-5)


def _grid(p: DabParameters, u_2: float, shifts: DabShifts) -> BridgeGrid:
    def one(value: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.array([value])

    legs = np.zeros((1, 4))
    grid = BridgeGrid(p, one(u_2), one(p.r_on_1_Ohm), one(p.r_on_2_Ohm), legs, legs.copy())
    grid.set_shifts(one(shifts.phi), one(shifts.duty_1), one(shifts.duty_2))
    return grid


def test_a_leg_rings_with_its_inductance() -> None:
    """A constant output charge and an inductance: sine and its integral, 1e-3 of the stepping."""
    legs = leg_energy(load_device("C3M0032120K"), 1, np.array([800.0]), 60.0)
    legs = replace(legs, share_of_charge=np.linspace(0.0, 1.0, CHARGES)[None, :])
    need, dead, start = float(legs.charge_C[0]), 150e-9, np.array([2.0])
    omega = 0.4 * math.pi / dead
    edge = commute(
        legs, np.zeros(1, np.int64), start, (np.zeros(1), np.array([-(omega**2) * need])), (),
        dead, (1.0, 0.0),
    )  # fmt: skip
    top = start[0] / (omega * need)
    assert top < 1.0
    assert edge.share[0] == pytest.approx(top * math.sin(omega * dead), rel=2.0 / STEPS)
    held = dead - top * (1.0 - math.cos(omega * dead)) / omega
    assert edge.delay_s[0] == pytest.approx(held, rel=2e-3)
    assert edge.diode_J[0] == 0.0
    assert edge.margin[0] == pytest.approx(edge.share[0])


def test_a_leg_with_current_to_spare() -> None:
    """Constant current: charged after Q/i, then the diode carries it; a step of the dead time."""
    legs = leg_energy(load_device("C3M0032120K"), 1, np.array([800.0]), 60.0)
    need, dead = float(legs.charge_C[0]), 150e-9
    current, none = np.array([5.0 * need / dead]), np.zeros(1)
    edge = commute(legs, np.zeros(1, np.int64), current, (none, none), (), dead, (2.0, 0.0))
    assert edge.share[0] == 1.0
    assert edge.margin[0] == pytest.approx(5.0)
    heat = 2.0 * current[0] * dead * 0.8
    assert edge.diode_J[0] == pytest.approx(heat, rel=1.5 / STEPS)


def test_a_leg_that_closes_hard_costs_its_charge() -> None:
    """At no current: bus voltage times the partner's charge, as in the switched engine."""
    device = load_device("C3M0032120K")
    legs = leg_energy(device, 2, np.array([800.0]), 120.0)
    none, row = np.zeros(1), np.zeros(1, np.int64)
    energy = legs.turn_on_J(row, none, none, none + 25.0)
    assert energy[0] == pytest.approx(800.0 * 0.5 * float(legs.charge_C[0]), rel=1e-6)
    assert legs.turn_on_J(row, none + 1.0, none, none)[0] == 0.0


@pytest.mark.parametrize("duty", [0.3, 0.6, 0.9])
def test_the_duty_of_a_voltage_is_the_voltage_of_a_duty(duty: float) -> None:
    p = PsfbParameters()
    one = psfb_point(p, duty)
    found = psfb_at(p, one.output_voltage_V, one.output_current_A)
    assert found.duty == pytest.approx(duty, rel=1e-6)
    assert found.primary_rms_A == pytest.approx(one.primary_rms_A, rel=1e-6)


def test_discontinuous_current_by_the_textbook() -> None:
    """Without losses a buck converter: M = 2/(1 + sqrt(1 + 4 K/D^2)), K = 2 L/(R T), 1e-9.

    Erickson, Maksimovic, Fundamentals of Power Electronics, chapter 5.
    """
    p = PsfbParameters(
        leakage_inductance_H=1e-15, leakage_resistance_Ohm=0.0, magnetising_inductance_H=0.0,
        filter_resistance_Ohm=0.0, device=Transistor(r_on_Ohm=0.0), rectifier=Rectifier(0.0, 0.0),
        dc=DcSide(load_resistance_Ohm=200.0), dead_time_s=0.0,
    )  # fmt: skip
    u_s, half = p.input_voltage_V / p.turns_ratio, 0.5 / p.switching_frequency_Hz
    k, duty = 2.0 * p.filter_inductance_H / (200.0 * half), 0.3
    u_o = u_s * 2.0 / (1.0 + math.sqrt(1.0 + 4.0 * k / duty**2))
    found = psfb_discontinuous(p, u_o, u_o / 200.0)
    assert found.duty == pytest.approx(duty, rel=1e-9)
    assert found.single_pair < 1.0
    assert found.input_power_W == pytest.approx(found.output_power_W, rel=1e-9)
