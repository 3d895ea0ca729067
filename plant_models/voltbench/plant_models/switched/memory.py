"""Loads, stores, stack arrays and the two vector operations of generated kernels.

Numba's own indexing wraps negative indices round (a select on every access) and its arrays
may alias each other and are reference counted; these compile to one address each.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

Function = Callable[..., Any]


def _typed(function: Function) -> Function:
    """Make an intrinsic whose name the type checker may call."""
    made: Function = intrinsic(prefer_literal=True)(function)
    return made


def _address(context: Any, builder: Any, kind: Any, value: Any, index: Any) -> Any:
    if isinstance(kind, types.CPointer):
        return builder.gep(value, [index])
    return builder.gep(context.make_array(kind)(context, builder, value).data, [index])


@_typed
def at(typingctx: Any, memory: Any, index: Any) -> Any:
    """Return element `index` of an array or stack array, unchecked."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load(_address(context, builder, signature.args[0], *args))

    return memory.dtype(memory, types.int64), codegen


@_typed
def put(typingctx: Any, memory: Any, index: Any, value: Any) -> Any:
    """Store into element `index` of an array or stack array, unchecked."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.store(args[2], _address(context, builder, signature.args[0], *args[:2]))
        return context.get_dummy_value()

    return types.void(memory, types.int64, memory.dtype), codegen


@_typed
def scratch(typingctx: Any, count: Any) -> Any:
    """Return a stack array of a literal count of doubles, valid until the kernel returns."""
    pointer = types.CPointer(types.float64)

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        double = ir.DoubleType()
        stack = cgutils.alloca_once(builder, ir.ArrayType(double, count.literal_value))
        stack.align = 64
        return builder.bitcast(stack, double.as_pointer())

    return pointer(count), codegen


def _width(rows: int) -> int:
    """Return the widest vector (doubles) that divides the rows."""
    return next(w for w in (8, 4, 2, 1) if rows % w == 0)


class _Vectors:
    """Vector loads, stores and multiply-adds at one width."""

    def __init__(self, builder: Any, width: int) -> None:
        self.builder, self.width = builder, width
        self.type = ir.VectorType(ir.DoubleType(), width)

    def spread(self, scalar: Any) -> Any:
        """Return the scalar in every lane."""
        one = self.builder.insert_element(
            ir.Constant(self.type, ir.Undefined), scalar, ir.Constant(ir.IntType(32), 0)
        )
        lanes = ir.Constant(ir.VectorType(ir.IntType(32), self.width), [0] * self.width)
        return self.builder.shuffle_vector(one, ir.Constant(self.type, ir.Undefined), lanes)

    def load(self, pointer: Any, index: int) -> Any:
        """Return the vector that starts `index` doubles after the pointer."""
        return self.builder.load(self._at(pointer, index), align=8)

    def store(self, value: Any, pointer: Any, index: int) -> None:
        """Store a vector `index` doubles after the pointer."""
        self.builder.store(value, self._at(pointer, index), align=8)

    def add_product(self, total: Any, a: Any, b: Any) -> Any:
        """Return total + a * b, rounded once where the machine can."""
        fused = ("contract",)
        product = self.builder.fmul(a, b, flags=fused)
        return product if total is None else self.builder.fadd(total, product, flags=fused)

    def _at(self, pointer: Any, index: int) -> Any:
        moved = self.builder.gep(pointer, [ir.Constant(ir.IntType(64), index)])
        return self.builder.bitcast(moved, self.type.as_pointer())


@_typed
def product(typingctx: Any, target: Any, tables: Any, offset: Any, rows: Any, *scalars: Any) -> Any:
    """Store into `target` the columns of `rows` at `offset`, each times its scalar, summed."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        count = rows.literal_value
        vectors = _Vectors(builder, _width(count))
        values = cgutils.unpack_tuple(builder, args[4])
        spread = [vectors.spread(value) for value in values]
        source = _address(context, builder, tables, args[1], args[2])
        for first in range(0, count, vectors.width):
            total = None
            for j, scalar in enumerate(spread):
                column = vectors.load(source, j * count + first)
                total = vectors.add_product(total, column, scalar)
            vectors.store(total, args[0], first)
        return context.get_dummy_value()

    pack = types.StarArgTuple.from_types([types.float64] * len(scalars))
    return types.void(target, tables, types.int64, rows, pack), codegen


@_typed
def polynomials(typingctx: Any, target: Any, source: Any, rows: Any, order: Any, x: Any) -> Any:
    """Store into `target` one polynomial a row; coefficient k of all rows is at ``k * rows``.

    A tree of multiply-adds: its chains are short, Horner's is as long as the order.
    """

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        count = rows.literal_value
        vectors = _Vectors(builder, _width(count))
        powers = [args[4]]
        while 1 << len(powers) < order.literal_value:
            powers.append(builder.fmul(powers[-1], powers[-1]))
        spread = [vectors.spread(power) for power in powers]
        for first in range(0, count, vectors.width):
            terms = [vectors.load(args[1], k * count + first) for k in range(order.literal_value)]
            for power in spread:
                terms = [
                    vectors.add_product(terms[k], terms[k + 1], power)
                    if k + 1 < len(terms)
                    else terms[k]
                    for k in range(0, len(terms), 2)
                ]
            vectors.store(terms[0], args[0], first)
        return context.get_dummy_value()

    return types.void(target, source, rows, order, types.float64), codegen
