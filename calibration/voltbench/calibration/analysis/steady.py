"""The waveform of a switched closed loop in its steady state, with its figures."""

from dataclasses import dataclass

from voltbench.calibration.analysis.measure import settled
from voltbench.calibration.switched_loops.tappable import LoopPlant, PiGains
from voltbench.plant_models.switched.engine import trace_of
from voltbench.plant_models.switched.figures.pieces import Pieces
from voltbench.plant_models.switched.figures.spectrum import spectrum
from voltbench.plant_models.switched.trace import Trace

SAMPLES = 100
"""In a control period of the modulator."""


@dataclass(frozen=True)
class Steady:
    """A stored piece of the steady state.

    Attributes
    ----------
    name : str
        The loop in words.
    trace : Trace
        Probes and events.
    """

    name: str
    trace: Trace

    @property
    def window(self) -> Pieces:
        """Return the piece with its events, for the figures of `switched.figures`."""
        return Pieces(self.trace, float(self.trace.time[0]), self.trace.end)

    def thd_percent(self, probe: str, line_Hz: float) -> float:
        """Return the distortion of a probe to the 50th harmonic of the line, in percent.

        Raises
        ------
        FigureError
            If the piece is not a whole number of line cycles.
        """
        return 100.0 * spectrum(self.window, probe, line_Hz).thd


def steady(plant: LoopPlant, gains: PiGains, duration_s: float) -> Steady:
    """Run a switched closed loop into its steady state and store a piece of it.

    Parameters
    ----------
    plant
        A converter at an operating point, with one loop.
    gains
        Of its law.
    duration_s
        Length of the piece (s), rounded to control periods.

    Raises
    ------
    SwitchedRunError
        If the run met a state it cannot continue from.
    """
    if not duration_s > 0.0:
        raise ValueError(f"duration_s is {duration_s:g} s; allowed: above 0")
    tapped = plant.tapped(gains)
    period = tapped.controller.period
    loop, memory, before = settled(tapped)
    periods = max(round(duration_s / period), 1)
    engine = tapped.engine
    engine.store(memory, period / SAMPLES, periods * SAMPLES + 2, 200 * periods + 100)
    loop.advance(memory, tapped.controller.memory, periods)
    return Steady(plant.name, trace_of(engine, memory, before * period))
