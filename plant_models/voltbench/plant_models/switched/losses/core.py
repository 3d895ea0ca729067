"""Core loss over replayed periods by the improved generalised Steinmetz equation.

The voltage across the winding is dlambda/dt; its power is integrated as it is, the flux swing
is that of the whole waveform (minor loops are not split off). See `magnetics`.
"""

from collections.abc import Sequence

import numpy as np

from voltbench.plant_models.magnetics import Core
from voltbench.plant_models.switched.engine import Engine
from voltbench.plant_models.switched.losses.conduction import branch_rows
from voltbench.plant_models.switched.losses.replay import Segment


def core_energy(
    engine: Engine, segments: Sequence[Segment], core: Core, winding: str, resistance: float = 0.0
) -> float:
    """Return the energy (J) lost in a core over whole periods.

    Parameters
    ----------
    engine, segments
        A replay of whole periods.
    core
        Its turns belong to `winding`.
    winding
        A branch: an inductor, ``transformer.1``.
    resistance
        Of the winding (Ohm); its drop is no flux.
    """
    linkage, extremes, powers = 0.0, [0.0], 0.0
    for s in segments:
        voltage, current = branch_rows(engine, s.number, winding)
        u = s.states @ (voltage - resistance * current)
        powers += float(s.weights @ core.slope_factors(u))
        inside = linkage + np.cumsum(s.weights * u) - 0.5 * s.weights * u
        linkage += float(s.weights @ u)
        extremes += [float(inside.max()), float(inside.min()), linkage]
    swing = max(extremes) - min(extremes)
    return powers * core.swing_factor(swing) if swing > 0.0 else 0.0
