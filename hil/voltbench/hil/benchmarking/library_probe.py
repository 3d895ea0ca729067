"""The same loop from a shared library made by gcc: load, fill the memory, run one interrupt."""


def first_call() -> None:
    """Run one interrupt; the command line names the library and the saved arguments."""
    import ctypes
    import json
    import sys

    import numpy as np

    saved = np.load(sys.argv[2])
    arguments: list[object] = []
    keep = []
    for i, plain in enumerate(json.loads(str(saved["plain"]))):
        if isinstance(plain, list):  # a tuple of integers, passed one by one
            arguments += map(ctypes.c_int64, plain)
            continue
        if not isinstance(plain, dict):
            arguments.append(ctypes.c_int64(plain))
            continue
        memory = np.zeros(saved[f"a{i}"].size + 64, np.uint8)
        memory = memory[-memory.ctypes.data % 64 :][: saved[f"a{i}"].size]
        memory[:] = saved[f"a{i}"]
        keep.append(memory)
        arguments.append(ctypes.c_void_p(memory.ctypes.data))
        if plain["array"]:
            arguments += [ctypes.c_int64(n) for n in plain["shape"]]
    arguments[0] = ctypes.c_int64(1)
    ctypes.CDLL(sys.argv[1]).entry(*arguments)
