"""Output impedance of a closed loop: measured on the switched converter, modelled beside it."""

import math
from dataclasses import dataclass

import control as ct
import numpy as np

from voltbench.calibration.analysis.bode import LOW, crossover_Hz
from voltbench.calibration.analysis.measure import gather, settled
from voltbench.calibration.analysis.multisine import Array, multisine
from voltbench.calibration.analysis.response import Complex, MeasurementError
from voltbench.calibration.loops import Loop
from voltbench.calibration.switched_loops.tappable import LoopPlant, PiGains

HIGH = 0.2
"""Last tone, of the sampling rate: the current is held over the law's period, which costs
1.0 dB of its amplitude there (allowed for)."""
UNCERTAINTY_MAX = 0.1


@dataclass(frozen=True)
class Impedance:
    """A measured output impedance.

    Attributes
    ----------
    name : str
        The loop in words.
    omega : Array
        rad/s.
    value : Complex
        ohm: fall of the sampled output voltage over the current drawn.
    uncertainty : Array
        Relative, as in `response`.
    model : Loop
        With its column of disturbance.
    """

    name: str
    omega: Array
    value: Complex
    uncertainty: Array
    model: Loop

    @property
    def frd(self) -> ct.FrequencyResponseData:
        """Return the points for python-control."""
        found: ct.FrequencyResponseData = ct.frd(self.value, self.omega, smooth=True)
        return found

    def modelled(self, omega: Array) -> Complex:
        """Return the averaged model's impedance (ohm) at rad/s, sampled as the law samples."""
        assert self.model.E is not None  # checked before the run
        return -self.model.answer(self.model.E, omega)


def output_impedance(
    plant: LoopPlant,
    gains: PiGains,
    peak_A: float,
    low_Hz: float | None = None,
    high_Hz: float | None = None,
    points: int = 25,
    drawings: int = 4,
    seed: int = 1,
) -> Impedance:
    """Draw a multisine current beside the load of a switched converter and read its output.

    Parameters
    ----------
    plant
        A converter with a voltage loop.
    gains
        Of its law.
    peak_A
        Largest current drawn and fed.
    low_Hz, high_Hz
        First and last tone; by default a fifteenth of the crossover, a fifth of the law's rate.
    points, drawings, seed
        As in `bode`.

    Raises
    ------
    ValueError
        If a value is outside its range, or the loop has no output to draw from.
    MeasurementError
        If noise or distortion covers the answer.
    SwitchedRunError
        If the run met a state it cannot continue from.
    """
    if not peak_A > 0.0:
        raise ValueError(f"peak_A is {peak_A:g} A; allowed: above 0")
    model = plant.model(gains)
    tapped = plant.tapped(gains)
    if model.E is None or tapped.drawn is None:
        raise ValueError(f"{plant.name}: no output to draw a current from")
    low = low_Hz or LOW * crossover_Hz(model)
    sine = multisine(plant.T_s, low, high_Hz or HIGH / plant.T_s, points, drawings, seed)
    signal = np.concatenate([np.tile(sine.period(k, peak_A), 2) for k in range(drawings)])
    loop, memory, _ = settled(tapped)
    quiet = np.zeros((tapped.divider, len(tapped.engine.library.circuit.probes)))
    sampled = np.zeros((len(signal), quiet.shape[1]))
    for k, current in enumerate(signal):
        # the sample of a period is taken at its start, before the current changes
        sampled[k] = loop.tapped(memory, tapped.controller.memory, quiet)[0] if k else 0.0
        tapped.engine.set_input(memory, tapped.drawn, float(current))
    u = np.fft.fft(gather(tapped, sampled).reshape(drawings, 2, -1)[:, 1]) / sine.length
    i = np.fft.fft(signal.reshape(drawings, 2, -1)[:, 1]) / sine.length
    u_k, i_k = u[:, sine.tones], i[:, sine.tones]
    power = (np.abs(i_k) ** 2).sum(0)
    # the current set behind sample k begins to act at sample k + 1
    value = -(u_k * i_k.conj()).sum(0) / power * np.exp(1j * sine.omega * plant.T_s)
    floor = np.sqrt((np.abs(u[:, sine.quiet]) ** 2).mean((0, 2)) / drawings)
    found = Impedance(
        plant.name, sine.omega, value, floor / (np.abs(value) * np.sqrt(power / drawings)), model
    )
    worst = int(np.argmax(found.uncertainty))
    if not found.uncertainty[worst] <= UNCERTAINTY_MAX:
        raise MeasurementError(
            f"output impedance at {sine.frequency_Hz[worst]:.4g} Hz: known to "
            f"{100.0 * found.uncertainty[worst]:.0f} % only; allowed: "
            f"{100.0 * UNCERTAINTY_MAX:.0f} % (peak {peak_A:g} A): draw more, or less if the loop "
            "leaves its linear range"
        )
    return found


def stable_beside(source: Impedance, load_admittance_S: Complex) -> tuple[bool, float]:
    """Return whether a load leaves a source stable by its minor loop, and the distance from -1.

    Z_source Y_load is judged by its distance from -1 over the measured frequencies and by its
    turns around it (Middlebrook, IEEE IAS 1976: |Z Y| < 1 everywhere is enough, not needed).

    Parameters
    ----------
    source
        Measured.
    load_admittance_S
        Of the load at the source's frequencies; a constant-power load is -P/U^2.
    """
    minor = source.value * load_admittance_S
    both = np.concatenate([minor[::-1].conj(), minor])
    turned = np.unwrap(np.angle(1.0 + both))
    turns = round(float(turned[-1] - turned[0]) / (2.0 * math.pi))
    return turns == 0, float(np.abs(1.0 + minor).min())
