"""The `@kernel` decorator: Numba without Python objects, and a cache that cannot go stale.

Numba keys a cached function by its own source file only: after editing a callee
in another file the cached caller still runs the old code. Here the cache folder
of a kernel is named by a digest over every module the kernel's module can reach
inside `voltbench`, Numba's version and the CPU, so any edit is a miss.
"""

import ast
import hashlib
import os
import stat
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numba
from llvmlite import binding as llvm
from numba.core import config

P = ParamSpec("P")
R = TypeVar("R")

_config: Any = config  # its options are set at run time, so no checker knows them
_user_chosen = bool(_config.CACHE_DIR)
_kernels: list[Any] = []


def cache_root() -> Path:
    """Return the user's own cache folder for compiled kernels (never a shared one)."""
    if override := os.environ.get("VOLTBENCH_CACHE_DIR"):
        return Path(override)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "voltbench"


def _imports(source: str) -> set[str]:
    """Return the `voltbench` modules that a source text imports by name."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name for name in names if name.startswith("voltbench.")}


@cache
def _source_of(module: str) -> tuple[str, frozenset[str]] | None:
    """Return digest and imports of a module's file, None where the name is no module."""
    for path in _files(module):
        if path.is_file():
            data = path.read_bytes()
            return hashlib.sha256(data).hexdigest(), frozenset(_imports(data.decode()))
    return None


def _files(module: str) -> Iterator[Path]:
    """Yield where a module's source may be; a user's script is where it was imported from."""
    first, *parts = module.split(".")
    if first != "voltbench":
        file = getattr(sys.modules.get(module), "__file__", None)
        if file is not None:
            yield Path(file)
        return
    for portion in sys.modules["voltbench"].__path__ if parts else ():
        stem = Path(portion).joinpath(*parts)
        yield stem.with_suffix(".py")
        yield stem / "__init__.py"


def digest(module: str) -> str:
    """Return the digest over `module`, all `voltbench` sources it can reach, Numba and CPU."""
    seen: dict[str, str] = {}
    todo = [module]
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        source = _source_of(name)
        if source is None:
            continue
        seen[name] = source[0]
        todo.extend(source[1])
    total = hashlib.sha256()
    for name in sorted(seen):
        total.update(f"{name}={seen[name]};".encode())
    total.update(f"{numba.__version__};{sys.version_info[:2]};{_cpu()}".encode())
    return total.hexdigest()[:24]


@cache
def _cpu() -> str:
    features = llvm.get_host_cpu_features().flatten().encode()
    return f"{llvm.get_host_cpu_name()};{hashlib.sha256(features).hexdigest()}"


@cache
def _cache_folder(module: str) -> Path:
    root = cache_root()
    folder = root / digest(module)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if hasattr(os, "getuid"):
        owner = root.stat()
        if owner.st_uid != os.getuid():
            raise PermissionError(f"kernel cache {root} is another user's; set VOLTBENCH_CACHE_DIR")
        if stat.S_IMODE(owner.st_mode) & 0o077:
            root.chmod(0o700)  # compiled code is executed: nobody else may write it
    return folder


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a control law on first call: cached, no Python objects, IEEE arithmetic."""
    return _compile(function, False)


def rare_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a part of a law that few interrupts reach: as `kernel`, but called, not inlined.

    Inlined, it takes registers from the path that every interrupt goes.
    """
    return _compile(function, False, inline=False)


def plant_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a plant model: as `kernel`, but a*b + c may be one fused operation.

    Rounds once instead of twice, so it is no less exact; only laws must be bit-identical
    on machines without it.
    """
    return _compile(function, {"contract"})


def _compile(
    function: Callable[P, R], fastmath: bool | set[str], inline: bool = True
) -> Callable[P, R]:
    before = _config.CACHE_DIR
    if not _user_chosen:
        _config.CACHE_DIR = str(_cache_folder(function.__module__))
    try:
        compiled: Any = numba.njit(
            cache=True, error_model="numpy", fastmath=fastmath, forceinline=inline
        )(function)
    finally:
        _config.CACHE_DIR = before
    _kernels.append(compiled)
    result: Callable[P, R] = compiled
    return result
