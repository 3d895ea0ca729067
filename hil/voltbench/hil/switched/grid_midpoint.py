"""A T-type front end whose link starts out of balance: what the midpoint's law makes of it."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from voltbench.calibration.switched_loops.grid_laws import GridLawSettings, grid_laws_memory
from voltbench.calibration.switched_loops.grid_laws_interrupt import grid_laws_period
from voltbench.calibration.switched_loops.three_phase import half_bus_probes, interrupt_probes
from voltbench.calibration.switched_loops.three_phase_interrupt import T_TYPE
from voltbench.plant_models.switched.closed_loop import KernelController
from voltbench.plant_models.switched.engine import Engine, simulate
from voltbench.plant_models.switched.modulation.converters import t_type_pwm
from voltbench.plant_models.switched.topologies.ac_side import DcSide
from voltbench.plant_models.switched.topologies.t_type import TTypeParameters, t_type_circuit

FEEDING = DcSide(10e3, 850.0, 2.0)
"""A source on the bus that holds 25 A against its reference of 800 V: 20 kW into the grid."""
START_V = 20.0
"""Each half's deviation at the start."""
END_S = 0.08
_CYCLE_S = 0.02
_FROM, _TO = 0.6, 0.2


@dataclass(frozen=True)
class Midpoint:
    """Figures of a run.

    Attributes
    ----------
    time_constant_s : float
        Of the unbalance's fall from 60 % to 20 % of the start's, the law's limit not reached;
        infinite if it does not fall. Blurred by the third harmonic where that is left in.
    left_V : float
        Mean unbalance u_n - u_p in the last grid cycle.
    ripple_V : float
        Its peak to peak there.
    """

    time_constant_s: float
    left_V: float
    ripple_V: float


class MidpointBench:
    """A T-type of 25 kW; `dc` replaces its load."""

    def __init__(self, dc: DcSide | None = None) -> None:
        plain = TTypeParameters()
        self.parameters = replace(plain, dc=dc) if dc else plain
        circuit = t_type_circuit(self.parameters)
        probes = (*interrupt_probes(self.parameters.grid), *half_bus_probes())
        start = {"upper": 400.0 - START_V, "lower": 400.0 + START_V}
        self.engine = Engine(replace(circuit, probes=probes, initial=start))

    def run(self, settings: GridLawSettings) -> Midpoint:
        """Start out of balance; errors as `simulate`."""
        p = self.parameters
        pwm = t_type_pwm(self.engine.library.circuit, p, drop_short_pulses=True)
        laws = grid_laws_memory(pwm, p.grid, 0.5 * p.half_capacitance_F, T_TYPE, settings)
        controller = KernelController(grid_laws_period, laws, pwm.period)
        trace = simulate(self.engine, controller, END_S, 0.25 * pwm.period)
        step = float(trace.time[1])
        apart = trace["u_n"] - trace["u_p"]
        first, second = (_first_below(apart, share * 2.0 * START_V, step) for share in (_FROM, _TO))
        fell = second < math.inf
        time = (second - first) / math.log(_FROM / _TO) if fell else math.inf
        last = apart[-round(_CYCLE_S / step) :]
        return Midpoint(time, float(last.mean()), float(np.ptp(last)))


def _first_below(values: NDArray[np.float64], level: float, step: float) -> float:
    """Return when a signal first falls below a level; infinite if it does not."""
    below = np.flatnonzero(values < level)
    return float(below[0]) * step if len(below) else math.inf
