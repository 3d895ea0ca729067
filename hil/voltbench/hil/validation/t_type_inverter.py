"""The switched T-type of CRD-25BDA6512N-K as an inverter on resistors, with its losses.

The circuit of `topologies.t_type` with the grid taken off: filter capacitors and load at the
converter's inductors. Modulated openly, each period with the mean phase voltages that the
wanted load voltage asks for, zero sequence injected.
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from voltbench.plant_models.devices import Device, load_device
from voltbench.plant_models.switched import layout as lay
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.elements import (
    Capacitor,
    CurrentProbe,
    Inductor,
    Probe,
    Resistor,
    VoltageProbe,
)
from voltbench.plant_models.switched.engine import Edges, Engine, Memory, trace_of
from voltbench.plant_models.switched.losses.conduction import branch_rows, by_configuration
from voltbench.plant_models.switched.losses.replay import Segment, replay
from voltbench.plant_models.switched.losses.report import LossReport, report
from voltbench.plant_models.switched.losses.switching import DeviceUse
from voltbench.plant_models.switched.modulation.converters import t_type_pwm
from voltbench.plant_models.switched.tableau import Array
from voltbench.plant_models.switched.topologies.ac_side import PHASES, DcSide
from voltbench.plant_models.switched.topologies.device import Transistor
from voltbench.plant_models.switched.topologies.t_type import TTypeParameters, t_type_circuit

OUTER = tuple(f"{k}_{n}" for k in PHASES for n in (1, 4))
INNER = tuple(f"{k}_{n}" for k in PHASES for n in (2, 3))
SETTLE = 900
"""Periods before the measured ones: 15 ms, against time constants of the filter below 1 ms."""
SIXTH = 200
"""Periods measured, 60 degrees of the line: from there on the phases only change their names."""
SAMPLES = 16
"""In a switching period, for the fundamental."""


@dataclass(frozen=True)
class Point:
    """An operating point: link (V), output (W) and junctions of outer and inner devices (degC)."""

    link_V: float
    output_W: float
    outer_C: float
    inner_C: float


@dataclass(frozen=True)
class Board:
    """What the board is made of; the energies' scale belongs to its gate resistors."""

    inductance_H: float
    inductor_Ohm: float
    filter_F: float
    damping_Ohm: float
    half_link_F: float
    series_Ohm: float
    """Between filter and terminals, each phase."""
    energy_scale: float
    phase_V: float
    line_Hz: float
    switching_Hz: float
    dead_time_s: float
    outer: str
    inner: str


@dataclass(frozen=True)
class Measured:
    """Losses over a sixth of the line's period, and output power (W)."""

    losses: LossReport
    channel_W: dict[str, float]
    """Of each switch's channel alone, without its body diode."""
    output_W: float
    series_W: float

    @property
    def loss_W(self) -> float:
        """Return all losses between the link's terminals and the load's."""
        return self.losses.total_W + self.series_W

    @property
    def efficiency(self) -> float:
        """Return output over output and losses."""
        return self.output_W / (self.output_W + self.loss_W)


def transistor(device: Device) -> Transistor:
    """Return the switched model's record of a device: its parabola of r_on, its body diode."""
    r_0, r_1, r_2 = device.resistance_coefficients()
    return Transistor(
        r_0, r_1 / r_0, r_2 / r_0, device.body_diode.drop_V, device.body_diode.resistance_Ohm
    )


def inverter_circuit(board: Board, point: Point) -> tuple[Circuit, TTypeParameters]:
    """Return the circuit with its load, and the record its gates are made from."""
    p = TTypeParameters(
        outer=transistor(load_device(board.outer)),
        inner=transistor(load_device(board.inner)),
        half_capacitance_F=board.half_link_F,
        dc=DcSide(source_voltage_V=point.link_V),
        switching_frequency_Hz=board.switching_Hz,
        dead_time_s=board.dead_time_s,
    )
    whole = t_type_circuit(p, point.outer_C, point.inner_C, point.link_V)
    grid = ("source_", "grid_", "filter_", "boost_")
    elements = [e for e in whole.elements if not e.name.startswith(grid)]
    load = 3.0 * board.phase_V**2 / point.output_W
    for k in PHASES:
        elements += [
            Inductor(f"boost_{k}", k, f"f_{k}", board.inductance_H, board.inductor_Ohm),
            Capacitor(f"filter_{k}", f"f_{k}", "filter_star", board.filter_F, board.damping_Ohm),
            Resistor(f"series_{k}", f"f_{k}", f"o_{k}", board.series_Ohm),
            Resistor(f"load_{k}", f"o_{k}", "star", load),
        ]
    probes: tuple[Probe, ...] = (
        *(VoltageProbe(f"u_{k}", f"o_{k}", "star") for k in PHASES),
        *(CurrentProbe(f"i_{k}", f"boost_{k}") for k in PHASES),
        VoltageProbe("u_p", "p"),
    )
    circuit = replace(whole, name="t_type_inverter", elements=tuple(elements), probes=probes)
    return circuit, p


