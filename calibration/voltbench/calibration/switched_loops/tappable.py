"""What every loop that can be measured and tuned offers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from voltbench.calibration.loops import Loop
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.closed_loop import KernelController
from voltbench.plant_models.switched.elements import CurrentSource
from voltbench.plant_models.switched.engine import Engine
from voltbench.plant_models.switched.sampling import Sampling

DRAWN = "i_drawn"


def drawn_from(node: str) -> CurrentSource:
    """Return a source that draws the input `DRAWN` (A, 0 at first) from an output."""
    return CurrentSource("drawn", node, "0", DRAWN)


def as_declared(circuit: Circuit) -> Circuit:
    """Return a circuit as it is."""
    return circuit


def move_by(*names: str) -> Callable[[Any, float], None]:
    """Return what adds to a value of a nested record."""

    def move(record: Any, change: float) -> None:
        for name in names[:-1]:
            record = record[name]
        record[names[-1]] += change

    return move


@dataclass(frozen=True)
class PiGains:
    """Gains of a PI law: output = k_p e + x, x(k+1) = x(k) + T_s k_i e."""

    k_p: float
    k_i: float


@dataclass(frozen=True)
class Tapped:
    """A converter under its law, and where its loop is cut.

    Attributes
    ----------
    engine, controller
        The circuit and the law with fresh records.
    sampling : Sampling
        ADC, instant, delay, timer.
    divider : int
        Control periods of the modulator in an interrupt of the law.
    axis : Mapping[str, complex]
        Probes whose sum, each times its weight, is the signal: {"u_o": 1}. For three phases
        the weights of a space vector; the signal is then complex, in a frame that turns.
    unit : str
        Of the signal.
    frame_Hz : float
        Frequency at which the frame turns; its angle is 0 with the grid's phase a at its
        positive peak. 0 for one real signal.
    settle_s : float
        Time after which the start is forgotten.
    peak : float
        Injection by default (in `unit`).
    move : Callable[[Any, float], None]
        Adds to the reference in the law's record (in `unit`).
    drawn : str or None
        Named input of the circuit: a current drawn beside the load (A).
    """

    engine: Engine
    controller: KernelController
    sampling: Sampling
    divider: int
    axis: Mapping[str, complex]
    unit: str
    frame_Hz: float
    settle_s: float
    peak: float
    move: Callable[[Any, float], None]
    drawn: str | None


class LoopPlant(Protocol):
    """A converter at an operating point with one loop whose gains are free."""

    @property
    def name(self) -> str:
        """Return the loop in words."""
        ...

    @property
    def T_s(self) -> float:
        """Return the law's period (s)."""
        ...

    def tapped(self, gains: PiGains) -> Tapped:
        """Return the switched converter under its law."""
        ...

    def model(self, gains: PiGains) -> Loop:
        """Return the open loop of the averaged model, sampled as the law samples."""
        ...

    def formula(self, bandwidth_Hz: float, phase_margin_deg: float) -> PiGains:
        """Return gains by the textbook formula."""
        ...
