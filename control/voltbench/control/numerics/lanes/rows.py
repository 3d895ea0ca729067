"""Neighbouring numbers in one register: two or eight of a table, or of a record's fields.

Two axes of a plane, eight channels of a sensor, eight rows of a matrix: the same operation
on numbers that lie side by side in memory. The result are lanes like those of modules, with
the same operators; each operation rounds as its scalar one.

Write what you read: two numbers stored one by one and read as one pair make the processor
wait until both stores have left its buffer. Reading one number of a stored pair costs nothing.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from voltbench.control.numerics.lanes.convert import convert
from voltbench.control.numerics.lanes.kinds import I8, I32, I64, Lanes, item_of

_intrinsic: Any = intrinsic


def first_of(record: Any, name: str, count: int) -> tuple[int, Any]:
    """Return place and type of `count` neighbouring numbers, the first of them field `name`.

    Raises
    ------
    TypeError
        If the fields from there on are not so many numbers of one type, side by side.
    """
    start, kind = record.offset(name), record.typeof(name)
    if isinstance(kind, types.NestedArray):
        if kind.nitems < count:
            raise TypeError(f"{name} has {kind.nitems} numbers, not {count}")
        return start, kind.dtype
    width = kind.bitwidth // 8
    places = {record.offset(field): record.typeof(field) for field in record.fields}
    for k in range(count):
        if places.get(start + k * width) != kind:
            raise TypeError(f"no {count} neighbours of one type from {name}")
    return start, kind


def _place(builder: Any, pointer: Any, offset: Any, kind: Lanes) -> Any:
    bytes_ = builder.bitcast(pointer, I8.as_pointer())
    vector = ir.VectorType(item_of(kind.item), kind.width)
    return builder.bitcast(builder.gep(bytes_, [offset]), vector.as_pointer())


def _fields(count: int) -> Callable[[Any, str], float]:
    def fields(typingctx: Any, record: Any, name: Any) -> Any:
        start, item = first_of(record, name.literal_value, count)
        kind = Lanes(item, count)

        def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            place = _place(builder, values[0], I64(start), kind)
            return builder.load(place, align=item.bitwidth // 8)

        return kind(record, name), codegen

    fields.__doc__ = f"Return {count} neighbouring fields of a record, from the one named."
    fields.__name__ = fields.__qualname__ = f"fields{count}"
    return _intrinsic(prefer_literal=True)(fields)  # type: ignore[no-any-return]


def _set_fields(count: int) -> Callable[[Any, str, float], None]:
    def set_fields(typingctx: Any, record: Any, name: Any, value: Any) -> Any:
        start, item = first_of(record, name.literal_value, count)
        kind = Lanes(item, count)

        def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            vector = convert(builder, values[2], value.item, item, count)
            place = _place(builder, values[0], I64(start), kind)
            builder.store(vector, place, align=item.bitwidth // 8)

        return types.void(record, name, value), codegen

    set_fields.__doc__ = f"Set {count} neighbouring fields of a record, from the one named."
    set_fields.__name__ = set_fields.__qualname__ = f"set_fields{count}"
    return _intrinsic(prefer_literal=True)(set_fields)  # type: ignore[no-any-return]


def _row(count: int) -> Callable[[Any, int], float]:
    def row(typingctx: Any, table: Any, at: Any) -> Any:
        kind = Lanes(table.dtype, count)
        width = table.dtype.bitwidth // 8

        def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            view = context.make_array(signature.args[0])(context, builder, value=values[0])
            offset = builder.mul(values[1], I64(width))
            return builder.load(_place(builder, view.data, offset, kind), align=width)

        return kind(table, types.int64), codegen

    row.__doc__ = f"Return {count} neighbours of a table (flat index) as lanes."
    row.__name__ = row.__qualname__ = f"row{count}"
    return _intrinsic(row)  # type: ignore[no-any-return]


def _pack(typingctx: Any, numbers: Any) -> Any:
    count, item = len(numbers), numbers[0]
    kind = Lanes(item, count)

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        vector = ir.Constant(ir.VectorType(item_of(item), count), ir.Undefined)
        for k in range(count):
            one = builder.extract_value(values[0], k)
            vector = builder.insert_element(vector, one, I32(k))
        return vector

    return kind(numbers), codegen


fields2, fields8 = _fields(2), _fields(8)
set_fields2, set_fields8 = _set_fields(2), _set_fields(8)
row8 = _row(8)
_pack_intrinsic: Any = _intrinsic(_pack)
pack: Callable[[tuple[float, ...]], float] = _pack_intrinsic
"""Two or eight numbers of one type, as a tuple -> lanes."""
