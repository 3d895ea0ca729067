"""``voltbench version``: this program and what it computes with."""

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

NAME = "version"
_SHOWN = ("voltbench", "numpy", "numba", "scipy", "pyarrow", "control")


def versions() -> dict[str, str]:
    """Return the versions that decide the numbers of a run."""
    found = {"python": platform.python_version()}
    for name in _SHOWN:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def command(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> int:
    """Show versions."""
    found = versions()
    if as_json:
        print(json.dumps(found))
    else:
        print("\n".join(f"{name} {text}" for name, text in found.items()))
    return 0
