"""Harmonics and distortion of a probe over whole periods of its fundamental."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voltbench.plant_models.switched.figures.pieces import FigureError, Pieces
from voltbench.plant_models.switched.tableau import Array

ORDERS = 50
"""Highest order, that of IEC 61000-4-7."""


@dataclass(frozen=True)
class Spectrum:
    """Complex amplitudes of the orders 0 ... 50; the peak value's, a cosine's is real.

    Attributes
    ----------
    fundamental_Hz : float
    amplitudes : NDArray[np.complex128]
        Amplitude of each order; order 0 is the mean.
    """

    fundamental_Hz: float
    amplitudes: NDArray[np.complex128]

    @property
    def rms(self) -> Array:
        """Return the rms of each order; of order 0 the magnitude of the mean."""
        values: Array = np.abs(self.amplitudes) / np.sqrt(2.0)
        values[0] *= np.sqrt(2.0)
        return values

    @property
    def thd(self) -> float:
        """Return the rms of the orders 2 to 50 over that of the fundamental.

        Raises
        ------
        FigureError
            If there is no fundamental to relate them to.
        """
        rms = self.rms
        if not rms[1] > 1e-9 * rms.max():
            raise FigureError(f"THD: no component at {self.fundamental_Hz:g} Hz")
        return float(np.sqrt((rms[2:] ** 2).sum()) / rms[1])

    def at(self, time: Array) -> Array:
        """Return the sum of the orders at instants (s, as those of the trace)."""
        turn = np.exp(2j * np.pi * self.fundamental_Hz * time)
        total = np.zeros_like(turn)
        for amplitude in self.amplitudes[::-1]:
            total = total * turn + amplitude
        return np.real(total)


def spectrum(pieces: Pieces, name: str, fundamental_Hz: float) -> Spectrum:
    """Return the harmonics of a probe.

    Raises
    ------
    FigureError
        If the window is not a whole number of periods, or has fewer than four samples for
        a period of the highest order.
    """
    cycles = (pieces.end - pieces.start) * fundamental_Hz
    if round(cycles) < 1 or abs(cycles - round(cycles)) > 1e-6:
        raise FigureError(f"window holds {cycles:.6g} periods of {fundamental_Hz:g} Hz; not whole")
    if pieces.spacing * fundamental_Hz * ORDERS > 0.25:
        raise FigureError(
            f"sample spacing {pieces.spacing:g} s; allowed for order {ORDERS} of "
            f"{fundamental_Hz:g} Hz: up to {0.25 / (fundamental_Hz * ORDERS):g} s"
        )
    values, turn = pieces.samples(name), -2.0 * np.pi * fundamental_Hz * pieces.time
    found = np.zeros(ORDERS + 1, np.complex128)
    for order in range(ORDERS + 1):
        real = pieces.mean(values * np.cos(order * turn))
        found[order] = complex(real, pieces.mean(values * np.sin(order * turn)))
    found[1:] *= 2.0
    return Spectrum(fundamental_Hz, found)
