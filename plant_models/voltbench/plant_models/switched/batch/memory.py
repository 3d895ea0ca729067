"""Loads and stores of one vector of designs from flat memory."""

import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

from voltbench.control.numerics.lanes.kinds import Lanes
from voltbench.plant_models.switched.memory import _address, _typed
from voltbench.plant_models.switched.tableau import Array

WIDTH = 8
"""Designs in a block: one register of doubles where the machine has the widest."""


LINE = 64
"""Bytes of a cache line."""


def aligned(*shape: int) -> Array:
    """Return zeros whose first element starts a cache line.

    A vector of doubles is as long as a line: one that straddles two takes twice the time.
    """
    size = math.prod(shape)
    raw = np.zeros(size + LINE // 8)
    first = (-raw.ctypes.data % LINE) // 8
    return raw[first : first + size].reshape(shape)


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
