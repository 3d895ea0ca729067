"""Three-phase front ends made ready: circuit, probes, and the laws with gains from bandwidths."""

from dataclasses import replace

from voltbench.calibration.switched_loops.three_phase import (
    PHASES,
    FrontEndSettings,
    half_bus_probes,
    interrupt_memory,
    interrupt_probes,
)
from voltbench.calibration.switched_loops.three_phase_interrupt import (
    T_TYPE,
    TWO_LEVEL,
    VIENNA,
    three_phase_period,
)
from voltbench.hil.errors import BadInput
from voltbench.hil.switched.case import Blocking, Ready, with_probes
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.closed_loop import KernelController
from voltbench.plant_models.switched.elements import CurrentProbe, Probe, VoltageProbe
from voltbench.plant_models.switched.modulation.converters import (
    t_type_pwm,
    two_level_pwm,
    vienna_pwm,
)
from voltbench.plant_models.switched.modulation.modulator import Modulator
from voltbench.plant_models.switched.topologies.ac_side import DcSide, GridFilter
from voltbench.plant_models.switched.topologies.active_front_end import (
    ActiveFrontEndParameters,
    active_front_end_circuit,
)
from voltbench.plant_models.switched.topologies.t_type import TTypeParameters, t_type_circuit
from voltbench.plant_models.switched.topologies.vienna import ViennaParameters, vienna_circuit

CYCLES = 6
"""Line cycles of a run by default; the last one is stored."""


def closed_by_load(dc: DcSide) -> None:
    """Refuse a DC side that holds the bus itself.

    Raises
    ------
    BadInput
        If there is a source, or no load.
    """
    if dc.source_voltage_V != 0.0:
        raise BadInput(
            f"dc.source_voltage_V is {dc.source_voltage_V:g} V; allowed: 0 "
            "(the loop holds the bus voltage)"
        )
    if not dc.load_resistance_Ohm > 0.0:
        raise BadInput(f"dc.load_resistance_Ohm is {dc.load_resistance_Ohm:g} Ohm; allowed: > 0")


def two_level(p: ActiveFrontEndParameters, s: FrontEndSettings) -> Ready:
    """Return a two-level active front end."""
    closed_by_load(p.dc)
    circuit = active_front_end_circuit(p, initial_bus_voltage_V=s.bus_voltage_ref_V)
    circuit = with_probes(circuit, *interrupt_probes(p.grid), VoltageProbe("u_dc", "p"))
    pwm = two_level_pwm(circuit, p, drop_short_pulses=True, quantum_s=s.pwm_quantum_s)
    blocking = (Blocking(circuit.gates, "u_dc", shown=("a_high", "a_low")),)
    return _ready(circuit, pwm, p.grid, p.bus_capacitance_F, TWO_LEVEL, s, ("u_dc",), blocking)


def t_type(p: TTypeParameters, s: FrontEndSettings) -> Ready:
    """Return a T-type front end."""
    closed_by_load(p.dc)
    circuit = t_type_circuit(p, initial_bus_voltage_V=s.bus_voltage_ref_V)
    circuit = with_probes(circuit, *interrupt_probes(p.grid), *half_bus_probes())
    pwm = t_type_pwm(circuit, p, drop_short_pulses=True, quantum_s=s.pwm_quantum_s)
    blocking = (Blocking(circuit.gates, "u_p", shown=("a_1", "a_3")),)
    half = 0.5 * p.half_capacitance_F
    return _ready(circuit, pwm, p.grid, half, T_TYPE, s, ("u_p", "u_n"), blocking)


def vienna(p: ViennaParameters, s: FrontEndSettings) -> Ready:
    """Return a Vienna rectifier."""
    grid = GridFilter(
        p.grid_voltage_V,
        p.grid_frequency_Hz,
        inductance_H=p.boost_inductance_H,
        resistance_Ohm=p.boost_resistance_Ohm,
    )
    circuit = vienna_circuit(p, s.bus_voltage_ref_V)
    circuit = with_probes(circuit, *interrupt_probes(grid), *half_bus_probes())
    pwm = vienna_pwm(circuit, p, quantum_s=s.pwm_quantum_s)
    blocking = (Blocking(circuit.gates, "u_p", both_ways=True),)
    half = 0.5 * p.half_capacitance_F
    return _ready(circuit, pwm, grid, half, VIENNA, s, ("u_p", "u_n"), blocking)


def _grid_probes(grid: GridFilter) -> tuple[Probe, ...]:
    inductor = "grid" if grid.grid_inductance_H > 0.0 else "boost"
    return (
        *(VoltageProbe(f"u_g_{k}", f"g_{k}", "star") for k in PHASES),
        *(CurrentProbe(f"i_g_{k}", f"{inductor}_{k}") for k in PHASES),
    )


def _ready(
    circuit: Circuit,
    pwm: Modulator,
    grid: GridFilter,
    capacitance: float,
    kind: int,
    s: FrontEndSettings,
    dc: tuple[str, ...],
    blocking: tuple[Blocking, ...],
) -> Ready:
    frequency = grid.grid_frequency_Hz
    probes = (*circuit.probes, *_grid_probes(grid))
    memory = interrupt_memory(pwm, grid, capacitance, kind, s)
    return Ready(
        replace(circuit, probes=probes),
        KernelController(three_phase_period, memory, pwm.period),
        "closed loop: PLL, link and current control, modulation of control/, once a switching "
        "period, command one period later",
        1.0 / pwm.period,
        frequency,
        1.0 / frequency,
        CYCLES / frequency,
        1.0 / frequency,
        pwm.period / 100.0,
        tuple((f"u_g_{k}", f"i_g_{k}") for k in PHASES),
        (("u_dc", "i_load"),),
        1.0,
        tuple(f"i_{k}" for k in PHASES),
        tuple(dict.fromkeys((*dc, "u_dc"))),
        blocking,
    )
