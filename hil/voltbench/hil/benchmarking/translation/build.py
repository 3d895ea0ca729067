"""Compile a translated loop with gcc and call it through ctypes."""

import ctypes
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from voltbench.hil.benchmarking.translation.functions import Translation
from voltbench.hil.benchmarking.translation.types import F8, Scalar, Tuple, Type, type_of

FLAGS = ("-std=c11", "-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math")
"""As LLVM takes it: no errno from sqrt, no floating-point traps; otherwise IEEE arithmetic."""


@dataclass(frozen=True)
class Variant:
    """How the same text is compiled."""

    name: str
    contract: tuple[bool | None, ...]
    """Which texts: (False, True) laws and plant apart, (None,) everything in one."""
    fused: tuple[str, ...]
    """-ffp-contract of each text."""


VARIANTS = (
    Variant("as Numba", (False, True), ("off", "fast")),
    Variant("one unit, no fused operations", (None,), ("off",)),
    Variant("one unit, fused operations", (None,), ("fast",)),
)


class CompiledLoop:
    """An entry function in a shared library, called like the kernel it was made from."""

    def __init__(self, library: Path, kinds: Sequence[Type], returns: bool) -> None:
        self.library = library
        self._kinds = kinds
        self._entry = ctypes.CDLL(str(library)).entry
        self._entry.restype = ctypes.c_int64 if returns else None

    def __call__(self, *arguments: Any) -> int | None:
        """Call it; records are one-element arrays or their elements."""
        passed: list[Any] = []
        for value, kind in zip(arguments, self._kinds, strict=True):
            if isinstance(kind, Tuple):
                passed.extend(map(_number, value, kind.items))
            elif isinstance(kind, Scalar):
                passed.append(_number(value, kind))
            elif isinstance(value, np.void):
                passed.append(ctypes.c_void_p(value.__array_interface__["data"][0]))
            else:
                passed.append(ctypes.c_void_p(value.ctypes.data))
                passed.extend(ctypes.c_int64(n) for n in value.shape)
        result: int | None = self._entry(*passed)
        return result


def _number(value: Any, kind: Type) -> Any:
    return (ctypes.c_double if kind == F8 else ctypes.c_int64)(value)


def compiler() -> str | None:
    """Return the path of gcc, None where there is none."""
    return shutil.which("gcc")


def compile_kernel(
    kernel: Any,
    arguments: Sequence[Any],
    folder: Path,
    variant: Variant = VARIANTS[0],
    more_flags: Sequence[str] = (),
) -> CompiledLoop:
    """Translate a kernel for `arguments` and compile it into `folder`.

    Raises
    ------
    Untranslatable
        If the kernel uses something the translator does not know.
    RuntimeError
        If gcc is absent or refuses the text.
    """
    translation = Translation()
    function = translation.add(kernel, arguments)
    kinds = [type_of(a) for a in arguments]
    entry = translation.entry(function, kinds)
    folder.mkdir(parents=True, exist_ok=True)
    objects = []
    for at, (contract, fused) in enumerate(zip(variant.contract, variant.fused, strict=True)):
        source = folder / f"unit{at}.c"
        source.write_text(
            translation.text(contract) + (entry if contract in (None, function.contract) else "")
        )
        objects.append(source.with_suffix(".o"))
        _gcc(
            [*FLAGS, *more_flags, f"-ffp-contract={fused}", "-fPIC", "-c", str(source)], objects[-1]
        )
    library = folder / "loop.so"
    _gcc(["-shared", *map(str, objects), "-lm"], library)
    return CompiledLoop(library, kinds, function.result is not None)


def _gcc(arguments: Sequence[str], output: Path) -> None:
    program = compiler()
    if program is None:
        raise RuntimeError("gcc is not installed")
    done = subprocess.run(
        [program, *arguments, "-o", str(output)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = done.stderr.splitlines()
        raise RuntimeError("gcc: " + next((one for one in lines if "error" in one), lines[-1]))
