"""Averaged against switched at one operating point of a DC-DC converter, from one record."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from voltbench.plant_models.switched.averaged.active_bridges import (
    BridgePoint,
    cllc_point,
    dab_point,
)
from voltbench.plant_models.switched.averaged.dab_formulas import DabShifts
from voltbench.plant_models.switched.averaged.diode_bridge import cllc_diode_point, llc_point
from voltbench.plant_models.switched.averaged.first_harmonic import llc_first_harmonic
from voltbench.plant_models.switched.averaged.psfb import psfb_point
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.elements import CurrentProbe
from voltbench.plant_models.switched.engine import Edges, Engine
from voltbench.plant_models.switched.modulation.converters import (
    cllc_frequency,
    dab_phase_shift,
    llc_frequency,
    psfb_phase_shift,
)
from voltbench.plant_models.switched.steady import PeriodMeans, measure, settle
from voltbench.plant_models.switched.topologies.cllc import CllcParameters, cllc_circuit
from voltbench.plant_models.switched.topologies.dab import DabParameters, dab_circuit
from voltbench.plant_models.switched.topologies.llc import LlcParameters, llc_circuit
from voltbench.plant_models.switched.topologies.llc_half_bridge import llc_half_bridge_circuit
from voltbench.plant_models.switched.topologies.psfb import (
    PsfbParameters,
    psfb_circuit,
    psfb_current_doubler_circuit,
)

ALLOWED_PERCENT = 2.0
"""Issue's limit for currents and powers outside burst mode."""


@dataclass(frozen=True)
class ComparisonRow:
    """One quantity at one operating point.

    Attributes
    ----------
    topology, point, quantity, unit : str
    averaged, switched : float
    """

    topology: str
    point: str
    quantity: str
    unit: str
    averaged: float
    switched: float

    @property
    def difference_percent(self) -> float:
        """Return the averaged model's deviation in percent of the switched value."""
        return 100.0 * (self.averaged - self.switched) / abs(self.switched)

    @property
    def holds(self) -> bool:
        """Return whether the deviation is within the limit."""
        return abs(self.difference_percent) <= ALLOWED_PERCENT


def _switched(circuit: Circuit, edges: Callable[[], Edges], period: float) -> PeriodMeans:
    """Return the steady means of a DC-DC converter, the source's current probed as well."""
    engine = Engine(
        replace(
            circuit,
            probes=(*circuit.probes, CurrentProbe("i_source", "source")),
        )
    )
    memory = settle(engine, edges, period)
    return measure(engine, memory, edges, period)


def _rows(
    topology: str,
    point: str,
    averaged: tuple[float, float, float, float],
    means: PeriodMeans,
    input_voltage: float,
    load_resistance: float,
    tank: str,
) -> Iterator[ComparisonRow]:
    """Compare output voltage, output power, input power and the rms current of `tank`."""
    u_o = means.mean("u_o")
    values = (
        ("output voltage", "V", u_o),
        ("output power", "W", means.rms("u_o") ** 2 / load_resistance),
        ("input power", "W", -input_voltage * means.mean("i_source")),
        ("rms current", "A", means.rms(tank)),
    )
    for (quantity, unit, switched), ours in zip(values, averaged, strict=True):
        yield ComparisonRow(topology, point, quantity, unit, ours, switched)


def _of(point: BridgePoint) -> tuple[float, float, float, float]:
    return (
        point.output_voltage_V,
        point.output_power_W,
        point.input_power_W,
        point.input_rms_A,
    )


def dab_rows(p: DabParameters, shifts: DabShifts) -> list[ComparisonRow]:
    """Compare a dual active bridge at its phase shifts."""
    ours = dab_point(p, shifts)
    circuit = dab_circuit(p, ours.output_voltage_V)
    gates = dab_phase_shift(circuit, p)
    means = _switched(
        circuit, lambda: gates.edges(shifts.phi, shifts.duty_1, shifts.duty_2), gates.period
    )
    name = f"phi {shifts.phi:g} rad, D {shifts.duty_1:g}/{shifts.duty_2:g}"
    name += f", {p.load_resistance_Ohm:g} Ohm"
    return list(
        _rows("DAB", name, _of(ours), means, p.input_voltage_V, p.load_resistance_Ohm, "i_l")
    )


