"""Inject into a switched closed loop and record what its law reads."""

import math

import numpy as np

from voltbench.calibration.analysis.multisine import Array, Lines, Multisine
from voltbench.calibration.analysis.response import Complex, Response, check, estimate
from voltbench.calibration.switched_loops.tappable import Tapped
from voltbench.plant_models.switched.closed_loop import ClosedLoop
from voltbench.plant_models.switched.engine import Memory


def measure(tapped: Tapped, sine: Multisine, peak: float) -> Response:
    """Return the open loop of a switched converter, measured in its closed loop.

    Parameters
    ----------
    tapped
        The converter under its law; its records are changed.
    sine
        The injected signal; its samples are the law's.
    peak
        Of the injection (the tap's unit).

    Raises
    ------
    MeasurementError
        If the record does not show the loop.
    SwitchedRunError
        If the run met a state it cannot continue from.
    """
    if not peak > 0.0:
        raise ValueError(f"peak is {peak:g} {tapped.unit}; allowed: above 0")
    controller = tapped.controller
    loop, memory, before = settled(tapped)
    # the law reads every `divider`-th sample; with a sampling instant inside the period, the
    # one taken a period before it runs
    offset = tapped.divider - 1 if tapped.sampling.instant > 0.0 else 0
    drawings = len(sine.phases)
    steps = 2 * drawings * sine.length
    rows: Lines = np.arange(steps, dtype=np.int64) * tapped.divider + offset
    # each drawing twice: the first period lets the transient die
    signal = np.concatenate([np.tile(sine.period(k, peak), 2) for k in range(drawings)])
    turn = turning(tapped, before + rows)
    tap = _spread(tapped, signal * turn, rows, steps * tapped.divider + offset)
    log = loop.tapped(memory, controller.memory, tap)
    sampled = gather(tapped, log[rows]) / turn
    injected, answer = (one.reshape(drawings, 2, -1)[:, 1] for one in (signal, sampled))
    response = estimate(sine, injected.real, answer, bool(tapped.frame_Hz), _lsb(tapped))
    check(response, tapped.unit, peak)
    return response


def settled(tapped: Tapped) -> tuple[ClosedLoop, Memory, int]:
    """Return the closed loop in its steady state: loop, circuit's memory, periods run."""
    controller = tapped.controller
    loop = ClosedLoop(tapped.engine, controller.kernel, controller.period, tapped.sampling)
    memory = tapped.engine.start(getattr(controller, "start_word", 0))
    before = math.ceil(tapped.settle_s / controller.period / tapped.divider) * tapped.divider
    loop.advance(memory, controller.memory, before)
    return loop, memory, before


def turning(tapped: Tapped, index: Lines) -> Complex:
    """Return the turning frame's direction at the sampling instants, 1 for a real signal."""
    if not tapped.frame_Hz:
        return np.ones(len(index), complex)
    at = (index + tapped.sampling.instant) * tapped.controller.period
    # sources are sines: phase a peaks a quarter of a cycle after the start
    turned: Complex = np.exp(1j * (2.0 * math.pi * tapped.frame_Hz * at - 0.5 * math.pi))
    return turned


def _probes(tapped: Tapped) -> list[str]:
    return [probe.name for probe in tapped.engine.library.circuit.probes]


def _spread(tapped: Tapped, signal: Complex, rows: Lines, length: int) -> Array:
    """Return what to add to each probe: a vector's projection on each phase."""
    names = _probes(tapped)
    tap = np.zeros((length, len(names)))
    for name, weight in tapped.axis.items():
        direction = weight / abs(weight)
        tap[rows, names.index(name)] = np.real(signal * np.conj(direction))
    return tap


def gather(tapped: Tapped, log: Array) -> Complex:
    """Return the tapped signal from rows of all probes."""
    names = _probes(tapped)
    columns = [names.index(name) for name in tapped.axis]
    summed: Complex = log[:, columns] @ np.array(list(tapped.axis.values()), complex)
    return summed


def _lsb(tapped: Tapped) -> float:
    """Return the step of the signal's converters, the largest of them."""
    adc = tapped.sampling.adc
    return max((adc[name].lsb for name in tapped.axis if name in adc), default=0.0)
