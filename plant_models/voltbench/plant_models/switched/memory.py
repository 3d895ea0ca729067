"""Loads, stores and stack arrays for generated kernels.

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
