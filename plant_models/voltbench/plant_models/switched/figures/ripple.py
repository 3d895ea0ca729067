"""What switching leaves on a probe above its slow course."""

from dataclasses import dataclass

import numpy as np

from voltbench.plant_models.switched.figures.pieces import FigureError, Pieces
from voltbench.plant_models.switched.figures.spectrum import spectrum


@dataclass(frozen=True)
class Ripple:
    """Ripple of a probe, in its unit.

    Attributes
    ----------
    peak_to_peak : float
        Largest within one switching period, the slow course taken off.
    rms : float
        Of everything above the slow course.
    switching_rms : float
        Of the switching frequency and its sidebands, half of it to each side.
    """

    peak_to_peak: float
    rms: float
    switching_rms: float


def ripple(
    pieces: Pieces, name: str, switching_Hz: float, fundamental_Hz: float | None = None
) -> Ripple:
    """Return the ripple; the slow course is the mean, or the orders up to 50 of a fundamental.

    Raises
    ------
    FigureError
        If a switching period has fewer than eight samples.
    """
    per_period = 1.0 / (switching_Hz * pieces.spacing)
    if per_period < 8.0:
        raise FigureError(
            f"sample spacing {pieces.spacing:g} s; allowed for ripple at {switching_Hz:g} Hz: "
            f"up to {0.125 / switching_Hz:g} s"
        )
    time, values = pieces.time, pieces.samples(name)
    if fundamental_Hz is None:
        slow = np.full_like(values, pieces.mean(values))
    else:
        slow = spectrum(pieces, name, fundamental_Hz).at(time)
    rest = values - slow
    number = ((time - pieces.start) * switching_Hz + 1e-9).astype(np.int64)
    whole = number < int((pieces.end - pieces.start) * switching_Hz + 1e-6)
    starts = np.flatnonzero(np.diff(number[whole], prepend=-1))
    high = np.maximum.reduceat(rest[whole], starts)
    low = np.minimum.reduceat(rest[whole], starts)
    rms = float(np.sqrt(max(pieces.mean(rest**2), 0.0)))
    return Ripple(float((high - low).max()), rms, _band_rms(pieces, name, switching_Hz))


def _band_rms(pieces: Pieces, name: str, switching_Hz: float) -> float:
    """Return the rms between half and one and a half times the switching frequency."""
    trace = pieces.trace
    low = int(np.searchsorted(trace.time, pieces.start - 1e-6 * pieces.spacing))
    values = trace[name][low : low + round((pieces.end - pieces.start) / pieces.spacing)]
    bins = np.fft.rfft(values) / len(values)
    frequency = np.fft.rfftfreq(len(values), pieces.spacing)
    band = (frequency >= 0.5 * switching_Hz) & (frequency < 1.5 * switching_Hz)
    return float(np.sqrt(2.0 * (np.abs(bins[band]) ** 2).sum()))
