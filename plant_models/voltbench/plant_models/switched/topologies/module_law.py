"""The closed loops of the 30 kW module: link voltage and grid current, output voltage.

Not a product's control laws: those live in `control/`. Link voltage PI over the rectifier's
sampled current law; output voltage PI over the phase shift of the dual active bridge.
"""

from typing import Any

import numpy as np

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import f64, fill, record
from voltbench.plant_models.switched.modulation.converters import dab_phase_shift
from voltbench.plant_models.switched.modulation.legs import leg_edges
from voltbench.plant_models.switched.modulation.phase_shift import dab_times
from voltbench.plant_models.switched.topologies.dab import dab_circuit
from voltbench.plant_models.switched.topologies.module_30kw import ModuleParameters
from voltbench.plant_models.switched.topologies.vienna_law import ViennaLaw, vienna_period

VIENNA_GATES = 3


@record
class ModuleLaw:
    """Values and integrators of the outer loops."""

    u_link_ref: float = f64("V", "link voltage asked for")
    u_o_ref: float = f64("V", "output voltage asked for")
    k_p_link: float = f64("A/V", "link voltage, proportional")
    k_i_link: float = f64("A/V", "link voltage, integral per period")
    k_p_o: float = f64("rad/V", "output voltage, proportional")
    k_i_o: float = f64("rad/V", "output voltage, integral per period")
    i_integral: float = f64("A", "grid current amplitude, integral part")
    phi_integral: float = f64("rad", "phase shift, integral part")
    i_max: float = f64("A", "largest grid current amplitude")
    phi_max: float = f64("rad", "largest phase shift")


@plant_kernel
def outer_loops(law: ModuleLaw, vienna: ViennaLaw, u_link: float, u_o: float) -> float:
    """Set the rectifier's current amplitude (A) and return the phase shift (rad)."""
    error = law.u_link_ref - u_link
    current = law.i_integral + law.k_p_link * error
    vienna.current = min(max(current, 0.0), law.i_max)
    if vienna.current == current:
        law.i_integral += law.k_i_link * error
    error = law.u_o_ref - u_o
    wanted = law.phi_integral + law.k_p_o * error
    phi = min(max(wanted, -law.phi_max), law.phi_max)
    if phi == wanted:
        law.phi_integral += law.k_i_o * error
    return phi


@plant_kernel
def module_period(memory: Any, index: int, outputs: Any, edge_t: Any, edge_g: Any) -> int:
    """Write the edges of both converters in one period, merged; return their number."""
    law, vienna, bank, times, legs, vienna_t, vienna_g, dab_t, dab_g = memory
    phi = outer_loops(law[0], vienna[0], outputs[3] + outputs[4], outputs[6])
    first = vienna_period(vienna[0], index, outputs, vienna_t, vienna_g)
    dab_times(times[0], phi, 1.0, 1.0, vienna[0].period, 0.0)
    word = legs[0].word
    second = leg_edges(bank[0], times[0], legs[0], vienna[0].period, dab_t, dab_g)
    count, a, b, low = 0, 0, 0, 0
    while a < first or b < second:
        if b >= second or (a < first and vienna_t[a] <= dab_t[b]):
            at = vienna_t[a]
            low = vienna_g[a]
            a += 1
        else:
            at = dab_t[b]
            word = dab_g[b]
            b += 1
        edge_t[count] = at
        edge_g[count] = low | (word << VIENNA_GATES)
        count += 1
    return count


@plant_kernel
def halves_period(
    memory: Any, index: int, outputs: Any, edge_t: Any, edge_g: Any, dab_t: Any, dab_g: Any
) -> tuple[int, int]:
    """Write the edges of both converters in one period, each its own; return their numbers."""
    law, vienna, bank, times, legs = memory[:5]
    phi = outer_loops(law[0], vienna[0], outputs[3] + outputs[4], outputs[6])
    first = vienna_period(vienna[0], index, outputs, edge_t, edge_g)
    dab_times(times[0], phi, 1.0, 1.0, vienna[0].period, 0.0)
    second = leg_edges(bank[0], times[0], legs[0], vienna[0].period, dab_t, dab_g)
    return first, second


def module_memory(p: ModuleParameters) -> tuple[Any, ...]:
    """Return the loops' records, near the steady state at rated power.

    The gains put the link voltage loop near 100 Hz and the output voltage loop near 1 kHz.
    """
    v, d = p.vienna, p.dab
    period = 1.0 / v.switching_frequency_Hz
    power = p.output_voltage_V**2 / d.load_resistance_Ohm
    amplitude = v.grid_voltage_V * (2.0 / 3.0) ** 0.5
    current = power / (1.5 * amplitude)
    law = fill(
        ModuleLaw,
        u_link_ref=p.link_voltage_V,
        u_o_ref=p.output_voltage_V,
        k_p_link=0.5,
        k_i_link=0.5 * 60.0 * period,
        k_p_o=2e-3,
        k_i_o=2e-3 * 600.0 * period,
        i_integral=current,
        phi_integral=0.4,
        i_max=90.0,
        phi_max=1.2,
    )
    vienna = fill(
        ViennaLaw,
        amplitude=amplitude,
        frequency=v.grid_frequency_Hz,
        current=current,
        gain=4.0,
        period=period,
    )
    pwm = dab_phase_shift(dab_circuit(d), d)
    room = [np.zeros(64), np.zeros(64, np.int64), np.zeros(64), np.zeros(64, np.int64)]
    return (law, vienna, pwm.bank, pwm.times, pwm.state, *room)
