"""The switched T-type against Wolfspeed's CRD-25BDA6512N-K: 14 efficiencies and the loss split.

The published values and the board of `ttype_crd25bda`, from the exactly solved circuit: channels
and body diodes conduct in the waveforms, with r_on at the junctions' temperature; switching
energies are taken from the tables at each edge; copper and damping from the ripple itself; the
junctions heat until they agree with their resistance. Cores: no data of theirs are published,
and no term stands in for them.

Fitted: one series resistance per phase, to the two full-load points alone; the other twelve
validate. The case-to-sink resistance of the loss split, to the maker's outer conduction.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from voltbench.hil.validation.row import ValidationRow, compare
from voltbench.hil.validation.section import Section
from voltbench.hil.validation.t_type_inverter import (
    INNER,
    OUTER,
    Board,
    Measured,
    Point,
    losses,
)
from voltbench.hil.validation.ttype_crd25bda import (
    C_F,
    DEVICES_W,
    INNER_CONDUCTION_W,
    LOW_LOAD_W,
    OUTER_CONDUCTION_W,
    OUTER_SWITCHING_W,
    POINTS,
    R_D,
    R_L,
    T_AMBIENT,
    T_CASE_INNER,
    T_CASE_OUTER,
    U_PHASE,
    L,
    gate_scale,
)
from voltbench.plant_models.devices import load_device

SERIES_GUESS = 27e-3
"""Ohm in the circuit; what the fit finds rescales its loss, the output is held in any case."""
FITTED_TO = ((800.0, 24.85), (670.0, 24.56))
"""Link voltage (V) and output (kW) of the points the series resistance is fitted to."""
STEP_K = 4.0
"""Width of a temperature cell: 4 K are 1 % of r_on, 0.01 points of efficiency."""
ROUNDS = 6
SINK_C = 85.0

BOARD = Board(
    inductance_H=L,
    inductor_Ohm=R_L,
    filter_F=C_F,
    damping_Ohm=R_D,
    half_link_F=1.88e-3,
    series_Ohm=SERIES_GUESS,
    energy_scale=gate_scale(),
    phase_V=U_PHASE,
    line_Hz=50.0,
    switching_Hz=60e3,
    dead_time_s=200e-9,
    outer="C3M0032120K",
    inner="C3M0025065K",
)


@dataclass(frozen=True)
class Row:
    """One published point: link (V), input and output (W), and our measurement."""

    link_V: float
    input_W: float
    output_W: float
    ours: Measured

    @property
    def fitted_to(self) -> bool:
        """Return whether the series resistance was fitted to this point."""
        return (self.link_V, 1e-3 * self.output_W) in FITTED_TO


@cache
def _at(link_V: float, output_W: float, outer_C: float, inner_C: float) -> Measured:
    return losses(BOARD, Point(link_V, output_W, outer_C, inner_C))


def _heats() -> tuple[float, float]:
    """Return junction to case (K/W) of an outer and an inner device."""
    names = BOARD.outer, BOARD.inner
    outer, inner = (load_device(name).thermal_resistance_K_per_W for name in names)
    return outer, inner


def _settled(
    link_V: float, output_W: float, base: tuple[float, float], to_base: tuple[float, float]
) -> Measured:
    """Return the losses with junctions at `base` (degC) plus resistance (K/W) times loss."""
    junctions = base[0] + 20.0 * output_W / 25e3, base[1] + 10.0 * output_W / 25e3
    for _ in range(ROUNDS):
        cell = tuple(STEP_K * round(t / STEP_K) for t in junctions)
        found = _at(link_V, output_W, *cell)
        each = [found.losses.device_W(names) / 6.0 for names in (OUTER, INNER)]
        junctions = base[0] + to_base[0] * each[0], base[1] + to_base[1] * each[1]
        if max(abs(a - b) for a, b in zip(junctions, cell, strict=True)) <= 0.75 * STEP_K:
            return found
    raise ArithmeticError(f"junctions at {output_W:g} W still move after {ROUNDS} rounds")


@cache
def full_load() -> Measured:
    """Return 25 kW at 800 V with the cases at the temperatures measured there."""
    return _settled(800.0, 24.85e3, (T_CASE_OUTER, T_CASE_INNER), _heats())


@cache
def points() -> tuple[Row, ...]:
    """Return the 14 points, cases rising with their devices' loss up to the measured ones."""
    full = full_load()
    to_case = _heats()
    rises = T_CASE_OUTER - T_AMBIENT, T_CASE_INNER - T_AMBIENT
    parts = [full.losses.device_W(names) / 6.0 for names in (OUTER, INNER)]
    whole = tuple(r + rise / w for r, rise, w in zip(to_case, rises, parts, strict=True))
    return tuple(
        Row(
            link,
            1e3 * p_in,
            1e3 * p_out,
            _settled(link, 1e3 * p_out, (T_AMBIENT, T_AMBIENT), (whole[0], whole[1])),
        )
        for link, sweep in POINTS.items()
        for p_in, p_out in sweep
    )


