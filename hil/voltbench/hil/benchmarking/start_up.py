"""Times from the start of a process, each measured in a process of its own."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from voltbench.hil import loop
from voltbench.hil.benchmarking.capture import Instance
from voltbench.hil.benchmarking.translation.build import compile_kernel, compiler

_READY = "from voltbench.hil.benchmarking.start_probe import first_interrupt; first_interrupt()"
_LIBRARY = "from voltbench.hil.benchmarking.library_probe import first_call; first_call()"
_COMMAND = "import voltbench.hil.cli.main"


def seconds(code: str, environment: Mapping[str, str], words: Sequence[str] = ()) -> float:
    """Return the seconds from starting a fresh Python until `code` is done.

    Raises
    ------
    RuntimeError
        If the process failed; with its last line.
    """
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    taken = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return taken


def measure_start(start: Instance, repeats: int, folder: Path) -> dict[str, float]:
    """Return seconds: cold, warm, importing the command, bare Python, C library (with gcc)."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="voltbench-bench-") as cache:
        own = {"VOLTBENCH_CACHE_DIR": cache}
        found["cold"] = seconds(_READY, own)
        found["warm"] = median(seconds(_READY, own) for _ in range(repeats))
        found["import"] = median(seconds(_COMMAND, own) for _ in range(repeats))
    found["python"] = median(seconds("pass", {}) for _ in range(repeats))
    if compiler() is not None:
        words = library_case(start, folder)
        found["library"] = median(seconds(_LIBRARY, {}, words) for _ in range(repeats))
    return found


def library_case(start: Instance, folder: Path) -> list[str]:
    """Compile the loop and save its arguments; return both paths for the probe."""
    library = compile_kernel(loop.run, start.arguments(1), folder / "library").library
    plain: list[Any] = []
    arrays: dict[str, Any] = {}
    for i, (value, memory) in enumerate(zip(start.values, start.memory, strict=True)):
        if memory is None:
            plain.append(value)
            continue
        plain.append({"array": isinstance(value, np.ndarray), "shape": memory.shape})
        arrays[f"a{i}"] = np.frombuffer(np.ascontiguousarray(memory).tobytes(), np.uint8)
    case = folder / "case.npz"
    np.savez(case, plain=np.array(json.dumps(plain)), **arrays)
    return [str(library), str(case)]
