"""A sampled proportional current law for the Vienna rectifier, to exercise its plant.

Not a product's control law: those live in `control/`. One symmetric pulse per phase and
period, the grid's voltage fed forward, the midpoint balanced by nothing.
"""

import math

import numpy as np
from numpy.typing import NDArray

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import f64, record

Array = NDArray[np.float64]


@record
class ViennaLaw:
    """Values of the law."""

    amplitude: float = f64("V", "grid phase amplitude")
    frequency: float = f64("Hz", "grid frequency")
    current: float = f64("A", "phase current amplitude asked for")
    gain: float = f64("Ohm", "proportional gain")
    period: float = f64("s", "control period")


@plant_kernel
def vienna_period(
    memory: ViennaLaw, index: int, outputs: Array, edge_t: Array, edge_g: NDArray[np.int64]
) -> int:
    """Write the edges of one period from i_a, i_b, i_c, u_p, u_n; return their number."""
    p = memory
    edge_t[0] = 0.0
    edge_g[0] = 0
    count = 1
    for k in range(3):
        e = math.sin(2.0 * math.pi * (p.frequency * index * p.period - k / 3.0))
        wanted = p.amplitude * e - p.gain * (p.current * e - outputs[k])
        half = outputs[3] if e > 0.0 else outputs[4]
        duty = min(max(1.0 - abs(wanted) / half, 0.02), 0.98)
        for side in range(2):
            at = (0.5 - 0.5 * duty) * p.period if side == 0 else (0.5 + 0.5 * duty) * p.period
            place = count
            while edge_t[place - 1] > at:
                edge_t[place] = edge_t[place - 1]
                edge_g[place] = edge_g[place - 1]
                place -= 1
            edge_t[place] = at
            edge_g[place] = 1 << k
            count += 1
    word = 0
    for j in range(1, count):
        word ^= edge_g[j]
        edge_g[j] = word
    return count
