"""A loop's response from a record of it, with what tells whether to believe it.

Cut a loop where it is sampled: the law reads y = x + d, where x is the sample and d the
injected signal. The loop's own answer to y is x, so L = -X/Y at every tone, as a software
frequency-response analyser has it. The record holds several drawings of the tones' phases;
X and Y are what goes with D over them. Dead time in a three-phase bridge makes each tone
answer at others too, six line frequencies away and further: over the drawings that averages
out as noise does. Every point carries:

- **coherence** of X with D over the drawings: 1 where each says the same;
- **uncertainty** of L, relative: what answers on lines without a tone, beside the smaller one
  of X and Y, over the square root of the number of drawings;
- **signal to quantisation**: X beside the noise of a step of the converter, lsb/sqrt(12), in
  one line of the whole record.

A complex signal (d + jq of three phases) has tones at both signs of the frequency.
"""

import math
from dataclasses import dataclass

import control as ct
import numpy as np
from numpy.typing import NDArray

from voltbench.calibration.analysis.multisine import Array, Multisine

Complex = NDArray[np.complex128]
COHERENCE_MIN = 0.9
UNCERTAINTY_MAX, UNCERTAINTY_MAX_FAR = 0.1, 1.0
"""Relative: a tenth is 1 dB and 6 degrees. Where |L| is outside `NEAR` no margin is read, and
either X or Y is small: there as much as the value itself is allowed."""
NEAR = 0.05, 5.0
QUANTISATION_MIN_DB = 10.0


class MeasurementError(RuntimeError):
    """The record does not show the loop: which point, why, and what would help."""


@dataclass(frozen=True)
class Response:
    """A measured open loop.

    Attributes
    ----------
    omega : Array
        rad/s, ascending; for a complex loop negative frequencies come first.
    value : Complex
        L at each of them.
    coherence, uncertainty, quantisation_dB : Array
        See the module. Quantisation is infinite without a converter.
    """

    omega: Array
    value: Complex
    coherence: Array
    uncertainty: Array
    quantisation_dB: Array

    @property
    def frequency_Hz(self) -> Array:
        """Return the frequencies."""
        found: Array = self.omega / (2.0 * math.pi)
        return found

    @property
    def magnitude_dB(self) -> Array:
        """Return |L| in dB."""
        found: Array = 20.0 * np.log10(np.abs(self.value))
        return found

    @property
    def phase_deg(self) -> Array:
        """Return the phase, unwrapped from the point at which it lies nearest to -90 degrees."""
        raw: Array = np.unwrap(np.angle(self.value))
        middle = len(raw) // 2
        turns = round((raw[middle] + 0.5 * math.pi) / (2.0 * math.pi))
        found: Array = np.degrees(raw - 2.0 * math.pi * turns)
        return found

    @property
    def frd(self) -> ct.FrequencyResponseData:
        """Return the response to positive frequencies for python-control."""
        ahead = self.omega > 0.0
        found: ct.FrequencyResponseData = ct.frd(self.value[ahead], self.omega[ahead], smooth=True)
        return found


def estimate(
    sine: Multisine, injected: Array, sampled: Complex, two_sided: bool, lsb: float = 0.0
) -> Response:
    """Return the open loop from whole periods of injected and sampled signal.

    Parameters
    ----------
    sine
        What was injected.
    injected, sampled
        d and x, shape (drawings, length); x is d + jq of a two-sided signal.
    two_sided
        Tones answer at both signs of the frequency.
    lsb
        Step of the converter (unit of x), 0 without one.
    """
    x = np.fft.fft(sampled, axis=1) / sine.length
    d = np.fft.fft(injected, axis=1) / sine.length
    sides = (-1, 1) if two_sided else (1,)
    lines = np.concatenate([side * sine.tones[::side] for side in sides])
    quiet = np.concatenate([side * sine.quiet[::side] for side in sides])
    x_k, d_k = x[:, lines], d[:, lines]
    power = (np.abs(d_k) ** 2).sum(0)
    answer = (x_k * d_k.conj()).sum(0) / power  # X over D, so Y over D is one more
    size = np.sqrt(power / len(x)) * np.minimum(np.abs(answer), np.abs(1.0 + answer))
    floor = np.sqrt((np.abs(x[:, quiet]) ** 2).mean((0, 2)) / len(x))
    noise = math.sqrt(lsb**2 / 12.0 / x.size)
    signal = np.sqrt((np.abs(x_k) ** 2).mean(0))
    with np.errstate(divide="ignore", invalid="ignore"):  # an answer may be none at all
        quantisation = 20.0 * np.log10(np.where(noise > 0.0, signal, np.inf) / (noise or 1.0))
        alike = np.nan_to_num(np.abs(answer) ** 2 * power / (np.abs(x_k) ** 2).sum(0))
        uncertainty = np.where(size > 0.0, floor / size, np.inf)
    return Response(
        omega=2.0 * math.pi * lines / (sine.length * sine.T_s),
        value=-answer / (1.0 + answer),
        coherence=alike,
        uncertainty=uncertainty,
        quantisation_dB=quantisation,
    )


def check(response: Response, unit: str, peak: float) -> None:
    """Refuse a response that does not show the loop.

    `peak` is the injection's (in `unit`); it goes into the message.

    Raises
    ------
    MeasurementError
        Naming the worst point and what would help.
    """
    told = f"injection peak {peak:.3g} {unit}"
    worst = int(np.argmin(response.quantisation_dB))
    if not response.quantisation_dB[worst] >= QUANTISATION_MIN_DB:
        raise MeasurementError(
            f"{_at(response, worst)}: the answer is {response.quantisation_dB[worst]:.0f} dB "
            f"beside the ADC's noise; needed: {QUANTISATION_MIN_DB:.0f} dB ({told}): inject more, "
            "or stay below this frequency"
        )
    gain = np.abs(response.value)
    near = (gain > NEAR[0]) & (gain < NEAR[1])
    allowed = np.where(near, UNCERTAINTY_MAX, UNCERTAINTY_MAX_FAR)
    worst = int(np.argmax(response.uncertainty / allowed))
    if not response.uncertainty[worst] <= allowed[worst]:
        raise MeasurementError(
            f"{_at(response, worst)}: known to {100.0 * response.uncertainty[worst]:.0f} % only; "
            f"allowed: {100.0 * allowed[worst]:.0f} % ({told}): lines without a tone answer too. "
            "The loop leaves its linear range, or noise covers the answer"
        )
    worst = int(np.argmin(np.where(near, response.coherence, 1.0)))
    if near[worst] and not response.coherence[worst] >= COHERENCE_MIN:
        raise MeasurementError(
            f"{_at(response, worst)}: coherence {response.coherence[worst]:.2f}; "
            f"needed: {COHERENCE_MIN:g} ({told}): the drawings of the record disagree"
        )


def _at(response: Response, k: int) -> str:
    return f"loop at {response.frequency_Hz[k]:.4g} Hz"
