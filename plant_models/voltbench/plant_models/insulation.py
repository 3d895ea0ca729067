"""Insulation to protective earth, Y capacitors, and the insulation monitor.

One common-mode state: the voltage u_n of DC- against PE,
    (C_p + C_n) u_n' = -(u_n + u)/R_p - u_n/R_n - C_p u',
advanced exactly every millisecond (its time constant R C is 0.1 to 10 s). The charger's
own network and the vehicle's are in parallel once the vehicle's contactors are closed.

The monitor (IEC 61557-8 type) superimposes a slow pulse and waits for the Y capacitors
to settle: its reading follows the lower of the two poles' resistances with a lag that
grows with R C, and is valid only after its first measuring cycles. Modelled: lag,
start-up time, range. Not modelled: the pulse itself on the output, disturbance by ramps.
"""

import math

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import f64, i32, record


@record
class Insulation:
    """Resistances and capacitances to PE, and the monitor."""

    R_p: float = f64("ohm", "charger, DC+ to PE")
    R_n: float = f64("ohm", "charger, DC- to PE")
    C_p: float = f64("F", "charger, DC+ to PE")
    C_n: float = f64("F", "charger, DC- to PE")
    R_p_ev: float = f64("ohm", "vehicle side of the contactors")
    R_n_ev: float = f64("ohm")
    C_p_ev: float = f64("F")
    C_n_ev: float = f64("F")
    u_n: float = f64("V", "DC- against PE")
    u_last: float = f64("V", "pole to pole at the last slow step")
    energy_y: float = f64("J", "stored in the Y capacitors")
    lowest: float = f64("ohm", "worst pole of the run, true value")
    on: int = i32("1 while the monitor measures")
    t_on: float = f64("s", "time since switched on")
    reading: float = f64("ohm")
    valid: int = i32("1 once the reading has settled")
    t_cycle: float = f64("s", "duration of one measuring cycle")
    R_range: float = f64("ohm", "largest value shown")
    R_fault: float = f64("ohm", "a valid reading below trips the charger")


@plant_kernel
def insulation_slow(s: Insulation, u: float, vehicle: int, dt: float) -> None:
    """Advance the common mode and the monitor by `dt` seconds at pole voltage `u`."""
    G_p = 1.0 / s.R_p
    G_n = 1.0 / s.R_n
    C_p = s.C_p
    C_n = s.C_n
    if vehicle:
        G_p += 1.0 / s.R_p_ev
        G_n += 1.0 / s.R_n_ev
        C_p += s.C_p_ev
        C_n += s.C_n_ev
    u_n = s.u_n - C_p / (C_p + C_n) * (u - s.u_last)
    rest = -u * G_p / (G_p + G_n)
    s.u_n = rest + (u_n - rest) * math.exp(-dt * (G_p + G_n) / (C_p + C_n))
    s.u_last = u
    s.energy_y = 0.5 * (C_p * (s.u_n + u) ** 2 + C_n * s.u_n**2)
    worst = 1.0 / max(G_p, G_n)
    s.lowest = min(s.lowest, worst)
    if s.on == 0:
        s.t_on = 0.0
        s.valid = 0
        s.reading = 0.0
        return
    s.t_on += dt
    lag = 0.5 * s.t_cycle + (C_p + C_n) / (G_p + G_n)
    s.reading += (min(worst, s.R_range) - s.reading) * (1.0 - math.exp(-dt / lag))
    if s.t_on > 2.0 * s.t_cycle + 4.0 * lag:
        s.valid = 1
