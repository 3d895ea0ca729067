"""Neighbouring numbers in C: vectors of gcc, read from where they lie."""

import ast
from collections.abc import Callable
from typing import Any

from voltbench.control.numerics import lanes
from voltbench.hil.benchmarking.translation.layout import Layout
from voltbench.hil.benchmarking.translation.operators import Value, cast
from voltbench.hil.benchmarking.translation.types import (
    I8,
    Pack,
    Record,
    Scalar,
    Tuple,
    Untranslatable,
    Vector,
    field_type,
)

_READ: dict[Any, int] = {lanes.fields2: 2, lanes.fields8: 8}
_COUNT: dict[Any, int] = {**_READ, lanes.set_fields2: 2, lanes.set_fields8: 8}
ROWS: frozenset[Any] = frozenset([*_COUNT, lanes.row8, lanes.pack])
"""Functions of `numerics.lanes.rows`."""


def row_call(
    layout: Layout, called: Any, arguments: list[ast.expr], value: Callable[[ast.expr], Value]
) -> Value:
    """Translate a call of one of `ROWS`."""
    if called is lanes.pack:
        return _pack(layout, arguments[0], value)
    owner = value(arguments[0])
    if called is lanes.row8:
        if not isinstance(owner.kind, Vector) or not isinstance(owner.kind.item, Scalar):
            raise Untranslatable(f"{owner.text} is no table")
        kind = Pack(owner.kind.item, 8)
        at = cast(value(arguments[1]), I8)
        return Value(f"(*({layout.name(kind)} *)(({owner.text}) + {at}))", kind)
    if not (isinstance(owner.kind, Record) and isinstance(arguments[1], ast.Constant)):
        raise Untranslatable(f"{owner.text} is no record, or its field is not named")
    name = str(arguments[1].value)
    field = field_type(owner.kind.dtype[name])
    item = field.item if isinstance(field, Vector) else field
    if not isinstance(item, Scalar):
        raise Untranslatable(f"{name} is no number")
    kind = Pack(item, _COUNT[called])
    place = f"(*({layout.name(kind)} *)&(({owner.text})->{name}))"
    if called in _READ:
        return Value(place, kind)
    given = value(arguments[2])
    same = given.kind == kind
    text = given.text if same else f"__builtin_convertvector({given.text}, {layout.name(kind)})"
    return Value(f"({place} = {text})", Tuple(()))


def _pack(layout: Layout, numbers: ast.expr, value: Callable[[ast.expr], Value]) -> Value:
    if not isinstance(numbers, ast.Tuple):
        raise Untranslatable("pack takes the numbers themselves, as a tuple")
    parts = [value(part) for part in numbers.elts]
    kind = Pack(parts[0].scalar(), len(parts))
    items = ", ".join(cast(part, kind.item) for part in parts)
    return Value(f"(({layout.name(kind)}){{{items}}})", kind)
