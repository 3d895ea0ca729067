"""A DAB cell as data, and the parameter record that the kernel uses.

The switching tables hold power divided by voltage, that is, the current that the losses
draw from their port: no division in the interrupt, and well defined at 0 V.
"""

import math
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from voltbench.control.numerics.records import RecordArray, fill
from voltbench.plant_models.dab import DabBridge, DabParams
from voltbench.plant_models.device_energy import (
    Array,
    dead_time_energy,
    off_energy,
    on_energy,
    oss_charge,
    oss_energy,
)
from voltbench.plant_models.devices import Device, ThermalGroup, load_device
from voltbench.plant_models.magnetics import Core
from voltbench.plant_models.switching_tables import N_CURVE, N_I, N_U, curve_cells, surface_cells

Positive = Annotated[float, Field(gt=0.0)]
NotNegative = Annotated[float, Field(ge=0.0)]
Parallel = Annotated[int, Field(ge=1, le=16)]


class DabCell(BaseModel):
    """One dual active bridge: windings, inductance, devices (per switch position)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    switching_frequency_Hz: Annotated[float, Field(ge=1e3, le=1e6)]
    turns_ratio: Positive
    """Link side to output side."""
    series_inductance_H: Positive
    """Leakage included, link side."""
    magnetising_inductance_H: Positive
    winding_1_resistance_Ohm: NotNegative
    """Link-side winding, AC at the switching frequency."""
    winding_2_resistance_Ohm: NotNegative
    inductor_resistance_Ohm: NotNegative
    dead_time_s: Annotated[float, Field(gt=0.0, le=2e-6)]
    device_1: str
    device_2: str
    parallel_1: Parallel = 1
    parallel_2: Parallel = 1
    voltage_1_max_V: Positive
    """End of the link-side loss table (losses continue linearly beyond)."""
    voltage_2_max_V: Positive
    transformer_core: Core | None = None
    """Turns and flux of the link-side winding."""
    inductor_core: Core | None = None

    def thermal_groups(self) -> tuple[ThermalGroup, ThermalGroup]:
        """Return the heat paths of the link-side and output-side devices of one cell."""
        return (
            load_device(self.device_1).thermal_group(4 * self.parallel_1),
            load_device(self.device_2).thermal_group(4 * self.parallel_2),
        )


def phase_shift_for_current(cell: DabCell, u_1: float, i_2: float) -> float:
    """Return the phase shift (rad) that sends i_2 (A) to the output of a lossless cell.

    Solves i_2 = n u_1 phi (pi - |phi|) / (2 pi^2 f_s L) on |phi| <= pi/2.

    Raises
    ------
    ValueError
        If the current exceeds what the cell can send at u_1 (V).
    """
    most = cell.turns_ratio * u_1 / (8.0 * cell.switching_frequency_Hz * cell.series_inductance_H)
    if abs(i_2) > most:
        raise ValueError(f"i_2 = {i_2:g} A exceeds the cell's {most:.4g} A at u_1 = {u_1:g} V")
    return math.copysign(0.5 * math.pi * (1.0 - math.sqrt(1.0 - abs(i_2) / most)), i_2)


def dab_params(cell: DabCell) -> RecordArray:
    """Return the parameter record (array of length 1) of a cell."""
    f, dead = cell.switching_frequency_Hz, cell.dead_time_s
    u_core, core = _transformer_curve(cell)
    u_slope, slope, i_swing, swing = _inductor_curves(cell)
    return fill(
        DabParams,
        quarter=0.25 / f,
        n=cell.turns_ratio,
        inv_L=1.0 / cell.series_inductance_H,
        inv_L_m=1.0 / cell.magnetising_inductance_H,
        R_w1=cell.winding_1_resistance_Ohm + cell.inductor_resistance_Ohm,
        R_w2=cell.winding_2_resistance_Ohm,
        t_dead=dead,
        inv_phi_dead=1.0 / (2.0 * math.pi * f * dead),
        bridge_1=_bridge(cell.device_1, cell.parallel_1, cell.voltage_1_max_V, cell),
        bridge_2=_bridge(cell.device_2, cell.parallel_2, cell.voltage_2_max_V, cell),
        inv_du_core=N_CURVE / u_core,
        core=curve_cells(core),
        inv_dv_slope=N_CURVE / u_slope,
        slope=curve_cells(slope),
        inv_di_swing=N_CURVE / i_swing,
        swing=curve_cells(swing),
    )


def _bridge(name: str, parallel: int, u_max: float, cell: DabCell) -> RecordArray:
    device = load_device(name)
    r_0, r_1, r_2 = (2.0 * r / parallel for r in device.resistance_coefficients())
    i_max = device.switching.table[0].current_A[-1]
    u = np.linspace(0.0, u_max, N_U + 1)
    i = np.linspace(-i_max, i_max, N_I + 1)
    per_volt = 4.0 * cell.switching_frequency_Hz * parallel / np.maximum(u, 1e-9)
    hard = np.array([_hard_at_zero(device, v) for v in u]) * per_volt
    edge = np.array([_edge(device, i, v, cell) for v in u]) * per_volt[:, None]
    charge = np.array([2.0 * parallel * oss_charge(device, v) for v in u])
    hard[0], edge[0] = hard[1], edge[1]  # below the first voltage losses fall in proportion to u
    return fill(
        DabBridge,
        r_0=r_0,
        r_1=r_1,
        r_2=r_2,
        k_off=device.switching.off_change_per_K,
        k_on=device.switching.on_change_per_K,
        inv_du=N_U / u_max,
        inv_di=N_I / (2.0 * i_max * parallel),
        i_min=-i_max * parallel,
        leg=np.stack([curve_cells(charge), curve_cells(hard)])
        .reshape(2, N_U, 2)
        .swapaxes(0, 1)
        .ravel(),
        edge=surface_cells(edge),
    )


def _hard_at_zero(device: Device, u: float) -> float:
    """Return the energy of a hard transition at zero current: E_on(0) and the own E_oss, J."""
    return float(on_energy(device, np.zeros(1), u)[0]) + oss_energy(device, u)


def _edge(device: Device, i: Array, u: float, cell: DabCell) -> Array:
    """Return the current-dependent energy of a leg transition, J.

    Positive currents: turn-off, and the diode of the incoming device. E_off counts in full:
    it contains the charging of C_oss, which a soft transition recovers, but printed values
    at small currents lie below E_oss itself, so that taking it off would leave no loss.
    Negative: turn-on beyond its value at zero, and the outgoing device's diode throughout.
    """
    forward, backward = np.maximum(i, 0.0), np.maximum(-i, 0.0)
    dead = cell.dead_time_s
    soft = off_energy(device, forward, u) + dead_time_energy(device, forward, u, dead)
    hard = on_energy(device, backward, u) - on_energy(device, np.zeros(1), u)
    hard += dead_time_energy(device, backward, 0.0, dead)
    return np.where(i > 0.0, soft, hard)


def _transformer_curve(cell: DabCell) -> tuple[float, Array]:
    """Return the voltage range and the core loss / u_2 (A) over it."""
    u = np.linspace(0.0, cell.voltage_2_max_V, N_CURVE + 1)
    if cell.transformer_core is None:
        return cell.voltage_2_max_V, np.zeros(N_CURVE + 1)
    n, f = cell.turns_ratio, cell.switching_frequency_Hz
    loss = np.array([cell.transformer_core.square_wave_loss(n * v, f) for v in u])
    return cell.voltage_2_max_V, loss / np.maximum(u, 1e-9)


def _inductor_curves(cell: DabCell) -> tuple[float, Array, float, Array]:
    """Return voltage range, slope factors, current range and swing factors."""
    u_max = cell.voltage_1_max_V + cell.turns_ratio * cell.voltage_2_max_V
    i_max = u_max / (4.0 * cell.switching_frequency_Hz * cell.series_inductance_H)
    core = cell.inductor_core
    if core is None:
        return u_max, np.zeros(N_CURVE + 1), i_max, np.zeros(N_CURVE + 1)
    unit = core.slope_factor(u_max)  # keeps both tables near 1
    slope = [core.slope_factor(v) / unit for v in np.linspace(0.0, u_max, N_CURVE + 1)]
    linkage = 2.0 * cell.series_inductance_H * np.linspace(0.0, i_max, N_CURVE + 1)
    swing = [core.swing_factor(x) * unit if x > 0.0 else 0.0 for x in linkage]
    return u_max, np.array(slope), i_max, np.array(swing)
