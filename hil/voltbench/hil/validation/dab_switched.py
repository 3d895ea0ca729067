"""The switched DAB with its losses against TI's 10 kW reference design TIDA-010054.

The same published values as `dab_tida010054`, from the exactly solved circuit: dead time, body
diodes and output capacitances are in the waveforms, switching energies are taken at each
edge, cores from the winding's voltage, and junctions heat until they agree with their
resistance (the case at 100 degC, as in SIMBA example 46). No parameter is fitted here; rows
that use the two fitted winding resistances of the averaged model say so.
"""

import math
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from voltbench.hil.validation.dab_tida010054 import (
    FITTED,
    P_NOMINAL,
    SWITCH_LOSS_W,
    U_1,
    U_2,
    cell,
    fitted,
)
from voltbench.hil.validation.row import ValidationRow, compare, within
from voltbench.plant_models.dab_design import DabCell
from voltbench.plant_models.devices import Device, load_device
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.elements import VoltageSource
from voltbench.plant_models.switched.engine import Engine
from voltbench.plant_models.switched.losses.conduction import branch_rows
from voltbench.plant_models.switched.losses.replay import Segment, replay
from voltbench.plant_models.switched.losses.report import CoreUse, LossReport, report
from voltbench.plant_models.switched.losses.switching import DeviceUse
from voltbench.plant_models.switched.losses.thermal import Junctions, ThermalGrid
from voltbench.plant_models.switched.modulation.converters import dab_phase_shift
from voltbench.plant_models.switched.nonideal import oss_polygon, with_output_capacitance
from voltbench.plant_models.switched.steady import settle
from voltbench.plant_models.switched.topologies.dab import DabParameters, dab_circuit

CASE_C = 100.0
JUNCTION_C = 110.0
"""SIMBA's result for this case temperature."""
INPUT, OUTPUT = ("p1", "p2", "p3", "p4"), ("s1", "s2", "s3", "s4")
OSS_V = (25.0, 75.0, 200.0, 450.0, 900.0)
"""Breakpoints of the capacitance polygons."""
SHIFT_TOLERANCE_W = 1.0


@dataclass(frozen=True)
class SwitchedPoint:
    """Steady state of the switched cell at one output power; currents in A."""

    phi: float
    losses: LossReport
    switching_1: float
    switching_2: float
    rms_1: float
    rms_2: float
    magnetising: float
    """Peak, referred to the input."""
    junction_C: tuple[float, ...]
    efficiency: float


def _circuit(design: DabCell, junctions: tuple[float, ...]) -> tuple[Circuit, DabParameters]:
    devices = load_device(design.device_1), load_device(design.device_2)
    r_on = [_resistance(d, t) for d, t in zip(devices, junctions, strict=True)]
    diode = devices[0].body_diode
    n = design.turns_ratio
    winding = design.winding_1_resistance_Ohm + design.inductor_resistance_Ohm
    p = DabParameters(
        input_voltage_V=U_1,
        turns_ratio=n,
        leakage_inductance_H=design.series_inductance_H,
        leakage_resistance_Ohm=winding + n * n * design.winding_2_resistance_Ohm,
        magnetising_inductance_H=design.magnetising_inductance_H,
        r_on_1_Ohm=r_on[0],
        r_on_2_Ohm=r_on[1],
        body_voltage_V=diode.drop_V,
        body_resistance_Ohm=diode.resistance_Ohm,
        switching_frequency_Hz=design.switching_frequency_Hz,
        dead_time_s=design.dead_time_s,
    )
    ideal = dab_circuit(p)
    load = VoltageSource("load", "out", "0", U_2)
    elements = [e for e in ideal.elements if e.name not in ("output", "load")]
    stiff = replace(ideal, elements=(*elements, load), initial={})
    shapes = {k: oss_polygon(d, OSS_V) for k, d in zip("ps", devices, strict=True)}
    return with_output_capacitance(stiff, shapes), p


def _resistance(device: Device, junction_C: float) -> float:
    r_0, r_1, r_2 = device.resistance_coefficients()
    rise = junction_C - 25.0
    return r_0 + rise * (r_1 + rise * r_2)


class _Bridge:
    """The cell at one pair of junction temperatures."""

    def __init__(self, design: DabCell, junctions: tuple[float, ...]) -> None:
        self.design, self.junctions = design, junctions
        circuit, p = _circuit(design, junctions)
        self.engine = Engine(circuit)
        self.gates = dab_phase_shift(circuit, p)

    def period(self, phi: float) -> list[Segment]:
        """Return a period of the steady state at a phase shift (rad)."""
        gates = self.gates
        memory = settle(self.engine, lambda: gates.edges(phi, 1.0, 1.0), gates.period, 1e-6)
        return replay(self.engine, memory, gates.edges(phi, 1.0, 1.0), gates.period)

    def power(self, segments: list[Segment]) -> float:
        """Return the mean power (W) into the output."""
        energy = 0.0
        for s in segments:
            _, current = branch_rows(self.engine, s.number, "load")
            energy += U_2 * float(s.weights @ (s.states @ current))
        return energy / self.gates.period

    def at_power(self, power_W: float) -> tuple[float, list[Segment]]:
        """Return phase shift and steady period that give an output power, by secants."""
        most = self.design.turns_ratio * U_1 * U_2 / (2.0 * math.pi**2)
        most /= self.design.switching_frequency_Hz * self.design.series_inductance_H
        phi = 0.5 * math.pi * (1.0 - math.sqrt(1.0 - 4.0 * power_W / (math.pi**2 * most)))
        for _ in range(12):
            segments = self.period(phi)
            short = power_W - self.power(segments)
            if abs(short) < SHIFT_TOLERANCE_W:
                return phi, segments
            phi += short / (most * (math.pi - 2.0 * phi))
        raise ArithmeticError(f"phase shift for {power_W:g} W not found; last {phi:g} rad")

    def losses(self, segments: list[Segment]) -> LossReport:
        """Return the losses of a steady period."""
        d, (t_1, t_2) = self.design, self.junctions
        uses = (
            DeviceUse(load_device(d.device_1), INPUT, d.parallel_1, t_1),
            DeviceUse(load_device(d.device_2), OUTPUT, d.parallel_2, t_2),
        )
        core = d.transformer_core
        cores = () if core is None else (CoreUse(core, "transformer.1"),)
        return report(self.engine, segments, uses, cores)


