"""Types of the translated subset and the rules by which Numba widens them."""

from dataclasses import dataclass
from typing import Any

import numpy as np


class Untranslatable(Exception):
    """A kernel uses something the translator does not know."""


@dataclass(frozen=True)
class Scalar:
    """A number: f4, f8, i4, i8 or b1 (a truth value)."""

    kind: str


@dataclass(frozen=True)
class Record:
    """A reference to a record."""

    dtype: "np.dtype[Any]"


@dataclass(frozen=True)
class Vector:
    """A field of a record with a fixed shape, stored flat."""

    item: "Scalar | Record"
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Array:
    """A contiguous array with its shape beside it."""

    item: "Scalar | Record"
    ndim: int


@dataclass(frozen=True)
class Tuple:
    """Several results returned by value."""

    items: tuple["Type", ...]


@dataclass(frozen=True)
class Pack:
    """Neighbouring numbers as one vector (``lanes.rows``)."""

    item: Scalar
    n: int


Type = Scalar | Record | Vector | Array | Tuple | Pack
F4, F8, I4, I8, B1 = (Scalar(kind) for kind in ("f4", "f8", "i4", "i8", "b1"))
C_NAME = {"f4": "float", "f8": "double", "i4": "int32_t", "i8": "int64_t", "b1": "bool"}


def item_type(dtype: "np.dtype[Any]") -> Scalar | Record:
    """Return the type of one element of `dtype`."""
    if dtype.names is not None:
        return Record(dtype)
    kind = "b1" if dtype.kind == "b" else f"{dtype.kind}{dtype.itemsize}"
    if kind not in C_NAME:
        raise Untranslatable(f"no C type for dtype {dtype}")
    return Scalar(kind)


def field_type(dtype: "np.dtype[Any]") -> Type:
    """Return the type of a record's field."""
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return Vector(item_type(base), shape)
    return item_type(dtype)


def type_of(value: Any) -> Type:
    """Return the type of an argument or of a module's constant.

    Raises
    ------
    Untranslatable
        If the value is neither a number, a record, a contiguous array, nor a tuple of them.
    """
    if isinstance(value, np.ndarray):
        if not value.flags.c_contiguous:
            raise Untranslatable("array is not contiguous")
        return Array(item_type(value.dtype), value.ndim)
    if isinstance(value, np.void):
        return Record(value.dtype)
    if isinstance(value, bool | np.bool_):
        return B1
    if isinstance(value, np.generic):
        return item_type(value.dtype)
    if isinstance(value, tuple):
        return Tuple(tuple(type_of(item) for item in value))
    if isinstance(value, int):
        return I8
    if isinstance(value, float):
        return F8
    raise Untranslatable(f"no C type for a {type(value).__name__}")


def widen(a: Type, b: Type) -> Type:
    """Return the type that holds both, as Numba's arithmetic and assignments choose it."""
    if a == b:
        return a
    if isinstance(a, Tuple) and isinstance(b, Tuple) and len(a.items) == len(b.items):
        return Tuple(tuple(widen(x, y) for x, y in zip(a.items, b.items, strict=True)))
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Pack) and isinstance(other, Scalar):
            return one
    if not (isinstance(a, Scalar) and isinstance(b, Scalar)):
        raise Untranslatable(f"no common type of {a} and {b}")
    if "f" in a.kind + b.kind:
        return F8  # also float32 with any integer: not every integer fits a float32
    return I8


def arithmetic(a: Type, b: Type) -> Scalar:
    """Return the type of a sum, difference or product: integers are computed as int64."""
    common = widen(a, b)
    if not isinstance(common, Scalar):
        raise Untranslatable(f"arithmetic on {a} and {b}")
    return common if common.kind[0] == "f" else I8
