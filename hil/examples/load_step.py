"""A phase-shifted full bridge: 5 A more load, and the output impedance that they fall over."""

import numpy as np
import plotly.graph_objects as go

from voltbench.calibration.analysis.impedance import output_impedance
from voltbench.calibration.analysis.step import step
from voltbench.calibration.analysis.tune import tune
from voltbench.calibration.figures import axis, paper, save
from voltbench.calibration.switched_loops.psfb_voltage import PsfbVoltage

plant = PsfbVoltage(output_voltage_V=400.0)
tuned = tune(plant, bandwidth_Hz=1000.0, phase_margin_deg=55.0)
stepped = step(plant, tuned.gains, 5.0, "load")
impedance = output_impedance(plant, tuned.gains, peak_A=1.0)
print(f"5 A more: {stepped.peak_deviation:.2f} V, settled after {stepped.settling_time_s:.2g} s")

frequency = impedance.omega / (2.0 * np.pi)
figure = go.Figure(layout=paper(420, "Output impedance of the closed loop",
                                xaxis=axis("frequency / Hz", type="log"),
                                yaxis=axis("|Z| / ohm", type="log")))  # fmt: skip
figure.add_scatter(x=frequency, y=np.abs(impedance.modelled(impedance.omega)),
                   name="averaged model", mode="lines")  # fmt: skip
figure.add_scatter(x=frequency, y=np.abs(impedance.value), name="measured, switched",
                   mode="markers")  # fmt: skip
save("load_step", stepped.figure(), figure)
