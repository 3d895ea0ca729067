"""What the page of speeds says about how its figures came about."""

HOW = """\
Read the ratios; the times move with the machine's load. Loop: {effort.periods} interrupts from the
state at 60 s of an ioniq5 session (CurrentDemand), Numba and C in turns in one process; time: best
of {effort.turns} turns, ratio: median of the turns. The C text is translated from the same kernels
(`hil/…/benchmarking/translation`), so it follows every change of them; it
computes modules one after another, where Numba's kernels take them side by side in vector
registers (`control/…/numerics/lanes`), so with several modules the ratio holds that gain too.
Start: each in a fresh process; the C column is loading the finished library with its arguments
and running one interrupt."""

SAME = """\
Final states after {effort.compared} interrupts against Numba's: double-precision states relative
to the larger magnitude (at least 1), single-precision ones in units of the last place. "as Numba":
laws without, plant with fused multiply-add, two translation units; it is the C of every ratio.
Where laws are fused too, a sensor's last bit decides differently now and then, and the two runs
part by so much."""

PARTS = """\
From a copy of the loop that reads the time stamp counter after each part. What reading it adds is
deducted from all parts alike, so that they add up to the loop measured beside it; parts of less
than 10 ns are not resolved (they run behind their neighbours)."""
