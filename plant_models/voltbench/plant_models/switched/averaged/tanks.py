"""The linear part between two bridges: series and magnetising elements of DAB, LLC and CLLC.

Written by Kirchhoff's laws from the parameter record, apart from the switched circuit's
own reduction, so that one checks the other. Resistances of the conducting devices included.
"""

from dataclasses import dataclass

import numpy as np

from voltbench.plant_models.switched.averaged.linear import Array
from voltbench.plant_models.switched.topologies.cllc import CllcParameters
from voltbench.plant_models.switched.topologies.dab import DabParameters
from voltbench.plant_models.switched.topologies.llc import LlcParameters


@dataclass(frozen=True)
class Tank:
    """``x' = a x + b_1 v_1 + b_2 v_2`` while the output conducts, ``a_off x + b_off v_1`` else.

    Attributes
    ----------
    a, b_1, b_2 : Array
        Both bridges conducting; v_1 drives the input, v_2 stands against the output (V).
    a_off, b_off : Array
        No current at the output.
    i_1, i_2 : Array
        Rows: current out of the input bridge, and into the output bridge (A).
    open_x : Array
    open_1 : float
        Voltage at the open output: ``open_x x + open_1 v_1``.
    """

    a: Array
    b_1: Array
    b_2: Array
    a_off: Array
    b_off: Array
    i_1: Array
    i_2: Array
    open_x: Array
    open_1: float


def dab_tank(p: DabParameters) -> Tank:
    """Return series and magnetising inductance; states: their currents."""
    n, inductance, l_m = p.turns_ratio, p.leakage_inductance_H, p.magnetising_inductance_H
    r_1 = 2.0 * p.r_on_1_Ohm + p.leakage_resistance_Ohm
    return _inductive(inductance, l_m, n, r_1, 2.0 * p.r_on_2_Ohm)


def _inductive(inductance: float, l_m: float, n: float, r_1: float, r_2: float) -> Tank:
    i_1, i_2 = np.array([1.0, 0.0]), np.array([n, -n])
    w = n * r_2 * i_2  # voltage of the magnetising inductance, less n v_2
    share = l_m / (l_m + inductance)
    return Tank(
        a=np.array([(-r_1 * i_1 - w) / inductance, w / l_m]),
        b_1=np.array([1.0 / inductance, 0.0]),
        b_2=np.array([-n / inductance, n / l_m]),
        a_off=np.tile(-r_1 * i_1 / (l_m + inductance), (2, 1)),
        b_off=np.full(2, 1.0 / (l_m + inductance)),
        i_1=i_1,
        i_2=i_2,
        open_x=-share * r_1 / n * i_1,
        open_1=share / n,
    )


def llc_tank(p: LlcParameters, devices: int = 2) -> Tank:
    """Return the LLC tank; states: capacitor voltage, series and magnetising current.

    `devices` is how many input devices conduct in series: 2 in a full, 1 in a half bridge.
    """
    r_1 = devices * p.r_on_Ohm + p.resonant_resistance_Ohm
    inner = _inductive(
        p.resonant_inductance_H,
        p.magnetising_inductance_H,
        p.turns_ratio,
        r_1,
        2.0 * p.rectifier_resistance_Ohm,
    )
    return _with_input_capacitor(inner, p.resonant_capacitance_F)


def _with_input_capacitor(t: Tank, capacitance: float) -> Tank:
    """Return the tank behind a series capacitor, whose voltage becomes the first state."""

    def grown(a: Array, b: Array) -> Array:
        full = np.zeros((len(a) + 1, len(a) + 1))
        full[0, 1:] = t.i_1 / capacitance
        full[1:, 0], full[1:, 1:] = -b, a
        return full

    def shifted(row: Array, first: float = 0.0) -> Array:
        return np.concatenate([[first], row])

    return Tank(
        a=grown(t.a, t.b_1),
        b_1=shifted(t.b_1),
        b_2=shifted(t.b_2),
        a_off=grown(t.a_off, t.b_off),
        b_off=shifted(t.b_off),
        i_1=shifted(t.i_1),
        i_2=shifted(t.i_2),
        open_x=shifted(t.open_x, -t.open_1),
        open_1=t.open_1,
    )


def cllc_tank(p: CllcParameters, output_device_resistance_Ohm: float | None = None) -> Tank:
    """Return the CLLC tank.

    States: both capacitor voltages, input and magnetising current. The output devices have
    their channel's resistance unless another is given (that of the body diode).
    """
    n = p.turns_ratio
    l_1, l_2, l_m = (
        p.resonant_inductance_1_H,
        p.resonant_inductance_2_H,
        p.magnetising_inductance_H,
    )
    r_1 = 2.0 * p.device_1.r_on_Ohm + p.resonant_resistance_1_Ohm
    device = p.device_2.r_on_Ohm
    if output_device_resistance_Ohm is not None:
        device = output_device_resistance_Ohm
    r_2 = 2.0 * device + p.resonant_resistance_2_Ohm
    u_1, u_2, i_1, i_m = np.eye(4)
    i_2 = n * (i_1 - i_m)
    # w across the magnetising inductance follows from i_2' = n (i_1' - i_m')
    drive = -u_1 - r_1 * i_1  # voltage on series and magnetising inductance, less v_1
    size = 1.0 / n + n * l_2 / l_1 + n * l_2 / l_m
    w_x = (n * l_2 / l_1 * drive + r_2 * i_2 + u_2) / size
    w_1, w_2 = n * l_2 / l_1 / size, 1.0 / size
    share = l_m / (l_1 + l_m)
    both = drive / (l_1 + l_m)
    rows = [i_1 / p.resonant_capacitance_1_F, i_2 / p.resonant_capacitance_2_F]
    return Tank(
        a=np.array([*rows, (drive - w_x) / l_1, w_x / l_m]),
        b_1=np.array([0.0, 0.0, (1.0 - w_1) / l_1, w_1 / l_m]),
        b_2=np.array([0.0, 0.0, -w_2 / l_1, w_2 / l_m]),
        a_off=np.array([rows[0], np.zeros(4), both, both]),
        b_off=np.array([0.0, 0.0, 1.0, 1.0]) / (l_1 + l_m),
        i_1=i_1,
        i_2=i_2,
        open_x=share / n * drive - u_2,
        open_1=share / n,
    )
