"""The energy ledger of a run: where every watt-hour from the grid went."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class EnergyLedger:
    """Energies in Wh, each computed on its own, none by subtraction.

    Parameters
    ----------
    supplied
        Into the system (grid, auxiliary supply).
    delivered
        Out of it, as useful energy (chemical energy into the battery).
    lost
        Heat, by place; all positive.
    stored
        Change of stored energy (capacitors, inductors, polarisation); may be negative.
    """

    supplied: Mapping[str, float]
    delivered: Mapping[str, float]
    lost: Mapping[str, float]
    stored: Mapping[str, float] = field(default_factory=dict)

    @property
    def supplied_Wh(self) -> float:
        """Sum of what went in."""
        return sum(self.supplied.values())

    @property
    def residual_Wh(self) -> float:
        """What is unaccounted for; 0 in a perfect ledger."""
        spent = sum(self.delivered.values()) + sum(self.lost.values()) + sum(self.stored.values())
        return self.supplied_Wh - spent

    @property
    def residual_percent(self) -> float:
        """Unaccounted part of what went in, absolute value."""
        return 100 * abs(self.residual_Wh) / self.supplied_Wh if self.supplied_Wh else float("nan")

    def as_dict(self) -> dict[str, object]:
        """Return groups, sums and the sum check, as ``summary.json`` holds them."""
        groups = {
            "supplied_Wh": self.supplied,
            "delivered_Wh": self.delivered,
            "lost_Wh": self.lost,
            "stored_Wh": self.stored,
        }
        return {
            **{name: dict(entries) for name, entries in groups.items()},
            "sums_Wh": {name[:-3]: sum(entries.values()) for name, entries in groups.items()},
            "residual_Wh": self.residual_Wh,
            "residual_percent": self.residual_percent,
        }
