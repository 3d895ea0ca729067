"""Three-level T-type bridge: a half bridge and two anti-series switches to the midpoint a phase."""

from dataclasses import dataclass

from voltbench.plant_models.switched.circuit import Circuit, Nominal
from voltbench.plant_models.switched.elements import (
    Capacitor,
    CurrentProbe,
    Element,
    Probe,
    VoltageProbe,
)
from voltbench.plant_models.switched.topologies.ac_side import (
    PHASES,
    DcSide,
    GridFilter,
    dc_side,
    three_phase_grid,
)
from voltbench.plant_models.switched.topologies.device import Transistor


@dataclass(frozen=True)
class TTypeParameters:
    """Values of a 25 kW bidirectional T-type, after Wolfspeed CRD-25BDA6512N-K (PRD-08613).

    Grid inductance is a small distribution grid's; resistances at 25 degC.
    """

    grid: GridFilter = GridFilter(
        grid_inductance_H=30e-6,
        grid_resistance_Ohm=10e-3,
        filter_capacitance_F=10e-6,
        filter_resistance_Ohm=0.68,
        inductance_H=125e-6,
        resistance_Ohm=6.5e-3,
    )
    outer: Transistor = Transistor(r_on_Ohm=32e-3)
    inner: Transistor = Transistor(r_on_Ohm=25e-3)
    half_capacitance_F: float = 1.88e-3
    half_esr_Ohm: float = 0.0
    dc: DcSide = DcSide(load_resistance_Ohm=25.6)
    switching_frequency_Hz: float = 60e3
    dead_time_s: float = 200e-9


def t_type_leg(
    phase: str, outer: Transistor, inner: Transistor, outer_C: float, inner_C: float
) -> list[Element]:
    """Return one leg between `p`, `n` and the midpoint, the reference node.

    `_1` and `_4` are the outer devices to plus and minus. `_2` carries current from the
    midpoint into the phase node when `_1` opens, `_3` the opposite one when `_4` opens:
    `_1` and `_3` are each other's complement, and so are `_4` and `_2`.
    """
    common = f"m_{phase}"
    return [
        outer.switch(f"{phase}_1", "p", phase, outer_C),
        inner.switch(f"{phase}_3", phase, common, inner_C),
        inner.switch(f"{phase}_2", "0", common, inner_C),
        outer.switch(f"{phase}_4", phase, "n", outer_C),
    ]


def t_type_circuit(
    p: TTypeParameters,
    outer_temperature_C: float = 25.0,
    inner_temperature_C: float = 25.0,
    initial_bus_voltage_V: float = 800.0,
) -> Circuit:
    """Return the circuit; the midpoint of the bus is the reference, `p` and `n` its rails.

    Gates `a_1`, `a_3`, `a_2`, `a_4`, `b_1`, ... are bits 0 to 11. Outputs `i_a`, `i_b`, `i_c`
    (A, into the bridge), `u_p`, `u_n` (V, both counted positive).
    """
    elements = three_phase_grid(p.grid)
    for phase in PHASES:
        elements += t_type_leg(phase, p.outer, p.inner, outer_temperature_C, inner_temperature_C)
    elements += [
        Capacitor("upper", "p", "0", p.half_capacitance_F, p.half_esr_Ohm),
        Capacitor("lower", "0", "n", p.half_capacitance_F, p.half_esr_Ohm),
        *dc_side(p.dc, "p", "n"),
    ]
    probes: tuple[Probe, ...] = (
        *(CurrentProbe(f"i_{k}", f"boost_{k}") for k in PHASES),
        VoltageProbe("u_p", "p"),
        VoltageProbe("u_n", "0", "n"),
    )
    half = initial_bus_voltage_V / 2.0
    return Circuit(
        "t_type",
        tuple(elements),
        probes,
        Nominal(initial_bus_voltage_V, 40.0, 1.0 / p.switching_frequency_Hz),
        {"upper": half, "lower": half},
    )
