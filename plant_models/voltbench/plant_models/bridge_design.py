"""A T-type bridge as data, and the parameter record that the kernel uses."""

import math
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from voltbench.control.numerics.records import RecordArray, fill
from voltbench.plant_models.bridge import BridgeParams
from voltbench.plant_models.device_energy import (
    Array,
    dead_time_energy,
    off_energy,
    on_energy,
    recovery_energy,
)
from voltbench.plant_models.devices import Device, ThermalGroup, load_device
from voltbench.plant_models.magnetics import Core
from voltbench.plant_models.switching_tables import N_I, N_U, curve_cells, surface_cells

Positive = Annotated[float, Field(gt=0.0)]
NotNegative = Annotated[float, Field(ge=0.0)]
Parallel = Annotated[int, Field(ge=1, le=16)]


class BridgeDesign(BaseModel):
    """Three T-type legs: devices per switch position and the inductor they ripple into."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    switching_frequency_Hz: Annotated[float, Field(ge=1e3, le=1e6)]
    dead_time_s: Annotated[float, Field(gt=0.0, le=2e-6)]
    device_outer: str
    device_inner: str
    parallel_outer: Parallel = 1
    parallel_inner: Parallel = 1
    ripple_inductance_H: Positive
    """Converter-side inductance at the switching frequency."""
    ripple_resistance_Ohm: NotNegative
    """AC resistance of that inductor at the switching frequency."""
    half_link_max_V: Positive
    """End of the loss table (losses continue linearly beyond)."""
    switching_scale: Annotated[float, Field(gt=0.0, le=5.0)] = 1.0
    """Energies of this board's gate drive relative to the device file's."""
    inductor_core: Core | None = None

    def thermal_groups(self) -> tuple[ThermalGroup, ThermalGroup]:
        """Return the heat paths of the outer and inner devices of all three phases."""
        return (
            load_device(self.device_outer).thermal_group(6 * self.parallel_outer),
            load_device(self.device_inner).thermal_group(6 * self.parallel_inner),
        )


def bridge_params(design: BridgeDesign) -> RecordArray:
    """Return the parameter record (array of length 1) of a bridge."""
    outer, inner = load_device(design.device_outer), load_device(design.device_inner)
    n_o, n_i = design.parallel_outer, design.parallel_inner
    ro = [r / n_o for r in outer.resistance_coefficients()]
    ri = [2.0 * r / n_i for r in inner.resistance_coefficients()]
    i_max = outer.switching.table[0].current_A[-1] * n_o
    i = np.linspace(-i_max, i_max, N_I + 1)
    core, shape = _core_tables(design)
    f, L = design.switching_frequency_Hz, design.ripple_inductance_H
    return fill(
        BridgeParams,
        r_outer_0=ro[0],
        r_outer_1=ro[1],
        r_outer_2=ro[2],
        r_inner_0=ri[0],
        r_inner_1=ri[1],
        r_inner_2=ri[2],
        k_outer=_change(outer, design),
        k_inner=_change(inner, design),
        inv_du=N_U / design.half_link_max_V,
        inv_di=N_I / (2.0 * i_max),
        i_min=-i_max,
        switching=surface_cells(_table(outer, n_o, design, -i), _table(inner, n_i, design, i)),
        ripple=1.0 / (f * L * math.sqrt(12.0)),
        R_ripple=design.ripple_resistance_Ohm,
        core=curve_cells(core),
        core_1=shape[0],
        core_2=shape[1],
        core_3=shape[2],
    )


def _change(device: Device, design: BridgeDesign) -> float:
    """Return the temperature coefficient of E_on + E_off together (1/K), at mid current."""
    s = device.switching
    i = np.array([0.5 * s.table[0].current_A[-1]])
    u = 0.8 * design.half_link_max_V
    on, off = float(on_energy(device, i, u)[0]), float(off_energy(device, i, u)[0])
    return (s.on_change_per_K * on + s.off_change_per_K * off) / (on + off)


def _table(device: Device, parallel: int, design: BridgeDesign, active: Array) -> Array:
    """Return loss / u (A) on [u][i]; `active` > 0 where this device commutates hard.

    Hard: E_on and E_off. Otherwise its diode recovers, and conducts in both dead times.
    At zero current both patterns occur with the ripple: their mean.
    """
    u = np.linspace(0.0, design.half_link_max_V, N_U + 1)
    each = np.abs(active) / parallel
    rows = []
    for v in u[1:]:
        hard = on_energy(device, each, v) + off_energy(device, each, v)
        passive = recovery_energy(device, each, v)
        passive = passive + 2.0 * dead_time_energy(device, each, v, design.dead_time_s)
        hard = hard * design.switching_scale
        mean = 0.5 * (hard + passive)
        energy = np.where(active > 0.0, hard, np.where(active < 0.0, passive, mean))
        rows.append(energy * parallel * design.switching_frequency_Hz / v)
    return np.array([rows[0], *rows])  # below the first voltage losses fall in proportion to u


def _core_tables(design: BridgeDesign) -> tuple[Array, Array]:
    """Return core loss / u over the half-link voltage, and its dependence on |m|.

    Flux ramps of the shares m and 1 - m of a period: P ~ u^beta g(m), with
    g = (m (1-m))^beta (m^(1-alpha) + (1-m)^(1-alpha)), relative to its value at m = 1/2;
    g is symmetric, hence a cubic in s = 4 m (1-m) (fit within 1 % of its largest value).
    """
    core = design.inductor_core
    if core is None:
        return np.zeros(N_U + 1), np.zeros(3)
    f = design.switching_frequency_Hz
    a, b = core.steinmetz_alpha, core.steinmetz_beta
    u = np.linspace(0.0, design.half_link_max_V, N_U + 1)
    # at m = 1/2 the inductor sees ±u/2, a square wave at f
    loss = np.array([core.square_wave_loss(0.5 * v, f) for v in u]) / np.maximum(u, 1e-9)
    m = np.linspace(0.0, 0.5, 51)[1:]
    g = (m * (1 - m)) ** b * (m ** (1 - a) + (1 - m) ** (1 - a))
    s = 4.0 * m * (1.0 - m)
    shape, *_ = np.linalg.lstsq(np.stack([s, s**2, s**3], axis=1), g / g[-1], rcond=None)
    return loss, shape
