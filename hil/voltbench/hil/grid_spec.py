"""The grid of a run in a short text: ``400V50Hz,ssc=5MVA,h5=3%,sag=0.7@10:0.2,loss=a@20:0.5``.

Items after the nominal values, in any order, sags and harmonics repeated at will:

``ssc=5MVA``       short-circuit power at the connection (kVA, MVA, GVA)
``xr=3``           reactance over resistance of the grid impedance
``h5=3%``          5th harmonic of the source voltage; negative is in antiphase
``sag=0.7@10:0.2`` 0.7 of the voltage remains, from 10 s on, for 0.2 s; ``0.7bc`` in b and c only
``loss=a@20:0.5``  the conductor of phase a is open from 20 s on, for 0.5 s; without ``:`` for good
"""

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voltbench.hil.option_values import OptionError, number

if TYPE_CHECKING:
    from voltbench.plant_models.grid import Grid

MOST_SAGS = 8
MOST_HARMONICS = 11
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_NOMINAL = re.compile(rf"({_NUMBER})\s*V\s*({_NUMBER})\s*Hz", re.IGNORECASE)
_POWER = re.compile(rf"({_NUMBER})\s*([kMG])?VA")
_SAG = re.compile(rf"({_NUMBER})([abc]{{0,3}})@({_NUMBER})(?::({_NUMBER}))?")
_LOSS = re.compile(rf"([abc])@({_NUMBER})(?::({_NUMBER}))?")
_SCALE = {None: 1.0, "k": 1e3, "M": 1e6, "G": 1e9}
FOR_GOOD_S = 1e6
ITEMS = "ssc=5MVA, xr=3, h5=3%, sag=0.7@10:0.2, loss=a@20:0.5"


@dataclass(frozen=True)
class SagSpec:
    """A dip (or swell) of some phases."""

    start_s: float
    duration_s: float
    residual: float
    """Remaining voltage, per unit."""
    phases: str = "abc"


@dataclass(frozen=True)
class PhaseLossSpec:
    """One open conductor."""

    start_s: float
    duration_s: float
    phase: str


@dataclass(frozen=True)
class GridSpec:
    """What the charger is connected to."""

    voltage_V: float = 400.0
    """Phase to phase, rms."""
    frequency_Hz: float = 50.0
    short_circuit_power_VA: float = 10e6
    x_over_r: float = 3.0
    harmonics: tuple[tuple[int, float], ...] = ()
    """Order and amplitude relative to the fundamental."""
    sags: tuple[SagSpec, ...] = ()
    phase_loss: PhaseLossSpec | None = None

    def plant(self) -> "Grid":
        """Return the grid as the plant model takes it."""
        from voltbench.plant_models.grid import Grid, PhaseLoss, Sag  # compiles: only when run

        sags = tuple(
            Sag(
                s.start_s,
                s.duration_s,
                s.residual,
                ("a" in s.phases, "b" in s.phases, "c" in s.phases),
            )
            for s in self.sags
        )
        loss = self.phase_loss
        return Grid(
            voltage_V=self.voltage_V,
            frequency_Hz=self.frequency_Hz,
            short_circuit_power_VA=self.short_circuit_power_VA,
            x_over_r=self.x_over_r,
            harmonics=dict(self.harmonics),
            sags=sags,
            phase_loss=None
            if loss is None
            else PhaseLoss(loss.start_s, loss.duration_s, "abc".index(loss.phase)),
        )

    def __str__(self) -> str:
        """Return the text :func:`parse_grid` reads back."""
        parts = [f"{self.voltage_V:g}V{self.frequency_Hz:g}Hz"]
        if self.short_circuit_power_VA != GridSpec.short_circuit_power_VA:
            parts.append(f"ssc={self.short_circuit_power_VA / 1e6:g}MVA")
        if self.x_over_r != GridSpec.x_over_r:
            parts.append(f"xr={self.x_over_r:g}")
        parts += [f"h{order}={100 * amplitude:g}%" for order, amplitude in self.harmonics]
        for sag in self.sags:
            phases = "" if sag.phases == "abc" else sag.phases
            parts.append(f"sag={sag.residual:g}{phases}@{sag.start_s:g}:{sag.duration_s:g}")
        if self.phase_loss is not None:
            loss = self.phase_loss
            span = "" if loss.duration_s == FOR_GOOD_S else f":{loss.duration_s:g}"
            parts.append(f"loss={loss.phase}@{loss.start_s:g}{span}")
        return ",".join(parts)


