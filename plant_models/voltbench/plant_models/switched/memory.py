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


LANES = 8
"""Instants of a waveform that are evaluated at once."""
CHAINS = 6
"""Vectors a product needs at least for its sums to fill the pipelines without being halved."""


def _index32(value: int) -> Any:
    return ir.Constant(ir.IntType(32), value)


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

    def tree(self, terms: list[Any], x: Any) -> Any:
        """Return the polynomial with these coefficients at x, in short chains."""
        power = x
        while len(terms) > 1:
            pairs = [terms[k : k + 2] for k in range(0, len(terms), 2)]
            terms = [self.add_product(p[0], p[1], power) if len(p) == 2 else p[0] for p in pairs]
            power = self.builder.fmul(power, power)
        return terms[0]

    def store_first(self, value: Any, pointer: Any, done: Any, count: Any) -> None:
        """Store the first `count` lanes at `done` doubles after the pointer."""
        builder = self.builder
        lanes = ir.VectorType(ir.IntType(64), self.width)
        one = builder.insert_element(ir.Constant(lanes, ir.Undefined), count, _index32(0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.width), [0] * self.width)
        wanted = builder.shuffle_vector(one, ir.Constant(lanes, ir.Undefined), zeros)
        ramp = ir.Constant(lanes, list(range(self.width)))
        mask = builder.icmp_signed("<", ramp, wanted)
        place = builder.bitcast(builder.gep(pointer, [done]), self.type.as_pointer())
        kinds = [self.type, self.type.as_pointer(), ir.IntType(32), mask.type]
        name = f"llvm.masked.store.v{self.width}f64.p0"
        store = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(ir.VoidType(), kinds), name
        )
        builder.call(store, [value, place, ir.Constant(ir.IntType(32), 8), mask])

    def _at(self, pointer: Any, index: int) -> Any:
        moved = self.builder.gep(pointer, [ir.Constant(ir.IntType(64), index)])
        return self.builder.bitcast(moved, self.type.as_pointer())


@_typed
def columns(
    typingctx: Any, target: Any, tables: Any, offset: Any, rows: Any, step: Any, *scalars: Any
) -> Any:
    """Store into `target` the first `rows` of the columns `step` apart, each times its scalar."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        source = _address(context, builder, tables, args[1], args[2])
        counts = rows.literal_value, step.literal_value
        _combine(builder, args[0], source, counts, cgutils.unpack_tuple(builder, args[5]))
        return context.get_dummy_value()

    pack = types.StarArgTuple.from_types([types.float64] * len(scalars))
    return types.void(target, tables, types.int64, rows, step, pack), codegen


def _combine(
    builder: Any, target: Any, source: Any, counts: tuple[int, int], values: list[Any]
) -> None:
    """Sum columns times scalars; few rows in two halves, for their chains would be waited for."""
    rows, step = counts
    vectors = _Vectors(builder, _width(rows))
    spread = [vectors.spread(value) for value in values]
    lanes = 2 if rows // vectors.width < CHAINS else 1
    for first in range(0, rows, vectors.width):
        totals: list[Any] = [None] * lanes
        for j, scalar in enumerate(spread):
            column = vectors.load(source, j * step + first)
            totals[j % lanes] = vectors.add_product(totals[j % lanes], column, scalar)
        total = totals[0]
        if lanes == 2 and totals[1] is not None:
            total = builder.fadd(totals[0], totals[1])
        vectors.store(total, target, first)


@_typed
def series(
    typingctx: Any, out: Any, place: Any, count: Any, source: Any, step: Any, order: Any,
    x: Any, dx: Any, scale: Any,
) -> Any:  # fmt: skip
    """Store `count` values of one polynomial at x, x + dx, ... times `scale`, from `place` on.

    Coefficient k is at ``k * step`` of `source` (an address within it: see `beyond`). Several
    instants make a vector; what lies beyond the last one is masked.
    """

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        vectors = _Vectors(builder, LANES)
        target = _address(context, builder, out, args[0], args[1])
        terms = [
            vectors.spread(builder.load(builder.gep(args[3], [_index(k * step.literal_value)])))
            for k in range(order.literal_value)
        ]
        ramp = ir.Constant(vectors.type, [float(k) for k in range(LANES)])
        start = builder.fadd(vectors.spread(args[6]), builder.fmul(ramp, vectors.spread(args[7])))
        stride = vectors.spread(builder.fmul(args[7], ir.Constant(ir.DoubleType(), float(LANES))))
        size = vectors.spread(args[8])
        last = builder.sub(args[2], _index(1))
        blocks = builder.add(builder.ashr(last, _index(LANES.bit_length() - 1)), _index(1))
        with cgutils.for_range(builder, blocks) as loop:
            turn = vectors.spread(builder.sitofp(loop.index, ir.DoubleType()))
            at_x = vectors.add_product(start, turn, stride)
            value = builder.fmul(vectors.tree(list(terms), at_x), size)
            done = builder.mul(loop.index, _index(LANES))
            vectors.store_first(value, target, done, builder.sub(args[2], done))
        return context.get_dummy_value()

    signature = types.void(
        out, types.int64, types.int64, source, step, order,
        types.float64, types.float64, types.float64,
    )  # fmt: skip
    return signature, codegen


def _any(builder: Any, lanes: Any) -> Any:
    """Return whether one of the lanes (bits) is set."""
    bits = builder.bitcast(lanes, ir.IntType(lanes.type.count))
    return builder.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0))


@_typed
def outside(typingctx: Any, memory: Any, rows: Any, low: Any, high: Any) -> Any:
    """Return whether one of the first rows is below `low` or above `high`."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        vectors = _Vectors(builder, _width(rows.literal_value))
        found = ir.Constant(ir.IntType(1), 0)
        for first in range(0, rows.literal_value, vectors.width):
            value = vectors.load(args[0], first)
            under = builder.fcmp_ordered("<", value, vectors.spread(args[2]))
            over = builder.fcmp_ordered(">", value, vectors.spread(args[3]))
            found = builder.or_(found, _any(builder, builder.or_(under, over)))
        return found

    return types.boolean(memory, rows, types.float64, types.float64), codegen


