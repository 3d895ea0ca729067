"""Where a block keeps its plans: the steps a segment took last, ready to be taken again.

A step of a plan lasts until the next diode event of a lane, or the segment's end; each lane
has its own length, configuration and guard that crosses. All offsets are in vectors of lanes.
"""

from dataclasses import dataclass

from voltbench.plant_models.switched.batch.layout import BlockLayout
from voltbench.plant_models.switched.batch.memory import WIDTH

MOST_STEPS = 6
"""Steps of a segment that are kept; a segment with more is worked out anew each time."""
MAX_PLANNED = 64
"""Segments of a pattern whose plans are kept."""

SHIFTS, CROSSES, PROJECTS = 1, 2, 4
"""What a step needs: a length that may differ from the kept one, a root, a projection."""

# Integers of a step: what it needs, its diode events, then the lanes' configurations.
P_FLAGS, P_EVENTS, P_LANES = range(3)
P_SIZE = P_LANES + WIDTH

# Single vectors at the head of a step.
(
    SPAN,  # s, length when it was kept
    REACH,  # s, how far the length may differ for the short series to be exact
    ENDS,  # 1 where the step goes to the segment's end
    WHICH,  # guard that crosses at the end, -1: none
    IDLE,  # 1 where nothing of the segment is left: the guards do not count
    MARGIN,  # what a guard may bend below its ends' values
    NOMINAL,  # s, nominal period
) = range(7)


@dataclass(frozen=True)
class StepLayout:
    """Offsets of the blocks of one step of a plan.

    Attributes
    ----------
    block : BlockLayout
        Sizes of the circuit.
    """

    block: BlockLayout

    @property
    def box(self) -> int:
        """Return the offset of the magnitudes of the states within which the margin is true."""
        return NOMINAL + 1

    @property
    def transition(self) -> int:
        """Return the offset of the transition over the kept length, column by column."""
        return self.box + self.block.evolving

    @property
    def copied(self) -> int:
        """Return the offset of derivative, guards, slopes, curvatures and projection.

        They lie as in a configuration's table, from its derivative on.
        """
        return self.transition + self.block.evolving * self.block.size

    def at(self, place: int) -> int:
        """Return the offset of what is at `place` in a configuration's table."""
        return self.copied + place - self.block.a

    @property
    def crossing(self) -> int:
        """Return the offset of each lane's row of the guard that crosses, zero where none does."""
        return self.at(self.block.impulse)

    @property
    def stride(self) -> int:
        """Return the vectors of one step."""
        return self.crossing + self.block.size
