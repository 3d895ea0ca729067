"""Neighbouring values of a table, for one index or for the index of every lane.

A lane's neighbours lie side by side, so they are read as one vector per lane and
transposed: for eight neighbours eight loads instead of sixty-four.
"""

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from voltbench.control.numerics.lanes.convert import indices
from voltbench.control.numerics.lanes.kinds import I32, I64, Lanes, item_of


def _read_lanes(item: Any, count: int, at: Lanes) -> Any:
    row = ir.VectorType(item_of(item), count)

    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        table = context.make_array(signature.args[0])(context, builder, value=values[0])
        rows = []
        for lane in range(at.n):
            first = builder.gep(table.data, [builder.extract_element(values[1], I32(lane))])
            place = builder.bitcast(first, row.as_pointer())
            rows.append(builder.load(place, align=item.bitwidth // 8))
        rows += [ir.Constant(row, ir.Undefined)] * (at.width - at.n)
        columns = _transpose(builder, rows, count)
        return context.make_tuple(builder, signature.return_type, columns)

    return codegen


def _transpose(builder: Any, rows: list[Any], count: int) -> list[Any]:
    """Return the columns of rows of `count` values; LLVM turns the shuffles into few."""
    vectors, each = rows, 1
    while len(vectors) > 1:
        size = count * each
        mask = [
            half * size + column * each + row
            for column in range(count)
            for half in (0, 1)
            for row in range(each)
        ]
        vectors = [
            builder.shuffle_vector(a, b, indices(mask))
            for a, b in zip(vectors[::2], vectors[1::2], strict=True)
        ]
        each *= 2
    merged = vectors[0]
    return [
        builder.shuffle_vector(merged, merged, indices([c * each + r for r in range(each)]))
        for c in range(count)
    ]


def _read_scalar(count: int) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        table = context.make_array(signature.args[0])(context, builder, value=values[0])
        loads = [
            builder.load(builder.gep(table.data, [builder.add(values[1], I64(k))]))
            for k in range(count)
        ]
        return context.make_tuple(builder, signature.return_type, loads)

    return codegen


Cells = Callable[[Any, int], tuple[float, ...]]


def _cells(count: int) -> Cells:
    def cells(typingctx: Any, table: Any, at: Any) -> Any:
        if isinstance(at, Lanes):
            of_lanes = types.UniTuple(Lanes(table.dtype, at.n), count)
            return of_lanes(table, at), _read_lanes(table.dtype, count, at)
        plain = types.UniTuple(table.dtype, count)
        return plain(table, types.int64), _read_scalar(count)

    cells.__doc__ = f"Return {count} neighbours of a table from an index not below 0."
    cells.__name__ = cells.__qualname__ = f"cells{count}"
    return cast(Cells, intrinsic(cells))


cells2 = _cells(2)
cells4 = _cells(4)
cells8 = _cells(8)
