"""Lanes from scalars and from lanes of another type."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import lower_cast

from voltbench.control.numerics.lanes.kinds import I32, Lanes, is_float, item_of


def splat(builder: Any, value: Any, width: int) -> Any:
    """Return a vector with `value` in every lane."""
    kind = ir.VectorType(value.type, width)
    undefined = ir.Constant(kind, ir.Undefined)
    first = builder.insert_element(undefined, value, I32(0))
    return builder.shuffle_vector(first, undefined, indices([0] * width))


def indices(mask: list[int]) -> Any:
    """Return a constant mask of a shuffle."""
    return ir.Constant(ir.VectorType(I32, len(mask)), mask)


def convert(builder: Any, value: Any, have: Any, want: Any, width: int) -> Any:
    """Return a vector of item type `have` as one of `want`."""
    if have == want:
        return value
    kind = ir.VectorType(item_of(want), width)
    if have == types.boolean:
        return builder.uitofp(value, kind) if is_float(want) else builder.zext(value, kind)
    if is_float(have) and is_float(want):
        wider = want == types.float64
        return builder.fpext(value, kind) if wider else builder.fptrunc(value, kind)
    if is_float(want):
        return builder.sitofp(value, kind)
    if is_float(have):
        return builder.fptosi(value, kind)
    if want.bitwidth > have.bitwidth:
        return builder.sext(value, kind)
    return builder.trunc(value, kind)


def to_lanes(context: Any, builder: Any, value: Any, have: Any, want: Lanes) -> Any:
    """Return a scalar or lanes as lanes of the wanted type."""
    if isinstance(have, Lanes):
        return convert(builder, value, have.item, want.item, want.width)
    one = context.cast(builder, value, have, want.item)
    if want.item == types.boolean and one.type != ir.IntType(1):
        one = builder.trunc(one, ir.IntType(1))
    return splat(builder, one, want.width)


@lower_cast(types.Number, Lanes)
@lower_cast(types.Boolean, Lanes)
@lower_cast(Lanes, Lanes)
def _cast(context: Any, builder: Any, have: Any, want: Any, value: Any) -> Any:
    return to_lanes(context, builder, value, have, want)
