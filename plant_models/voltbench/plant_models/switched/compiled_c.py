"""Compile a generated kernel's C with gcc, when there is one, and call it like the Numba one."""

import ctypes
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import numpy as np

from voltbench.plant_models.switched.c_printer import c_source
from voltbench.plant_models.switched.compiled import generated_folder
from voltbench.plant_models.switched.layout import Layout
from voltbench.plant_models.switched.source import kernel_source

FLAGS = ("-O3", "-march=native", "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math")


def c_kernel(layout: Layout) -> Callable[..., int] | None:
    """Return `advance` compiled by gcc; None where there is no gcc.

    The caller's machine keeps it: `-march=native` code must not travel.
    """
    compiler = shutil.which("gcc")
    if compiler is None:
        return None
    text = c_source(kernel_source(layout))
    key = hashlib.sha256((text + " ".join(FLAGS)).encode()).hexdigest()[:16]
    path = generated_folder() / f"advance_{key}.so"
    if not path.is_file():
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        command = [compiler, *FLAGS, "-shared", "-fPIC", "-x", "c", "-", "-o", str(draft), "-lm"]
        subprocess.run(command, input=text.encode(), check=True)
        draft.replace(path)
    function = ctypes.CDLL(str(path)).advance
    function.restype = ctypes.c_int64

    def advance(*arguments: Any) -> int:
        return int(function(*(_pass(a) for a in arguments)))

    return advance


def _pass(argument: Any) -> Any:
    if isinstance(argument, np.ndarray):
        return ctypes.c_void_p(argument.ctypes.data)
    if isinstance(argument, float):
        return ctypes.c_double(argument)
    return ctypes.c_int64(argument)
