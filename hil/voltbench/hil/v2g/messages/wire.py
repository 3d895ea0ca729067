"""Declared objects to and from trees of schema names: the form an EXI codec works on.

A tree holds elements under their schema names in schema order; a physical value
is ``{"Multiplier", "Unit", "Value"}``. Reading a tree checks names, required
fields and ranges; a quantity keeps its wire form, so a tree read and written again is
the same tree.
"""

from typing import Any, TypeVar, cast

from voltbench.hil.v2g.messages.quantity import (
    Quantity,
    amperes,
    seconds,
    volts,
    watt_hours,
    watts,
    wire_value,
)
from voltbench.hil.v2g.messages.schema import (
    Boolean,
    HexBinary,
    Integer,
    Physical,
    SchemaField,
    Text,
    element_name,
    is_enumeration,
    schema_of,
)

T = TypeVar("T")
Tree = dict[str, Any]
_ROUND = {"V": volts, "A": amperes, "W": watts, "Wh": watt_hours, "s": seconds}


class MessageError(ValueError):
    """A message does not fit its declaration."""


def to_tree(value: object) -> Tree:
    """Return a declared object as a tree of schema names."""
    tree: Tree = {}
    for field in schema_of(type(value)):
        item = getattr(value, field.attribute)
        if item is None:
            continue
        if field.element.max_occurs > 1:
            tree[field.element.name] = [_out(field, one) for one in item]
        else:
            tree[field.element.name] = _out(field, item)
    return tree


def from_tree(kind: type[T], tree: Tree) -> T:
    """Build a declared object from a tree of schema names.

    Raises
    ------
    MessageError
        Naming the element, the value and what the declaration allows.
    """
    fields = schema_of(kind)
    if unknown := tree.keys() - {field.element.name for field in fields}:
        raise MessageError(f"{element_name(kind)}: unknown element {min(unknown)}")
    values: dict[str, Any] = {}
    for field in fields:
        name = field.element.name
        if name not in tree:
            if not field.optional:
                raise MessageError(f"{element_name(kind)}: element {name} is missing")
        elif field.element.max_occurs > 1:
            values[field.attribute] = tuple(_in(kind, field, one) for one in tree[name])
        else:
            values[field.attribute] = _in(kind, field, tree[name])
    return kind(**values)


def _out(field: SchemaField, item: Any) -> Any:
    kind = field.element.kind
    if isinstance(kind, Physical):
        quantity = item if isinstance(item, Quantity) else _ROUND[kind.unit](item)
        unit = {} if quantity.unit is None else {"Unit": quantity.unit}
        return {"Multiplier": quantity.multiplier, **unit, "Value": quantity.number}
    if hasattr(field.type, "schema"):
        return to_tree(item)
    return item.value if is_enumeration(field.type) else item


def _in(owner: type, field: SchemaField, item: Any) -> Any:
    where = f"{element_name(owner)}.{field.element.name}"
    kind = field.element.kind
    if isinstance(kind, Physical):
        try:
            return wire_value(item["Multiplier"], item.get("Unit"), item["Value"])
        except ValueError as error:
            raise MessageError(f"{where}: {error}") from None
    if hasattr(field.type, "schema"):
        return from_tree(field.type, item)
    if is_enumeration(field.type):
        try:
            return field.type(item)
        except ValueError:
            allowed = ", ".join(cast(Any, field.type))
            raise MessageError(f"{where}: {item!r} is none of {allowed}") from None
    _check_simple(where, kind, item)
    return item


def _check_simple(where: str, kind: object, item: Any) -> None:
    if isinstance(kind, Boolean):
        good, allowed = isinstance(item, bool), "true or false"
    elif isinstance(kind, Integer):
        good = isinstance(item, int) and kind.low <= item <= kind.high
        allowed = f"{kind.low}..{kind.high}"
    elif isinstance(kind, Text):
        good = isinstance(item, str) and kind.min_length <= len(item) <= kind.max_length
        allowed = f"text of {kind.min_length} to {kind.max_length} characters"
    elif isinstance(kind, HexBinary):
        good = isinstance(item, str) and len(item) <= 2 * kind.max_length
        allowed = f"at most {kind.max_length} bytes"
    else:
        good, allowed = isinstance(item, str), "text"
    if not good:
        raise MessageError(f"{where}: {item!r} is not {allowed}")
