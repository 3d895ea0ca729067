"""One clear line for every way a data file can be wrong: file, field, value, unit, allowed.

The unit of a field is in its name (``maximum_voltage_V``) and its range in its
declaration, so the line needs no second list of either.
"""

import difflib
import types
from collections.abc import Iterable
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

_UNIT_WORDS = {
    "percent": "%",
    "degC": "degC",
    "Ohm": "ohm",
    "rad": "rad",
    "rpm": "rpm",
    "Hz": "Hz",
    "kHz": "kHz",
    "kWh": "kWh",
    "Wh": "Wh",
    "Ah": "Ah",
    "var": "var",
    "mol": "mol",
    "kW": "kW",
    **{unit: unit for unit in ("V", "A", "W", "s", "m", "F", "H", "K", "J", "C", "VA")},
}
_UNIONS = (Union, types.UnionType)
_BOUNDS = (("ge", "from {}"), ("gt", "above {}"), ("le", "to {}"), ("lt", "below {}"))


class CatalogError(ValueError):
    """A data file or a name in the catalog is wrong; ``str(error)`` is one line."""


def unit_of(field: str) -> str:
    """Return the unit a field name carries (``"J/K"`` for ``heat_capacity_J_per_K``), or ''."""
    words = field.split("_")
    if len(words) > 2 and words[-2] == "per" and words[-1] in _UNIT_WORDS:
        top = _UNIT_WORDS.get(words[-3], "1")
        return f"{top}/{_UNIT_WORDS[words[-1]]}"
    return _UNIT_WORDS.get(words[-1], "") if len(words) > 1 else ""


def with_unit(value: object, unit: str) -> str:
    """Return a value as it was given, shortened, with its unit."""
    text = f"{value:g}" if isinstance(value, float) else repr(value)
    text = text if len(text) <= 40 else text[:37] + "..."
    return f"{text} {unit}".rstrip() if isinstance(value, int | float) else text


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like `name` (case does not matter), None if none is close."""
    folded = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=0.5)
    return folded[close[0]] if close else None


def unknown_name(kind: str, name: str, known: Iterable[str]) -> CatalogError:
    """Return the error for a name the catalog does not have: nearest one, then all."""
    names = sorted(known)
    guess = nearest(name, names)
    hint = f" (did you mean {guess}?)" if guess else ""
    return CatalogError(f"{kind} = {name!r} is unknown{hint}; known: {', '.join(names) or 'none'}")


def one_line(file: str, model: type[BaseModel], error: ValidationError) -> str:
    """Return the first complaint of pydantic about a file as one line."""
    complaints = error.errors(include_url=False)
    # a misspelt field is also a missing one: the misspelling is the useful half
    first = next((c for c in complaints if c["type"] == "extra_forbidden"), complaints[0])
    where, annotation, metadata = _locate(model, first["loc"])
    more = f" (and {len(complaints) - 1} more)" if len(complaints) > 1 else ""
    if first["type"] == "value_error":  # a cross-check of ours: its text is complete
        prefix = f"{where}: " if where else ""
        return f"{file}: {prefix}{first['ctx']['error']}{more}"
    if first["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return f"{file}: {where}.{_kind_complaint(first['ctx'], annotation)}{more}"
    if first["type"] == "missing":
        text = f"{where} is missing"
        allowed = _allowed(annotation, metadata, unit_of(_last_name(first["loc"])))
        return f"{file}: {text}{'; allowed: ' + allowed if allowed else ''}{more}"
    if first["type"] == "extra_forbidden":
        guess = nearest(_last_name(first["loc"]), _siblings(model, first["loc"]))
        hint = f"; did you mean {guess}?" if guess else ""
        return f"{file}: {where} is not a field of this file{hint}{more}"
    unit = unit_of(_last_name(first["loc"]))
    allowed = _allowed(annotation, metadata, unit) or first["msg"]
    given = "a table" if isinstance(first["input"], dict) else with_unit(first["input"], unit)
    return f"{file}: {where} = {given}; allowed: {allowed}{more}"


def _kind_complaint(context: Any, kinds: Any) -> str:
    """Say what is wrong with the field that tells the kinds of a table apart."""
    field = str(context["discriminator"]).strip("'")
    given = f"= {context['tag']!r}" if "tag" in context else "is missing"
    known = [tag for kind in get_args(kinds) for tag in _tags(kind, field)]
    return f"{field} {given}; allowed: {', '.join(known)}"


def _tags(kind: type[BaseModel], field: str | None = None) -> list[str]:
    """Return the words by which a table is known to be of this kind."""
    fields = kind.model_fields
    literals = [fields[name].annotation for name in ([field] if field else fields)]
    return [str(tag) for one in literals if get_origin(one) is Literal for tag in get_args(one)]


def _last_name(loc: tuple[int | str, ...]) -> str:
    return next((str(part) for part in reversed(loc) if isinstance(part, str)), "")


def _locate(model: type[BaseModel], loc: tuple[int | str, ...]) -> tuple[str, Any, list[Any]]:
    """Return the dotted path of a complaint, its type and its constraints."""
    annotation: Any = model
    path, metadata = "", list[Any]()
    for part in loc:
        if isinstance(part, int):
            path += f"[{part}]"
            annotation, metadata = _strip(_element(annotation, part))
            continue
        if (
            get_origin(annotation) in _UNIONS
        ):  # pydantic names the kind of table: no part of the path
            annotation = next((k for k in get_args(annotation) if part in _tags(k)), None)
            continue
        path += f".{part}" if path else part
        model_here = _model(annotation)
        info = model_here.model_fields.get(part) if model_here else None
        annotation, metadata = (None, []) if info is None else _strip(info.annotation)
        metadata = metadata + (list(info.metadata) if info else [])
    return path, annotation, metadata


def _siblings(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    parent = _model(_locate(model, loc[:-1])[1]) if len(loc) > 1 else model
    return list(parent.model_fields) if parent else []


def _strip(annotation: Any) -> tuple[Any, list[Any]]:
    """Return an annotation without Annotated and Optional, and the constraints it carried.

    A choice of several kinds of table stays one.
    """
    metadata: list[Any] = []
    if get_origin(annotation) is Annotated:
        annotation, *metadata = get_args(annotation)
        metadata = [m for item in metadata for m in getattr(item, "metadata", [item])]
    if get_origin(annotation) in _UNIONS:
        kept = [arg for arg in get_args(annotation) if arg is not type(None)]
        if len(kept) > 1 and all(map(_model, kept)):
            return annotation, metadata
        inner, more = _strip(kept[0])
        return inner, metadata + more
    return annotation, metadata


def _model(annotation: Any) -> type[BaseModel] | None:
    is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return annotation if is_model else None


def _element(annotation: Any, index: int) -> Any:
    args = [arg for arg in get_args(annotation) if arg is not Ellipsis]
    return args[min(index, len(args) - 1)] if args else None


def _allowed(annotation: Any, metadata: list[Any], unit: str) -> str:
    """Say what a field accepts: a list of words or a range with its unit."""
    if get_origin(annotation) is Literal:
        return ", ".join(map(str, get_args(annotation)))
    parts = [
        text.format(f"{getattr(item, key):g}")
        for key, text in _BOUNDS
        for item in metadata
        if getattr(item, key, None) is not None
    ]
    kind = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}
    if not parts:
        return kind.get(annotation, "")
    prefix = "a whole number " if annotation is int else ""
    return f"{prefix}{' '.join(parts)} {unit}".rstrip()
