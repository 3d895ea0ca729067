"""Records without end until it is killed; run as a program by the test of recovery.

Row k of window 0 is at k / 1000 s; its values follow from k alone, so that whatever was
recovered can be checked row by row. Says on its output how many rows it has flushed.
"""

import sys
from pathlib import Path

import numpy as np

from voltbench.hil.evidence.manifest import RunStart
from voltbench.hil.evidence.recorder import RunRecorder
from voltbench.hil.evidence.signals import Signal

SIGNALS = (
    Signal("output_voltage_V", "V", "Test."),
    Signal("output_current_A", "A", "Test."),
    Signal("session_phase", "1", "Test.", "code", ("start", "middle", "end")),
)


def rows(first: int, count: int) -> dict[str, np.ndarray]:
    k = np.arange(first, first + count)
    return {
        "time_s": k / 1000.0,
        "output_voltage_V": (k % 1000) * 0.5,
        "output_current_A": (k % 77) - 3.0,
        "session_phase": k % 3,
    }


def main(folder: Path, seed: int) -> None:
    sizes = np.random.default_rng(seed)
    start = RunStart("charger", "vehicle", ("writer",), seed, 1000.0, 0.001)
    recorder = RunRecorder(folder, SIGNALS, start)
    written = 0
    window = 0
    while True:
        count = int(sizes.integers(1, 400))
        recorder.rows(rows(written, count))
        recorder.message({"t_s": written / 1000.0, "name": "Req" * int(sizes.integers(1, 50))})
        if window < 4 and sizes.random() < 0.02:
            window += 1
            recorder.window(rows(written, 100), window, f"window {window}")
        written += count
        recorder.flush()
        print(written, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
