"""A switched front end on a disturbed grid: runs an event list, notes what its laws make of it."""

import cmath
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voltbench.calibration.switched_loops.grid_laws import GridLawSettings, grid_laws_memory
from voltbench.calibration.switched_loops.grid_laws_interrupt import grid_laws_period
from voltbench.calibration.switched_loops.three_phase import PHASES, interrupt_probes
from voltbench.calibration.switched_loops.three_phase_interrupt import TWO_LEVEL
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.closed_loop import KernelController
from voltbench.plant_models.switched.elements import CurrentProbe, VoltageProbe
from voltbench.plant_models.switched.engine import Engine, trace_of
from voltbench.plant_models.switched.modulation.converters import two_level_pwm
from voltbench.plant_models.switched.topologies.ac_side import GridFilter
from voltbench.plant_models.switched.topologies.active_front_end import (
    ActiveFrontEndParameters,
    active_front_end_circuit,
)
from voltbench.plant_models.switched.topologies.disturbed_grid import (
    GridPhasors,
    disturbed,
    switched_off,
)
from voltbench.plant_models.switched.trace import Trace

Array = NDArray[np.float64]
LCL = GridFilter(
    inductance_H=500e-6,
    filter_capacitance_F=5e-6,
    filter_resistance_Ohm=3.0,
    grid_inductance_H=150e-6,
)
SETTLE_S = 0.06
CHUNK = 5
"""Interrupts between two looks at the laws' records, and between two turns of a moving grid."""
SAMPLE_S = 3e-6
_LINE, _LOAD = 1 << 6, 1 << 7


@dataclass(frozen=True)
class GridEvent:
    """The grid from an instant on; shares of the nominal amplitude.

    Attributes
    ----------
    at_s : float
        After the settling time.
    positive, negative, fifth : complex
        Phasors.
    line_open : bool
        Conductor a.
    slope_Hz_per_s : float
        Change of the frequency from then on.
    """

    at_s: float
    positive: complex = 1.0
    negative: complex = 0.0
    fifth: complex = 0.0
    line_open: bool = False
    slope_Hz_per_s: float = 0.0


@dataclass(frozen=True)
class GridRun:
    """What a run left: the waveforms, and the laws' view of the grid at `time`.

    Attributes
    ----------
    trace : Trace
        From the first event on; its clock counts from the run's start, SETTLE_S earlier.
    time : Array
        s, from the first event on.
    angle_error : Array
        rad, of the law against the source's positive sequence.
    frequency : Array
        Hz, the law's.
    grid_frequency : Array
        Hz, the source's.
    share : Array
        Of the current limit.
    """

    trace: Trace
    time: Array
    angle_error: Array
    frequency: Array
    grid_frequency: Array
    share: Array


class GridBench:
    """An 11 kW two-level front end with LCL filter, its load shed while no current is asked for.

    Parameters
    ----------
    parameters : ActiveFrontEndParameters
        Of the converter.
    """

    def __init__(self, parameters: ActiveFrontEndParameters | None = None) -> None:
        self.parameters = parameters or ActiveFrontEndParameters(grid=LCL)
        self.engine = Engine(_circuit(self.parameters))

    def run(
        self,
        settings: GridLawSettings,
        events: tuple[GridEvent, ...],
        end_s: float,
        change: Callable[[Any], None] = lambda _: None,
    ) -> GridRun:
        """Settle, then run the events up to `end_s` after; errors as `Engine.advance`.

        `change` may alter the laws' record (`GridLaws`) before the run.
        """
        p = self.parameters
        pwm = two_level_pwm(self.engine.library.circuit, p, drop_short_pulses=True)
        memory = grid_laws_memory(pwm, p.grid, p.bus_capacitance_F, TWO_LEVEL, settings)
        change(memory)
        return _Run(self.engine, memory, pwm.period, p.grid).through(events, end_s)


def _circuit(p: ActiveFrontEndParameters) -> Circuit:
    plain = active_front_end_circuit(p)
    probes = (
        *interrupt_probes(p.grid),
        VoltageProbe("u_dc", "p"),
        *(CurrentProbe(f"i_g_{k}", f"grid_{k}") for k in PHASES),
    )
    return switched_off(disturbed(replace(plain, probes=probes)))


class _Run:
    """One run in progress."""

    def __init__(self, engine: Engine, laws: Any, period: float, grid: GridFilter) -> None:
        self.engine, self.laws, self.period = engine, laws, period
        self.nominal = grid.grid_frequency_Hz
        self.controller = KernelController(grid_laws_period, laws, period)
        self.memory = engine.start(_LINE | _LOAD)
        self.grid = GridPhasors(engine, self.memory)
        laws["always"] = _LINE | _LOAD
        self.index, self.ahead, self.angle, self.deviation = 0, 0.0, 0.0, 0.0
        self.rows: list[tuple[float, ...]] = []

    def through(self, events: tuple[GridEvent, ...], end_s: float) -> GridRun:
        """Run it all."""
        self._advance(round(SETTLE_S / self.period))
        start = self.index
        count = round(end_s / self.period)
        samples = int(count * self.period / SAMPLE_S) + 2
        self.engine.store(self.memory, SAMPLE_S, samples, 200 * count + 100)
        waiting, event = list(events), GridEvent(0.0)
        while self.index < start + count:
            now = (self.index - start) * self.period
            while waiting and waiting[0].at_s < now + 0.5 * self.period:
                event = waiting.pop(0)
                self._apply(event)
            if event.slope_Hz_per_s:
                self.deviation += event.slope_Hz_per_s * CHUNK * self.period
            if self.deviation:
                # the mean frequency of the chunk ahead; its first turn lies half a chunk late
                turn = 2.0 * math.pi * self.deviation * CHUNK * self.period
                self.angle += turn
                self.grid.turn(turn)
            self._shed(event)
            self._advance(CHUNK)
            self._note(now + CHUNK * self.period)
        columns = np.array(self.rows).T
        return GridRun(trace_of(self.engine, self.memory, start * self.period), *columns)

    def _apply(self, event: GridEvent) -> None:
        turn = cmath.exp(1j * self.angle)
        self.ahead = cmath.phase(event.positive) if event.positive else self.ahead
        self.grid.set(event.positive * turn, event.negative * turn, event.fifth * turn**5)

    def _shed(self, event: GridEvent) -> None:
        """Let the load follow the laws' word, as a charger's output stage does."""
        load = 0 if float(self.laws["sync"]["share"]) == 0.0 else _LOAD
        self.laws["always"] = load | (0 if event.line_open else _LINE)

    def _advance(self, periods: int) -> None:
        self.controller.advance(self.engine, self.memory, self.index, periods)
        self.index += periods

    def _note(self, time: float) -> None:
        pll = self.laws["sync"]["pll"]
        # theta belongs to the sample that comes next, where the run stands now
        t = self.index * self.period
        true = 2.0 * math.pi * self.nominal * t - 0.5 * math.pi + self.angle + self.ahead
        error = cmath.phase(cmath.exp(1j * (float(pll["theta"]) - true)))
        own, its = float(pll["omega"]) / (2.0 * math.pi), self.nominal + self.deviation
        self.rows.append((time, error, own, its, float(self.laws["sync"]["share"])))
