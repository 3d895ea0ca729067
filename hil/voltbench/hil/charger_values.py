"""Values of a charger's file changed for one run, by their dotted names."""

import tomllib
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from voltbench.hil.errors import BadInput
from voltbench.plant_models.catalog_errors import one_line
from voltbench.plant_models.charger_data import Charger


def changed(charger: Charger, settings: Sequence[str]) -> Charger:
    """Return the charger with ``section.field=value`` set, checked like its file.

    Raises
    ------
    BadInput
        One line naming field, value, unit and allowed range.
    """
    if not settings:
        return charger
    content = charger.model_dump()
    for text in settings:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not value:
            raise BadInput(f"set = {text!r}; allowed: section.field=value")
        *path, last = name.split(".")
        table: Any = content
        for part in path:
            table = table.get(part) if isinstance(table, dict) else None
        if not isinstance(table, dict):
            raise BadInput(f"set {name}: no such section; known: {', '.join(_sections(content))}")
        table[last] = _value(value)
    try:
        return Charger.model_validate(content)
    except ValidationError as error:
        raise BadInput(one_line("set", Charger, error)) from None


def _sections(content: dict[str, Any]) -> list[str]:
    return [name for name, value in content.items() if isinstance(value, dict)]


def _value(text: str) -> Any:
    """Return a value as TOML would read it; a bare word is a word."""
    try:
        return tomllib.loads(f"x = {text}")["x"]
    except tomllib.TOMLDecodeError:
        return text
