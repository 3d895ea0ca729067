"""Functions of Python, `math` and NumPy that kernels call."""

import builtins
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from voltbench.hil.benchmarking.translation.layout import Layout
from voltbench.hil.benchmarking.translation.operators import Value, cast
from voltbench.hil.benchmarking.translation.types import (
    B1,
    F8,
    I8,
    Array,
    Pack,
    Type,
    Untranslatable,
    arithmetic,
    item_type,
    widen,
)

_NAMES = ("sqrt", "exp", "log", "sin", "cos", "tan", "tanh", "fabs", "floor", "ceil")
MATHS: dict[Any, str] = {
    **{getattr(math, name): name for name in (*_NAMES, "atan")},
    **{getattr(np, name): name for name in (*_NAMES, "arctan")},
    np.arctan: "atan",
}
"""Functions of one real argument and their names in C."""


def library_call(layout: Layout, called: Any, arguments: Sequence[Value]) -> tuple[str, Type]:
    """Return text and type of a call that is neither a kernel nor in `MATHS`."""
    if called in (builtins.min, builtins.max):
        kind: Type = arguments[0].kind
        for other in arguments[1:]:
            kind = widen(kind, other.kind)
        if isinstance(kind, Pack):
            return _extreme(layout, called.__name__, arguments, kind), kind
        kind = kind if kind == arguments[0].kind else arithmetic(kind, kind)
        text = cast(arguments[0], kind)
        for other in arguments[1:]:
            text = f"{called.__name__}_{kind.kind}({text}, {cast(other, kind)})"  # type: ignore[union-attr]
        return text, kind
    first = arguments[0]
    if called is builtins.len and isinstance(first.kind, Array):
        return f"({first.text}).n[0]", I8
    if called in (builtins.abs, math.fabs, np.abs):
        kind = arithmetic(first.kind, first.kind)
        name = {"f4": "fabsf", "f8": "fabs", "i8": "llabs"}[kind.kind]
        return f"{name}({cast(first, kind)})", kind
    if called is builtins.int:
        return cast(first, I8), I8
    if called is builtins.float:
        return cast(first, F8), F8
    if called is builtins.bool:
        return cast(first, B1), B1
    if called in (math.isfinite, np.isfinite):
        return f"(isfinite({first.text}) != 0)", B1
    if called in (math.isnan, np.isnan):
        return f"(isnan({first.text}) != 0)", B1
    if isinstance(called, type) and issubclass(called, np.number):
        kind = item_type(np.dtype(called))
        return cast(first, kind), kind
    raise Untranslatable(f"call of {getattr(called, '__name__', called)}")


def _extreme(layout: Layout, word: str, arguments: Sequence[Value], kind: Pack) -> str:
    """Return min or max of two vectors, or of one and a number."""
    name = layout.name(kind)
    a, b = (
        one.text if one.kind == kind else f"(({name}){{}} + {cast(one, kind.item)})"
        for one in arguments
    )
    return f"{word}_{name}({a}, {b})"
