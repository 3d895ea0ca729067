"""The modulator of each converter, made from its parameter record."""

from typing import Any

from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.modulation.carrier import (
    t_type_times,
    totem_pole_times,
    two_level_times,
    vienna_times,
)
from voltbench.plant_models.switched.modulation.modulator import Modulator, Pairs, modulator
from voltbench.plant_models.switched.modulation.phase_shift import (
    dab_times,
    half_bridge_times,
    psfb_times,
    resonant_times,
)
from voltbench.plant_models.switched.topologies.active_front_end import ActiveFrontEndParameters
from voltbench.plant_models.switched.topologies.cllc import CllcParameters
from voltbench.plant_models.switched.topologies.dab import DabParameters
from voltbench.plant_models.switched.topologies.llc import LlcParameters
from voltbench.plant_models.switched.topologies.psfb import PsfbParameters
from voltbench.plant_models.switched.topologies.t_type import TTypeParameters
from voltbench.plant_models.switched.topologies.totem_pole import TotemPoleParameters
from voltbench.plant_models.switched.topologies.vienna import ViennaParameters


def _pairs(*prefixes: str) -> Pairs:
    return tuple((f"{prefix}_high", f"{prefix}_low") for prefix in prefixes)


def two_level_pwm(circuit: Circuit, p: ActiveFrontEndParameters, **options: Any) -> Modulator:
    """Return carrier PWM of a two-level bridge; references: three duty cycles 0 ... 1.

    Options of all modulators: `quantum_s`, `drop_short_pulses`.
    """
    names = tuple((f"duty cycle of phase {k}", "0 to 1") for k in "abc")
    period = 1.0 / p.switching_frequency_Hz
    dead = (p.dead_time_s,) * 3
    return modulator(circuit, _pairs(*"abc"), dead, names, two_level_times, period, **options)


def t_type_pwm(circuit: Circuit, p: TTypeParameters, **options: Any) -> Modulator:
    """Return carrier PWM of a T-type bridge; references: three modulating signals -1 ... 1."""
    legs = tuple(pair for k in "abc" for pair in ((f"{k}_1", f"{k}_3"), (f"{k}_4", f"{k}_2")))
    period = 1.0 / p.switching_frequency_Hz
    return modulator(
        circuit, legs, (p.dead_time_s,) * 6, _signals("abc"), t_type_times, period, **options
    )


def vienna_pwm(circuit: Circuit, p: ViennaParameters, **options: Any) -> Modulator:
    """Return carrier PWM of a Vienna rectifier; references: three modulating signals -1 ... 1."""
    legs = tuple((f"s_{k}", None) for k in "abc")
    period = 1.0 / p.switching_frequency_Hz
    return modulator(circuit, legs, (0.0,) * 3, _signals("abc"), vienna_times, period, **options)


def totem_pole_pwm(circuit: Circuit, p: TotemPoleParameters, **options: Any) -> Modulator:
    """Return carrier PWM of a totem-pole PFC; reference: modulating signal -1 ... 1."""
    period = 1.0 / p.switching_frequency_Hz
    dead = (p.dead_time_s, p.slow_dead_time_s)
    names = (("modulating signal", "-1 to 1"),)
    return modulator(
        circuit, _pairs("fast", "slow"), dead, names, totem_pole_times, period, **options
    )


def _signals(phases: str) -> tuple[tuple[str, str], ...]:
    return tuple((f"modulating signal of phase {k}", "-1 to 1") for k in phases)


def dab_phase_shift(circuit: Circuit, p: DabParameters, **options: Any) -> Modulator:
    """Return triple phase shift; references: phi (rad, ±pi), inner duties 0 ... 1.

    Duties of 1 make it single phase shift.
    """
    legs = (("p1", "p2"), ("p3", "p4"), ("s1", "s2"), ("s3", "s4"))
    names = (
        ("phase shift (rad)", "-pi to pi"),
        ("inner duty of the input bridge", "0 to 1"),
        ("inner duty of the output bridge", "0 to 1"),
    )
    period = 1.0 / p.switching_frequency_Hz
    return modulator(circuit, legs, (p.dead_time_s,) * 4, names, dab_times, period, **options)


def psfb_phase_shift(circuit: Circuit, p: PsfbParameters, **options: Any) -> Modulator:
    """Return the modulator of a phase-shifted full bridge; reference: duty 0 ... 1."""
    period = 1.0 / p.switching_frequency_Hz
    names = (("duty", "0 to 1"),)
    dead = (p.dead_time_s,) * 2
    return modulator(circuit, _pairs("a", "b"), dead, names, psfb_times, period, **options)


def llc_frequency(circuit: Circuit, p: LlcParameters, **options: Any) -> Modulator:
    """Return frequency modulation of an LLC; give `period` (s) at each call.

    A full bridge also takes a reference: its inner duty 0 ... 1.
    """
    period = 1.0 / p.resonance_frequency_Hz
    dead = (p.dead_time_s,) * 2
    if "p_high" in circuit.gates:
        return modulator(circuit, _pairs("p"), dead[:1], (), half_bridge_times, period, **options)
    legs = (("p1", "p2"), ("p3", "p4"))
    names = (("duty", "0 to 1"),)
    return modulator(circuit, legs, dead, names, psfb_times, period, **options)


def cllc_frequency(circuit: Circuit, p: CllcParameters, **options: Any) -> Modulator:
    """Return frequency modulation of a CLLC; references: phi (rad) of the output bridge, active.

    Active 0 leaves the output bridge to its body diodes.
    """
    period = 1.0 / p.resonance_frequency_Hz
    names = (("phase shift (rad)", "-pi to pi"),)
    dead = (p.dead_time_s,) * 4
    return modulator(
        circuit, _pairs("pa", "pb", "sa", "sb"), dead, names, resonant_times, period, **options
    )