def operate(design: DabCell, power_W: float) -> SwitchedPoint:
    """Return the steady point at an output power, junctions in equilibrium with their case."""
    found: dict[tuple[float, ...], tuple[_Bridge, float, list[Segment]]] = {}

    def losses_at(junctions: tuple[float, ...]) -> LossReport:
        bridge = _Bridge(design, junctions)
        phi, segments = bridge.at_power(power_W)
        found[junctions] = bridge, phi, segments
        return bridge.losses(segments)

    groups = (
        Junctions(load_device(design.device_1), INPUT, 4 * design.parallel_1, CASE_C),
        Junctions(load_device(design.device_2), OUTPUT, 4 * design.parallel_2, CASE_C),
    )
    point = ThermalGrid(losses_at, groups).solve()
    bridge, phi, segments = found[point.cell_C]
    i_1, i_2 = (_switching_current(point.losses, names) for names in (INPUT, OUTPUT))
    rms_1 = _rms(bridge.engine, segments, "leakage")
    rms_2 = _rms(bridge.engine, segments, "transformer.2")
    peak = _peak(bridge.engine, segments, "magnetising")
    n = design.turns_ratio
    efficiency = power_W / (power_W + point.losses.total_W)
    return SwitchedPoint(
        phi, point.losses, i_1, i_2 / n, rms_1, rms_2, peak, point.junction_C, efficiency
    )


def _switching_current(losses: LossReport, names: tuple[str, ...]) -> float:
    edges = [e.current_A for e in losses.edges if not e.on and e.switch in names]
    return sum(edges) / len(edges)


def _rms(engine: Engine, segments: list[Segment], branch: str) -> float:
    square = duration = 0.0
    for s in segments:
        _, current = branch_rows(engine, s.number, branch)
        square += float(s.weights @ (s.states @ current) ** 2)
        duration += s.length
    return math.sqrt(square / duration)


def _peak(engine: Engine, segments: list[Segment], branch: str) -> float:
    rows = [(s, branch_rows(engine, s.number, branch)[1]) for s in segments]
    return max(float(np.abs(s.states @ row).max()) for s, row in rows)


@cache
def plain_point() -> SwitchedPoint:
    """Return the nominal point with windings at their DC resistance: nothing fitted."""
    return operate(cell(), P_NOMINAL)


def rows() -> list[ValidationRow]:
    """Return the comparison with the published values."""
    p = plain_point()
    hottest = max(p.junction_C)
    n = "nothing fitted"
    name = "TIDA-010054 switched"
    return [
        within(f"{name}: phase shift at 10 kW", 22.5, 23.0, math.degrees(p.phi), "deg", n),
        compare(f"{name}: primary switching current", 14.3, p.switching_1, "A", 0.6, n),
        compare(
            f"{name}: secondary switching current, referred",
            14.3,
            p.switching_2 - p.magnetising,
            "A",
            0.6,
            f"less {p.magnetising:.2f} A magnetising, which the published formula leaves out",
        ),
        compare(f"{name}: primary rms current", 13.5, p.rms_1, "A", 0.55, n),
        compare(
            f"{name}: secondary rms current",
            20.0,
            cell().turns_ratio * p.rms_1,
            "A",
            2.4,
            f"n times the primary, as published; with magnetising current {p.rms_2:.1f} A",
        ),
        compare(f"{name}: switches", SWITCH_LOSS_W, p.losses.switches_W, "W", 25.0, n),
        compare(f"{name}: hottest junction", JUNCTION_C, hottest, "degC", 6.0, f"{n}; SIMBA"),
        compare(f"{name}: copper at DC resistance", 21.1, p.losses.copper_W, "W", 1.5, "SIMBA"),
        within(f"{name}: transformer core", 8.4, 15.1, p.losses.core_W[0], "W", "SIMBA"),
        compare(f"{name}: efficiency at 10 kW", 98.4, 100.0 * p.efficiency, "%", 0.5, "SIMBA"),
        *_fitted_rows(name),
    ]


def _fitted_rows(name: str) -> list[ValidationRow]:
    note = "windings fitted at 10 kW in the averaged model: " + ", ".join(FITTED)
    full, part = (100.0 * operate(fitted(), power).efficiency for power in (P_NOMINAL, 4e3))
    return [
        compare(f"{name}: efficiency at 10 kW, AC windings", 98.0, full, "%", 0.5, note),
        compare(f"{name}: efficiency at 4 kW, AC windings", 98.75, part, "%", 0.3, note),
    ]
