"""Loads and stores of one vector of designs from flat memory."""

from typing import Any

from llvmlite import ir
from numba import types

from voltbench.control.numerics.lanes.kinds import Lanes
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
