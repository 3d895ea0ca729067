"""The C side computes what Numba computes: the whole loop, and the type rules one by one."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from voltbench.control.numerics.float32 import HALF
from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.records import f32, f64, i32, nested, record, zeros
from voltbench.hil import loop
from voltbench.hil.benchmarking.agreement import agreement, leaves
from voltbench.hil.benchmarking.capture import capture
from voltbench.hil.benchmarking.steady import steady_setup
from voltbench.hil.benchmarking.translation.build import compile_kernel, compiler
from voltbench.hil.benchmarking.translation.types import Untranslatable
from voltbench.hil.charge_setup import prepare
from voltbench.hil.options import ChargeOptions

pytestmark = pytest.mark.skipif(compiler() is None, reason="gcc is not installed")


@record
class Inner:
    """A nested record after an odd field, to test the layout."""

    flag: int = i32()
    weights: Any = f64("1", shape=(2, 3))


@record
class Sample:
    """One field of each kind."""

    x: float = f32("1")
    count: int = i32()
    inner: Inner = nested(Inner)
    y: float = f64("1")


@kernel
def two(a: float, b: float) -> tuple[float, float]:
    """Return numbers of different widths from different places."""
    if a > b:
        return 1.0, b
    return a, a


@kernel
def rules(n: int, s: Sample, values: Any, out: Any) -> int:
    """Use each rule whose neglect changes the last bits."""
    out[0, 0] = s.x * s.count  # a double: float32 with an integer
    out[0, 1] = s.x * HALF + s.x  # single, rounded twice
    out[0, 2] = s.count / 3
    first, second = two(s.x, HALF)
    out[1, 0] = first + second
    out[1, 1] = max(min(s.y, 0.25), -s.x) ** 3
    row = out[1]
    row[2] = s.inner.weights[1, 2] if 0 < s.count <= 7 and not s.inner.flag else -1.0
    total = 0
    for i in range(1, values.shape[0]):
        total += int(values[i] * 10.0) // 3 - (-i % 3)
        total |= s.count << 2
        s.y += abs(values[i] - s.y) / 3.0
    return total + n


def test_every_type_rule_gives_the_same_bits(tmp_path: Path) -> None:
    s = zeros(Sample)
    s["x"], s["count"], s["y"] = 0.1, 7, -1.7
    s["inner"]["weights"] = np.arange(6).reshape(2, 3) / 7
    values = np.linspace(-1.3, 4.7, 9)
    results = []
    c = compile_kernel(rules, [1, s[0], values, np.zeros((2, 3))], tmp_path)
    versions: tuple[Any, ...] = (rules, c)
    for function in versions:
        own, out = s.copy(), np.zeros((2, 3))
        total = function(1, own[0], values, out)
        results.append([total, out.tobytes(), *(leaf.tobytes() for leaf in leaves(own))])
    assert results[0] == results[1]


def test_what_cannot_be_translated_is_named(tmp_path: Path) -> None:
    @kernel
    def sorts(n: int, values: Any) -> None:
        values.sort()

    with pytest.raises(Untranslatable, match=r"sorts: line \d+: values.sort\(\)"):
        compile_kernel(sorts, [1, np.zeros(3)], tmp_path)


@pytest.mark.parametrize("charging", [False, True], ids=["pre-charge", "charging"])
def test_loop_in_c_ends_in_the_state_of_numba(tmp_path: Path, charging: bool) -> None:
    if charging:
        bench = steady_setup("dc30").bench
    else:
        bench = prepare(ChargeOptions(charger="dc30")).bench
        bench.ref[0]["mode"] = 1
    start = capture(bench)
    c = compile_kernel(loop.run, start.arguments(1), tmp_path)
    ends = [start.copy(), start.copy()]
    versions: tuple[Any, ...] = (loop.run, c)
    for function, end in zip(versions, ends, strict=True):
        reason = 0
        for _ in range(8):
            reason |= function(*end.arguments(1000))
        assert reason in (0, 3)
    found = agreement(*ends)
    # compilers may fuse different products with sums: some 1e-16 a period, damped by the loops
    assert found.double < 1e-9
    assert found.single <= 1.0
    assert found.integers == 0
