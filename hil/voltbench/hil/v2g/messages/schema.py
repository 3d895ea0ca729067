"""One declaration of a message gives its Python class, its JSON form and its schema order.

A message or complex type is declared like a dataclass; every field carries the
schema's element name and type::

    @element("PreChargeReq")
    class PreChargeReq:
        ev_status: Annotated[DcEvStatus, Element("DC_EVStatus")]
        target_voltage_V: Annotated[float, Element("EVTargetVoltage", Physical("V"))]

Fields stand in schema order; a default of None means `minOccurs="0"`. The tables
collected here are what a byte codec needs: names, order, optionality, value ranges.
"""

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from enum import StrEnum
from typing import (
    Annotated,
    Any,
    TypeVar,
    cast,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Integer:
    """Whole number with the schema's range, both ends included."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Text:
    """Character string; length in characters."""

    max_length: int
    min_length: int = 0


@dataclass(frozen=True, slots=True)
class HexBinary:
    """Bytes, written as upper-case hexadecimal text; length in bytes."""

    max_length: int


@dataclass(frozen=True, slots=True)
class Base64:
    """Bytes, written as base64 text; length in bytes."""

    max_length: int


@dataclass(frozen=True, slots=True)
class Boolean:
    """True or false."""


@dataclass(frozen=True, slots=True)
class Physical:
    """PhysicalValueType: multiplier, unit and a 16-bit number; a float in SI here."""

    unit: str


Kind = Integer | Text | HexBinary | Base64 | Boolean | Physical
BOOLEAN = Boolean()
SHORT = Integer(-(2**15), 2**15 - 1)
LONG = Integer(-(2**63), 2**63 - 1)
UNSIGNED_BYTE = Integer(0, 2**8 - 1)
UNSIGNED_SHORT = Integer(0, 2**16 - 1)
UNSIGNED_INT = Integer(0, 2**32 - 1)
UNSIGNED_LONG = Integer(0, 2**64 - 1)
PERCENT = Integer(0, 100)
UNBOUNDED = 2**31
"""``maxOccurs`` of an element without upper limit."""


@dataclass(frozen=True, slots=True)
class Element:
    """The schema's side of one field.

    ``kind`` is None where the annotation itself says the type: an enumeration or
    another declared class. ``group`` names the abstract head the element stands in for.
    ``max_occurs`` above 1 makes the field a tuple.
    """

    name: str
    kind: Kind | None = None
    group: str | None = None
    max_occurs: int = 1


@dataclass(frozen=True, slots=True)
class SchemaField:
    """One field as a codec needs it, in schema order."""

    attribute: str
    element: Element
    type: type
    """Python type of one value: float, int, str, bool, an enumeration or a declared class."""
    optional: bool


@dataclass_transform(kw_only_default=True, frozen_default=True)
def element(name: str) -> Callable[[type[T]], type[T]]:
    """Declare a message body or complex type by its schema name.

    Raises
    ------
    TypeError
        If a field has no :class:`Element` in its annotation.
    """

    def declare(kind: type[T]) -> type[T]:
        made = cast(type[T], dataclass(frozen=True, slots=True, kw_only=True)(kind))
        target = cast(Any, made)
        target.element_name = name
        target.schema = _schema_of(made)
        return made

    return declare


def schema_of(kind: type) -> tuple[SchemaField, ...]:
    """Return the schema fields of a declared class."""
    return cast(Any, kind).schema  # type: ignore[no-any-return]


def element_name(kind: type) -> str:
    """Return the schema name of a declared class."""
    return cast(Any, kind).element_name  # type: ignore[no-any-return]


def _schema_of(kind: type) -> tuple[SchemaField, ...]:
    hints = get_type_hints(kind, include_extras=True)
    made = []
    for field in fields(cast(Any, kind)):
        hint = hints[field.name]
        if get_origin(hint) is not Annotated:
            raise TypeError(f"{kind.__name__}.{field.name} has no schema element")
        value_type, described = get_args(hint)
        if not isinstance(described, Element):
            raise TypeError(f"{kind.__name__}.{field.name} has no schema element")
        optional = field.default is not MISSING
        made.append(SchemaField(field.name, described, _one(value_type), optional))
    return tuple(made)


def _one(hint: Any) -> type:
    """Return the type of a single value: strips None and tuples."""
    options = [option for option in get_args(hint) if option is not type(None)]
    if get_origin(hint) is tuple:
        return cast(type, options[0])
    if options:
        return _one(options[0])
    return cast(type, hint)


_json_plans: dict[type, tuple[tuple[str, int], ...]] = {}
_PLAIN, _NESTED, _MANY = 0, 1, 2


def to_json(value: object) -> dict[str, Any]:
    """Return a declared object as plain data, fields named with their units.

    Absent optional fields are left out.
    """
    kind = type(value)
    plan = _json_plans.get(kind)
    if plan is None:
        plan = _json_plans[kind] = _json_plan(kind)
    result: dict[str, Any] = {}
    for name, how in plan:
        item = getattr(value, name)
        if item is None:
            continue
        if how == _PLAIN:
            result[name] = item
        elif how == _NESTED:
            result[name] = to_json(item)
        else:
            result[name] = [to_json(one) if hasattr(one, "schema") else one for one in item]
    return result


def _json_plan(kind: type) -> tuple[tuple[str, int], ...]:
    plan = []
    for field in schema_of(kind):
        how = _NESTED if hasattr(field.type, "schema") else _PLAIN
        plan.append((field.attribute, _MANY if field.element.max_occurs > 1 else how))
    return tuple(plan)


def is_enumeration(kind: type) -> bool:
    """Whether a field type is an enumeration of the schema, in schema order."""
    return issubclass(kind, StrEnum)
