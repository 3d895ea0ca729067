"""The records of an array seen as one record of lanes."""

import operator
from collections.abc import Callable
from typing import Any

from numba import types
from numba.core import cgutils
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    infer_getattr,
    intrinsic,
    lower_builtin,
    lower_getattr_generic,
    lower_setattr_generic,
    overload,
    type_callable,
)

from voltbench.control.numerics.lanes.convert import splat
from voltbench.control.numerics.lanes.kinds import (
    I8,
    I32,
    I64,
    MOST,
    Bank,
    Lanes,
    LaneVector,
    LaneView,
    item_of,
)


def _bank(typingctx: Any, array: Any, numbers: Any) -> Any:
    """Return a borrowed view of `array` whose type says its length."""
    kind = Bank(array.dtype, len(numbers)) if len(numbers) else array

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        view = context.make_array(signature.args[0])(context, builder, value=values[0])
        made = context.make_array(kind)(context, builder, value=view._getvalue())
        made.meminfo = cgutils.get_null_value(made.meminfo.type)
        made.parent = cgutils.get_null_value(made.parent.type)
        if len(numbers):  # loops over modules have a known end
            made.nitems = I64(len(numbers))
            made.shape = cgutils.pack_array(builder, [made.nitems])
        return made._getvalue()

    return kind(array, numbers), codegen


_bank_intrinsic: Any = intrinsic(_bank)
bank: Callable[[Any, tuple[int, ...]], Any] = _bank_intrinsic
"""Array and the numbers of its modules (a tuple, so that its length is a type) -> array.

With an empty tuple the length stays unknown, and modules are taken one after another."""


def _fits(kind: Any) -> bool:
    return isinstance(kind, Bank) and 1 < kind.n <= MOST


def in_lanes(array: Any) -> bool:
    """Tell, when a kernel is compiled, whether the records of `array` go in lanes."""
    return False  # without a compiler there are none


@overload(in_lanes, strict=False)
def _in_lanes(array: Any) -> Any:
    if _fits(array):
        return lambda array: True
    return lambda array: False


def _lanes(typingctx: Any, array: Any) -> Any:
    n = array.n if _fits(array) else 1  # a loop over modules is taken then

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        view = context.make_array(signature.args[0])(context, builder, value=values[0])
        return builder.bitcast(view.data, I8.as_pointer())

    return LaneView(array.dtype, array.dtype.size, n)(array), codegen


_lanes_intrinsic: Any = intrinsic(_lanes)
lanes: Callable[[Any], Any] = _lanes_intrinsic
"""A bank -> the record of lanes."""


def _field(view: LaneView, name: str) -> Any:
    """Return the type of a field seen over the lanes."""
    kind = view.record.typeof(name)
    if isinstance(kind, types.Record):
        return LaneView(kind, view.stride, view.n)
    if isinstance(kind, types.NestedArray):
        return LaneVector(kind.dtype, view.stride, view.n)
    return Lanes(kind, view.n)


@infer_getattr
class _Fields(AttributeTemplate):
    key = LaneView

    def generic_resolve(self, view: Any, name: str) -> Any:  # type: ignore[override]
        return _field(view, name) if name in view.record.fields else None


def _load(builder: Any, first: Any, stride: int, kind: Lanes) -> Any:
    place = item_of(kind.item).as_pointer()
    values = [
        builder.load(
            builder.bitcast(builder.gep(first, [I64(lane * stride)]), place),
            align=kind.item.bitwidth // 8,
        )
        for lane in range(kind.n)
    ]
    vector = splat(builder, values[0], kind.width)
    for lane in range(1, kind.n):
        vector = builder.insert_element(vector, values[lane], I32(lane))
    return vector


@lower_getattr_generic(LaneView)
def _get(context: Any, builder: Any, view: Any, value: Any, name: str) -> Any:
    kind = _field(view, name)
    first = builder.gep(value, [I64(view.record.offset(name))])
    if not isinstance(kind, Lanes):
        return first
    return _load(builder, first, view.stride, kind)


@lower_setattr_generic(LaneView)
def _set(context: Any, builder: Any, signature: Any, values: Any, name: str) -> None:
    view = signature.args[0]
    kind = _field(view, name)
    vector = context.cast(builder, values[1], signature.args[1], kind)
    first = builder.gep(values[0], [I64(view.record.offset(name))])
    place = item_of(kind.item).as_pointer()
    for lane in range(kind.n):
        builder.store(
            builder.extract_element(vector, I32(lane)),
            builder.bitcast(builder.gep(first, [I64(lane * view.stride)]), place),
            align=kind.item.bitwidth // 8,
        )


@type_callable(operator.getitem)
def _type_item(context: Any) -> Any:
    def typer(vector: Any, index: Any) -> Any:
        if isinstance(vector, LaneVector) and isinstance(index, types.Integer):
            return Lanes(vector.item, vector.n)
        return None

    return typer


@lower_builtin(operator.getitem, LaneVector, types.Any)
def _item(context: Any, builder: Any, signature: Any, values: Any) -> Any:
    vector, index = signature.args
    at = context.cast(builder, values[1], index, types.int64)
    first = builder.gep(values[0], [builder.mul(at, I64(vector.item.bitwidth // 8))])
    return _load(builder, first, vector.stride, signature.return_type)
