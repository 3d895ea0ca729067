"""What the page shows of one design: tuned, measured, measured with everything, tuned again."""

from dataclasses import dataclass

import numpy as np

from voltbench.calibration.analysis.bode import Bode, bode
from voltbench.calibration.analysis.tune import Tuned, TuneMissed, tune
from voltbench.hil.tuning.designs import Design

WITHIN_DB, WITHIN_DEG = 0.5, 2.0
REACH = 5.0
"""Tones of the non-ideal converter end at this multiple of the asked crossover."""


@dataclass(frozen=True)
class Proof:
    """A design with its measurements.

    Attributes
    ----------
    design : Design
    tuned : Tuned
        On the converter as declared.
    real : Bode
        The same gains with every non-ideality.
    again : Tuned or TuneMissed
        Tuned on the converter with every non-ideality.
    """

    design: Design
    tuned: Tuned
    real: Bode
    again: Tuned | TuneMissed


def prove(design: Design) -> Proof:
    """Tune a design and measure it, ideal and with every non-ideality."""
    asked = design.bandwidth_Hz, design.phase_margin_deg
    tuned = tune(design.plant, *asked)
    high = REACH * design.bandwidth_Hz
    real = bode(design.real, tuned.gains, high_Hz=high, peak=design.peak)
    again: Tuned | TuneMissed
    try:
        again = tune(design.real, *asked, high_Hz=high, peak=design.peak)
    except TuneMissed as missed:
        again = missed
    return Proof(design, tuned, real, again)


@dataclass(frozen=True)
class Agreement:
    """How far an averaged model lies on the measured points.

    Attributes
    ----------
    good_to_Hz : float
        Every tone up to here is within `WITHIN_DB` and `WITHIN_DEG`, or within three times what
        the point is known to.
    tenth, third : tuple[float, float]
        Largest deviation in dB and degrees up to a tenth and a third of the law's rate.
    """

    good_to_Hz: float
    tenth: tuple[float, float]
    third: tuple[float, float]


def agreement(found: Bode) -> Agreement:
    """Return how far the model of a measurement holds."""
    m, rate = found.measured, 1.0 / found.model.T_s
    size, turn = (np.abs(part) for part in found.deviation())
    at = np.abs(m.frequency_Hz)
    known = 3.0 * m.uncertainty
    bad = (size > np.maximum(WITHIN_DB, 8.7 * known)) | (turn > np.maximum(WITHIN_DEG, 57 * known))
    first = at[bad].min() if bad.any() else np.inf
    good = at[at < first]

    def worst(share: float) -> tuple[float, float]:
        # below a tenth of the crossover |1 + L| is large and a point is known badly: no margin
        here = (at <= share * rate) & (m.uncertainty < 0.03)
        return float(size[here].max()), float(turn[here].max())

    return Agreement(float(good.max()) if len(good) else 0.0, worst(0.1), worst(1.0 / 3.0))
