"""Where a block keeps its plans: the steps a segment took last, ready to be taken again.

A step of a plan lasts until the next diode event of a lane, or the segment's end; each lane
has its own length, configuration and guard that crosses. All offsets are in vectors of lanes;
what every visit reads comes first and close together.
"""

from dataclasses import dataclass

from voltbench.plant_models.switched.batch.layout import BlockLayout
from voltbench.plant_models.switched.batch.memory import WIDTH

MOST_STEPS = 6
"""Steps of a segment that are kept; a segment with more is worked out anew each time."""
MAX_PLANNED = 64
"""Segments of a pattern whose plans are kept."""

SHIFTS, CROSSES, PROJECTS, TIES = 1, 2, 4, 8
"""What a step needs: a length that may differ from the kept one, a root, a projection, a look at
the guards that were zero at its start."""

# Integers of a step: what it needs, its diode events, then the lanes' configurations.
P_FLAGS, P_EVENTS, P_LANES = range(3)
P_SIZE = P_LANES + WIDTH

# Single vectors at the head of a step.
(
    SPAN,  # s, length when it was kept
    REACH,  # s, how far the length may differ for the short series to be exact
    MOVED,  # s, how far it differed when the guards were last seen
    NEAR,  # s, how far it may differ from that within the trusted states
    ENDS,  # 1 where the step goes to the segment's end
    WHICH,  # guard that crosses at the end, -1: none
    IDLE,  # 1 where nothing of the segment is left: the guards do not count
    NOMINAL,  # s, nominal period
) = range(8)


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
    def centre(self) -> int:
        """Return the offset of the states at the step's start when its guards were last seen."""
        return NOMINAL + 1

    @property
    def radius(self) -> int:
        """Return the offset of how far each state may be from there with all guards true."""
        return self.centre + self.block.evolving

    @property
    def transition(self) -> int:
        """Return the offset of the transition over the kept length, column by column."""
        return self.radius + self.block.evolving

    @property
    def tied(self) -> int:
        """Return the offset of each lane's row of the guard that is zero at the start."""
        return self.transition + self.block.evolving * self.block.size

    @property
    def crossing(self) -> int:
        """Return the offset of each lane's row of the guard that crosses, zero where none does.

        Three more rows follow: its Taylor coefficients.
        """
        return self.tied + self.block.size

    @property
    def copied(self) -> int:
        """Return the offset of derivative, guards, slopes, curvatures and projection.

        They lie as in a configuration's table, from its derivative on.
        """
        return self.crossing + 4 * self.block.size

    def at(self, place: int) -> int:
        """Return the offset of what is at `place` in a configuration's table."""
        return self.copied + place - self.block.a

    @property
    def box(self) -> int:
        """Return the offset of the magnitudes of the states within which the bends are true."""
        return self.at(self.block.impulse)

    @property
    def bend(self) -> int:
        """Return the offset of what each guard may bend below its ends' values."""
        return self.box + self.block.evolving

    @property
    def drift(self) -> int:
        """Return the offset of what a length within `NEAR` may change each guard by."""
        return self.bend + self.block.guards

    @property
    def first(self) -> int:
        """Return the offset of 1 / what the guards at the start change by within the box."""
        return self.drift + self.block.guards

    @property
    def last(self) -> int:
        """Return the offset of the same of the guards at the end."""
        return self.first + self.block.guards

    @property
    def bent(self) -> int:
        """Return the offset of the same of the bends."""
        return self.last + self.block.guards

    @property
    def stride(self) -> int:
        """Return the vectors of one step."""
        return self.bent + self.block.guards