def parse_grid(text: str) -> GridSpec:
    """Read a grid, see the module's text.

    Raises
    ------
    OptionError
        One line naming field, value, unit and allowed range.
    """
    first, *items = (part.strip() for part in text.split(","))
    nominal = _NOMINAL.fullmatch(first)
    if nominal is None:
        raise OptionError(f"grid = {text!r}; allowed: volts and hertz such as 400V50Hz")
    made = GridSpec(
        voltage_V=number("grid voltage", nominal[1], "V", 80, 690),
        frequency_Hz=number("grid frequency", nominal[2], "Hz", 45, 65),
    )
    for item in items:
        made = _add(made, item)
    return made


def _add(grid: GridSpec, item: str) -> GridSpec:
    key, _, value = (part.strip() for part in item.partition("="))
    if key == "ssc":
        return replace(grid, short_circuit_power_VA=_short_circuit_power(value))
    if key == "xr":
        return replace(grid, x_over_r=number("grid xr", value, "", 0.05, 50))
    if key == "sag":
        return _add_sag(grid, value)
    if key == "loss":
        if grid.phase_loss is not None:
            raise OptionError(f"grid loss = {value!r}; allowed: one lost phase a run")
        return replace(grid, phase_loss=_phase_loss(value))
    if re.fullmatch(r"h\d+", key):
        return _add_harmonic(grid, key, value)
    raise OptionError(f"grid item = {item!r}; allowed: {ITEMS}")


def _short_circuit_power(value: str) -> float:
    match = _POWER.fullmatch(value)
    if match is None:
        raise OptionError(f"grid ssc = {value!r}; allowed: 0.1 to 10000 MVA such as 5MVA")
    return 1e6 * number(
        "grid ssc", str(float(match[1]) * _SCALE[match[2]] / 1e6), "MVA", 0.1, 10_000
    )


def _add_harmonic(grid: GridSpec, key: str, value: str) -> GridSpec:
    order = int(number("grid harmonic order", key[1:], "", 2, 50))
    if order % 3 == 0:
        raise OptionError(
            f"grid {key} = {value}; allowed: orders not divisible by 3 "
            "(a three-wire connection has no path for them)"
        )
    percent = number(f"grid {key}", value.removesuffix("%"), "%", -30, 30)
    kept = tuple(entry for entry in grid.harmonics if entry[0] != order)
    if len(kept) >= MOST_HARMONICS:
        raise OptionError(f"grid harmonics = {len(kept) + 1}; allowed: at most {MOST_HARMONICS}")
    return replace(grid, harmonics=(*kept, (order, percent / 100)))


def _add_sag(grid: GridSpec, value: str) -> GridSpec:
    match = _SAG.fullmatch(value)
    if match is None or match[4] is None:
        raise OptionError(f"grid sag = {value!r}; allowed: residual@start:duration as 0.7@10:0.2")
    if len(grid.sags) >= MOST_SAGS:
        raise OptionError(f"grid sags = {len(grid.sags) + 1}; allowed: at most {MOST_SAGS}")
    sag = SagSpec(
        start_s=number("grid sag start", match[3], "s", 0, 86_400),
        duration_s=number("grid sag duration", match[4], "s", 0.001, 86_400),
        residual=number("grid sag residual", match[1], "per unit", 0, 1.5),
        phases="".join(sorted(set(match[2]))) or "abc",
    )
    return replace(grid, sags=(*grid.sags, sag))


def _phase_loss(value: str) -> PhaseLossSpec:
    match = _LOSS.fullmatch(value)
    if match is None:
        raise OptionError(f"grid loss = {value!r}; allowed: phase@start:duration such as a@20:0.5")
    duration = FOR_GOOD_S
    if match[3] is not None:
        duration = number("grid loss duration", match[3], "s", 0.001, 86_400)
    return PhaseLossSpec(number("grid loss start", match[2], "s", 0, 86_400), duration, match[1])
