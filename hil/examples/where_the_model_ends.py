"""An LLC at its resonance and a fifth above it: the averaged model against the switched one."""

import numpy as np

from voltbench.calibration.analysis.bode import bode
from voltbench.calibration.figures import save
from voltbench.calibration.switched_loops.llc_voltage import LlcVoltage

figures = []
for output_voltage_V in (400.0, 360.0):
    plant = LlcVoltage(output_voltage_V=output_voltage_V)
    found = bode(plant, plant.formula(bandwidth_Hz=300.0, phase_margin_deg=85.0))
    size, turn = (np.abs(part) for part in found.deviation())
    off = found.measured.frequency_Hz[(size > 0.5) | (turn > 2.0)]
    end = f"holds to {off[0]:.0f} Hz" if len(off) else "holds at every point"
    print(f"{1e-3 * plant.frequency_Hz:.0f} kHz: the model {end} (0.5 dB, 2 deg)")
    figures.append(found.figure())
save("where_the_model_ends", *figures)
