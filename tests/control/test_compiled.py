"""Lint of the compiled law: float32 only, no maths library, no allocation."""

import re
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest

from voltbench.control.charger import ChargerGains, ChargerState, ModuleState, step
from voltbench.control.numerics.lanes.kinds import Bank
from voltbench.control.numerics.records import dtype_of
from voltbench.control.signals import (
    ChargerCommand,
    ChargerMeas,
    ModuleCommand,
    ModuleMeas,
    Setpoints,
)

LIBRARY = re.compile(
    r"call[^\n]*@_*(sin|cos|tan|a?sinh?|acos|atan2?|exp2?|log(?:10|2)?|pow|fmod|hypot|rint|floor)f?\("
)
INTRINSIC = re.compile(r"@llvm\.(sin|cos|exp|exp2|log|log2|log10|pow|powi|floor|rint)\.")


def llvm(function: Callable[..., Any], *arguments: Any) -> str:
    """Return the optimised code of a kernel, compiled anew (a cached one has none)."""
    again = numba.njit(error_model="numpy", forceinline=True)(function)
    again.compile(arguments)
    text: str = again.inspect_llvm(again.signatures[0])
    return text


@pytest.fixture(scope="module", params=["modules one by one", "modules in lanes"])
def code(request: pytest.FixtureRequest) -> str:
    def one(kind: type) -> Any:
        return numba.from_dtype(dtype_of(kind))

    def many(kind: type) -> Any:
        if request.param == "modules in lanes":
            return Bank(one(kind), 5)
        return numba.types.Array(one(kind), 1, "C", aligned=True)

    kernel: Any = step
    return llvm(
        kernel.py_func,
        one(ChargerGains), one(ChargerState), many(ModuleState), one(ChargerMeas),
        many(ModuleMeas), one(Setpoints), one(ChargerCommand), many(ModuleCommand),
    )  # fmt: skip


def test_no_double_anywhere(code: str) -> None:
    assert len(code) > 20_000  # the whole law is in it
    assert re.findall(r"^.*\bdouble\b.*$", code, re.MULTILINE) == []


def test_no_maths_library(code: str) -> None:
    assert LIBRARY.findall(code) == []
    assert INTRINSIC.findall(code) == []


def test_no_allocation_and_no_python(code: str) -> None:
    called = set(re.findall(r"@(NRT_\w+)\(", code))
    assert not {name for name in called if "alloc" in name.lower()}
    law = code.split("define ")[1]
    assert "Py" not in law


def test_no_fused_multiply_add(code: str) -> None:
    # a fused operation rounds once; machines without it would differ in the last bit
    assert "llvm.fma" not in code
    assert not re.findall(r"f(?:mul|add|sub|div) (?:\w+ )*(?:fast|contract|reassoc)\b", code)


@pytest.mark.parametrize(
    ("law", "pattern"),
    [
        (lambda x: x * 0.5, r"\bdouble\b"),
        (lambda x: np.sin(x), LIBRARY.pattern + "|" + INTRINSIC.pattern),
        (lambda x: np.zeros(int(x))[0], r"@NRT_\w*[aA]lloc"),
    ],
)
def test_the_lint_sees_what_it_is_for(law: Callable[[float], float], pattern: str) -> None:
    assert re.search(pattern, llvm(law, numba.float32))
