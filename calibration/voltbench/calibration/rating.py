"""What a charger can do, as the session and the tuning see it."""

from dataclasses import dataclass

from voltbench.plant_models.charger_data import Charger


@dataclass(frozen=True)
class ChargerRating:
    """Nameplate of a charger (SI units)."""

    name: str
    power_W: float
    voltage_min_V: float
    voltage_max_V: float
    low_range_max_V: float
    current_max_A: float
    modules: int
    module_power_W: float
    module_current_low_A: float
    module_current_high_A: float

    def current_at(self, voltage_V: float, high_range: bool) -> float:
        """Return the current in A that the rating allows at an output voltage.

        Below the constant-power corner the modules' and the cable's current limit governs.
        """
        each = self.module_current_high_A if high_range else self.module_current_low_A
        return min(self.modules * each, self.current_max_A, self.power_W / max(voltage_V, 1.0))


def rating_of(charger: Charger) -> ChargerRating:
    """Read the nameplate from a charger's data."""
    r = charger.rating
    return ChargerRating(charger.name, **r.model_dump())