class Inverter:
    """One operating point: run into its steady state, and measured."""

    def __init__(self, board: Board, point: Point) -> None:
        self.board, self.point = board, point
        circuit, self._p = inverter_circuit(board, point)
        self.engine = Engine(circuit)

    @cached_property
    def _ideal(self) -> complex:
        """Phasor (peak, V) of the bridge's mean voltage that the lossless filter asks for."""
        b = self.board
        omega, u = 2.0 * math.pi * b.line_Hz, math.sqrt(2.0) * b.phase_V
        load = 3.0 * b.phase_V**2 / self.point.output_W
        at_filter = u * (1.0 + b.series_Ohm / load)
        current = u / load + at_filter / (b.damping_Ohm + 1.0 / (1j * omega * b.filter_F))
        return complex(at_filter + (b.inductor_Ohm + 1j * omega * b.inductance_H) * current)

    def measure(self) -> tuple[list[Segment], complex]:
        """Run twice, the second time with what devices and dead time took put back.

        Returns
        -------
        tuple[list[Segment], complex]
            The measured sixth, and the load's fundamental (peak, V) before it.
        """
        asked = self._ideal
        wanted = math.sqrt(2.0) * self.board.phase_V
        _, found = self._run(asked, 0)
        return self._run(asked * wanted / found, SIXTH)

    def _run(self, bridge: complex, measured: int) -> tuple[list[Segment], complex]:
        b = self.board
        period = 1.0 / b.switching_Hz
        gates = t_type_pwm(self.engine.library.circuit, self._p, drop_short_pulses=True)
        memory = self._start(bridge)
        per_line = round(b.switching_Hz / b.line_Hz)

        def edges(k: int) -> Edges:
            return gates.edges(*self._signals(bridge, (k + 0.5) / per_line).tolist())

        for k in range(SETTLE):
            if k == SETTLE - per_line // 2:
                self.engine.store(memory, period / SAMPLES, per_line * SAMPLES, 0)
            self.engine.advance(memory, edges(k), period)
        found = self._fundamental(memory, per_line // 2)
        memory.sample = 0.0
        segments: list[Segment] = []
        for k in range(SETTLE, SETTLE + measured):
            segments += replay(self.engine, memory, edges(k), period)
        return segments, found

    def _start(self, bridge: complex) -> Memory:
        """Start at the filter's own steady state, so that little is left to settle."""
        memory = self.engine.start()
        b, tableau = self.board, self.engine.library.tableau
        omega = 2.0 * math.pi * b.line_Hz
        load = 3.0 * b.phase_V**2 / self.point.output_W + b.series_Ohm
        branch = b.damping_Ohm + 1.0 / (1j * omega * b.filter_F)
        parallel = 1.0 / (1.0 / load + 1.0 / branch)
        current = bridge / (b.inductor_Ohm + 1j * omega * b.inductance_H + parallel)
        plates = current * parallel / branch / (1j * omega * b.filter_F)
        scale = tableau.scale()
        for n, k in enumerate(PHASES):
            turn = np.exp(-2j * math.pi * n / 3.0)
            for name, phasor in ((f"boost_{k}", current), (f"filter_{k}", plates)):
                at = tableau.states.index(name)
                memory.real[lay.S_STATES + at] = float((phasor * turn).real) / scale[at]
        return memory

    def _signals(self, bridge: complex, turns: float) -> Array:
        """Return the three modulating signals at a share of the line's period."""
        phase = 2.0 * math.pi * (turns - np.arange(3) / 3.0)
        u = np.real(bridge * np.exp(1j * phase)) * 2.0 / self.point.link_V
        signals: Array = u - 0.5 * (u.max() + u.min())
        return signals

    def _fundamental(self, memory: Memory, periods: int) -> complex:
        """Return phase a's load voltage (peak phasor, V) over the last half period of the line."""
        trace = trace_of(self.engine, memory)
        count = periods * SAMPLES
        u = trace["u_a"][:count]
        per_line = round(self.board.switching_Hz / self.board.line_Hz)
        first = SETTLE - per_line // 2
        turn = (first + np.arange(count) / SAMPLES) / per_line
        return complex(2.0 * (u * np.exp(-2j * math.pi * turn)).mean())


def losses(board: Board, point: Point) -> Measured:
    """Return the losses of one point at given junction temperatures."""
    inverter = Inverter(board, point)
    segments, _ = inverter.measure()
    uses = (
        DeviceUse(load_device(board.outer), OUTER, 1, point.outer_C, board.energy_scale),
        DeviceUse(load_device(board.inner), INNER, 1, point.inner_C, board.energy_scale),
    )
    found = report(inverter.engine, segments, uses)
    output = sum(found.conduction_W[f"load_{k}"] for k in PHASES)
    series = sum(found.conduction_W[f"series_{k}"] for k in PHASES)
    return Measured(found, _channel_power(inverter.engine, segments), output, series)


def _channel_power(engine: Engine, segments: list[Segment]) -> dict[str, float]:
    """Return the mean power (W) in each channel."""
    duration = sum(s.length for s in segments)
    power = dict.fromkeys((*OUTER, *INNER), 0.0)
    for number, weights, states in by_configuration(segments):
        for name in power:
            u, i = (states @ row for row in branch_rows(engine, number, name))
            power[name] += float(weights @ (u * i)) / duration
    return power
