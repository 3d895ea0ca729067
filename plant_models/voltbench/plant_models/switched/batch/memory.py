"""Loads and stores of one vector of designs from flat memory, contiguous or one place a lane."""

from typing import Any

from llvmlite import ir
from numba import types

from voltbench.control.numerics.lanes.kinds import I32, I64, Lanes
from voltbench.plant_models.switched.memory import _address, _typed

WIDTH = 8
"""Designs in a block: one register of doubles where the machine has the widest."""


def _vector(builder: Any, pointer: Any) -> Any:
    return builder.bitcast(pointer, ir.VectorType(ir.DoubleType(), WIDTH).as_pointer())


@_typed
def load(typingctx: Any, memory: Any, index: Any) -> Any:
    """Return the lanes that start at element `index`, unchecked."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        first = _address(context, builder, signature.args[0], *args)
        return builder.load(_vector(builder, first), align=8)

    return Lanes(types.float64, WIDTH)(memory, types.int64), codegen


@_typed
def store(typingctx: Any, memory: Any, index: Any, value: Any) -> Any:
    """Store lanes from element `index` on, unchecked."""
    kind = Lanes(types.float64, WIDTH)

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        first = _address(context, builder, signature.args[0], *args[:2])
        builder.store(args[2], _vector(builder, first), align=8)
        return context.get_dummy_value()

    return types.void(memory, types.int64, kind), codegen


@_typed
def collect(
    typingctx: Any, memory: Any, offset: Any, target: Any, numbers: Any, at: Any, stride: Any
) -> Any:
    """Copy one vector whose lanes lie in different records into the record at `target`.

    Lane l comes from record ``numbers[at + l]``, records `stride` elements apart; `offset` is
    the vector's place in each.
    """

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kinds = signature.args
        vector = ir.Constant(ir.VectorType(ir.DoubleType(), WIDTH), ir.Undefined)
        for lane in range(WIDTH):
            place = builder.add(args[4], I64(lane))
            number = builder.load(_address(context, builder, kinds[3], args[3], place))
            record = builder.mul(number, args[5])
            index = builder.add(builder.add(record, args[1]), I64(lane))
            value = builder.load(_address(context, builder, kinds[0], args[0], index))
            vector = builder.insert_element(vector, value, I32(lane))
        to = _address(context, builder, kinds[0], args[0], builder.add(args[2], args[1]))
        builder.store(vector, _vector(builder, to), align=8)
        return context.get_dummy_value()

    long = types.int64
    return types.void(memory, long, long, numbers, long, long), codegen
