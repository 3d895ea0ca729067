"""Three-phase two-level active front end: three half bridges on one bus capacitor."""

from dataclasses import dataclass

from voltbench.plant_models.switched.circuit import Circuit, Nominal, TableSize
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
from voltbench.plant_models.switched.topologies.device import Transistor, leg


@dataclass(frozen=True)
class ActiveFrontEndParameters:
    """Values of an 11 kW two-level front end; zeros switch non-idealities off."""

    grid: GridFilter = GridFilter(inductance_H=500e-6)
    device: Transistor = Transistor(r_on_Ohm=32e-3)
    bus_capacitance_F: float = 1e-3
    bus_esr_Ohm: float = 0.0
    dc: DcSide = DcSide(load_resistance_Ohm=58.0)
    switching_frequency_Hz: float = 50e3
    dead_time_s: float = 200e-9


def active_front_end_circuit(
    p: ActiveFrontEndParameters,
    junction_temperature_C: float = 25.0,
    initial_bus_voltage_V: float = 800.0,
) -> Circuit:
    """Return the circuit; the reference node is the negative rail, `p` the positive.

    Gates `a_high`, `a_low`, `b_high`, ... are bits 0 to 5. Outputs `i_a`, `i_b`, `i_c`
    (A, into the bridge) and `u_dc` (V).
    """
    elements = three_phase_grid(p.grid)
    for phase in PHASES:
        elements += leg(phase, "p", phase, "0", p.device, junction_temperature_C)
    bus: list[Element] = [Capacitor("bus", "p", "0", p.bus_capacitance_F, p.bus_esr_Ohm)]
    probes: tuple[Probe, ...] = (
        *(CurrentProbe(f"i_{k}", f"boost_{k}") for k in PHASES),
        VoltageProbe("u_dc", "p"),
    )
    return Circuit(
        "active_front_end",
        (*elements, *bus, *dc_side(p.dc, "p", "0")),
        probes,
        Nominal(initial_bus_voltage_V, 20.0, 1.0 / p.switching_frequency_Hz),
        {"bus": initial_bus_voltage_V},
        TableSize(order=8, cells=1),
    )
