"""The LLC's orbit at a frequency into a stiff output, and the frequency of an output current."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from voltbench.control.numerics.records import zeros
from voltbench.plant_models.switched.averaged.linear import Array
from voltbench.plant_models.switched.averaged.llc_march import STEPS, LlcHalf, LlcTank, march
from voltbench.plant_models.switched.topologies.llc import LlcParameters

NEWTON = 40
CLOSED = 1e-9
"""Mismatch of a half period over the states' scale."""
PROBES = 48
"""Frequencies at which a row of a map is scanned."""
FINE = 1e-4
"""Relative error of a current found."""
NO_LOAD_A = 0.02
"""Output current that stands for none: diodes just conduct."""
_STATES = ("u", "i", "i_m")


@dataclass(frozen=True)
class Orbit:
    """A periodic solution: start of the half period, and its sums (see `LlcHalf`)."""

    frequency_Hz: float
    start: Array
    output_current_A: float
    rms_A: float
    output_rms_A: float
    flux_Vs: float
    slope: float


class LlcOrbits:
    """Orbits of one LLC at one output voltage (V); a channel's resistance may change."""

    def __init__(self, p: LlcParameters, voltage_V: float, alpha: float) -> None:
        n = p.turns_ratio
        self.p, self.half = p, zeros(LlcHalf)[0]
        self.tank = tank = zeros(LlcTank)[0]
        tank["u_1"] = p.input_voltage_V
        tank["u_2"] = n * (voltage_V + 2.0 * p.rectifier_voltage_V)
        tank["inv_C"] = 1.0 / p.resonant_capacitance_F
        tank["inv_L"] = 1.0 / p.resonant_inductance_H
        tank["inv_L_m"] = 1.0 / p.magnetising_inductance_H
        tank["r_2"] = 2.0 * n * n * p.rectifier_resistance_Ohm
        tank["alpha"] = alpha
        amps = p.input_voltage_V * np.sqrt(p.resonant_capacitance_F / p.resonant_inductance_H)
        self.scale = np.array([p.input_voltage_V, amps, amps])
        self.channel(p.r_on_Ohm)

    def channel(self, r_on_Ohm: float) -> None:
        """Set the resistance of each channel."""
        self.tank["r_1"] = 2.0 * r_on_Ohm + self.p.resonant_resistance_Ohm

    def _march(self, state: Array, half_s: float) -> Array:
        """Return the mismatch of half a period from a scaled state; sums stay in `half`."""
        h = self.half
        for name, value in zip(_STATES, state * self.scale, strict=True):
            h[name] = value
        march(self.tank, h, half_s, STEPS)
        end = np.array([float(h[name]) for name in _STATES])
        miss: Array = end / self.scale + state
        return miss

    def orbit(self, frequency: float, guess: Array) -> Orbit | None:
        """Return the orbit at a frequency (Hz) from a scaled guess, None if none is found."""
        half = 0.5 / frequency
        state = guess.copy()
        slope = np.empty((3, 3))
        for _ in range(NEWTON):
            miss = self._march(state, half)
            if np.abs(miss).max() < CLOSED:
                return self._found(frequency, state)
            for k in range(3):
                moved = state.copy()
                moved[k] += 1e-6
                slope[:, k] = (self._march(moved, half) - miss) / 1e-6
            try:
                step = np.linalg.solve(slope, -miss)
            except np.linalg.LinAlgError:
                return None
            state = state + step * min(1.0, 0.5 / float(np.abs(step).max()))
        return None

    def settled(self, frequency: float, guess: Array) -> Orbit | None:
        """Return the orbit, by half periods run one after the other where Newton fails."""
        found = self.orbit(frequency, guess)
        if found is not None:
            return found
        state = guess.copy()
        for _ in range(300):
            state = state - 0.5 * self._march(state, 0.5 / frequency)
        return self.orbit(frequency, state)

    def _found(self, frequency: float, state: Array) -> Orbit:
        h, n, half = self.half, self.p.turns_ratio, 0.5 / frequency
        return Orbit(
            frequency,
            state,
            n * float(h["charge"]) / half,
            float(np.sqrt(h["square"] / half)),
            n * float(np.sqrt(h["square_2"] / half)),
            float(h["flux"]),
            float(h["slope"]),
        )

    def scan(self, low: float, high: float) -> list[Orbit]:
        """Return orbits from the highest frequency (Hz) down, as far as the current grows."""
        found: list[Orbit] = []
        guess = np.zeros(3)
        for f in np.geomspace(high, low, PROBES):
            orbit = self.settled(float(f), guess)
            if orbit is None:
                continue
            if found and orbit.output_current_A < found[-1].output_current_A - 1e-3:
                break  # beyond the peak: the law's sign would turn
            found.append(orbit)
            guess = orbit.start
        return found

    def at_current(self, scanned: list[Orbit], current: float) -> Orbit | None:
        """Return the orbit with an output current (A), None where no frequency makes it."""
        wanted = max(current, NO_LOAD_A)
        above = [k for k, o in enumerate(scanned) if o.output_current_A >= wanted]
        if not above or (above[0] == 0 and scanned[0].output_current_A > wanted):
            return None
        low, high = scanned[above[0]], scanned[max(above[0] - 1, 0)]
        return _false_position(self.settled, low, high, wanted)


def _false_position(
    orbit: Callable[[float, Array], Orbit | None], low: Orbit, high: Orbit, wanted: float
) -> Orbit | None:
    """Return the orbit between two frequencies that has a current (A): Illinois method."""
    ends = []
    for end in (low, high):  # anew: resistances may have changed since the scan
        again = orbit(end.frequency_Hz, end.start)
        if again is None:
            return None
        ends.append((again.frequency_Hz, again.output_current_A - wanted, again))
    (f_a, y_a, found), (f_b, y_b, _) = ends
    for _ in range(60):
        if abs(y_a) <= FINE * max(wanted, 1.0) or f_a == f_b:
            return found
        f = f_b - y_b * (f_b - f_a) / (y_b - y_a) if y_a != y_b else 0.5 * (f_a + f_b)
        made = orbit(f, found.start)
        if made is None:
            return None
        y = made.output_current_A - wanted
        if abs(y) <= FINE * max(wanted, 1.0):
            return made
        if (y > 0.0) == (y_a > 0.0):
            f_a, y_a, y_b = f, y, 0.5 * y_b
        else:
            f_a, y_a, f_b, y_b = f, y, f_a, y_a
        found = made
    return found
