"""Which grid-side laws run, and their gains from bandwidths."""

import cmath
import math
from dataclasses import dataclass
from typing import Any

from voltbench.calibration.front_end_gains import current_gains, link_gains
from voltbench.calibration.grid_law_gains import (
    damping_gain,
    loss_gains,
    neutral_gains,
    pr_gains,
    sync_gains,
)
from voltbench.calibration.switched_loops.grid_laws_interrupt import DQ, RESONANT, GridLaws
from voltbench.calibration.switched_loops.three_phase import FrontEndSettings
from voltbench.calibration.switched_loops.three_phase_interrupt import TWO_LEVEL
from voltbench.control.grid_sync import ADAPTIVE, DSOGI, SRF
from voltbench.control.numerics.records import zeros
from voltbench.plant_models.switched.modulation.modulator import Modulator
from voltbench.plant_models.switched.topologies.ac_side import GridFilter

SYNCS = {"srf": SRF, "dsogi": DSOGI, "adaptive": ADAPTIVE}
CURRENTS = {"dq": DQ, "resonant": RESONANT}


@dataclass(frozen=True)
class GridLawSettings(FrontEndSettings):
    """Operation of a three-phase front end under the further laws.

    Attributes
    ----------
    sync, current : str
        A key of `SYNCS`, of `CURRENTS`.
    harmonics : bool
        Resonators at the fifth and seventh harmonic.
    damping_ratio : float
        Of the LCL resonance, by active damping; 0: none. Resonant control only.
    frequency_loop_Hz : float
        Bandwidth of the adaptive centre frequency.
    hold_share : float
        Of the grid's amplitude, below which it counts as away.
    neutral_bandwidth_Hz, third_share : float
        Midpoint: bandwidth, and share of the third harmonic taken out.
    """

    sync: str = "dsogi"
    current: str = "resonant"
    harmonics: bool = False
    damping_ratio: float = 0.0
    frequency_loop_Hz: float = 4.0
    hold_share: float = 0.2
    neutral_bandwidth_Hz: float = 50.0
    third_share: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is not there."""
        for name, known in (("sync", SYNCS), ("current", CURRENTS)):
            if getattr(self, name) not in known:
                raise ValueError(f"{name} is {getattr(self, name)!r}; allowed: {', '.join(known)}")
        for name, unit, top in (
            ("damping_ratio", "", 0.2), ("hold_share", "", 0.3), ("third_share", "", 1.0)
        ):  # fmt: skip
            if not 0.0 <= getattr(self, name) <= top:
                raise ValueError(f"{name} is {getattr(self, name):g}{unit}; allowed: 0 to {top:g}")
        if self.current == "dq" and (self.damping_ratio or self.harmonics):
            raise ValueError(
                "damping_ratio and harmonics are of the resonant control; current is 'dq'"
            )


def grid_laws_memory(
    pwm: Modulator, grid: GridFilter, capacitance: float, kind: int, s: GridLawSettings
) -> Any:
    """Return the interrupt's record with its gains, locked to the grid.

    `capacitance` (F) is that of the whole link, so half of one half's.
    """
    m, T_s = zeros(GridLaws)[0], pwm.period
    m["kind"], m["current"], m["T_s"], m["period"] = kind, CURRENTS[s.current], T_s, T_s
    m["quantum"], m["bank"], m["legs"] = s.pwm_quantum_s, pwm.bank[0], pwm.state[0]
    _synchronised(m, grid, s, T_s)
    gains, L = m["pfc_gains"], grid.inductance_H
    current_gains(gains, s.current_bandwidth_of_rate, L, T_s)
    gains["k_ff"] = m["capacitor_gains"]["k_ff"] = s.feedforward_share
    m["capacitor_gains"]["lead"] = 1.5 * T_s
    if grid.grid_inductance_H > 0.0:
        gains["C_f"] = grid.filter_capacitance_F
        m["capacitor_gains"]["k_ad"] = damping_gain(
            s.damping_ratio, L, grid.grid_inductance_H, grid.filter_capacitance_F, T_s
        )
    link_gains(gains, s.link_bandwidth_Hz, capacitance, s.bus_voltage_ref_V)
    gains["p_max"] = s.power_max_W
    gains["i_max"] = 2.0 * s.power_max_W / (3.0 * grid.amplitude_V)
    pr_gains(m["pr_gains"], s.current_bandwidth_of_rate, L, T_s, s.harmonics)
    bandwidth, third = (0.0, 0.0) if kind == TWO_LEVEL else (s.neutral_bandwidth_Hz, s.third_share)
    i_min = 0.1 * float(gains["i_max"])
    neutral_gains(m["neutral_gains"], bandwidth, third, 2.0 * capacitance, i_min)
    m["pfc"]["u_dc_ref"] = m["u_dc_target"] = s.bus_voltage_ref_V
    return m


def _synchronised(m: Any, grid: GridFilter, s: GridLawSettings, T_s: float) -> None:
    """Set the synchronisation as if it had followed the grid before."""
    omega = 2.0 * math.pi * grid.grid_frequency_Hz
    gains, sync = m["sync_gains"], m["sync"]
    adapts = s.frequency_loop_Hz if s.sync == "adaptive" else 0.0
    sync_gains(gains, SYNCS[s.sync], s.pll_bandwidth_Hz, adapts, omega, T_s)
    loss_gains(gains, s.hold_share * grid.amplitude_V, T_s)
    # phase a is a sine without phase angle, the law's a cosine: one period before the first sample
    theta = -0.5 * math.pi
    sync["pll"]["theta"], sync["pll"]["u"], sync["pll"]["omega"] = theta, grid.amplitude_V, omega
    before = cmath.rect(grid.amplitude_V, theta - omega * T_s)
    d = sync["dsogi"]
    d["a_al"], d["b_al"] = before.real, before.imag
    d["a_be"], d["b_be"] = before.imag, -before.real
    d["omega"], sync["share"], sync["pll"]["locked"] = omega, 1.0, 1
