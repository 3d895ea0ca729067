"""The elements a circuit is declared with; every element names its two (or more) nodes.

Currents are counted from the first node (plus, drain, anode) through the element to the
second; voltages from the first to the second. Values are SI.
"""

from dataclasses import dataclass

Pair = tuple[str, str]


@dataclass(frozen=True)
class Resistor:
    """A linear resistance (Ohm), positive."""

    name: str
    plus: str
    minus: str
    resistance: float


@dataclass(frozen=True)
class Inductor:
    """An inductance (H) in series with its winding resistance (Ohm); its current is a state."""

    name: str
    plus: str
    minus: str
    inductance: float
    resistance: float = 0.0


@dataclass(frozen=True)
class SaturatingInductor:
    """An inductor whose flux is a symmetric, piecewise linear function of its current.

    `inductance` (H) holds the slopes of the flux, the first around zero, the next beyond
    ``±current[0]`` (A), and so on: one more than there are breakpoints. The current is a state
    and the breakpoints are located, as a diode's crossings are.
    """

    name: str
    plus: str
    minus: str
    current: tuple[float, ...]
    inductance: tuple[float, ...]
    resistance: float = 0.0


@dataclass(frozen=True)
class Capacitor:
    """A capacitance (F) in series with its ESR (Ohm); the voltage on the plates is a state."""

    name: str
    plus: str
    minus: str
    capacitance: float
    esr: float = 0.0


@dataclass(frozen=True)
class CoupledInductors:
    """Windings with a positive definite inductance matrix (H) and resistances (Ohm).

    Perfect coupling has no such matrix: use `IdealTransformer` beside an `Inductor`.
    """

    name: str
    windings: tuple[Pair, ...]
    inductance: tuple[tuple[float, ...], ...]
    resistance: tuple[float, ...] = ()


@dataclass(frozen=True)
class IdealTransformer:
    """Windings with equal volts per turn and no magnetomotive force left over."""

    name: str
    windings: tuple[Pair, ...]
    turns: tuple[float, ...]


@dataclass(frozen=True)
class Sine:
    """A sinusoid ``amplitude * sin(2 pi frequency t + phase)``; V or A, Hz, rad.

    Sine and cosine of each frequency are states, so it is exact at every instant.
    """

    amplitude: float
    frequency: float
    phase: float = 0.0


Waveform = float | str | Sine
"""A constant, the name of an input held between two calls, or a sinusoid."""


@dataclass(frozen=True)
class VoltageSource:
    """An ideal voltage source (V)."""

    name: str
    plus: str
    minus: str
    value: Waveform


@dataclass(frozen=True)
class CurrentSource:
    """An ideal current source (A): the current flows from plus through the source to minus."""

    name: str
    plus: str
    minus: str
    value: Waveform


@dataclass(frozen=True)
class BodyDiode:
    """The diode across a switch: threshold (V) and slope (Ohm)."""

    forward_voltage: float = 0.0
    resistance: float = 0.0


@dataclass(frozen=True)
class OutputCapacitance:
    """Capacitance (F) of a switch by its voltage: piecewise constant, so the charge is a polygon.

    The first value holds below ``voltage[0]`` (V), the next beyond it, and so on.
    """

    voltage: tuple[float, ...]
    capacitance: tuple[float, ...]


@dataclass(frozen=True)
class Diode:
    """A diode: open below its threshold (V), threshold plus slope (Ohm) when it conducts."""

    name: str
    anode: str
    cathode: str
    forward_voltage: float = 0.0
    resistance: float = 0.0


@dataclass(frozen=True)
class Switch:
    """A gated channel of resistance r_on (Ohm), and its body diode from `source` to `drain`.

    The channel conducts both ways. While it is on it shunts the body diode, which then
    carries nothing: exact as long as ``r_on * |i|`` stays below the diode's threshold.
    Without a body diode it is a four-quadrant switch.

    Its output capacitance carries current only while nothing that conducts fixes its voltage;
    else the voltage follows at once (the time constant with r_on is picoseconds), and the
    charge that a closing channel moves is a loss (`losses.hard_switching`).
    """

    name: str
    drain: str
    source: str
    gate: str
    r_on: float
    body: BodyDiode | None = BodyDiode()
    oss: OutputCapacitance | None = None


@dataclass(frozen=True)
class VoltageProbe:
    """Output: the voltage (V) between two nodes."""

    name: str
    plus: str
    minus: str = "0"


@dataclass(frozen=True)
class CurrentProbe:
    """Output: the current (A) through an element (its plus to its minus node).

    A winding of a transformer or of coupled inductors is named ``element.1``, ``element.2``;
    the body diode of a switch ``switch.body``.
    """

    name: str
    element: str


Element = (
    Resistor
    | Inductor
    | SaturatingInductor
    | Capacitor
    | CoupledInductors
    | IdealTransformer
    | VoltageSource
    | CurrentSource
    | Diode
    | Switch
)
Probe = VoltageProbe | CurrentProbe
