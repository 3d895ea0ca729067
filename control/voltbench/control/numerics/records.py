"""Records: one declaration gives the dtype, the type checker's view and the unit of each field.

A record is declared like a dataclass; every field carries its unit and meaning::

    @record
    class PllState:
        theta_g: float = f32("rad", "angle of the grid voltage")

``PllState.dtype`` is the aligned numpy dtype (the layout of the C struct), and
``zeros(PllState, 5)`` makes five of them. Kernels take records by reference and
write ``s.theta_g = ...``. Nested records and short fixed vectors are allowed.
"""

from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
RecordArray = NDArray[np.void]
Vector = NDArray[np.float64]
"""Type of a record's fixed vector or table of numbers."""


@dataclass(frozen=True)
class Field:
    """One field of a record: storage type, unit and meaning."""

    storage: Any
    unit: str
    doc: str
    shape: tuple[int, ...] = ()


def f32(unit: str, doc: str = "", shape: tuple[int, ...] = ()) -> Any:
    """Declare a float32 field (control laws)."""
    return Field(np.float32, unit, doc, shape)


def f64(unit: str, doc: str = "", shape: tuple[int, ...] = ()) -> Any:
    """Declare a float64 field (plant models)."""
    return Field(np.float64, unit, doc, shape)


def i32(doc: str = "", unit: str = "1", shape: tuple[int, ...] = ()) -> Any:
    """Declare an int32 field (flags, states, counters)."""
    return Field(np.int32, unit, doc, shape)


def i64(doc: str = "", unit: str = "1", shape: tuple[int, ...] = ()) -> Any:
    """Declare an int64 field (interrupt counters)."""
    return Field(np.int64, unit, doc, shape)


def nested(kind: type, doc: str = "", shape: tuple[int, ...] = ()) -> Any:
    """Declare a field that is itself a record."""
    return Field(dtype_of(kind), "", doc, shape)


def record(kind: type[T]) -> type[T]:
    """Turn the annotated class into a record: adds ``dtype`` and ``fields``.

    Raises
    ------
    TypeError
        If an annotated name has no field declaration.
    """
    fields: dict[str, Field] = {}
    for base in reversed(kind.__mro__):
        for name in vars(base).get("__annotations__", {}):
            value = vars(base).get(name) or fields.get(name)
            if not isinstance(value, Field):
                raise TypeError(f"{kind.__name__}.{name} has no field declaration (f32, i32, ...)")
            fields[name] = value
    layout = [
        (name, f.storage, f.shape) if f.shape else (name, f.storage) for name, f in fields.items()
    ]
    kind.fields = fields  # type: ignore[attr-defined]
    kind.dtype = np.dtype(cast(Any, layout), align=True)  # type: ignore[attr-defined]
    return kind


def dtype_of(kind: type) -> np.dtype[np.void]:
    """Return the numpy dtype of a record class."""
    return cast("np.dtype[np.void]", kind.dtype)  # type: ignore[attr-defined]


def zeros(kind: type, count: int = 1) -> RecordArray:
    """Return `count` records, all fields zero, as a one-dimensional array."""
    return np.zeros(count, dtype_of(kind))


def fill(kind: type, **values: Any) -> RecordArray:
    """Return one record (array of length 1) with every field given by name.

    Raises
    ------
    TypeError
        If a field is missing or unknown: a forgotten gain must not be zero.
    """
    names = set(dtype_of(kind).names or ())
    if missing := names - values.keys():
        raise TypeError(f"{kind.__name__}: missing {', '.join(sorted(missing))}")
    if unknown := values.keys() - names:
        raise TypeError(f"{kind.__name__}: unknown {', '.join(sorted(unknown))}")
    made = zeros(kind)
    for name, value in values.items():
        made[name] = value
    return made
