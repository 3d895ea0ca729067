"""The signals of a trace: name with unit, storage, meaning.

A trace has two kinds of rows: decimated rows (window 0) over the whole run, and full-rate rows
(window 1, 2, ...) around the instants that matter. Both share one table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Storage = Literal["float32", "float64", "code", "bits"]
MISSING_CODE = -1
"""What a `code` or `bits` column holds where a row does not carry the signal (NaN for floats)."""

_UNITS = (
    "V", "A", "W", "var", "Hz", "Ohm", "deg", "degC", "percent", "s", "1"
)  # fmt: skip


@dataclass(frozen=True)
class Signal:
    """One column of a trace.

    Parameters
    ----------
    name
        Words with the unit last (``output_voltage_V``); the unit is checked.
    unit
        ``V``, ``A``, ``W``, ``var``, ``Hz``, ``Ohm``, ``deg``, ``degC``, ``percent``, ``s``;
        ``1`` for pure numbers and codes, whose names carry no unit.
    meaning
        One sentence for the schema of the file.
    storage
        ``float32`` for quantities, ``float64`` for time, ``code`` for a state (number of a name
        in `names`), ``bits`` for a set of flags (bit `k` is called ``names[k]``).
    decimated
        Whether every decimated row must carry it.
    full_rate
        Whether the full-rate windows are meant to carry it.
    """

    name: str
    unit: str
    meaning: str
    storage: Storage = "float32"
    names: tuple[str, ...] = ()
    decimated: bool = True
    full_rate: bool = False

    def __post_init__(self) -> None:
        """Refuse a name without its unit, and a code without names."""
        if self.unit not in _UNITS:
            raise ValueError(f"signal {self.name}: unit {self.unit!r} is not one of {_UNITS}")
        if self.unit != "1" and not self.name.endswith("_" + self.unit):
            raise ValueError(f"signal {self.name}: name must end in _{self.unit}")
        if self.storage == "code" and not 0 < len(self.names) <= 127:
            raise ValueError(f"signal {self.name}: a code needs 1 to 127 names")
        if self.storage == "bits" and len(self.names) > 31:
            raise ValueError(f"signal {self.name}: {len(self.names)} flags, at most 31 fit")


TIME = Signal("time_s", "s", "Simulated time since the plug went in.", "float64", full_rate=True)


def checked(signals: Sequence[Signal]) -> tuple[Signal, ...]:
    """Return the signals with time first; refuse duplicates and the reserved name ``window``."""
    rest = [signal for signal in signals if signal.name != "time_s"]
    names = [signal.name for signal in rest]
    if "window" in names:
        raise ValueError("signal window: the name is reserved for the window number")
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"signal {doubled[0]}: declared more than once")
    if not rest:
        raise ValueError("signals: a trace needs at least one besides time_s")
    return (TIME, *rest)


def quantities(signals: Sequence[Signal]) -> list[Signal]:
    """Return the signals of one common type; a trace keeps them as one matrix while it grows."""
    return [signal for signal in signals if signal.storage == "float32"]


def others(signals: Sequence[Signal]) -> list[Signal]:
    """Return time, states and flags, which have types of their own; time comes first."""
    return [signal for signal in signals if signal.storage != "float32"]


def _shown(name: str, unit: str, meaning: str) -> Signal:
    """Return a signal that the full-rate windows carry too."""
    return Signal(name, unit, meaning, full_rate=True)


def _electrical() -> list[Signal]:
    """Signals of output, vehicle and grid side."""
    return [
        _shown("output_voltage_V", "V", "Charger output, cable side of its contactors."),
        _shown("output_current_A", "A", "Into the cable."),
        Signal("output_power_W", "W", "Output voltage times output current."),
        Signal("voltage_request_V", "V", "Target voltage of the vehicle's last request."),
        Signal("current_request_A", "A", "Target current of the vehicle's last request."),
        _shown("inlet_voltage_V", "V", "Inlet, cable side of the vehicle's contactors."),
        Signal("battery_voltage_V", "V", "Pack terminals behind the vehicle's contactors."),
        _shown("battery_current_A", "A", "Into the pack, positive while charging."),
        Signal("soc_percent", "percent", "State of charge of the pack."),
        _shown("dc_link_voltage_V", "V", "Upper plus lower half of module 1's DC link."),
        _shown("dc_link_midpoint_V", "V", "Upper minus lower half of module 1's DC link."),
        Signal("grid_voltage_V", "V", "Phase voltage at the charger, rms."),
        Signal("grid_current_A", "A", "Phase current, rms, mean of the three phases."),
        Signal("grid_power_W", "W", "Active power from the grid."),
        Signal("grid_reactive_power_var", "var", "Reactive power of the fundamental."),
        Signal("grid_power_factor", "1", "Active over apparent power."),
        Signal("grid_current_thd_percent", "percent", "Harmonics over fundamental, current."),
        _shown("phase_shift_deg", "deg", "DAB phase shift of module 1."),
        Signal("insulation_resistance_Ohm", "Ohm", "Lower of the two poles to PE, as monitored."),
        Signal("loss_power_W", "W", "Sum of all losses of charger and cable."),
    ]


def _thermal() -> list[Signal]:
    """Temperatures outside the modules, and what derating made of them."""
    return [
        Signal("battery_temperature_degC", "degC", "Pack, mean."),
        Signal("cable_temperature_degC", "degC", "Hottest conductor of the charging cable."),
        Signal("pin_temperature_degC", "degC", "Hotter DC pin of the connector."),
        Signal("inlet_temperature_degC", "degC", "Vehicle inlet."),
        Signal("ambient_temperature_degC", "degC", "Air at the charger."),
        Signal("current_limit_A", "A", "Available output current after rating and derating."),
        Signal("rating_limit_A", "A", "Of that, what the rating allows at the present voltage."),
        *(_derating(place, words) for place, words in _DERATED.items()),
    ]


_DERATED = {"modules": "heatsinks of the modules", "pin": "connector pins", "cable": "cable"}


def _derating(place: str, words: str) -> Signal:
    """Return how much of its cool limit a derating loop leaves."""
    meaning = f"Current its derating loop allows for the {words}, of the limit while cool."
    return Signal(f"{place}_derating_percent", "percent", meaning)


def _waveforms() -> list[Signal]:
    """Instantaneous grid quantities: only full-rate rows can show them."""
    seen = "Phase a to neutral as measured: LCL capacitor, or terminals behind the sensor's RC."
    parts = [("grid_voltage_a_V", "V", seen)]
    parts += [(f"grid_current_{p}_A", "A", f"Phase {p}, instantaneous.") for p in "abc"]
    return [Signal(*part, decimated=False, full_rate=True) for part in parts]


def _module(k: int) -> list[Signal]:
    """Signals of power module `k` (1, 2, ...)."""
    return [
        Signal(f"module{k}_output_current_A", "A", f"Output of module {k}.", full_rate=k == 1),
        Signal(f"module{k}_junction_temperature_degC", "degC", f"Hottest junction of module {k}."),
        Signal(f"module{k}_heatsink_temperature_degC", "degC", f"Heatsink of module {k}."),
    ]


def charge_signals(
    modules: int,
    phases: Sequence[str],
    charger_states: Sequence[str],
    faults: Sequence[str],
) -> tuple[Signal, ...]:
    """Return the signals of a charge run.

    Parameters
    ----------
    modules
        Number of parallel power modules.
    phases
        Session phases in order; a row holds the index.
    charger_states
        States of the charger's own state machine; a row holds the index.
    faults
        Name of each fault bit, bit 0 first.
    """
    if modules < 1:
        raise ValueError(f"modules: {modules}, must be at least 1")
    per_module = [signal for k in range(modules) for signal in _module(k + 1)]
    states = [
        Signal("session_phase", "1", "Phase of the V2G session.", "code", tuple(phases)),
        Signal("charger_state", "1", "State of the charger.", "code", tuple(charger_states)),
        Signal("fault_bits", "1", "Latched faults.", "bits", tuple(faults)),
    ]
    return checked([*states, *_electrical(), *_thermal(), *per_module, *_waveforms()])
