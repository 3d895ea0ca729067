"""Neighbouring numbers taken together give what each gives alone; others are refused."""

from typing import Any

import numpy as np
import pytest

from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.lanes import (
    fields2,
    fields8,
    pack,
    row8,
    set_fields2,
    set_fields8,
    total,
)
from voltbench.control.numerics.records import f32, f64, record, zeros


@record
class Plane:
    """A pair between other fields, a vector, and single-precision results."""

    before: float = f64("1")
    al: float = f64("1")
    be: float = f64("1")
    alone: float = f32("1")
    values: Any = f64("1", shape=(8,))
    single: Any = f32("1", shape=(8,))
    sum: float = f64("1")


@kernel
def together(s: Plane, table: Any, at: int) -> None:
    """Use every function of neighbours."""
    pair = fields2(s, "al") * 3.0 - pack((s.before, 0.25))
    set_fields2(s, "al", pair)
    s.sum = total(pair)
    eight = fields8(s, "values") * row8(table, at) + s.before
    set_fields8(s, "values", eight)
    set_fields8(s, "single", eight)


def test_each_neighbour_as_alone() -> None:
    s, table = zeros(Plane), np.linspace(-2.0, 5.0, 40).reshape(4, 10)
    s["before"], s["al"], s["be"], s["alone"] = 0.7, 1.1, -2.3, 9.0
    s["values"] = np.arange(8) / 7
    eight = s["values"][0] * table.ravel()[13:21] + 0.7
    together(s[0], table, 13)
    assert s["al"][0] == 1.1 * 3.0 - 0.7
    assert s["be"][0] == -2.3 * 3.0 - 0.25
    assert s["sum"][0] == s["al"][0] + s["be"][0]
    assert s["values"][0].tolist() == eight.tolist()
    assert s["single"][0].tolist() == eight.astype(np.float32).tolist()
    assert (s["before"][0], s["alone"][0]) == (0.7, 9.0)  # neighbours of the neighbours


def test_what_is_no_neighbour_is_refused() -> None:
    @kernel
    def across(s: Plane) -> None:
        set_fields2(s, "be", fields2(s, "be"))

    with pytest.raises(TypeError, match="no 2 neighbours of one type from be"):
        across(zeros(Plane)[0])
