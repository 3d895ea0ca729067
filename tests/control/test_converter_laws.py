"""Converter laws by themselves: float32 code only, and the single-phase line they follow."""

import importlib.util
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

from voltbench.control import dab_shifts, llc, psfb, single_phase_sync, totem_pole
from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.records import RecordArray, dtype_of, zeros

_spec = importlib.util.spec_from_file_location(
    "compiled_law_lint", Path(__file__).with_name("test_compiled.py")
)
assert _spec is not None
assert _spec.loader is not None
lint: Any = importlib.util.module_from_spec(_spec)
sys.modules["compiled_law_lint"] = lint
_spec.loader.exec_module(lint)

REAL = numba.float32


def one(kind: type) -> Any:
    return numba.from_dtype(dtype_of(kind))


SYNC = (single_phase_sync.SyncGains, single_phase_sync.SyncState)
LAWS: dict[str, tuple[Callable[..., Any], tuple[type, ...], int]] = {
    "llc": (llc.llc_step, (llc.LlcGains, llc.LlcState), 5),
    "llc off": (llc.llc_off, (llc.LlcGains, llc.LlcState), 1),
    "psfb voltage": (psfb.psfb_voltage, (psfb.PsfbGains, psfb.PsfbState), 4),
    "psfb current": (psfb.psfb_current, (psfb.PsfbGains, psfb.PsfbState), 4),
    "sync": (single_phase_sync.sync_step, SYNC, 2),
    "totem pole": (
        totem_pole.totem_pole_step,
        (totem_pole.TotemPoleGains, totem_pole.TotemPoleState, single_phase_sync.SyncState),
        4,
    ),
    "shifts": (dab_shifts.shift_step, (dab_shifts.ShiftGains, dab_shifts.ShiftState), 5),
}


@pytest.mark.parametrize("name", LAWS)
def test_law_is_float32_without_library_or_allocation(name: str) -> None:
    law, records, reals = LAWS[name]
    function: Any = law
    whole = lint.llvm(function.py_func, *map(one, records), *[REAL] * reals)
    # without the wrapper that turns Python's numbers into float32
    parts = whole.split("\ndefine ")[1:]
    code = "".join(part for part in parts if "cpython" not in part.partition("(")[0])
    assert " float" in code  # the law is in it
    assert lint.re.findall(r"^.*\bdouble\b.*$", code, lint.re.MULTILINE) == []
    assert lint.LIBRARY.findall(code) == []
    assert lint.INTRINSIC.findall(code) == []
    assert "llvm.fma" not in code
    assert not [n for n in lint.re.findall(r"@(NRT_\w+)\(", code) if "alloc" in n.lower()]


@kernel
def follow(p: Any, s: Any, line: Any, T_s: float, found: Any) -> None:
    """Feed samples of a line, note in-phase, quadrature and frequency."""
    for k in range(len(line)):
        single_phase_sync.sync_step(p, s, line[k], T_s)
        found[k, 0] = s.a
        found[k, 1] = s.b
        found[k, 2] = s.omega


def followed(frequency: float, line: Callable[[Any], Any], seconds: float) -> tuple[Any, Any]:
    T_s: Any = np.float32(1.0 / 65e3)
    time = np.arange(int(seconds * 65e3)) / 65e3
    gains: RecordArray = zeros(single_phase_sync.SyncGains)
    gains["k"], gains["gamma"] = math.sqrt(2.0), 8.0 * math.pi
    gains["omega_0"], gains["omega_range"] = 100.0 * math.pi, 10.0 * math.pi
    state: RecordArray = zeros(single_phase_sync.SyncState)
    state["omega"] = 100.0 * math.pi
    found = np.zeros((len(time), 3), np.float32)
    follow(gains[0], state[0], line(time).astype(np.float32), T_s, found)
    return time, found


@pytest.mark.parametrize("frequency", [49.0, 50.0, 51.5])
def test_line_is_followed_in_phase_quadrature_and_frequency(frequency: float) -> None:
    omega = 2.0 * math.pi * frequency
    time, found = followed(frequency, lambda t: 325.0 * np.cos(omega * t), 1.5)
    last = time > 1.4
    assert found[last, 2] == pytest.approx(omega, rel=1e-3)
    # both states without lag: a tenth of a percent is 1 mrad
    assert np.abs(found[last, 0] - 325.0 * np.cos(omega * time[last])).max() < 0.4
    assert np.abs(found[last, 1] - 325.0 * np.sin(omega * time[last])).max() < 0.7


def test_harmonics_pass_attenuated_as_the_docstring_says() -> None:
    omega = 100.0 * math.pi
    _, found = followed(
        50.0, lambda t: 325.0 * np.cos(omega * t) + 20.0 * np.cos(5 * omega * t), 0.4
    )
    spectrum = np.abs(np.fft.rfft(found[-13000:, 0])) * 2.0 / 13000  # ten cycles
    # k/(h - 1/h) is the transfer's magnitude to second order in k/h
    assert spectrum[50] == pytest.approx(20.0 * math.sqrt(2.0) / (5.0 - 0.2), rel=0.06)
