"""Three-phase grid: Thevenin source with harmonics, sags and the loss of a phase.

The source is three-wire (no zero sequence reaches the charger), so it lives in
the alpha-beta plane: a sum of rotating phasors, one per harmonic. Over a control
period the source is held at its value in the middle of the period (error of the
fundamental: (omega T_s)^2 / 24, 1e-5 at 50 Hz and 20 kHz).
Not modelled: frequency steps and phase jumps during a run, flicker, saturation.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import RecordArray, Vector, f64, i32, i64, record, zeros

MAX_HARMONICS = 12
MAX_SAGS = 8


@dataclass(frozen=True)
class Sag:
    """A dip of some phases to a residual voltage."""

    start_s: float
    duration_s: float
    residual: float
    """Remaining voltage, per unit (0 = interruption)."""
    phases: tuple[bool, bool, bool] = (True, True, True)


@dataclass(frozen=True)
class PhaseLoss:
    """One phase conductor opens at the first current zero after the start."""

    start_s: float
    duration_s: float
    phase: int
    """0, 1, 2 for a, b, c."""


@dataclass(frozen=True)
class Grid:
    """What the charger is connected to."""

    voltage_V: float = 400.0
    """Phase to phase, rms."""
    frequency_Hz: float = 50.0
    short_circuit_power_VA: float = 10e6
    x_over_r: float = 3.0
    harmonics: dict[int, float] = field(default_factory=dict)
    """Order -> amplitude relative to the fundamental; a negative amplitude is in antiphase."""
    sags: tuple[Sag, ...] = ()
    phase_loss: PhaseLoss | None = None

    def impedance(self) -> tuple[float, float]:
        """Return the R_g (ohm) and L_g (H) of the source."""
        Z = self.voltage_V**2 / self.short_circuit_power_VA
        R = Z / math.hypot(1.0, self.x_over_r)
        return R, R * self.x_over_r / (2 * math.pi * self.frequency_Hz)


@record
class GridState:
    """The source: rotating phasors and the schedule of disturbances."""

    count: int = i32("phasors in use")
    re: Vector = f64("V", "phasors, alpha", shape=(MAX_HARMONICS,))
    im: Vector = f64("V", "phasors, beta", shape=(MAX_HARMONICS,))
    cos_step: Vector = f64("1", "rotation per period", shape=(MAX_HARMONICS,))
    sin_step: Vector = f64("1", "rotation per period", shape=(MAX_HARMONICS,))
    theta: float = f64("rad", "angle of the fundamental, 0..2 pi")
    theta_step: float = f64("rad", "angle per control period")
    e_al: float = f64("V", "source voltage held over the period")
    e_be: float = f64("V", "source voltage held over the period")
    sags: int = i32("sags in use")
    sag_from: Vector = i64("first period", shape=(MAX_SAGS,))
    sag_to: Vector = i64("first period after", shape=(MAX_SAGS,))
    sag_scale: Vector = f64("1", "residual of a, b, c", shape=(MAX_SAGS, 3))
    loss_from: int = i64("phase loss: first period (-1 = never)")
    loss_to: int = i64("phase loss: first period after")
    loss_cos: float = f64("1", "axis of the lost phase")
    loss_sin: float = f64("1", "axis of the lost phase")
    loss_i: float = f64("A", "mean module current in that axis a period ago")
    lost: int = i32("1 while the conductor is open")


def grid_state(grid: Grid, T_s: float) -> RecordArray:
    """Return the initial state of the source for a control period of `T_s` seconds."""
    made = zeros(GridState)
    s = made[0]
    peak = grid.voltage_V * math.sqrt(2.0 / 3.0)
    orders = {1: 1.0, **grid.harmonics}
    if len(orders) > MAX_HARMONICS:
        raise ValueError(f"grid harmonics: {len(orders) - 1} given, at most {MAX_HARMONICS - 1}")
    omega = 2 * math.pi * grid.frequency_Hz
    for i, (order, amplitude) in enumerate(orders.items()):
        sequence = {0: 0, 1: 1, 2: -1}[order % 3]
        if sequence == 0:
            continue  # triplen harmonics are zero sequence: no path in three wires
        angle = sequence * order * omega * T_s
        s["re"][i] = peak * amplitude * math.cos(angle / 2)
        s["im"][i] = peak * amplitude * math.sin(angle / 2)
        s["cos_step"][i], s["sin_step"][i] = math.cos(angle), math.sin(angle)
    s["count"], s["theta_step"], s["theta"] = len(orders), omega * T_s, omega * T_s / 2
    s["sags"] = len(grid.sags)
    for i, sag in enumerate(grid.sags):
        s["sag_from"][i] = round(sag.start_s / T_s)
        s["sag_to"][i] = round((sag.start_s + sag.duration_s) / T_s)
        s["sag_scale"][i] = [sag.residual if hit else 1.0 for hit in sag.phases]
    s["loss_from"] = -1
    if grid.phase_loss is not None:
        lost = grid.phase_loss
        axis = 2 * math.pi / 3 * lost.phase
        s["loss_from"] = round(lost.start_s / T_s)
        s["loss_to"] = round((lost.start_s + lost.duration_s) / T_s)
        s["loss_cos"], s["loss_sin"] = math.cos(axis), math.sin(axis)
    return made


_HALF_SQRT3 = np.sqrt(3.0) / 2.0


@plant_kernel
def _sagged(s: GridState, k: int, al: float, be: float) -> tuple[float, float]:
    for i in range(s.sags):
        if s.sag_from[i] <= k < s.sag_to[i]:
            a = al * s.sag_scale[i, 0]
            b = (-0.5 * al + _HALF_SQRT3 * be) * s.sag_scale[i, 1]
            c = (-0.5 * al - _HALF_SQRT3 * be) * s.sag_scale[i, 2]
            al = (2.0 * a - b - c) / 3.0
            be = (b - c) / (2.0 * _HALF_SQRT3)
    return al, be


@plant_kernel
def grid_step(s: GridState, k: int) -> None:
    """Set the source voltage of period `k` and move on by one period."""
    al = 0.0
    be = 0.0
    for i in range(s.count):
        re = s.re[i]
        im = s.im[i]
        al += re
        be += im
        s.re[i] = re * s.cos_step[i] - im * s.sin_step[i]
        s.im[i] = re * s.sin_step[i] + im * s.cos_step[i]
    al, be = _sagged(s, k, al, be)
    s.e_al = al
    s.e_be = be
    theta = s.theta + s.theta_step
    if theta >= 2.0 * math.pi:
        theta -= 2.0 * math.pi
    s.theta = theta


@plant_kernel
def grid_within(s: GridState, k: int, shift: float) -> tuple[float, float]:
    """Return the source voltage `shift` periods from the middle of period `k`, after its step.

    A parabola through three periods: exact to (omega T_s)^3/16 for each harmonic.
    """
    al = 0.0
    be = 0.0
    for i in range(s.count):
        c = s.cos_step[i]
        d = s.sin_step[i]
        re = s.re[i] * c + s.im[i] * d
        im = s.im[i] * c - s.re[i] * d
        re_before = re * c + im * d
        im_before = im * c - re * d
        half = 0.5 * shift
        al += re + half * (s.re[i] - re_before + shift * (s.re[i] - 2.0 * re + re_before))
        be += im + half * (s.im[i] - im_before + shift * (s.im[i] - 2.0 * im + im_before))
    return _sagged(s, k, al, be)
