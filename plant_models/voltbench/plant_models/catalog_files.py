"""Files of the catalog, of any kind: :func:`names` lists a folder, :func:`load` reads one.

A model declares the range of every field and carries the unit in the field's name; every
mistake is a :class:`CatalogError` of one line. A charger is read with
``load("dc150", Charger, "chargers")``.
"""

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from voltbench.plant_models.catalog_errors import CatalogError, one_line, unknown_name

DATA = Path(__file__).parent / "data"
_ONE = {"vehicles": "vehicle", "chargers": "charger", "batteries": "battery"}
M = TypeVar("M", bound=BaseModel)


def names(folder: str) -> list[str]:
    """Return the sorted names of a catalog folder (``vehicles``, ``chargers``, ...)."""
    return sorted(path.stem for path in (DATA / folder).glob("*.toml"))


def find(name_or_path: str, folder: str) -> Path:
    """Return the file of a catalog name or of a path given by the user.

    A text that ends in ``.toml`` or contains a path separator is a path.

    Raises
    ------
    CatalogError
        If the name is unknown (with the nearest and all known) or the file is missing.
    """
    kind = _ONE.get(folder, folder)
    if name_or_path.endswith(".toml") or "/" in name_or_path or "\\" in name_or_path:
        path = Path(name_or_path)
        if not path.is_file():
            raise CatalogError(f"{kind} file = {name_or_path!r} does not exist")
        return path
    known = names(folder)
    if name_or_path not in known:
        raise unknown_name(kind, name_or_path, known)
    return DATA / folder / f"{name_or_path}.toml"


def load(name_or_path: str, model: type[M], folder: str) -> M:
    """Read a catalog name or a TOML file of the user's into `model`.

    Raises
    ------
    CatalogError
        One line: file, field, value, unit, allowed range.
    """
    path = find(name_or_path, folder)
    shown = path.name if path.is_relative_to(DATA) else str(path)
    try:
        return _parsed(path, shown, model)
    except RecursionError:  # parser and checker call themselves for every level
        raise CatalogError(f"{shown}: tables or arrays are nested too deeply") from None


def _parsed(path: Path, shown: str, model: type[M]) -> M:
    """Parse and check a file; `shown` is its name in complaints."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise CatalogError(f"{shown}: malformed TOML: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogError(f"{shown}: cannot be read: {error}") from None
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise CatalogError(one_line(shown, model, error)) from None
