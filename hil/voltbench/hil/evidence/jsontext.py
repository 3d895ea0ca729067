"""Values as JSON text: the same value gives the same bytes, and nothing is refused mid-run."""

import dataclasses
import json
import math
import os
from collections.abc import Mapping
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any


def plain(value: Any) -> Any:
    """Return the value made of JSON types only.

    NaN becomes null, infinities become the strings ``Infinity`` and ``-Infinity`` (JSON has no
    word for them), enumerations their name (their text if they are text), bytes hexadecimal
    text, numpy values Python ones.
    """
    if isinstance(value, Enum):
        return str(value.value) if isinstance(value, str) else value.name
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return _number(float(value))
    if isinstance(value, Mapping):
        return {_key(key): plain(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, bytes | bytearray):
        return value.hex()
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=repr) if isinstance(value, set | frozenset) else value
        return [plain(item) for item in items]
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return plain(value.tolist())
    if isinstance(value, Path | date):
        return str(value)
    return repr(value)


def _number(value: float) -> float | str | None:
    """Return a finite number, or what stands for it."""
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return None
    return "Infinity" if value > 0 else "-Infinity"


def _key(key: Any) -> str:
    """Return the text of a key."""
    return str(plain(key)) if isinstance(key, Enum) else str(key)


_plain_already = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def line(value: Mapping[str, Any]) -> str:
    """Return one line of JSON without the line end.

    Nearly every entry is plain already; the others are converted and written again.
    """
    try:
        return _plain_already.encode(value)
    except (TypeError, ValueError):
        pass
    return json.dumps(plain(value), separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def page(value: Any) -> str:
    """Return indented JSON with a line end."""
    return json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write(path: Path, text: str) -> None:
    """Write a whole file so that it exists complete or not at all."""
    partial = path.with_name(path.name + ".partial")
    with open(partial, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def read(path: Path) -> Any:
    """Return what a JSON file holds.

    Raises
    ------
    ValueError
        Naming the file, if it is no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path.name}: not JSON ({error})") from None
