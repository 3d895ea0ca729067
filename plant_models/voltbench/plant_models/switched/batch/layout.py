"""Where everything lies in the memory of a block of designs; offsets in vectors of lanes."""

from dataclasses import dataclass

from voltbench.plant_models.switched.batch.memory import WIDTH

ORDERS = (6, 8, 12)
"""Taylor coefficients to choose from at each step."""
MAX_CACHED = 64
"""Segments of a pattern whose transition matrices are kept."""

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
"""Configuration each lane settled in last, segment by segment; then one flag a segment."""


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

    # A segment's cache: transition, guards, slopes, box of the states, margin.
    @property
    def kept_guard(self) -> int:
        """Return the offset of the guard rows in a segment's cache."""
        return self.evolving * self.size

    @property
    def kept_slope(self) -> int:
        """Return the offset of the slopes times the segment's length."""
        return self.kept_guard + self.guards * self.size

    @property
    def kept_box(self) -> int:
        """Return the offset of the magnitudes within which the margin is true."""
        return self.kept_slope + self.guards * self.size

    @property
    def kept_margin(self) -> int:
        """Return the offset of what a guard may bend below its ends' values."""
        return self.kept_box + self.evolving

    @property
    def kept_stride(self) -> int:
        """Return the vectors of a segment's cache."""
        return self.kept_margin + 1

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
