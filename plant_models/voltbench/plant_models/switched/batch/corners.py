"""Many designs of one converter at once: corners, tolerances, sweeps.

``python -m voltbench.plant_models.switched.batch.corners`` runs the example of the README.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from voltbench.plant_models.switched.batch.batch import Batch, Waveforms
from voltbench.plant_models.switched.batch.pattern import pattern_of
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.modulation.converters import dab_phase_shift
from voltbench.plant_models.switched.modulation.fixed import Fixed
from voltbench.plant_models.switched.tableau import Array
from voltbench.plant_models.switched.topologies.dab import DabParameters, dab_circuit


def batch_of(circuits: Sequence[Circuit], controls: Sequence[Fixed]) -> Batch:
    """Return a batch of designs, each under its own fixed gate pattern.

    Parameters
    ----------
    circuits
        One for each design: the same elements and probes, other values.
    controls
        One for each design: the same edges in the same order, at other instants.

    Raises
    ------
    CircuitError
        If a circuit cannot be solved or is of another topology than the first.
    ValueError
        If there are no designs, not as many controls, or other orders of edges.
    """
    if not circuits or len(circuits) != len(controls):
        raise ValueError(
            f"{len(circuits)} circuits and {len(controls)} controls; one of each for every "
            "design, 1 or more"
        )
    edges = [control.edges(0, np.zeros(0)) for control in controls]
    periods = [control.period for control in controls]
    return Batch(circuits, pattern_of(edges, periods, controls[0].start_word))


def simulate_batch(
    circuits: Sequence[Circuit],
    controls: Sequence[Fixed],
    periods: int,
    keep: int = 1,
    threads: int = 1,
) -> Waveforms:
    """Run all designs and return the probes of the last periods, at the end of every segment.

    Parameters
    ----------
    circuits, controls
        As `batch_of` takes them.
    periods
        Switching periods to run, each design its own.
    keep
        How many of them to return, the last ones.
    threads
        Threads to run on; the kernel holds no lock.

    Raises
    ------
    CircuitError, ValueError
        As `batch_of`; if `keep` is not within the periods.
    SwitchedRunError
        On chattering, an event storm, an interrupted inductor current or a state that is not
        finite; names the design, its time and configuration.
    """
    if not 1 <= keep <= periods:
        raise ValueError(f"keep: {keep} periods; allowed: 1 to the {periods} that are run")
    batch = batch_of(circuits, controls)
    batch.run(periods - keep, threads)
    return batch.record(keep)


def dab_corners(count: int, seed: int = 1) -> list[DabParameters]:
    """Return DABs whose values are spread about the nominal ones.

    Leakage +-15 %, channels -10 to +60 % (from cold to 150 degC), load +-10 %, bus +-3 %.
    """
    spread = np.random.default_rng(seed).uniform(-1.0, 1.0, (count, 4))
    p = DabParameters()
    return [
        replace(
            p,
            leakage_inductance_H=p.leakage_inductance_H * (1.0 + 0.15 * a),
            r_on_1_Ohm=p.r_on_1_Ohm * (1.25 + 0.35 * b),
            r_on_2_Ohm=p.r_on_2_Ohm * (1.25 + 0.35 * b),
            load_resistance_Ohm=p.load_resistance_Ohm * (1.0 + 0.10 * c),
            input_voltage_V=p.input_voltage_V * (1.0 + 0.03 * d),
        )
        for a, b, c, d in spread
    ]


def sweep_dabs(corners: Sequence[DabParameters], phase_rad: float, periods: int) -> Array:
    """Return output voltage (V) and peak leakage current (A) of each corner: (corner, figure).

    The current runs straight between gate edges and diode events but for the resistances, so
    its peak is at the end of a segment.
    """
    circuits = [dab_circuit(p, 380.0) for p in corners]
    controls = [
        Fixed(dab_phase_shift(c, p), phase_rad, 1.0, 1.0)
        for c, p in zip(circuits, corners, strict=True)
    ]
    waves = simulate_batch(circuits, controls, periods, threads=2)
    return np.stack([waves["u_o"][-1], np.abs(waves["i_l"]).max(axis=0)], axis=1)


def main() -> None:
    """Print the spread over 1000 corners, or as many as the first argument says."""
    corners = dab_corners(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
    start = time.perf_counter()
    figures = sweep_dabs(corners, phase_rad=0.5, periods=1000)
    print(f"{len(corners)} corners of 10 ms each in {time.perf_counter() - start:.1f} s")
    for name, unit, values in zip(
        ("output voltage", "peak current"), ("V", "A"), figures.T, strict=True
    ):
        at = int(np.argmax(values))
        print(
            f"{name:15} {values.min():7.2f} to {values.max():7.2f} {unit}, "
            f"1 and 99 %: {np.percentile(values, 1):.2f}, {np.percentile(values, 99):.2f}; "
            f"highest at leakage {1e6 * corners[at].leakage_inductance_H:.1f} uH, "
            f"load {corners[at].load_resistance_Ohm:.2f} Ohm, "
            f"bus {corners[at].input_voltage_V:.0f} V"
        )


if __name__ == "__main__":
    main()
