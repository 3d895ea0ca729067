"""Where everything lies in the tables: the one place that generator and builder share.

A table of a configuration holds blocks of matrices that all multiply the same state vector;
each is stored column by column (state by state), rows contiguous, so that a product is one
loop over rows that vectorises.
"""

from dataclasses import dataclass

HEADER = 8
"""Floats before the blocks: cell length (s), its inverse, the nominal period (s), the share of a
cell that `Layout.short` coefficients span, room to align."""
VECTOR = 4
"""Rows are padded to a multiple of this."""
LINE = 8
"""Floats in a cache line: blocks begin on one, or every other load would touch two."""

# Kernel memory of real numbers (array S) and where the states start.
S_TIME, S_SAMPLE, S_BASE, S_STORM, S_STATES = 0, 1, 2, 3, 8
# Kernel memory of integers (array N).
(
    N_CONFIG,
    N_EDGE,
    N_NEED,
    N_SETTLED,
    N_MEMO,
    N_SAMPLES,
    N_EVENTS,
    N_FLIPS,
    N_STORM,
    N_PERIOD,
    N_STAGE,
    N_EDGES,
    N_PENDING,
) = range(13)
N_SIZE = 16
# What `advance` returns.
(
    DONE,
    NEED,
    SAMPLES_FULL,
    EVENTS_FULL,
    CHATTER,
    INTERRUPTED,
    STORM,
    EDGE_ORDER,
    EDGE_COUNT,
    EDGE_WORD,
) = range(10)

TIE = 1e-9
"""A guard (scaled) within this of zero is decided by its derivative."""
EXACT = 1e-12
"""A jump onto the constraints (scaled) below this is left to the tables, which project too."""
JUMP = 1e-7
"""A jump onto the constraints (scaled) above this is an impulse, below it round-off."""
CROSSED = 1e-11
"""A guard (scaled) this far below zero at the end of a cell has crossed."""
FAR = 1e300
"""No scaled value is above this."""
PATIENCE = 50
"""Diode changes after which a jump above a tie is no longer taken for round-off.

A current between the two may neither flow on nor vanish: its diode conducts against it, and
blocking would have to interrupt it.
"""
MAX_FLIPS = 200
MAX_STORM = 500
"""Diode events within one nominal period and without a gate edge."""


def pad(count: int) -> int:
    """Return the count rounded up to whole vectors."""
    return -(-count // VECTOR) * VECTOR


def whole_lines(count: int) -> int:
    """Return the count of floats rounded up to whole cache lines."""
    return -(-count // LINE) * LINE


@dataclass(frozen=True)
class Layout:
    """Sizes of a circuit's tables and the offsets of their blocks.

    Attributes
    ----------
    size : int
        States, the constant one included.
    evolving : int
        How many of them change between events (they come first).
    guards : int
        Diodes, the most guards a configuration can have.
    outputs : int
        Probes.
    gates : int
        Gate bits.
    order : int
        Taylor coefficients.
    cells : int
        Cells a table spans.
    silent : tuple[int, ...]
        States whose jump is no impulse: voltages of output capacitances. With them, one cell.
    plain : tuple[int, ...]
        The state each probe reads, if every probe reads one whatever conducts; else empty.
    """

    size: int
    evolving: int
    guards: int
    outputs: int
    gates: int
    order: int
    cells: int
    silent: tuple[int, ...] = ()
    plain: tuple[int, ...] = ()

    @property
    def short(self) -> int:
        """Return the Taylor coefficients that do for a short segment."""
        return self.order * 2 // 3 if self.order > 4 else self.order

    @property
    def rows(self) -> int:
        """Return the padded count of evolving states."""
        return pad(self.evolving)

    @property
    def out_rows(self) -> int:
        """Return the padded count of outputs."""
        return pad(self.outputs) if self.outputs > 2 else 2

    @property
    def slots(self) -> int:
        """Return the padded count of guards."""
        return pad(max(self.guards, 1))

    @property
    def ends_rows(self) -> int:
        """Return rows of the guard block: value and slope at each of cells + 1 bounds."""
        return 2 * self.slots * (self.cells + 1)

    @property
    def scales(self) -> int:
        """Return the offset of the plain probes' units."""
        return HEADER

    @property
    def ends(self) -> int:
        """Return the offset of the guards at the cell bounds."""
        return HEADER + whole_lines(len(self.plain))

    @property
    def jumps(self) -> int:
        """Return the offset of the `cells` jump matrices, to the end of cell 0, 1, ..."""
        return self.ends + whole_lines(self.ends_rows * self.size)

    @property
    def states(self) -> int:
        """Return the offset of the Taylor coefficients of the states."""
        return self.jumps + whole_lines(self.cells * self.rows * self.size)

    @property
    def out(self) -> int:
        """Return the offset of the Taylor coefficients of the outputs."""
        return self.states + whole_lines(self.order * self.rows * self.size)

    @property
    def out_step(self) -> int:
        """Return the rows in a column of the outputs' block; the first `outputs` are their rows."""
        return self.order * self.out_rows

    @property
    def polynomials(self) -> int:
        """Return the offset of the guards' Taylor coefficients, guard by guard."""
        return self.out + whole_lines(self.out_step * self.size)

    @property
    def project(self) -> int:
        """Return the offset of what the projection onto the constraints adds to a state."""
        return self.polynomials + whole_lines(self.guards * pad(self.order) * self.size)

    @property
    def impulses(self) -> int:
        """Return the offset of the impulse rows."""
        return self.project + whole_lines(self.rows * self.size)

    @property
    def stride(self) -> int:
        """Return the floats of one configuration."""
        return self.impulses + whole_lines(self.slots * self.size)

    # Integers of one configuration: flags, then successor tables.
    @property
    def flip(self) -> int:
        """Return the offset of the successor when a guard's diode changes."""
        return 2

    @property
    def after_event(self) -> int:
        """Return the offset of the settled successor last seen after a located crossing."""
        return self.flip + self.guards

    @property
    def after_gate(self) -> int:
        """Return the offset of the successor for each gate word."""
        return self.after_event + self.guards

    @property
    def int_stride(self) -> int:
        """Return the integers of one configuration."""
        return self.after_gate + (1 << self.gates)
