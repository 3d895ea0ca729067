"""Modules side by side in the lanes of vector registers.

A charger's modules run the same law on different numbers. In a kernel, ``lanes(modules)``
shows all records of an array as one record whose fields are *lanes*: a kernel written for
one module, called with such views, computes all of them at once. What it must observe:

* no ``if``, ``and``, ``or`` on a value that differs between modules: ``where``, ``&``, ``|``;
  a division that ``where`` discards is still computed, so guard it where it could trap the
  reader (it cannot trap the processor);
* neighbours in a table are read by ``cells2``, ``cells4``, ``cells8``;
* all modules must be in the same mode, which the caller checks (``all_lanes``).

The number of modules is part of the array's type, given once by ``bank``. Arrays without it
(one module, more than 16, the microcontroller, a test) take the caller's loop over modules,
chosen by ``in_lanes`` when the kernel is compiled. Each operation rounds as its scalar one.

Within one module, ``rows`` puts numbers that lie side by side in memory into lanes.
"""

from voltbench.control.numerics.lanes import arithmetic, convert  # noqa: F401  registers them
from voltbench.control.numerics.lanes.choose import all_lanes, any_lane, total, where, whole
from voltbench.control.numerics.lanes.rows import (
    fields2,
    fields8,
    pack,
    row8,
    set_fields2,
    set_fields8,
)
from voltbench.control.numerics.lanes.tables import cells2, cells4, cells8
from voltbench.control.numerics.lanes.views import bank, in_lanes, lanes

__all__ = [
    "all_lanes",
    "any_lane",
    "bank",
    "cells2",
    "cells4",
    "cells8",
    "fields2",
    "fields8",
    "in_lanes",
    "lanes",
    "pack",
    "row8",
    "set_fields2",
    "set_fields8",
    "total",
    "where",
    "whole",
]
