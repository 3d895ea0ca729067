"""A front end's current gain doubled by hand: what becomes of Bode, step and THD."""

from dataclasses import replace

from voltbench.calibration.analysis.bode import bode
from voltbench.calibration.analysis.steady import steady
from voltbench.calibration.analysis.step import step
from voltbench.calibration.figures import save
from voltbench.calibration.switched_loops.front_end_current import FrontEndCurrent

plant = FrontEndCurrent(power_W=11e3)
gains = plant.formula(bandwidth_Hz=1500.0, phase_margin_deg=60.0)

figures = []
for factor in (1.0, 2.0):
    changed = replace(gains, k_p=factor * gains.k_p)
    loop, answer = bode(plant, changed), step(plant, changed, 3.0)
    thd = steady(plant, changed, duration_s=0.04).thd_percent("i_a", line_Hz=50.0)
    m = loop.margins
    print(
        f"k_p {changed.k_p:.3g} ohm: {m.crossover_Hz:.0f} Hz, {m.phase_margin_deg:.1f} deg, "
        f"overshoot {answer.overshoot_percent:.0f} %, THD {thd:.2f} %"
    )
    figures += [loop.figure(), answer.figure()]
save("change_a_gain", *figures)