@_typed
def fallen(typingctx: Any, start: Any, end: Any, rows: Any, span: Any, limit: Any) -> Any:
    """Return whether a guard may have been below zero between two instants `span` apart.

    `start` and `end` hold values, then slopes. A value below `limit` at the end, or tangents
    from both sides that fall below zero on the way.
    """

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        count = rows.literal_value
        vectors = _Vectors(builder, _width(count))
        zero = ir.Constant(vectors.type, [0.0] * vectors.width)
        found = ir.Constant(ir.IntType(1), 0)
        for first in range(0, count, vectors.width):
            value = vectors.load(args[1], first)
            forth, back = vectors.load(args[0], count + first), vectors.load(args[1], count + first)
            here = vectors.add_product(vectors.load(args[0], first), forth, vectors.spread(args[3]))
            there = vectors.add_product(value, back, vectors.spread(builder.fneg(args[3])))
            dips = builder.and_(
                builder.fcmp_ordered("<", here, zero), builder.fcmp_ordered("<", there, zero)
            )
            ends = builder.fcmp_ordered("<", value, vectors.spread(args[4]))
            found = builder.or_(found, _any(builder, builder.or_(dips, ends)))
        return found

    return types.boolean(start, end, rows, types.float64, types.float64), codegen


@_typed
def seldom(typingctx: Any, condition: Any) -> Any:
    """Return the condition, telling the compiler that it hardly ever holds."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        bit = ir.IntType(1)
        kind = ir.FunctionType(bit, [bit, bit])
        expect = cgutils.get_or_insert_function(builder.module, kind, "llvm.expect.i1")
        return builder.call(expect, [args[0], ir.Constant(bit, 0)])

    return types.boolean(types.boolean), codegen


@_typed
def beyond(typingctx: Any, memory: Any, index: Any) -> Any:
    """Return the stack array that starts at element `index` of a stack array."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.gep(args[0], [args[1]])

    return memory(memory, types.int64), codegen


def _index(value: int) -> Any:
    return ir.Constant(ir.IntType(64), value)


@_typed
def product(typingctx: Any, target: Any, tables: Any, offset: Any, rows: Any, *scalars: Any) -> Any:
    """Store into `target` the columns of `rows` at `offset`, each times its scalar, summed."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        source = _address(context, builder, tables, args[1], args[2])
        counts = rows.literal_value, rows.literal_value
        _combine(builder, args[0], source, counts, cgutils.unpack_tuple(builder, args[4]))
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
