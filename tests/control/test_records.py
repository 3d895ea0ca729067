"""Records: one declaration, the C layout, and no field forgotten."""

import ctypes

import numpy as np
import pytest

from voltbench.control.charger import ChargerGains, ChargerState, ModuleState
from voltbench.control.numerics.records import (
    dtype_of,
    f32,
    f64,
    fill,
    i32,
    i64,
    nested,
    record,
    zeros,
)
from voltbench.control.signals import ChargerMeas, ModuleCommand, ModuleMeas, Setpoints


@record
class Inner:
    """Mixed sizes, so that alignment matters."""

    a: float = f32("V")
    n: int = i64("count")


@record
class Outer:
    """A nested record and a vector."""

    flag: int = i32("flag")
    inner: Inner = nested(Inner)
    x: float = f64("A", shape=(3,))


class CInner(ctypes.Structure):
    """What a C compiler makes of `Inner`."""

    _fields_ = (("a", ctypes.c_float), ("n", ctypes.c_int64))


class COuter(ctypes.Structure):
    """What a C compiler makes of `Outer`."""

    _fields_ = (("flag", ctypes.c_int32), ("inner", CInner), ("x", ctypes.c_double * 3))


def test_layout_is_that_of_the_c_struct() -> None:
    dtype = dtype_of(Outer)
    assert dtype.itemsize == ctypes.sizeof(COuter)
    assert dtype.fields is not None
    offsets = {name: dtype.fields[name][1] for name in ("flag", "inner", "x")}
    assert offsets == {name: getattr(COuter, name).offset for name in offsets}


def test_a_missing_field_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="Inner: missing n"):
        fill(Inner, a=1.0)
    with pytest.raises(TypeError, match="Inner: unknown b"):
        fill(Inner, a=1.0, n=1, b=2.0)
    assert fill(Inner, a=1.5, n=2)[0].item() == (1.5, 2)


def test_an_undeclared_field_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Bad\.x has no field declaration"):

        @record
        class Bad:
            x: float = 1.0


def test_zeros_are_zero() -> None:
    assert zeros(Outer, 3).tobytes() == bytes(3 * dtype_of(Outer).itemsize)


@pytest.mark.parametrize(
    "kind",
    [ChargerGains, ChargerState, ModuleState, ChargerMeas, ModuleMeas, ModuleCommand, Setpoints],
)
def test_what_the_controller_sees_is_four_bytes_wide(kind: type) -> None:
    def leaves(dtype: np.dtype[np.void]) -> list[np.dtype[np.generic]]:
        if dtype.fields is None:
            return [dtype.base]
        return [leaf for field in dtype.fields.values() for leaf in leaves(field[0])]

    found = set(leaves(dtype_of(kind)))
    assert found <= {np.dtype(np.float32), np.dtype(np.int32)}


def test_every_field_has_a_unit() -> None:
    fields = ChargerGains.fields  # type: ignore[attr-defined]
    assert all(field.unit for field in fields.values() if field.storage in (np.float32, np.int32))
