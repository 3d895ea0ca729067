"""What a charge run is asked to do: checked values, from the command line or a script."""

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, cast

from voltbench.hil.grid_spec import GridSpec, parse_grid
from voltbench.hil.module_fault import ModuleFault
from voltbench.hil.option_values import OptionError, number, scaled_number, whole_number

__all__ = [
    "ChargeOptions",
    "GridSpec",
    "OptionError",
    "parse_ambient",
    "parse_choice",
    "parse_grid",
    "parse_rate",
    "parse_seed",
    "parse_soc",
    "with_folder",
]

Protocol = Literal["din", "iso2"]
DinTimers = Literal["2014", "2024"]
PROTOCOLS = ("din", "iso2")
DIN_TIMERS = ("2014", "2024")
LARGEST_SEED = 2**32 - 1


@dataclass(frozen=True)
class ChargeOptions:
    """One charge, fully described: the same options give the same trace."""

    charger: str = "dc150"
    """Name in the catalog or path to a TOML file."""
    vehicle: str = "ioniq5"
    """Name in the catalog or path to a TOML file."""
    soc_start_percent: float = 10.0
    soc_end_percent: float = 80.0
    ambient_degC: float = 25.0
    grid: GridSpec = field(default_factory=GridSpec)
    seed: int = 1
    control_rate_Hz: float = 20e3
    protocol: Protocol | None = None
    """None: the vehicle's first choice."""
    din_timers: DinTimers = "2014"
    """Which reading of DIN 70121's timers (see ``hil/v2g/timer_profiles.toml``)."""
    changes: tuple[str, ...] = ()
    """Values of the charger's file changed for this run, ``section.field=value``."""
    module_faults: tuple[ModuleFault, ...] = ()
    """Faults injected into power modules."""
    out: Path | None = None
    """Folder of the result; None: `default_out`."""

    def default_out(self) -> Path:
        """Return the folder for a run that names none, below ``runs/``, never one that exists."""
        soc = f"{self.soc_start_percent:g}-{self.soc_end_percent:g}"
        stems = (Path(name).stem for name in (self.charger, self.vehicle))
        wanted = Path("runs") / f"{'-'.join(stems)}-{soc}-seed{self.seed}"
        folder, count = wanted, 1
        while folder.exists():
            count += 1
            folder = wanted.with_name(f"{wanted.name}-{count}")
        return folder


def parse_soc(text: str) -> tuple[float, float]:
    """Read a window of state of charge such as ``10:80``.

    Raises
    ------
    OptionError
        One line naming field, value, unit and allowed range.
    """
    parts = text.split(":")
    if len(parts) != 2:
        raise OptionError(f"soc = {text!r}; allowed: start:end in % such as 10:80")
    start = number("soc start", parts[0], "%", 0, 100)
    end = number("soc end", parts[1], "%", 0, 100)
    if start >= end:
        raise OptionError(f"soc = {start:g}:{end:g} %; allowed: start below end, 0 to 100 %")
    return start, end


def parse_ambient(text: str) -> float:
    """Read an ambient temperature in degC, -40 to 60.

    Raises
    ------
    OptionError
        One line naming field, value, unit and allowed range.
    """
    return number("ambient", text, "degC", -40, 60)


def parse_rate(text: str) -> float:
    """Read a control rate in Hz such as ``20kHz``, 10 to 50 kHz.

    Raises
    ------
    OptionError
        One line naming field, value, unit and allowed range.
    """
    return scaled_number("rate", text, "Hz", 10_000, 50_000)


def parse_seed(text: str) -> int:
    """Read a seed, 0 to 2**32 - 1.

    Raises
    ------
    OptionError
        One line naming field, value and allowed range.
    """
    return whole_number("seed", text, 0, LARGEST_SEED)


def parse_choice(field_name: str, text: str, allowed: tuple[str, ...]) -> str:
    """Read one of a few words.

    Raises
    ------
    OptionError
        One line naming field, value and the allowed words.
    """
    if text not in allowed:
        raise OptionError(f"{field_name} = {text!r}; allowed: {', '.join(allowed)}")
    return text


def parse_protocol(text: str | None) -> Protocol | None:
    """Read a protocol, None for the vehicle's own choice.

    Raises
    ------
    OptionError
        One line naming field, value and the allowed words.
    """
    return None if text is None else cast(Protocol, parse_choice("protocol", text, PROTOCOLS))


def parse_din_timers(text: str) -> DinTimers:
    """Read which set of DIN timers applies.

    Raises
    ------
    OptionError
        One line naming field, value and the allowed words.
    """
    return cast(DinTimers, parse_choice("din-timers", text, DIN_TIMERS))


def with_folder(asked: ChargeOptions, out: Path | None) -> ChargeOptions:
    """Return the options with the folder of the result settled; nothing is created yet.

    Raises
    ------
    OptionError
        If the folder holds something already or could not be created.
    """
    if out is None:
        return replace(asked, out=asked.default_out())
    if out.exists() and not out.is_dir():
        raise OptionError(f"out = {str(out)!r} is a file; allowed: a new or empty folder")
    if out.is_dir() and any(out.iterdir()):
        raise OptionError(f"out = {str(out)!r} is not empty; allowed: a new or empty folder")
    parent = next(p for p in (out, *out.absolute().parents) if p.exists())
    if not (parent.is_dir() and os.access(parent, os.W_OK)):
        raise OptionError(f"out = {str(out)!r}: cannot write to {parent}; allowed: a new folder")
    return replace(asked, out=out)