@cache
def series_resistance() -> float:
    """Fit the resistance per phase (Ohm) to `FITTED_TO`, in points of efficiency."""
    fitted = [row for row in points() if row.fitted_to]
    x = np.array([r.ours.series_W / SERIES_GUESS / r.input_W for r in fitted])
    known = [r.ours.loss_W - r.ours.series_W for r in fitted]
    y = np.array(
        [(r.input_W - r.output_W - k) / r.input_W for r, k in zip(fitted, known, strict=True)]
    )
    return float(x @ y / (x @ x))


def efficiency(row: Row) -> float:
    """Return our efficiency (%) of a point with the fitted resistance."""
    series = row.ours.series_W * series_resistance() / SERIES_GUESS
    loss = row.ours.loss_W - row.ours.series_W + series
    return 100.0 * row.ours.output_W / (row.ours.output_W + loss)


@cache
def split() -> tuple[Measured, float]:
    """Return 25 kW on the maker's sink of 85 degC, and the fitted case-to-sink R (K/W)."""
    to_case = _heats()
    low, high = 105.0, 145.0
    ends = [_channels(_at(800.0, 25e3, t, 105.0), OUTER) for t in (low, high)]
    t_outer = low + (OUTER_CONDUCTION_W - ends[0]) * (high - low) / (ends[1] - ends[0])
    found = _at(800.0, 25e3, t_outer, 105.0)
    resistance = 6.0 * (t_outer - SINK_C) / found.losses.device_W(OUTER) - to_case[0]
    t_inner = SINK_C + (resistance + to_case[1]) * found.losses.device_W(INNER) / 6.0
    return _at(800.0, 25e3, t_outer, t_inner), resistance


def _channels(found: Measured, names: tuple[str, ...]) -> float:
    return sum(found.channel_W[name] for name in names)


def rows() -> list[ValidationRow]:
    """Return the comparison with the published tables."""
    table = []
    for row in points():
        published = 100.0 * row.output_W / row.input_W
        low = row.output_W <= LOW_LOAD_W
        why = "fitted to this point" if row.fitted_to else "not fitted"
        rounding = f"rounding of both powers to 10 W: {1e3 / row.output_W:.2f}"
        table.append(
            compare(
                f"T-type efficiency, {row.link_V:.0f} V, {row.output_W / 1e3:.2f} kW",
                published,
                efficiency(row),
                "%",
                0.8 if low else 0.4,
                f"{why}; {rounding}",
            )
        )
    return [*table, *_split_rows()]


def _split_rows() -> list[ValidationRow]:
    found, resistance = split()
    sink = f"sink 85 degC, case to sink {resistance:.2f} K/W"
    outer, inner = _channels(found, OUTER), _channels(found, INNER)
    switching = sum(found.losses.switching_W[n] for n in OUTER)
    diodes = found.losses.device_W(INNER) - inner
    return [
        compare(
            "T-type outer conduction", OUTER_CONDUCTION_W, outer, "W", 0.5,
            f"{sink} fitted to this row",
        ),
        compare(
            "T-type inner conduction", INNER_CONDUCTION_W, inner, "W", 5.0,
            f"{sink}; 7 %: typical r_on of a data sheet",
        ),
        compare(
            "T-type outer switching", OUTER_SWITCHING_W, switching, "W", 8.0,
            "10 %: energies read from curves, 800 V ones used at 400 V",
        ),
        compare(
            "T-type devices", DEVICES_W, outer + inner + switching, "W", 12.0,
            f"the sum of the three; our dead-time diodes, {diodes:.1f} W, left out as in it",
        ),
    ]  # fmt: skip


def _light_W(link_V: float) -> float:
    """Return the loss (W) published at the sweep's lowest power that ours lacks."""
    row = next(r for r in points() if r.link_V == link_V)
    ours = row.output_W * (100.0 / efficiency(row) - 1.0)
    return row.input_W - row.output_W - ours


def section() -> Section:
    """Return the section of the validation page."""
    return Section(
        title="Switched T-type inverter: Wolfspeed CRD-25BDA6512N-K",
        kind="validation",
        basis="PRD-08613 tables 2 and 6, inverter mode, Pout / Pin of the rounded powers. Ours: "
        "the switched circuit on resistors, 400 V line to line, C3M0032120K and C3M0025065K, "
        "60 kHz, 200 ns dead time (assumed), 125 uH / 6.5 mohm, 10 uF + 0.68 ohm, 2 x 1.88 mF; "
        "60 degrees of the line in steady state; energies at the board's gate resistors "
        f"{gate_scale():.2f} times the table's (data sheet); ambient 25 degC (assumed).",
        rows=tuple(rows()),
        fitted=(
            f"series resistance per phase {1e3 * series_resistance():.1f} mohm (relays, chokes, "
            "tracks), to the two full-load points; the other twelve validate",
            f"case-to-sink resistance {split()[1]:.2f} K/W, to the maker's outer conduction; used "
            "in the loss split only",
        ),
        residuals=(
            "series resistance alone fitted, so what else is missing shows at light load: "
            f"{_light_W(800.0):+.0f} W at 800 V, {_light_W(670.0):+.0f} W at 670 V",
        ),
        not_matched=(
            "No core data of the inductors are published: their core loss, which grows with the "
            "ripple and so with the link voltage, is not in our losses.",
        ),
    )
