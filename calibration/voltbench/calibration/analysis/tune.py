"""From a bandwidth and a phase margin to gains that are proved on the switched converter.

Gains by formula are the start. An optimisation brings the averaged, sampled model to what is
asked; the loop is then measured on the switched converter, the model corrected by the
measured ratio, and both repeated until the measurement agrees. What is returned is the last
measurement, with the gains it was made with.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from voltbench.calibration.analysis.bode import Bode, bode
from voltbench.calibration.loops import Array, Complex, Margins, frequencies
from voltbench.calibration.switched_loops.tappable import LoopPlant, PiGains

PHASE_TOLERANCE_DEG = 3.0
BANDWIDTH_TOLERANCE = 0.1
SETTLED_DEG, SETTLED_SHARE = 0.3, 0.01
"""A measurement this close to what is asked ends the refinement."""
ROUNDS = 4
CORNER_MIN, CORNER_MAX = 0.01, 100.0
"""Where the law's zero k_i/k_p may lie, of the crossover: without an integral the output would
stay off its reference, and at a hundredth it costs 0.6 degrees."""

Ratio = Callable[[Array], Complex]


class TuneMissed(RuntimeError):
    """What was asked for is not what the switched converter does; tells what was reached.

    Attributes
    ----------
    reached : Bode
        The last measurement.
    """

    def __init__(self, text: str, reached: Bode) -> None:
        super().__init__(text)
        self.reached = reached


@dataclass(frozen=True)
class Tuned:
    """Gains and their proof.

    Attributes
    ----------
    gains : PiGains
    bandwidth_Hz, phase_margin_deg : float
        Asked for: crossover of the open loop, and its phase margin.
    formula : PiGains
        Where the refinement began.
    rounds : tuple[Bode, ...]
        Every measurement, the last one being the proof.
    """

    gains: PiGains
    bandwidth_Hz: float
    phase_margin_deg: float
    formula: PiGains
    rounds: tuple[Bode, ...]

    @property
    def bode(self) -> Bode:
        """Return the proof."""
        return self.rounds[-1]

    @property
    def margins(self) -> Margins:
        """Return the measured margins."""
        return self.bode.margins


def tune(
    plant: LoopPlant,
    bandwidth_Hz: float,
    phase_margin_deg: float,
    seed: int = 1,
    high_Hz: float | None = None,
    peak: float | None = None,
) -> Tuned:
    """Return gains whose crossover and phase margin are measured on the switched converter.

    Parameters
    ----------
    plant
        A converter at an operating point, with one loop.
    bandwidth_Hz
        Crossover frequency of the open loop.
    phase_margin_deg
        At that frequency; if the loop crosses 1 more than once, the smallest one.
    seed
        Of the injected tones' phases.
    high_Hz, peak
        Last tone and injection of the measurements, as in `bode`.

    Raises
    ------
    ValueError
        If a value is outside its range.
    TuneMissed
        If the measured phase margin is more than 3 degrees or the crossover more than 10 %
        away: with what was reached, and why.
    MeasurementError, SwitchedRunError
        See `bode`.
    """
    nyquist = 0.5 / plant.T_s
    if not 0.0 < bandwidth_Hz < nyquist:
        raise ValueError(
            f"bandwidth_Hz is {bandwidth_Hz:g} Hz; allowed: above 0 and below {nyquist:g} Hz, "
            "half the law's sampling rate"
        )
    if not 0.0 < phase_margin_deg < 120.0:
        raise ValueError(f"phase_margin_deg is {phase_margin_deg:g}; allowed: 0 to 120 (excluded)")
    start = plant.formula(bandwidth_Hz, phase_margin_deg)
    asked = bandwidth_Hz, phase_margin_deg
    rounds: list[Bode] = []
    ratio: Ratio = np.ones_like
    gains = start
    for _ in range(ROUNDS):
        gains = _refined(plant, gains, asked, ratio)
        rounds.append(bode(plant, gains, high_Hz=high_Hz, peak=peak, seed=seed))
        phase, share = _measured(rounds[-1], asked)
        if abs(phase) <= SETTLED_DEG and abs(share) <= SETTLED_SHARE:
            break
        ratio = rounds[-1].ratio
    _judge(plant, rounds[-1], asked)
    return Tuned(gains, bandwidth_Hz, phase_margin_deg, start, tuple(rounds))


def _refined(plant: LoopPlant, start: PiGains, asked: tuple[float, float], ratio: Ratio) -> PiGains:
    """Return the gains whose corrected model comes closest to what is asked."""
    crossover = 2.0 * np.pi * asked[0]
    corner = start.k_i / start.k_p / crossover

    def gains(x: Array) -> PiGains:
        k_p = float(x[0]) * start.k_p
        return PiGains(k_p, float(x[1]) * crossover * k_p)

    def off(x: Array) -> Array:
        return np.array(_distance(plant, gains(x), asked, ratio))

    first = np.array([1.0, min(max(corner, 2.0 * CORNER_MIN), 0.5 * CORNER_MAX)])
    bounds = [1e-3, CORNER_MIN], [1e3, CORNER_MAX]
    found = least_squares(off, first, bounds=bounds, diff_step=1e-4, xtol=1e-6, ftol=1e-8)
    return gains(found.x)


def _distance(
    plant: LoopPlant, gains: PiGains, asked: tuple[float, float], ratio: Ratio
) -> tuple[float, float]:
    """Return how far a model is off, in units of what is tolerated."""
    model = plant.model(gains)
    omega = frequencies(model)
    halves = [model.response(omega) * ratio(omega)]
    if np.iscomplex(model.A).any():
        halves.append((model.response(-omega) * ratio(-omega)).conj())
    phase, share = _missed(*_crossing(omega, halves), asked)
    return phase / PHASE_TOLERANCE_DEG, share / BANDWIDTH_TOLERANCE


def _crossing(omega: Array, halves: list[Complex]) -> tuple[float | None, float | None]:
    """Return the lowest crossover (Hz) and the smallest phase margin of all (deg).

    Between the points of the dense grid, straight in the logarithms: hundreds of times the
    speed of `margins_of`, which judges the result.
    """
    found: list[tuple[float, float]] = []
    for half in halves:
        size, turn = np.log(np.abs(half)), np.unwrap(np.angle(half))
        for k in np.flatnonzero(np.diff(np.sign(size))):
            share = size[k] / (size[k] - size[k + 1])
            at = omega[k] * (omega[k + 1] / omega[k]) ** share
            phase = turn[k] + share * (turn[k + 1] - turn[k])
            margin = abs((np.degrees(phase)) % 360.0 - 180.0)
            found.append((at / (2.0 * np.pi), float(margin)))
    if not found:
        return None, None
    return min(found)[0], min(margin for _, margin in found)


def _missed(
    crossover_Hz: float | None, phase_margin_deg: float | None, asked: tuple[float, float]
) -> tuple[float, float]:
    """Return the phase margin's error in degrees and the crossover's relative one."""
    if crossover_Hz is None or phase_margin_deg is None:
        return 180.0, 1.0
    return phase_margin_deg - asked[1], crossover_Hz / asked[0] - 1.0


def _measured(found: Bode, asked: tuple[float, float]) -> tuple[float, float]:
    m = found.margins
    return _missed(m.crossover_Hz, m.phase_margin_deg, asked)


def _judge(plant: LoopPlant, proof: Bode, asked: tuple[float, float]) -> None:
    phase, share = _measured(proof, asked)
    if abs(phase) <= PHASE_TOLERANCE_DEG and abs(share) <= BANDWIDTH_TOLERANCE:
        return
    m, g = proof.margins, proof.gains
    crossover = "no crossover" if m.crossover_Hz is None else f"crossover {m.crossover_Hz:.4g} Hz"
    margin = "" if m.phase_margin_deg is None else f", phase margin {m.phase_margin_deg:.3g} deg"
    raise TuneMissed(
        f"{plant.name}: asked {asked[0]:g} Hz and {asked[1]:g} deg, measured {crossover}{margin} "
        f"at k_p {g.k_p:.4g}, k_i {g.k_i:.4g}: {_why(plant, proof, asked)}",
        proof,
    )


def _why(plant: LoopPlant, proof: Bode, asked: tuple[float, float]) -> str:
    """Return in words why a PI law does not get there."""
    at = np.array([2.0 * np.pi * asked[0]])
    bare = proof.between(at) / plant.model(proof.gains).response(at)
    alone = plant.model(PiGains(1.0, 0.0)).response(at) * bare
    most = float(np.degrees(np.angle(-alone[0])))
    if most < asked[1] - PHASE_TOLERANCE_DEG:
        late = 360.0 * asked[0] * 1.5 * plant.T_s
        return (
            f"at {asked[0]:g} Hz a proportional gain alone leaves {most:.3g} deg and an integral "
            f"only takes from it ({late:.3g} deg are lost to computation and holding): ask for "
            "less, or run the law faster"
        )
    m = proof.margins
    if m.phase_margin_Hz and m.crossover_Hz and m.phase_margin_Hz > 1.2 * m.crossover_Hz:
        return f"the loop crosses 1 again at {m.phase_margin_Hz:.4g} Hz: a resonance governs"
    return "a PI law has no gains for both; the closest ones were measured"
