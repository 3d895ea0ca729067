"""First-harmonic approximation of LLC and CLLC: sinusoids through the tank, nothing else.

The rectifier is taken for a resistance ``8 R / pi^2``; exact at the series resonance only.
Sources: Steigerwald, "A comparison of half-bridge resonant converter topologies", IEEE Trans.
Power Electronics 3 (1988); Huang, TI SLUP263, eq. 23 and its remark on accuracy.
"""

import cmath
import math
from dataclasses import dataclass

from voltbench.plant_models.switched.topologies.cllc import CllcParameters
from voltbench.plant_models.switched.topologies.llc import LlcParameters

AC_LOAD = 8.0 / math.pi**2
"""Resistance that a rectified DC load shows to the fundamental, over its own."""


@dataclass(frozen=True)
class HarmonicPoint:
    """First-harmonic operating point; voltages and currents of the fundamental where not DC.

    Attributes
    ----------
    gain : float
        Output DC voltage over the amplitude of the bridge's square wave.
    output_voltage_V : float
        DC.
    input_rms_A : float
        Tank current.
    output_power_W, input_power_W : float
        Mean powers.
    input_angle_rad : float
        Impedance angle at the bridge: positive is inductive, which zero-voltage switching needs.
    """

    gain: float
    output_voltage_V: float
    input_rms_A: float
    input_power_W: float
    output_power_W: float
    input_angle_rad: float


def llc_first_harmonic(
    p: LlcParameters, frequency: float, bridge_amplitude_V: float | None = None
) -> HarmonicPoint:
    """Return the first-harmonic point of an LLC at `frequency` (Hz).

    Parameters
    ----------
    p
        The record. Channel and winding resistance are counted, diode thresholds are not.
    frequency
        Switching frequency.
    bridge_amplitude_V
        Amplitude of the square wave at the tank: the input voltage of a full bridge (taken
        when not given), half of it for a half bridge.
    """
    s = 2j * math.pi * frequency
    series = s * p.resonant_inductance_H + 1.0 / (s * p.resonant_capacitance_F)
    series += p.resonant_resistance_Ohm + 2.0 * p.r_on_Ohm
    after = 2.0 * p.rectifier_resistance_Ohm
    load = AC_LOAD * p.load_resistance_Ohm
    amplitude = p.input_voltage_V if bridge_amplitude_V is None else bridge_amplitude_V
    return fundamental_point(
        amplitude, series, s * p.magnetising_inductance_H, after, load, p.turns_ratio
    )


def cllc_first_harmonic(p: CllcParameters, frequency: float) -> HarmonicPoint:
    """Return the first-harmonic point of a CLLC, its output bridge in phase with its current."""
    s = 2j * math.pi * frequency
    series = s * p.resonant_inductance_1_H + 1.0 / (s * p.resonant_capacitance_1_F)
    series += p.resonant_resistance_1_Ohm + 2.0 * p.device_1.r_on_Ohm
    after = s * p.resonant_inductance_2_H + 1.0 / (s * p.resonant_capacitance_2_F)
    after += p.resonant_resistance_2_Ohm + 2.0 * p.device_2.r_on_Ohm
    load = AC_LOAD * p.dc.load_resistance_Ohm
    return fundamental_point(
        p.input_voltage_V, series, s * p.magnetising_inductance_H, after, load, p.turns_ratio
    )


def fundamental_point(
    amplitude: float, series: complex, shunt: complex, after: complex, load: float, n: float
) -> HarmonicPoint:
    """Divide the fundamental of a square wave over three complex impedances (Ohm).

    Parameters
    ----------
    amplitude
        Of the square wave (V).
    series, shunt
        On the input's side: in series, then across the transformer.
    after
        In series with the load on the output's side.
    load
        Resistance the load shows to the fundamental, `AC_LOAD` times its own.
    n
        Turns ratio, input to output.
    """
    branch = n * n * (after + load)
    parallel = shunt * branch / (shunt + branch)
    total = series + parallel
    gain = abs(parallel / total * load / (after + load)) / n
    current = 4.0 / math.pi * amplitude / math.sqrt(2.0) / total
    u_o = gain * amplitude
    return HarmonicPoint(
        gain=gain,
        output_voltage_V=u_o,
        input_rms_A=abs(current),
        input_power_W=abs(current) ** 2 * total.real,
        output_power_W=u_o**2 * AC_LOAD / load,
        input_angle_rad=cmath.phase(total),
    )
