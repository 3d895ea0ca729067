"""The designs of the tuning page: what is asked, and every non-ideality at once."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from voltbench.calibration.switched_loops.dab_voltage import DabVoltage
from voltbench.calibration.switched_loops.front_end_current import FrontEndCurrent
from voltbench.calibration.switched_loops.llc_voltage import LlcVoltage
from voltbench.calibration.switched_loops.psfb_voltage import PsfbVoltage
from voltbench.plant_models.device_energy import oss_charge
from voltbench.plant_models.devices import load_device
from voltbench.plant_models.switched.circuit import Circuit
from voltbench.plant_models.switched.elements import OutputCapacitance
from voltbench.plant_models.switched.nonideal import with_output_capacitance, with_saturation
from voltbench.plant_models.switched.sampling import Adc, Sampling
from voltbench.plant_models.switched.topologies.ac_side import GridFilter
from voltbench.plant_models.switched.topologies.active_front_end import ActiveFrontEndParameters
from voltbench.plant_models.switched.topologies.dab import DabParameters

BITS = 12
TIMER_S = 2.5e-9
"""Step of the PWM timer: 400 MHz, or a high-resolution unit on 100 MHz."""
HOT = 1.6
"""Channel resistance at 125 degC over that at 25 degC, C3M0032120K's data sheet."""
DEVICE = "C3M0032120K"
LCL = GridFilter(
    inductance_H=500e-6, filter_capacitance_F=5e-6, filter_resistance_Ohm=3.0,
    grid_inductance_H=150e-6,
)  # fmt: skip


@dataclass(frozen=True)
class Design:
    """A loop, what is asked of it, and the same converter with every non-ideality.

    Attributes
    ----------
    plant
        A `LoopPlant`.
    bandwidth_Hz, phase_margin_deg : float
    real
        The plant with converters, timer, hot devices, output capacitances and saturation.
    peak : float
        Injection where the ADC counts.
    """

    plant: Any
    bandwidth_Hz: float
    phase_margin_deg: float
    real: Any
    peak: float


def _oss(voltage_V: float) -> OutputCapacitance:
    """Return the capacitance that holds a device's charge at its blocking voltage."""
    return OutputCapacitance((), (oss_charge(load_device(DEVICE), voltage_V) / voltage_V,))


def _changed(
    circuit: Circuit, oss: dict[str, float], inductors: tuple[str, ...], knee_A: float, L: float
) -> Circuit:
    """Return a circuit with output capacitances and inductors (H) that lose 20 and 50 %."""
    circuit = with_output_capacitance(circuit, {k: _oss(u) for k, u in oss.items()})
    for inductor in inductors:
        circuit = with_saturation(circuit, inductor, (knee_A, 2.0 * knee_A), (L, 0.8 * L, 0.5 * L))
    return circuit


def _change(
    oss: dict[str, float], inductors: tuple[str, ...], knee_A: float, inductance_H: float
) -> Callable[[Circuit], Circuit]:
    return partial(_changed, oss=oss, inductors=inductors, knee_A=knee_A, L=inductance_H)


def _sampling(**ranges: float) -> Sampling:
    adc = {k: Adc(-v if k.startswith("i_") else 0.0, v, BITS) for k, v in ranges.items()}
    return Sampling(pwm_step_s=TIMER_S, adc=adc)


def dab(load_Ohm: float, bandwidth_Hz: float, phase_margin_deg: float) -> Design:
    """Return the output voltage of a dual active bridge at a load."""
    plant = DabVoltage(DabParameters(load_resistance_Ohm=load_Ohm))
    p = plant.parameters
    real = replace(
        plant,
        parameters=replace(p, r_on_1_Ohm=HOT * p.r_on_1_Ohm, r_on_2_Ohm=HOT * p.r_on_2_Ohm),
        sampling=_sampling(u_o=500.0, i_load=100.0, u_in=1000.0),
        change=_change({"p": 800.0, "s": 400.0}, ("magnetising",), 1.5, p.magnetising_inductance_H),
    )
    return Design(plant, bandwidth_Hz, phase_margin_deg, real, 2.0)


def llc(bandwidth_Hz: float, phase_margin_deg: float) -> Design:
    """Return the output voltage of an LLC close to its resonance."""
    plant = LlcVoltage()
    p = plant.parameters
    real = replace(
        plant, parameters=replace(p, r_on_Ohm=HOT * p.r_on_Ohm),
        sampling=_sampling(u_o=500.0, i_load=100.0),
        change=_change({"p": 800.0}, ("magnetising",), 10.0, p.magnetising_inductance_H),
    )  # fmt: skip
    return Design(plant, bandwidth_Hz, phase_margin_deg, real, 6.0)


def psfb(bandwidth_Hz: float, phase_margin_deg: float) -> Design:
    """Return the output voltage of a phase-shifted full bridge over its current loop."""
    plant = PsfbVoltage()
    p = plant.parameters
    device = replace(p.device, r_on_Ohm=HOT * p.device.r_on_Ohm)
    real = replace(
        plant, parameters=replace(p, device=device),
        sampling=_sampling(u_o=500.0, u_in=1000.0, i_l=60.0),
        change=_change({"a_": 800.0, "b_": 800.0}, ("filter",), 25.0, p.filter_inductance_H),
    )  # fmt: skip
    return Design(plant, bandwidth_Hz, phase_margin_deg, real, 3.0)


def front_end(grid: GridFilter, bandwidth_Hz: float, phase_margin_deg: float) -> Design:
    """Return the grid current of a two-level front end."""
    plant = FrontEndCurrent(ActiveFrontEndParameters(grid=grid))
    p = plant.parameters
    hot = replace(p.device, r_on_Ohm=HOT * p.device.r_on_Ohm)
    boost = tuple(f"boost_{k}" for k in "abc")
    real = replace(
        plant, parameters=replace(p, device=hot),
        sampling=_sampling(i_a=60.0, i_b=60.0, i_c=60.0, u_dc=1000.0),
        change=_change({}, boost, 20.0, grid.inductance_H),
    )  # fmt: skip
    return Design(plant, bandwidth_Hz, phase_margin_deg, real, 2.0)


def designs() -> tuple[Design, ...]:
    """Return the six designs."""
    return (
        dab(14.5, 1500.0, 55.0),
        dab(60.0, 2500.0, 60.0),
        llc(300.0, 85.0),
        psfb(1000.0, 55.0),
        front_end(GridFilter(inductance_H=500e-6), 2000.0, 55.0),
        front_end(LCL, 1500.0, 60.0),
    )
