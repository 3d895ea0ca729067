"""A sum of sines on a grid of whole periods, with lines left out to see distortion on.

All tones lie on odd multiples of the record's resolution. An even-order nonlinearity then
answers on even lines, an odd-order one on the odd lines left out: neither can pass for a
response. Source: R. Pintelon, J. Schoukens, "System Identification: A Frequency Domain
Approach", 2nd ed., Wiley 2012, chapter 4 (odd random-phase multisines with detection lines).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Lines = NDArray[np.int64]
_TRIES = 32
_APART = 4
"""Least distance of two tones, in lines: between them lie two odd ones, two even ones."""


@dataclass(frozen=True)
class Multisine:
    """Tones of equal amplitude and random phase.

    Attributes
    ----------
    T_s : float
        Spacing of the samples (s).
    length : int
        Samples in a period of the sum.
    tones : Lines
        Numbers of the excited lines.
    quiet : Lines
        Lines beside each tone, shape (tones, lines), where only distortion can answer.
    phases : Array
        Of each drawing, shape (drawings, tones), rad.
    """

    T_s: float
    length: int
    tones: Lines
    quiet: Lines
    phases: Array

    @property
    def frequency_Hz(self) -> Array:
        """Return the frequencies of the tones."""
        found: Array = self.tones / (self.length * self.T_s)
        return found

    @property
    def omega(self) -> Array:
        """Return the angular frequencies of the tones (rad/s)."""
        return 2.0 * math.pi * self.frequency_Hz

    def period(self, drawing: int, peak: float) -> Array:
        """Return one period whose largest absolute value is `peak`."""
        values = _raw(self.length, self.tones, self.phases[drawing])
        scaled: Array = values * (peak / np.abs(values).max())
        return scaled


def multisine(
    T_s: float,
    low_Hz: float,
    high_Hz: float,
    points: int,
    drawings: int = 4,
    seed: int = 1,
    avoid_Hz: float = 0.0,
) -> Multisine:
    """Return a sum of sines spaced evenly in the logarithm of the frequency.

    Parameters
    ----------
    T_s
        Spacing of the samples (s).
    low_Hz, high_Hz
        Where the tones begin and end; the top below half the sampling rate.
    points
        Tones asked for; fewer where the resolution has no room for them.
    drawings
        Sets of random phases.
    seed
        Of the phases: of a number of sets those with the least peak are kept.
    avoid_Hz
        Line frequency whose harmonics the tones keep away from; 0: none. The record then
        holds an even number of line cycles, which puts harmonics on even lines.

    Raises
    ------
    ValueError
        Naming the field, its value and the allowed range.
    """
    nyquist = 0.5 / T_s
    if not 0.0 < low_Hz < high_Hz < nyquist:
        raise ValueError(
            f"tones from {low_Hz:g} to {high_Hz:g} Hz; allowed: 0 < low < high < {nyquist:g} Hz"
        )
    if points < 2:
        raise ValueError(f"points is {points}; allowed: 2 or more")
    record = 3.0 / low_Hz
    if avoid_Hz:
        record = 2.0 * math.ceil(0.5 * record * avoid_Hz - 1e-9) / avoid_Hz
    length = round(record / T_s)
    step = 1.0 / (length * T_s)
    tones = _odd_lines(np.geomspace(low_Hz, high_Hz, points) / step, length // 2)
    quiet = _quiet(tones, round(avoid_Hz / step))
    return Multisine(T_s, length, tones, quiet, _phases(length, tones, drawings, seed))


def _quiet(tones: Lines, harmonic: int) -> Lines:
    """Return the lines beside each tone; in place of a line harmonic its odd neighbour."""
    rows = np.stack([tones - 2, tones - 1, tones + 1, tones + 2], axis=1)
    if harmonic:
        rows = np.where(rows % harmonic == 0, rows + np.array([[0, -1, 1, 0]]), rows)
    return rows


def _odd_lines(wanted: Array, top: int) -> Lines:
    """Return the nearest free odd lines, `_APART` apart."""
    found: list[int] = []
    for want in wanted:
        line = max(2 * round((want - 1.0) / 2.0) + 1, 3)
        if found:
            line = max(line, found[-1] + _APART)
        if line + 2 <= top and (not found or line > found[-1]):
            found.append(line)
    return np.array(found, np.int64)


def _phases(length: int, tones: Lines, drawings: int, seed: int) -> Array:
    shape = (max(_TRIES, 2 * drawings), len(tones))
    drawn = np.random.default_rng(seed).uniform(-math.pi, math.pi, shape)
    peaks = [np.abs(_raw(length, tones, phases)).max() for phases in drawn]
    best: Array = drawn[np.argsort(peaks, kind="stable")[:drawings]]
    return best


def _raw(length: int, tones: Lines, phases: Array) -> Array:
    spectrum = np.zeros(length // 2 + 1, complex)
    spectrum[tones] = np.exp(1j * phases)
    values: Array = np.fft.irfft(spectrum, length)
    return values
