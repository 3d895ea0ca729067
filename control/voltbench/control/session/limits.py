"""The charger's limits and the pure decisions made from them at charge parameter exchange."""

from dataclasses import dataclass, fields

from voltbench.control.session.sourced import Sourced

_EVEREST = "EVerest/EVerest@aa8113f modules/EVSE/EvseManager/EvseManager.cpp"

SAFE_VOLTAGE = Sourced(60.0, "V", "IEC 61851-23:2023 CC.7.6.20.7", _EVEREST)
"""Below this the output may be touched and the inlet unlocked."""
STOP_CURRENT = Sourced(5.0, "A", "IEC 61851-23:2023 CC.7.6.20.7", _EVEREST)
"""Below this contactors may open."""
MATCH_VOLTAGE = Sourced(20.0, "V", "IEC 61851-23:2023", "EVerest docs bringup/dc.rst")
"""Largest difference across the vehicle's contactors at closing."""


@dataclass(frozen=True, slots=True)
class ChargerCapability:
    """What the charger can do at its output, at the connector.

    ``low_range_max_V`` is the highest voltage with module outputs in parallel;
    equal to ``voltage_max_V`` for a charger with one range.
    """

    voltage_min_V: float
    voltage_max_V: float
    low_range_max_V: float
    current_max_A: float
    power_max_W: float
    peak_ripple_A: float
    current_tolerance_A: float = 1.0
    evse_id: str = "DE*VBN*E1000001*1"

    def __post_init__(self) -> None:
        """Refuse what no charger can be, naming field, value, unit and range."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, float | int) and not 0.0 <= value < float("inf"):
                unit = field.name.rsplit("_", 1)[1]
                raise ValueError(f"{field.name} {value} {unit} is not a finite value of at least 0")
        if not self.voltage_min_V < self.low_range_max_V <= self.voltage_max_V:
            raise ValueError(
                f"low_range_max_V {self.low_range_max_V} V is outside "
                f"{self.voltage_min_V}..{self.voltage_max_V} V"
            )
        if not 7 <= len(self.evse_id) <= 37:
            raise ValueError(f"evse_id {self.evse_id!r} has not 7 to 37 characters")


def needs_high_range(charger: ChargerCapability, ev_max_voltage_V: float) -> bool:
    """Choose the output range once, while the output is off.

    The low range serves a vehicle whose limit, and the cable check that goes with
    it, stay inside it; the range cannot change later under voltage.
    """
    highest = max(min(ev_max_voltage_V, charger.voltage_max_V), _test_V(charger, ev_max_voltage_V))
    return highest > charger.low_range_max_V


def cable_check_voltage_V(charger: ChargerCapability, ev_max_voltage_V: float) -> float:
    """Return the insulation test voltage, IEC 61851-23:2023 CC.4.1.2 (source: EVerest).

    Up to 500 V the test goes 50 V above the vehicle's limit but not above 500 V;
    higher vehicles are tested at 1.1 times their limit. Never above the charger's own limit.
    """
    if not 0.0 < ev_max_voltage_V < float("inf"):
        raise ValueError(f"ev_max_voltage_V {ev_max_voltage_V} V is not above 0 V and finite")
    return _test_V(charger, ev_max_voltage_V)


def _test_V(charger: ChargerCapability, ev_max_voltage_V: float) -> float:
    if ev_max_voltage_V <= 500.0:
        return min(500.0, ev_max_voltage_V + 50.0, charger.voltage_max_V)
    return min(charger.voltage_max_V, 1.1 * ev_max_voltage_V)


def emergency_overvoltage_V(negotiated_max_V: float) -> float:
    """Return the emergency threshold of IEC 61851-23:2023 Table 103 (source: EVerest)."""
    for limit, threshold in ((500.0, 550.0), (750.0, 825.0), (850.0, 935.0), (1000.0, 1100.0)):
        if negotiated_max_V <= limit:
            return threshold
    return 1375.0


def may_unlock(voltage_V: float, current_A: float) -> bool:
    """Whether the connector may be released: voltage safe and current stopped."""
    return abs(voltage_V) < SAFE_VOLTAGE.value and abs(current_A) < STOP_CURRENT.value
