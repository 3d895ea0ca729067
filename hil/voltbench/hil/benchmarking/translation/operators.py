"""Operators with Numba's rules: int64 integers, float32 with an integer is a double."""

import ast
import math
from dataclasses import dataclass
from typing import Any

from voltbench.hil.benchmarking.translation.types import (
    B1,
    C_NAME,
    F8,
    I8,
    Pack,
    Scalar,
    Type,
    Untranslatable,
    arithmetic,
    type_of,
    widen,
)

_ARITHMETIC = {"Add": "+", "Sub": "-", "Mult": "*"}
_BITS = {"BitOr": "|", "BitAnd": "&", "BitXor": "^", "LShift": "<<", "RShift": ">>"}
_ORDER = {"Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">=", "Eq": "==", "NotEq": "!="}


@dataclass(frozen=True)
class Value:
    """A C expression and its type (None: a call without a result)."""

    text: str
    kind: Type

    def scalar(self) -> Scalar:
        """Return the type, which has to be a number."""
        if not isinstance(self.kind, Scalar):
            raise Untranslatable(f"{self.text} is no number")
        return self.kind


def constant(value: Any) -> str:
    """Return a number as a C literal that reads back as the same bits."""
    kind = type_of(value)
    if not isinstance(kind, Scalar):
        raise Untranslatable(f"constant {value!r}")
    if kind.kind[0] != "f":
        return f"INT64_C({int(value)})" if kind == I8 else str(int(value))
    if not math.isfinite(value):
        text = "NAN" if math.isnan(value) else ("INFINITY" if value > 0 else "-INFINITY")
        return f"(({C_NAME[kind.kind]}){text})"
    text = f"{float(value).hex()}{'f' if kind.kind == 'f4' else ''}"
    return f"({text})" if value < 0 else text


def cast(value: Value, kind: Type) -> str:
    """Return the text converted to `kind` where it is another type."""
    if value.kind == kind or not (isinstance(kind, Scalar) and isinstance(value.kind, Scalar)):
        return value.text
    if kind == B1:
        return f"({value.text} != 0)"
    return f"(({C_NAME[kind.kind]}){value.text})"


def binary(operator: ast.operator, a: Value, b: Value) -> tuple[str, Type]:
    """Return text and type of an operation."""
    name = type(operator).__name__
    common = widen(a.kind, b.kind)
    if isinstance(common, Pack):  # gcc takes a number for equal ones
        sign = {**_ARITHMETIC, "Div": "/"}[name]
        return f"({cast(a, common.item)} {sign} {cast(b, common.item)})", common
    if name in _BITS:
        kind = B1 if a.kind == b.kind == B1 else I8
        return f"({cast(a, kind)} {_BITS[name]} {cast(b, kind)})", kind
    if name == "Pow":
        return _power(a, b)
    kind = arithmetic(a.kind, b.kind)
    if name in _ARITHMETIC:
        return f"({cast(a, kind)} {_ARITHMETIC[name]} {cast(b, kind)})", kind
    if name == "Div":
        kind = F8 if kind == I8 else kind
        return f"({cast(a, kind)} / {cast(b, kind)})", kind
    if name in ("FloorDiv", "Mod") and kind == I8:
        function = "floor_div" if name == "FloorDiv" else "floor_mod"
        return f"{function}({cast(a, kind)}, {cast(b, kind)})", kind
    raise Untranslatable(f"{name} of {a.kind} and {b.kind}")


def _power(a: Value, b: Value) -> tuple[str, Type]:
    """Return a small integer power as products."""
    exponent = b.text.removeprefix("INT64_C(").removesuffix(")")
    if exponent not in ("2", "3"):
        raise Untranslatable(f"power {exponent}")
    kind = arithmetic(a.kind, a.kind)
    return f"power_{exponent}_{kind.kind}({cast(a, kind)})", kind


def compare(operator: ast.cmpop, a: Value, b: Value) -> str:
    """Return the text of one comparison."""
    kind = widen(a.kind, b.kind)
    return f"({cast(a, kind)} {_ORDER[type(operator).__name__]} {cast(b, kind)})"


def _helpers() -> str:
    """Return the C functions that operators and calls lean on."""
    lines = [
        "static inline int64_t floor_div(int64_t a, int64_t b)"
        " { int64_t q = a / b; return q - ((a % b != 0) && ((a < 0) != (b < 0))); }",
        "static inline int64_t floor_mod(int64_t a, int64_t b) { return a - b * floor_div(a, b); }",
    ]
    for kind, name in C_NAME.items():
        head = f"static inline {name}"
        lines += [
            f"{head} power_2_{kind}({name} a) {{ return a * a; }}",
            f"{head} power_3_{kind}({name} a) {{ return a * (a * a); }}",
            f"{head} min_{kind}({name} a, {name} b) {{ return b < a ? b : a; }}",
            f"{head} max_{kind}({name} a, {name} b) {{ return b > a ? b : a; }}",
        ]
    return "\n".join(lines)


HELPERS = _helpers()
