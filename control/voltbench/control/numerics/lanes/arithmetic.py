"""Operators on lanes; a scalar operand stands for equal lanes."""

import math
import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import lower_builtin, type_callable

from voltbench.control.numerics.lanes.convert import to_lanes
from voltbench.control.numerics.lanes.kinds import (
    Lanes,
    common,
    is_float,
    number_of_lanes,
    scalar,
)

Build = Callable[[Any, Any, Any, Any], Any]
"""builder, left, right, item type -> value"""


def _binary(function: Any, build: Build, result: Any = None) -> None:
    """Define an operation on equal item types; `result` where it is not that type."""

    @type_callable(function)
    def _type(context: Any) -> Any:
        def typer(a: Any, b: Any) -> Any:
            n = number_of_lanes((a, b))
            if n is None or not all(isinstance(k, Lanes) or scalar(k) for k in (a, b)):
                return None
            return Lanes(result or common(a, b), n)

        return typer

    def lower(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kind = common(*signature.args)
        want = Lanes(kind, signature.return_type.n)
        a, b = (
            to_lanes(context, builder, value, have, want)
            for value, have in zip(values, signature.args, strict=True)
        )
        return build(builder, a, b, kind)

    for pair in ((Lanes, Lanes), (Lanes, types.Any), (types.Any, Lanes)):
        lower_builtin(function, *pair)(lower)


def _logical(function: Any, name: str) -> None:
    """Define an operation on truth values."""

    @type_callable(function)
    def _type(context: Any) -> Any:
        def typer(a: Any, b: Any) -> Any:
            n = number_of_lanes((a, b))
            items = {k.item if isinstance(k, Lanes) else k for k in (a, b)}
            return Lanes(types.boolean, n) if n and items == {types.boolean} else None

        return typer

    def lower(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        a, b = (
            to_lanes(context, builder, value, have, signature.return_type)
            for value, have in zip(values, signature.args, strict=True)
        )
        return getattr(builder, name)(a, b)

    for pair in ((Lanes, Lanes), (Lanes, types.Any), (types.Any, Lanes)):
        lower_builtin(function, *pair)(lower)


def _either(of_reals: str, of_integers: str) -> Build:
    return lambda builder, a, b, kind: getattr(
        builder, of_reals if is_float(kind) else of_integers
    )(a, b)


def _comparison(sign: str) -> Build:
    def build(builder: Any, a: Any, b: Any, kind: Any) -> Any:
        if not is_float(kind):
            return builder.icmp_signed(sign, a, b)
        # not-equal is true of a NaN, every other comparison is false
        compare = builder.fcmp_unordered if sign == "!=" else builder.fcmp_ordered
        return compare(sign, a, b)

    return build


def _extreme(sign: str) -> Build:
    """Return Python's min or max: the second where it is beyond the first."""

    def build(builder: Any, a: Any, b: Any, kind: Any) -> Any:
        return builder.select(_comparison(sign)(builder, b, a, kind), b, a)

    return build


def _unary(function: Any, build: Callable[[Any, Any, Any], Any], allowed: Any) -> None:
    @type_callable(function)
    def _type(context: Any) -> Any:
        def typer(a: Any) -> Any:
            return a if isinstance(a, Lanes) and isinstance(a.item, allowed) else None

        return typer

    def lower(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return build(builder, values[0], signature.args[0])

    lower_builtin(function, Lanes)(lower)


def _llvm(name: str) -> Callable[[Any, Any, Any], Any]:
    """Return the operation that LLVM has for vectors of reals."""

    def build(builder: Any, value: Any, kind: Any) -> Any:
        suffix = f"v{kind.width}f{kind.item.bitwidth}"
        called = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(value.type, [value.type]), f"llvm.{name}.{suffix}"
        )
        return builder.call(called, [value])

    return build


for _plain, _in_place, _real, _integer in (
    (operator.add, operator.iadd, "fadd", "add"),
    (operator.sub, operator.isub, "fsub", "sub"),
    (operator.mul, operator.imul, "fmul", "mul"),
):
    _binary(_plain, _either(_real, _integer))
    _binary(_in_place, _either(_real, _integer))


def _quotient(builder: Any, a: Any, b: Any, kind: Any) -> Any:
    if not is_float(kind):
        raise TypeError("lanes of integers cannot be divided")
    return builder.fdiv(a, b)


_binary(operator.truediv, _quotient)
_binary(operator.itruediv, _quotient)
for _function, _sign in (
    (operator.lt, "<"),
    (operator.le, "<="),
    (operator.gt, ">"),
    (operator.ge, ">="),
    (operator.eq, "=="),
    (operator.ne, "!="),
):
    _binary(_function, _comparison(_sign), types.boolean)
_binary(min, _extreme("<"))
_binary(max, _extreme(">"))
for _function, _name in (
    (operator.and_, "and_"),
    (operator.iand, "and_"),
    (operator.or_, "or_"),
    (operator.ior, "or_"),
):
    _logical(_function, _name)


def _negative(builder: Any, value: Any, kind: Lanes) -> Any:
    return builder.fneg(value) if is_float(kind.item) else builder.neg(value)


_unary(operator.neg, _negative, types.Number)
_unary(operator.invert, lambda b, x, kind: b.not_(x), types.Boolean)
_unary(abs, _llvm("fabs"), types.Float)
_unary(math.sqrt, _llvm("sqrt"), types.Float)
