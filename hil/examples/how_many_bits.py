"""The same loop measured through ADCs of 8 to 16 bits: what is left of it, and when it says no."""

from dataclasses import replace

from voltbench.calibration.analysis.bode import bode
from voltbench.calibration.analysis.response import MeasurementError
from voltbench.calibration.figures import save
from voltbench.calibration.switched_loops.dab_voltage import DabVoltage
from voltbench.plant_models.switched.sampling import Adc, Sampling

plant = DabVoltage()
gains = plant.formula(bandwidth_Hz=1500.0, phase_margin_deg=55.0)
figures = []
for bits in (8, 10, 12, 16):
    coarse = replace(plant, sampling=Sampling(adc={"u_o": Adc(0.0, 500.0, bits)}))
    try:
        found = bode(coarse, gains, high_Hz=8e3, peak=1.0)
    except MeasurementError as error:
        print(f"{bits} bits: {error}")
        continue
    least = found.measured.quantisation_dB.min()
    margin = found.margins.phase_margin_deg
    print(f"{bits} bits: {margin:.1f} deg, {least:.0f} dB or more above the ADC's noise")
    figures.append(found.figure())
save("how_many_bits", *figures)
