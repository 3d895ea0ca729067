"""Numba's types for lanes, and their layout in LLVM."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.datamodel import models
from numba.core.typeconv.castgraph import Conversion
from numba.extending import register_model

I8 = ir.IntType(8)
I32 = ir.IntType(32)
I64 = ir.IntType(64)

MOST = 16
"""Most modules in lanes: two registers of eight doubles."""


class Lanes(types.Type):
    """`n` numbers of one type, in a vector of the next power of two; the rest repeat lane 0."""

    def __init__(self, item: Any, n: int) -> None:
        self.item, self.n = item, n
        self.width = 1 << (n - 1).bit_length()
        super().__init__(name=f"Lanes({item}, {n})")

    def can_convert_from(self, typingctx: Any, other: Any) -> Any:
        """Say that a scalar may stand for `n` equal lanes."""
        if isinstance(other, types.Number | types.Boolean):
            return Conversion.safe
        return None

    def can_convert_to(self, typingctx: Any, other: Any) -> Any:
        """Say that lanes may change their item type, never their number."""
        if isinstance(other, Lanes) and other.n == self.n:
            return Conversion.unsafe
        return None


class LaneView(types.Type):
    """One record for `n` of them, `stride` bytes apart."""

    def __init__(self, record: Any, stride: int, n: int) -> None:
        self.record, self.stride, self.n = record, stride, n
        super().__init__(name=f"LaneView({record}, {stride}, {n})")


class LaneVector(types.Type):
    """A vector field of such a record: index it to get lanes."""

    def __init__(self, item: Any, stride: int, n: int) -> None:
        self.item, self.stride, self.n = item, stride, n
        super().__init__(name=f"LaneVector({item}, {stride}, {n})")


class Bank(types.Array):
    """An array of records whose length is part of its type."""

    def __init__(self, dtype: Any, n: int) -> None:
        self.n = n
        super().__init__(dtype, 1, "C", aligned=True, name=f"Bank({dtype}, {n})")

    @property
    def key(self) -> Any:
        """Return what tells two of them apart."""
        return self.dtype, self.n


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, kind: Any) -> None:
        made: Any = super()
        made.__init__(dmm, kind, ir.VectorType(item_of(kind.item), kind.width))


@register_model(LaneView)
@register_model(LaneVector)
class _ViewModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, kind: Any) -> None:
        made: Any = super()
        made.__init__(dmm, kind, I8.as_pointer())


register_model(Bank)(models.ArrayModel)


def item_of(kind: Any) -> Any:
    """Return the LLVM type of one lane."""
    if kind == types.boolean:
        return ir.IntType(1)
    if not is_float(kind):
        return ir.IntType(kind.bitwidth)
    return ir.FloatType() if kind == types.float32 else ir.DoubleType()


def is_float(kind: Any) -> bool:
    """Tell whether an item type is a real number."""
    return isinstance(kind, types.Float)


def scalar(kind: Any) -> bool:
    """Tell whether a type is a plain number."""
    return isinstance(kind, types.Number | types.Boolean)


def number_of_lanes(kinds: Any) -> int | None:
    """Return the number of lanes among the arguments of an operation, None without any."""
    return next((kind.n for kind in kinds if isinstance(kind, Lanes)), None)


def common(a: Any, b: Any) -> Any:
    """Return the item type of an operation, by Numba's rules for two scalars."""
    a, b = (kind.item if isinstance(kind, Lanes) else kind for kind in (a, b))
    if a == b and is_float(a):
        return a
    if is_float(a) or is_float(b):
        return types.float64
    return types.int64
