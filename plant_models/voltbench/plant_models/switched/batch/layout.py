"""Where everything lies in the memory of a block of designs; offsets in vectors of lanes."""

from dataclasses import dataclass

from voltbench.plant_models.switched.batch.memory import WIDTH

ORDERS = (4, 6, 8, 12, 16)
"""Taylor coefficients to choose from at each step.

The most span 1.4 / |A|, less than a quarter turn of the fastest oscillation: a guard that turns
within a step is convex there, so its end tangents cannot miss a dip.
"""

# Integers of a block; the first few count, the rest are one place for each lane.
(
    B_PERIOD,
    B_SEGMENT,
    B_NEED,
    B_EVENTS,
    B_GENERAL,
    B_WHY,
) = range(6)
B_NOW = 8
"""Configuration of each lane while a segment is worked on."""
B_BEFORE = B_NOW + WIDTH
"""Configuration of each lane at the segment's start."""
B_AFTER = B_BEFORE + WIDTH
"""Place in the memory of successors to fill once the lane has settled, -1: none."""
B_MEMO = B_AFTER + WIDTH
"""Configuration each lane settled in last, segment by segment; then the plans' integers."""


@dataclass(frozen=True)
class BlockLayout:
    """Sizes of a circuit, and offsets of the blocks of one configuration.

    Attributes
    ----------
    size, evolving : int
        States, and how many of them change between events (they come first).
    guards : int
        The most guards a configuration has.
    words : int
        Different gate words in the pattern.
    """

    size: int
    evolving: int
    guards: int
    words: int

    @property
    def nominal(self) -> int:
        """Return the offset of the nominal period (s), behind the cell lengths (s)."""
        return len(ORDERS)

    @property
    def a(self) -> int:
        """Return the offset of the derivative (1/s), column by column."""
        return self.nominal + 1

    @property
    def guard(self) -> int:
        """Return the offset of the guard rows."""
        return self.a + self.evolving * self.size

    @property
    def slope(self) -> int:
        """Return the offset of the guards' slopes (1/s)."""
        return self.guard + self.guards * self.size

    @property
    def curvature(self) -> int:
        """Return the offset of the guards' second derivatives (1/s2)."""
        return self.slope + self.guards * self.size

    @property
    def project(self) -> int:
        """Return the offset of the jump onto the constraints."""
        return self.curvature + self.guards * self.size

    @property
    def impulse(self) -> int:
        """Return the offset of the impulse rows."""
        return self.project + self.evolving * self.size

    @property
    def stride(self) -> int:
        """Return the vectors of one configuration."""
        return self.impulse + self.guards * self.size

    # Integers of one configuration.
    @property
    def flip(self) -> int:
        """Return the offset of the successors when a guard's diode changes."""
        return 2

    @property
    def after_gate(self) -> int:
        """Return the offset of the successors for each gate word of the pattern."""
        return self.flip + self.guards

    @property
    def int_stride(self) -> int:
        """Return the integers of one configuration."""
        return self.after_gate + self.words
