"""Choosing between lanes, and from lanes back to one value."""

from typing import Any, TypeVar

from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload

from voltbench.control.numerics.lanes.convert import convert, to_lanes
from voltbench.control.numerics.lanes.kinds import I32, Lanes, common, is_float, number_of_lanes

N = TypeVar("N", int, float)
_inside: Any = intrinsic


def where(condition: bool, a: N, b: N) -> N:
    """Return `a` where the condition holds and `b` elsewhere; both are computed."""
    return a if condition else b


def whole(x: float) -> int:
    """Return the whole part of a real number, towards zero."""
    return int(x)


def any_lane(condition: bool) -> bool:
    """Tell whether a condition holds for any module."""
    return bool(condition)


def all_lanes(condition: bool) -> bool:
    """Tell whether a condition holds for every module."""
    return bool(condition)


def total(x: float) -> float:
    """Return the sum over the modules, added in their order."""
    return x


@_inside
def _where_lanes(typingctx: Any, condition: Any, a: Any, b: Any) -> Any:
    n = number_of_lanes((condition, a, b))
    items = [kind.item if isinstance(kind, Lanes) else kind for kind in (a, b)]
    kind = Lanes(items[0] if items[0] == items[1] else common(a, b), n)  # type: ignore[arg-type]

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        x, y = (
            to_lanes(context, builder, value, have, kind)
            for value, have in zip(values[1:], signature.args[1:], strict=True)
        )
        chosen = values[0]
        if not isinstance(signature.args[0], Lanes) and chosen.type != ir.IntType(1):
            chosen = builder.trunc(chosen, ir.IntType(1))
        return builder.select(chosen, x, y)

    return kind(condition, a, b), codegen


@overload(where, strict=False)
def _where(condition: Any, a: Any, b: Any) -> Any:
    if number_of_lanes((condition, a, b)) is not None:
        return lambda condition, a, b: _where_lanes(condition, a, b)
    return lambda condition, a, b: a if condition else b


@_inside
def _whole_lanes(typingctx: Any, x: Any) -> Any:
    kind = Lanes(types.int64, x.n)

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return convert(builder, values[0], x.item, types.int64, x.width)

    return kind(x), codegen


@overload(whole, strict=False)
def _whole(x: Any) -> Any:
    if isinstance(x, Lanes):
        return lambda x: _whole_lanes(x)
    return lambda x: int(x)


def _bits(builder: Any, value: Any, kind: Lanes) -> Any:
    """Return a condition as an integer with a bit for each lane in use."""
    used = ir.IntType(kind.width)
    return builder.and_(builder.bitcast(value, used), used((1 << kind.n) - 1))


@_inside
def _any_lanes(typingctx: Any, condition: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        bits = _bits(builder, values[0], condition)
        return builder.icmp_unsigned("!=", bits, bits.type(0))

    return types.boolean(condition), codegen


@_inside
def _every_lane(typingctx: Any, condition: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        bits = _bits(builder, values[0], condition)
        return builder.icmp_unsigned("==", bits, bits.type((1 << condition.n) - 1))

    return types.boolean(condition), codegen


@overload(any_lane, strict=False)
def _any(condition: Any) -> Any:
    if isinstance(condition, Lanes):
        return lambda condition: _any_lanes(condition)
    return lambda condition: bool(condition)


@overload(all_lanes, strict=False)
def _all(condition: Any) -> Any:
    if isinstance(condition, Lanes):
        return lambda condition: _every_lane(condition)
    return lambda condition: bool(condition)


@_inside
def _total_lanes(typingctx: Any, x: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        add = builder.fadd if is_float(x.item) else builder.add
        result = builder.extract_element(values[0], I32(0))
        for lane in range(1, x.n):
            result = add(result, builder.extract_element(values[0], I32(lane)))
        return result

    return x.item(x), codegen


@overload(total, strict=False)
def _total(x: Any) -> Any:
    if isinstance(x, Lanes):
        return lambda x: _total_lanes(x)
    return lambda x: x
