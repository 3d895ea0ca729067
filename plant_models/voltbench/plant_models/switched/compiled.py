"""Write a generated kernel to the user's cache and import it, so that Numba can cache it.

Code made by exec has no file, and Numba caches by file. The file's name carries the digest of
its text, and its folder the digest of this package, so an edit is a miss, never a stale hit.
"""

import hashlib
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

from voltbench.control.numerics.kernel import cache_root, digest

PREAMBLE = '''"""Generated from a circuit's sizes by voltbench.plant_models.switched.source."""

import numba

from voltbench.plant_models.switched.memory import (
    at,
    beyond,
    columns,
    fallen,
    outside,
    polynomials,
    product,
    put,
    scratch,
    seldom,
    series,
)


'''
DECORATOR = '@numba.njit(cache=True, error_model="numpy", fastmath={"contract"})\n'


def import_generated(text: str, name: str) -> ModuleType:
    """Return the module with this text, from a file of its own in the user's cache."""
    key = hashlib.sha256(text.encode()).hexdigest()[:16]
    module_name = f"voltbench_generated_{name}_{key}"
    if module_name in sys.modules:
        return sys.modules[module_name]
    folder = generated_folder()
    path = folder / f"{module_name}.py"
    if not path.is_file():
        draft = folder / f"{module_name}.{os.getpid()}.tmp"
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)  # atomic: another process never reads half a file
    spec = importlib.util.spec_from_file_location(module_name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    return module


def generated_folder() -> Path:
    """Return the folder of generated files of this version of the package, mode 0700."""
    root = cache_root()
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    if hasattr(os, "getuid"):
        owner = root.stat()
        if owner.st_uid != os.getuid():
            raise PermissionError(f"kernel cache {root} is another user's; set VOLTBENCH_CACHE_DIR")
        root.chmod(0o700)  # compiled code is executed: nobody else may write it
    package = "voltbench.plant_models.switched"
    folder = root / f"switched_{digest(f'{package}.source')}_{digest(f'{package}.memory')}"
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder
