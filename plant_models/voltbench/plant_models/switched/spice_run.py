"""Run ngspice on a netlist and read its waveform; every way it can fail is told apart."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.engine import Edges
from voltbench.plant_models.switched.spice import SpiceOptions, netlist_text
from voltbench.plant_models.switched.tableau import Array


class SpiceFailed(RuntimeError):
    """The program stopped before the end, or did not end in time."""


@dataclass(frozen=True)
class SpiceRun:
    """What a run gave.

    Attributes
    ----------
    time : Array
        Instants that ngspice chose (s).
    outputs : Array
        Probes (rows) at these instants (V, A).
    busy_s : float
        Processor time of the process (wall time where the system does not tell), its start and
        the writing of the waveform included.
    """

    time: Array
    outputs: Array
    busy_s: float

    def at(self, instants: Array) -> Array:
        """Return the probes interpolated at given instants (s)."""
        return np.array([np.interp(instants, self.time, row) for row in self.outputs])


def ngspice() -> str | None:
    """Return the path of ngspice; None where it is not installed."""
    return shutil.which("ngspice")


def _children() -> float:
    """Return the processor time of ended child processes (s); 0 where it is not known.

    `os.times` counts in ticks of 10 ms, `getrusage` in microseconds.
    """
    try:
        import resource  # not on Windows
    except ImportError:
        return 0.0
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run_spice(
    circuit: Circuit,
    edges: Edges,
    t_end: float,
    options: SpiceOptions,
    start: int = 0,
    inputs: Mapping[str, float] | None = None,
    limit_s: float = 60.0,
) -> SpiceRun:
    """Run a circuit over gate edges to `t_end` (s).

    Raises
    ------
    SpiceFailed
        If it stops early ("timestep too small"), takes longer than `limit_s`, or is not there.
    """
    program = ngspice()
    if program is None:
        raise SpiceFailed("ngspice is not installed")
    text, probes = netlist_text(circuit, edges, t_end, options, start, inputs)
    with tempfile.TemporaryDirectory(prefix="voltbench-spice-") as name:
        folder = Path(name)
        (folder / "run.cir").write_text(text, encoding="ascii")
        command = [program, "-b", "-r", "run.raw", "run.cir"]
        before, began = _children(), time.perf_counter()
        try:
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, timeout=limit_s, check=False,
                env={**os.environ, "HOME": name},
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise SpiceFailed(f"not done after {limit_s:g} s") from None
        busy = (_children() - before) or time.perf_counter() - began
        raw = folder / "run.raw"
        said = (done.stderr + done.stdout).strip().splitlines()
        if not raw.is_file():
            raise SpiceFailed(f"no result: {said[-1] if said else 'nothing said'}")
        vectors = read_raw(raw.read_bytes())
    at = vectors["time"]
    if len(at) < 2 or at[-1] < t_end * (1.0 - 1e-9):
        reason = next((line for line in said if "too small" in line or "abort" in line), "")
        stop = float(at[-1]) if len(at) else 0.0
        raise SpiceFailed(f"stopped at {stop:g} s of {t_end:g} s. {reason}".strip())
    rows = [(vectors[plus] if plus else 0.0) - (vectors[minus] if minus else 0.0)
            for plus, minus, _ in probes]  # fmt: skip
    return SpiceRun(at, np.array(rows), busy)


def read_raw(content: bytes) -> dict[str, Array]:
    """Return the vectors of a binary raw file by name.

    Raises
    ------
    SpiceFailed
        If the file has no binary part.
    """
    head, mark, body = content.partition(b"Binary:\n")
    if not mark:
        raise SpiceFailed("the result has no binary part")
    lines = head.decode("ascii", "replace").splitlines()
    at = lines.index("Variables:")
    names = [line.split()[1] for line in lines[at + 1 :] if line.strip()]
    points = len(body) // (8 * len(names))
    data = np.frombuffer(body[: points * 8 * len(names)], "<f8").reshape(points, len(names))
    return {name: data[:, k].copy() for k, name in enumerate(names)}
