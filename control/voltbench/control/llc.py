"""LLC converter: output voltage or current by switching frequency, below that by inner duty.

One command y (Hz) runs from the lowest output to the highest: at y = 0 the bridge switches at
f_max with full pulses, above that the frequency falls to f_min, below it the pulses shrink,

    f = f_max - max(y, 0),     D = 1 + min(y, 0)/f_duty,     -f_duty <= y <= f_max - f_min.

A PI controller makes it from the smaller of two errors, so that a current limit takes over and
hands back without a jump, and its integrator follows what was realised:

    e = min(u_ref - u, r_i (i_ref - i)),  y = k_p e + x,  x' = k_i (e + (y_realised - y)/k_p)

At the series resonance the output follows the input through a lightly damped pair of poles,
omega_0 = 1/sqrt(L_e C), L_e = pi^2 L_r/(4 n^2): the loop is an integrator of bandwidth alpha_u
well below it, linearised by the slope K = |du/df| of the first-harmonic gain, k_i = alpha_u/K
and k_p = (0.05 ... 0.2)/K. A start is slow: u_ref rises by u_slew, from above the resonance,
with no pulses at first, so neither the tank nor the empty output is thrown a step.
Sources: gain, R. Steigerwald, IEEE Trans. Power Electron. 3(2), 1988, doi:10.1109/63.4347;
poles, V. Vorperian, IEEE Trans. Power Electron. 4(1), 1989, doi:10.1109/63.21867.
Valid for f_min above the frequency of the gain's peak: beyond it the slope changes sign.
"""

from voltbench.control.numerics.float32 import ONE, ZERO, clamp, slew
from voltbench.control.numerics.kernel import kernel
from voltbench.control.numerics.records import f32, record


@record
class LlcGains:
    """Gains and limits of the frequency control."""

    k_p: float = f32("Hz/V")
    k_i: float = f32("Hz/(V s)")
    r_i: float = f32("ohm", "voltage error that a current error of 1 A counts for")
    f_min: float = f32("Hz")
    f_max: float = f32("Hz", "above the resonance; the start's frequency")
    f_duty: float = f32("Hz", "what the whole of the inner duty counts for")
    u_slew: float = f32("V/s", "ramp of the voltage reference")


@record
class LlcState:
    """Integrator, reference after its ramp, and the command."""

    u_ref: float = f32("V")
    x: float = f32("Hz")
    y: float = f32("Hz", "realised")
    f: float = f32("Hz", "switching frequency")
    duty: float = f32("1", "inner duty")


@kernel
def llc_off(p: LlcGains, s: LlcState, u_o: float) -> None:
    """Follow the output while switched off: the next start begins without pulses."""
    s.u_ref = max(u_o, ZERO)
    s.x = -p.f_duty
    s.y = -p.f_duty
    s.f = p.f_max
    s.duty = ZERO


@kernel
def llc_step(
    p: LlcGains, s: LlcState, u_set: float, i_ref: float, u_o: float, i_o: float, T_s: float
) -> None:
    """Set frequency and inner duty from the sampled output (V, A); once an interrupt."""
    s.u_ref = slew(s.u_ref, u_set, T_s * p.u_slew)
    e = min(s.u_ref - u_o, p.r_i * (i_ref - i_o))
    wanted = p.k_p * e + s.x
    s.y = clamp(wanted, -p.f_duty, p.f_max - p.f_min)
    s.f = p.f_max - max(s.y, ZERO)
    s.duty = ONE + min(s.y, ZERO) / p.f_duty
    s.x += T_s * p.k_i * (e + (s.y - wanted) / p.k_p)
