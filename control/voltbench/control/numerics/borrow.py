"""Arrays without reference counting, for loops that run millions of times.

Numba counts references with an atomic operation each time a compiled function takes an
array; in a loop of half a microsecond that was a third of the time. A borrowed array has
no owner to count: it is valid as long as the caller holds the original.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from numba.core import cgutils
from numba.extending import intrinsic

A = TypeVar("A")


def _borrow(typingctx: Any, array: Any) -> Any:
    """Return `array` as a view that owns nothing (inside kernels only)."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        view = context.make_array(signature.args[0])(context, builder, value=args[0])
        view.meminfo = cgutils.get_null_value(view.meminfo.type)
        view.parent = cgutils.get_null_value(view.parent.type)
        return view._getvalue()

    return array(array), codegen


_intrinsic: Any = intrinsic(_borrow)
borrow: Callable[[A], A] = _intrinsic
