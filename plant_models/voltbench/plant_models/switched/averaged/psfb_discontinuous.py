"""Phase-shifted full bridge at light load: the filter current starts and ends at zero.

In a pulse the filter and the leakage inductance in series take up ``peak``; while the bridge
freewheels both give it back to the output. With s_1 and s_2 the slopes and t_1 the pulse,

    i_o = s_1 t_1^2 (1 + s_1/s_2)/T,

so the pulse follows from the current. Resistive drops are those of the mean current. After the
filter has emptied only the magnetising current circulates; it cannot bring the next pulse's leg
over, so that pulse starts a dead time late.
"""

import math

from voltbench.plant_models.switched.averaged.active_bridges import NoSteadyState
from voltbench.plant_models.switched.averaged.psfb import PsfbPoint
from voltbench.plant_models.switched.topologies.psfb import PsfbParameters


def psfb_discontinuous(
    p: PsfbParameters, u_o: float, current: float, r_on_Ohm: float | None = None
) -> PsfbPoint:
    """Return the steady state of a diode bridge at an output voltage (V) and current (A).

    Where `single_pair` comes to 1 the filter does not empty: the current is continuous.

    Raises
    ------
    NoSteadyState
        If the input's pulse does not reach the output voltage.
    """
    half, n = 0.5 / p.switching_frequency_Hz, p.turns_ratio
    inductance = p.filter_inductance_H + p.leakage_inductance_H / n**2
    channel = p.device.r_on_Ohm if r_on_Ohm is None else r_on_Ohm
    resistance = p.filter_resistance_Ohm + 2.0 * p.rectifier.resistance_Ohm
    resistance += (2.0 * channel + p.leakage_resistance_Ohm) / n**2
    against = u_o + 2.0 * p.rectifier.forward_voltage_V
    # the current flows in a part of the time only: its mean there is twice to four times as much
    drop = 2.0 * resistance * current
    rising = (p.input_voltage_V / n - against - drop) / inductance
    falling = (against + drop) / inductance
    if rising <= 0.0:
        raise NoSteadyState(
            f"PSFB: output voltage {u_o:g} V; allowed: below {p.input_voltage_V / n - drop:.4g} V"
        )
    pulse = math.sqrt(2.0 * half * current / (rising * (1.0 + rising / falling)))
    peak = rising * pulse
    down = max(min(peak / falling, half - pulse), 0.0)
    magnetising = 0.0
    if p.magnetising_inductance_H > 0.0:
        magnetising = 0.5 * p.input_voltage_V * pulse / p.magnetising_inductance_H
    # i_m crosses zero in the middle of the pulse; afterwards it adds to what falls
    square = (peak / n) ** 2 * (pulse + down) / 3.0 + peak / n * magnetising * (pulse / 6.0 + down)
    square += magnetising**2 * max(half - 2.0 / 3.0 * pulse, 0.0)
    return PsfbPoint(
        output_voltage_V=u_o,
        output_current_A=current,
        output_power_W=u_o * current,
        input_power_W=p.input_voltage_V * 0.5 * peak / n * pulse / half,
        primary_rms_A=math.sqrt(square / half),
        effective_duty=pulse / half,
        ripple_A=peak,
        duty=(pulse + p.dead_time_s) / half if pulse > 0.0 else 0.0,
        peak_A=peak / n + magnetising,
        freewheeling_end_A=magnetising,
        commutated_A=-math.inf,
        single_pair=min((pulse + down) / half, 1.0) if pulse + peak / falling < half else 1.0,
    )
