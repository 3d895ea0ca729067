"""The processor's time stamp counter, for kernels."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


def _tick(typingctx: Any) -> Any:
    """Return the counter (x86: rdtsc, at constant rate, not serialising)."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(ir.IntType(64), [])
        counter = builder.module.declare_intrinsic("llvm.readcyclecounter", fnty=kind)
        return builder.call(counter, [])

    return types.int64(), codegen


tick: Any = intrinsic(_tick)
TICK_IN_C = "(int64_t)__builtin_ia32_rdtsc()"
