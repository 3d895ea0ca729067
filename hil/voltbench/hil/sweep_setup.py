"""What ``voltbench sweep`` was asked for, as its store keeps it and as a job needs it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from voltbench.hil.errors import BadInput
from voltbench.hil.loop_setup import loop_plant

if TYPE_CHECKING:
    from voltbench.calibration.analysis.corner_run import SweptLoop
    from voltbench.calibration.analysis.sweep_job import SweepJob

ROWS, PAGE = "sweep.jsonl", "sweep.html"


@dataclass(frozen=True)
class SweepRequest:
    """A command line's sweep; units in the names."""

    loop: str
    tolerances: tuple[str, ...]
    count: int
    seed: int
    design: str
    k_p: float | None
    k_i: float | None
    bandwidth_Hz: float
    phase_margin_deg: float
    load_step_A: float | None
    duration_s: float
    step_s: float | None
    values: tuple[str, ...]
    adc: tuple[str, ...]

    def about(self) -> dict[str, Any]:
        """Return the request as the store keeps it."""
        return asdict(self)

    def job(self) -> "SweepJob":
        """Return the job.

        Raises
        ------
        BadInput, ValueError
            One line: what has no meaning, and what would.
        """
        from voltbench.calibration.analysis.corner_run import Scenario
        from voltbench.calibration.analysis.sweep_job import sweep_job
        from voltbench.calibration.analysis.tolerances import Design, tolerance
        from voltbench.calibration.switched_loops.tappable import PiGains

        plant = loop_plant(self.loop, self.values, self.adc)
        if self.k_p is None or self.k_i is None:
            gains = plant.formula(self.bandwidth_Hz, self.phase_margin_deg)
        else:
            gains = PiGains(self.k_p, self.k_i)
        step_s = 0.5 * self.duration_s if self.step_s is None else self.step_s
        return sweep_job(
            cast("SweptLoop", plant),
            gains,
            [tolerance(plant, *_pair(text)) for text in self.tolerances],
            self.count,
            self.seed,
            cast(Design, self.design),
            Scenario(self.duration_s, step_s, self.load_step_A),
        )


def _pair(text: str) -> tuple[str, str]:
    name, equals, spread = (part.strip() for part in text.partition("="))
    if not equals or not spread:
        raise BadInput(f"--tolerance {text!r}; expected: NAME=5%, NAME=LOW..HIGH or NAME=A,B,C")
    return name, spread


def stored_request(folder: Path, loop: str) -> SweepRequest:
    """Return what the store of a folder was made with.

    Raises
    ------
    BadInput
        If there is none, or it is of another loop.
    """
    from voltbench.calibration.analysis.sweep_store import read

    path = folder / ROWS
    if not path.is_file():
        raise BadInput(f"{path}: no such file; expected: the folder of a sweep")
    about = read(path)[0].get("about")
    try:
        made = SweepRequest(**{k: _frozen(v) for k, v in (about or {}).items()})
    except TypeError:
        raise BadInput(f"{path}: not made by this command") from None
    if made.loop != loop:
        raise BadInput(f"loop = {loop!r}; {path} is of {made.loop!r}")
    return made


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
