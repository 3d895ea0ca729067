"""Vehicle battery: open-circuit voltage over state of charge, two RC pairs, one thermal mass.

The RC pairs live in the output network (they are electrical states); here are the slow
parts, advanced every millisecond: charge, open-circuit voltage, temperature. State of
charge is a float64 (a float32 cannot hold the 6e-9 that one control period adds).
Heat: R_0 i^2 + u_1^2/R_1 + u_2^2/R_2. Not modelled: entropic heat, hysteresis, ageing,
cell spread (the pack is its mean cell).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import f64, record

OCV_POINTS = 201


@dataclass(frozen=True)
class Pack:
    """A battery pack as the plant sees it (SI units)."""

    capacity_C: float  # coulomb over the usable state of charge 0..1
    ocv_V: NDArray[np.float64]  # OCV_POINTS values, state of charge 0..1
    R_0: float  # ohm, at 25 degC and 50 %
    R_1: float
    tau_1: float  # s
    R_2: float
    tau_2: float
    resistance_ratio: Callable[[float, float], float]
    """Of state of charge (%) and temperature (degC): resistances relative to the above."""
    heat_capacity: float  # J/K
    R_th: float  # K/W to the coolant, which is at ambient


@record
class BatteryState:
    """The slow states."""

    soc: float = f64("1", "usable state of charge")
    ocv: float = f64("V")
    temperature: float = f64("degC")
    charge: float = f64("C", "into the cells since the last slow step")
    heat: float = f64("J", "released since the last slow step")
    capacity: float = f64("C")
    C_th: float = f64("J/K")
    G_th: float = f64("W/K")
    energy: float = f64("J", "into the open-circuit voltage since the start")


@plant_kernel
def open_circuit_voltage(table: NDArray[np.float64], soc: float) -> float:
    """Interpolate the open-circuit voltage; beyond 0..1 the end segments continue."""
    at = soc * (table.shape[0] - 1)
    i = int(at)
    if i < 0:
        i = 0
    if i > table.shape[0] - 2:
        i = table.shape[0] - 2
    ocv: float = table[i] + (at - i) * (table[i + 1] - table[i])
    return ocv


@plant_kernel
def battery_slow(s: BatteryState, table: NDArray[np.float64], ambient: float, dt: float) -> None:
    """Advance charge, voltage and temperature by `dt` seconds."""
    s.soc += s.charge / s.capacity
    s.ocv = open_circuit_voltage(table, s.soc)
    s.temperature += (s.heat - s.G_th * (s.temperature - ambient) * dt) / s.C_th
    s.charge = 0.0
    s.heat = 0.0
