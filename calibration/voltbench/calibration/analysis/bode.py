"""Bode of a loop: measured on the switched converter, its averaged model laid over it."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import control as ct
import numpy as np

from voltbench.calibration.analysis.measure import measure
from voltbench.calibration.analysis.multisine import Array, multisine
from voltbench.calibration.analysis.response import Complex, Response
from voltbench.calibration.loops import Loop, Margins, frequencies, margins, margins_of
from voltbench.calibration.switched_loops.tappable import LoopPlant, PiGains

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

POINTS = 25
LOW, HIGH = 1.0 / 15.0, 0.33
"""Where the tones begin, of the model's crossover, and end, of the sampling rate."""
DRAWINGS = 6


@dataclass(frozen=True)
class Bode:
    """A measured loop with its model.

    Attributes
    ----------
    name : str
        The loop in words.
    gains : PiGains
    measured : Response
        Tones, value, coherence, uncertainty, signal to quantisation.
    model : Loop
        The averaged model, sampled as the law samples.
    peak : float
        Of the injection.
    unit : str
        Of the injection.
    """

    name: str
    gains: PiGains
    measured: Response
    model: Loop
    peak: float
    unit: str

    @property
    def frd(self) -> ct.FrequencyResponseData:
        """Return the measured points for python-control."""
        return self.measured.frd

    @cached_property
    def model_margins(self) -> Margins:
        """Return the margins of the averaged model."""
        return margins(self.model)

    @cached_property
    def margins(self) -> Margins:
        """Return the margins of the measured loop.

        Between the points the model's shape is taken, times the measured ratio to it,
        interpolated in magnitude and phase over the logarithm of the frequency. Beyond the
        last point the ratio stays.
        """
        omega = frequencies(self.model)
        halves = [self.between(omega)]
        if (self.measured.omega < 0.0).any():
            halves.append(self.between(-omega).conj())
        return margins_of(omega, halves, None, True)

    def between(self, omega: Array) -> Complex:
        """Return the measured loop at frequencies (rad/s) of one sign; see `margins`."""
        made: Complex = self.model.response(omega) * self.ratio(omega)
        return made

    def ratio(self, omega: Array) -> Complex:
        """Return measured over model at frequencies (rad/s) of one sign, interpolated."""
        side = float(np.sign(omega[0]))
        here = self.measured.omega * side > 0.0
        at = np.log(np.abs(self.measured.omega[here]))
        order = np.argsort(at)
        ratio = (self.measured.value / self.model.response(self.measured.omega))[here][order]
        where = np.log(np.abs(omega))
        size = np.interp(where, at[order], np.log(np.abs(ratio)))
        turn = np.interp(where, at[order], np.unwrap(np.angle(ratio)))
        found: Complex = np.exp(size + 1j * turn)
        return found

    def deviation(self) -> tuple[Array, Array]:
        """Return measured over model at each tone, in dB and degrees."""
        ratio = self.measured.value / self.model.response(self.measured.omega)
        return 20.0 * np.log10(np.abs(ratio)), np.degrees(np.angle(ratio))

    def figure(self) -> "Figure":
        """Return the plot."""
        from voltbench.calibration.analysis.bode_plot import bode_figure

        return bode_figure(self)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return self.figure()._repr_mimebundle_(**kwargs)


def bode(
    plant: LoopPlant,
    gains: PiGains,
    low_Hz: float | None = None,
    high_Hz: float | None = None,
    points: int = POINTS,
    peak: float | None = None,
    drawings: int = DRAWINGS,
    seed: int = 1,
) -> Bode:
    """Measure a loop on the switched converter by an injected multisine.

    Parameters
    ----------
    plant
        A converter at an operating point, with one loop.
    gains
        Of its law.
    low_Hz, high_Hz
        First and last tone; by default a fifteenth of the model's crossover and a third of
        the sampling rate.
    points
        Tones.
    peak
        Of the injection, in the unit of the tapped signal; by default the plant's.
    drawings
        Sets of random phases that are averaged, 2 or more.
    seed
        Of the tones' phases.

    Raises
    ------
    ValueError
        If an argument is outside its range.
    MeasurementError
        If the record does not show the loop: below the converter's resolution, outside the
        linear range, incoherent.
    SwitchedRunError
        If the run met a state it cannot continue from.
    """
    model = plant.model(gains)
    if not model.stable():
        raise ValueError(f"{plant.name}: the averaged model is unstable with {gains}")
    tapped = plant.tapped(gains)
    low = low_Hz or LOW * crossover_Hz(model)
    high = high_Hz or HIGH / plant.T_s
    sine = multisine(plant.T_s, low, high, points, drawings, seed, tapped.frame_Hz)
    size = tapped.peak if peak is None else peak
    response = measure(tapped, sine, size)
    return Bode(plant.name, gains, response, model, size, tapped.unit)


def crossover_Hz(model: Loop) -> float:
    """Return where a model crosses 1, or a guess from its sampling rate where it does not."""
    crossover = margins(model).crossover_Hz
    return crossover if crossover else 0.02 / model.T_s / math.pi