def llc_rows(p: LlcParameters, frequency: float, half_bridge: bool = False) -> list[ComparisonRow]:
    """Compare an LLC at a frequency (Hz)."""
    ours = llc_point(p, frequency, half_bridge)
    make = llc_half_bridge_circuit if half_bridge else llc_circuit
    circuit = make(p, initial_output_voltage_V=ours.output_voltage_V)
    gates = llc_frequency(circuit, p)
    references = () if half_bridge else (1.0,)
    period = 1.0 / frequency
    means = _switched(circuit, lambda: gates.edges(*references, period=period), period)
    name = f"{frequency / 1e3:g} kHz, {p.load_resistance_Ohm:g} Ohm"
    topology = "LLC half bridge" if half_bridge else "LLC"
    return list(
        _rows(topology, name, _of(ours), means, p.input_voltage_V, p.load_resistance_Ohm, "i_r")
    )


def first_harmonic_rows(p: LlcParameters, frequency: float) -> list[ComparisonRow]:
    """Compare the first-harmonic approximation of an LLC, which holds near resonance only."""
    ours = llc_first_harmonic(p, frequency)
    values = (ours.output_voltage_V, ours.output_power_W, ours.input_power_W, ours.input_rms_A)
    exact = llc_rows(p, frequency)
    return [
        replace(row, topology="LLC, first harmonic", averaged=value)
        for row, value in zip(exact, values, strict=True)
    ]


def cllc_rows(p: CllcParameters, frequency: float, phi: float = 0.0) -> list[ComparisonRow]:
    """Compare a CLLC with both bridges gated, `phi` (rad) apart."""
    ours = cllc_point(p, frequency, DabShifts(phi))
    circuit = cllc_circuit(p, initial_output_voltage_V=ours.output_voltage_V)
    gates = cllc_frequency(circuit, p)
    period = 1.0 / frequency
    means = _switched(circuit, lambda: gates.edges(phi, 1.0, period=period), period)
    load = p.dc.load_resistance_Ohm
    name = f"{frequency / 1e3:g} kHz, phi {phi:g} rad, {load:g} Ohm"
    return list(_rows("CLLC", name, _of(ours), means, p.input_voltage_V, load, "i_1"))


def cllc_diode_rows(p: CllcParameters, frequency: float) -> list[ComparisonRow]:
    """Compare a CLLC whose output bridge is left to its body diodes."""
    ours = cllc_diode_point(p, frequency)
    circuit = cllc_circuit(p, initial_output_voltage_V=ours.output_voltage_V)
    gates = cllc_frequency(circuit, p)
    period = 1.0 / frequency
    means = _switched(circuit, lambda: gates.edges(0.0, 0.0, period=period), period)
    load = p.dc.load_resistance_Ohm
    name = f"{frequency / 1e3:g} kHz, {load:g} Ohm"
    return list(_rows("CLLC into diodes", name, _of(ours), means, p.input_voltage_V, load, "i_1"))


def psfb_rows(p: PsfbParameters, duty: float, current_doubler: bool = False) -> list[ComparisonRow]:
    """Compare a phase-shifted full bridge at a duty."""
    ours = psfb_point(p, duty, current_doubler)
    make = psfb_current_doubler_circuit if current_doubler else psfb_circuit
    circuit = make(p, initial_output_voltage_V=ours.output_voltage_V)
    gates = psfb_phase_shift(circuit, p)
    means = _switched(circuit, lambda: gates.edges(duty), gates.period)
    values = (
        ours.output_voltage_V,
        ours.output_power_W,
        ours.input_power_W,
        ours.primary_rms_A,
    )
    load = p.dc.load_resistance_Ohm
    topology = "PSFB current doubler" if current_doubler else "PSFB"
    name = f"duty {duty:g}, {load:g} Ohm"
    return list(_rows(topology, name, values, means, p.input_voltage_V, load, "i_p"))
